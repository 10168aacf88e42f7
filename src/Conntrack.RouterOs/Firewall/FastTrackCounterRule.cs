namespace Conntrack.RouterOs.Firewall;

/// <summary>
/// RouterOS's dummy rule: what FastTrack forwards passes no rule, so a dynamic one stands first in the filter for as long as connections are
/// fasttracked and shows what went past. No packet meets it, and it has no number: those of the others stay what they are in a script.
/// </summary>
public static class FastTrackCounterRule
{
    /// <summary>The row to print in front of a family's filter rules.</summary>
    public static NumberedRule Of(RuleFamily family, RuleCounters counters) => new(
        0,
        new FirewallRule
        {
            Family = family,
            Table = RuleTable.Filter,
            Chain = "forward",
            Action = RuleAction.Passthrough,
            Comment = $"special dummy rule to show {(family == RuleFamily.Ipv6 ? "fasttrack6" : "fasttrack")} counters",
        },
        counters,
        IsDynamic: true);
}
