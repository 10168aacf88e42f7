namespace Conntrack.RouterOs.Firewall;

/// <summary>What a rule has matched; bytes count from the IP header on.</summary>
public readonly record struct RuleCounters(ulong Packets, ulong Bytes);
