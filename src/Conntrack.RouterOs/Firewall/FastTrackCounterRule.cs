namespace Conntrack.RouterOs.Firewall;

/// <summary>
/// RouterOS's dummy rules: what FastTrack forwards passes no rule, so for as long as connections are fasttracked dynamic ones stand first in
/// the filter and in mangle, one for each chain that is gone past, and show what went past. No packet meets them, and they have no number: those
/// of the others stay what they are in a script.
/// </summary>
public static class FastTrackCounterRule
{
    /// <summary>The rows to print in front of a table's rules; none for a table that has none.</summary>
    public static IEnumerable<NumberedRule> Of(RuleFamily family, RuleTable table, RuleCounters counters) => table switch
    {
        RuleTable.Filter => [Of(family, table, "forward", counters)],
        RuleTable.Mangle =>
        [
            Of(family, table, "prerouting", counters), Of(family, table, "forward", counters), Of(family, table, "postrouting", counters),
        ],
        _ => [],
    };

    static NumberedRule Of(RuleFamily family, RuleTable table, string chain, RuleCounters counters) => new(
        0,
        new FirewallRule
        {
            Family = family,
            Table = table,
            Chain = chain,
            Action = RuleAction.Passthrough,
            Comment = $"special dummy rule to show {(family == RuleFamily.Ipv6 ? "fasttrack6" : "fasttrack")} counters",
        },
        counters,
        IsDynamic: true);
}
