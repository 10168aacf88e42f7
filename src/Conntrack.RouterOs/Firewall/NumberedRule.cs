namespace Conntrack.RouterOs.Firewall;

/// <summary>A rule, its number in its table, which a filtered print keeps, and what it has matched.</summary>
public readonly record struct NumberedRule(int Number, FirewallRule Rule, RuleCounters Counters = default);
