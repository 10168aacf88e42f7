namespace Conntrack.Firewall;

/// <summary>The chains a packet can pass: table, hook and family. The lowest bit is the family, 1 for IPv6.</summary>
public enum RuleChain : byte
{
    RawPrerouting4 = 0,
    RawPrerouting6 = 1,
    RawOutput4 = 2,
    RawOutput6 = 3,
    FilterInput4 = 4,
    FilterInput6 = 5,
    FilterForward4 = 6,
    FilterForward6 = 7,
    FilterOutput4 = 8,
    FilterOutput6 = 9,

    /// <summary>Number of chains, not a chain.</summary>
    Count = 10,
}

/// <summary>What a chain's number says.</summary>
public static class RuleChains
{
    /// <summary>True for the IPv6 half.</summary>
    public static bool IsIpv6(this RuleChain chain) => ((int)chain & 1) != 0;
}
