namespace Conntrack.Firewall;

/// <summary>
/// The chains a packet can pass: table, hook and family. The lowest bit is the family, 1 for IPv6. Numbers from <see cref="Count"/> on are
/// chains that users made and rules jump to, see <see cref="RuleChains.User"/>.
/// </summary>
public enum RuleChain : ushort
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

    ManglePrerouting4 = 18,
    ManglePrerouting6 = 19,
    MangleInput4 = 20,
    MangleInput6 = 21,
    MangleForward4 = 22,
    MangleForward6 = 23,
    MangleOutput4 = 24,
    MangleOutput6 = 25,
    ManglePostrouting4 = 26,
    ManglePostrouting6 = 27,

    /// <summary>Number of built-in chains, not a chain.</summary>
    Count = 28,
}

/// <summary>What a chain's number says.</summary>
public static class RuleChains
{
    /// <summary>A bit for every chain of the nat table, as in <see cref="RuleImage.ChainsInUse"/>.</summary>
    public const uint OfNat = (1u << ((int)RuleChain.NatOutput6 + 1)) - (1u << (int)RuleChain.NatDstnat4);
    /// <summary>User chains of each family at most, over all tables.</summary>
    public const int MostUserChains = 2000;

    /// <summary>A user chain.</summary>
    /// <param name="index">Below <see cref="MostUserChains"/>; chains of different tables have different ones.</param>
    /// <param name="isIpv6">Its family.</param>
    public static RuleChain User(int index, bool isIpv6) => (RuleChain)((int)RuleChain.Count + (2 * index) + (isIpv6 ? 1 : 0));

    /// <summary>True for a chain that no packet enters by itself.</summary>
    public static bool IsUser(this RuleChain chain) => chain >= RuleChain.Count;

    /// <summary>The table of a built-in chain, as a number of its own: rules of one table alone jump to each other's chains.</summary>
    internal static int TableOf(RuleChain chain) => chain switch
    {
        < RuleChain.FilterInput4 => 0,
        < RuleChain.NatDstnat4 => 1,
        < RuleChain.ManglePrerouting4 => 2,
        _ => 3,
    };

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
