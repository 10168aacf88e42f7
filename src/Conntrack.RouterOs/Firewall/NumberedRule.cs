namespace Conntrack.RouterOs.Firewall;

/// <summary>
/// A rule, its number in its table, which a filtered print keeps, and what it has matched. A dynamic one is the router's own: it has no number.
/// </summary>
public readonly record struct NumberedRule(int Number, FirewallRule Rule, RuleCounters Counters = default, bool IsDynamic = false);
