namespace Conntrack.RouterOs.Firewall.Properties;

/// <summary>
/// What is read, kept and written back but decides nothing about packets yet. An enabled rule that has any of it is refused: it would do
/// more, or less, than its author wrote. What comes to act is taken off these lists, and that is all.
/// </summary>
static class RuleActs
{
    static readonly HashSet<RuleAction> s_idleActions =
    [
        RuleAction.Socksify, RuleAction.SniffTzsp, RuleAction.SniffPc,
    ];

    static readonly HashSet<string> s_idleProperties =
    [
        "realm", "p2p", "hotspot",
    ];

    /// <summary>
    /// What of a rule does not act: the property it is to be shown at, and what is said of it. None for a disabled rule, of which nothing
    /// acts and nobody minds.
    /// </summary>
    /// <param name="rule">As it would be kept.</param>
    /// <param name="properties">The properties it has, by name.</param>
    public static IEnumerable<(string Property, string Message)> Idle(FirewallRule rule, IEnumerable<string> properties)
    {
        if (rule.Disabled)
        {
            yield break;
        }

        if (rule.Mangle.NewDscp is { Source: not DscpSource.Number })
        {
            yield return ("new-dscp", Message("a DSCP from the priority"));
        }

        if (rule.Mangle.NewPriority is { Source: not PrioritySource.Number })
        {
            yield return ("new-priority", Message("a priority from the packet"));
        }

        if (s_idleActions.Contains(rule.Action))
        {
            yield return ("action", Message($"action {rule.Action.Word()}"));
        }

        foreach (string property in properties.Where(s_idleProperties.Contains))
        {
            yield return (property, Message(property));
        }
    }

    static string Message(string what) => $"{what} is understood but not acted on yet; the rule would have to be disabled";
}
