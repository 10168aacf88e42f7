using System.Runtime.InteropServices;

namespace Conntrack.Dataplane.Routing;

/// <summary>Where a route leads.</summary>
public enum NextHopKind : byte
{
    /// <summary>No route has this number.</summary>
    None = 0,

    /// <summary>The destination itself is a neighbour.</summary>
    Connected = 1,

    /// <summary>The neighbour is <see cref="NextHop.Gateway"/>.</summary>
    Gateway = 2,

    /// <summary>The router itself: one of its addresses.</summary>
    Local = 3,

    /// <summary>The router and everybody else on the link: a broadcast or multicast address.</summary>
    LocalGroup = 4,

    /// <summary>Dropped without a word.</summary>
    Blackhole = 5,

    /// <summary>Answered with host unreachable.</summary>
    Unreachable = 6,

    /// <summary>Answered with communication administratively prohibited.</summary>
    Prohibit = 7,

    /// <summary>One of several, the same one for all packets of a connection.</summary>
    Multipath = 8,

    /// <summary>Looked up once more in the table <see cref="NextHop.Table"/>: a route into another VRF.</summary>
    OtherTable = 9,
}

/// <summary>What a forwarding table's number stands for. One cache line.</summary>
/// <remarks><code>
///  0 kind  1 spare  2 interface (2)   4 table (2)   6 ways (2)   8 spare (8)   16 gateway (16), IPv4 in the first four   32 source (16), likewise; or ways (24 × 2)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct NextHop
{
    public const int ByteSize = 64;

    /// <summary>Next hops of a multipath route; a heavier one stands there several times.</summary>
    public const int MostWays = 24;

    [FieldOffset(0)] public NextHopKind Kind;

    /// <summary>The interface that leads there; of a local address the one that has it.</summary>
    [FieldOffset(2)] public ushort Interface;

    /// <summary>Of <see cref="NextHopKind.OtherTable"/>.</summary>
    [FieldOffset(4)] public ushort Table;

    [FieldOffset(6)] public ushort WayCount;

    /// <summary>Network order.</summary>
    [FieldOffset(16)] public fixed byte Gateway[16];

    /// <summary>Of Connected and Gateway, the address that the router speaks from there (pref-src); network order, 0 for none in particular.</summary>
    [FieldOffset(32)] public fixed byte Source[16];

    /// <summary>Numbers of next hops, none of them a multipath one.</summary>
    [FieldOffset(16)] public fixed ushort Ways[MostWays];

    /// <summary>Whether the route names an address to speak from.</summary>
    public static bool HasSource(NextHop* hop) =>
        hop->Kind is NextHopKind.Connected or NextHopKind.Gateway && (*(ulong*)hop->Source | *(ulong*)(hop->Source + 8)) != 0;
}
