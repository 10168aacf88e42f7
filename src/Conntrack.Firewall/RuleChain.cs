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

    NatDstnat4 = 10,
    NatDstnat6 = 11,
    NatSrcnat4 = 12,
    NatSrcnat6 = 13,
    NatInput4 = 14,
    NatInput6 = 15,
    NatOutput4 = 16,
    NatOutput6 = 17,

    /// <summary>Number of chains, not a chain.</summary>
    Count = 18,
}

/// <summary>What a chain's number says.</summary>
public static class RuleChains
{
    /// <summary>True for the IPv6 half.</summary>
    public static bool IsIpv6(this RuleChain chain) => ((int)chain & 1) != 0;

    /// <summary>True for the nat table, whose rules see the first packet of a connection only.</summary>
    public static bool IsNat(this RuleChain chain) => chain is >= RuleChain.NatDstnat4 and <= RuleChain.NatOutput6;

    /// <summary>
    /// Of the nat table: true where the destination is translated, on the way in and of what the router itself sends; false where the source
    /// is, on the way out and of what the router itself receives.
    /// </summary>
    public static bool TranslatesDestination(this RuleChain chain) =>
        chain is RuleChain.NatDstnat4 or RuleChain.NatDstnat6 or RuleChain.NatOutput4 or RuleChain.NatOutput6;
}
