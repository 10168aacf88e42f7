using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory.Publication;
using Conntrack.Native;

namespace Conntrack.Dataplane.Routing;

/// <summary>How the router as a whole treats packets.</summary>
[Flags]
public enum RouterSwitches : uint
{
    None = 0,

    /// <summary>IPv4 packets of others are forwarded (<c>/ip settings ip-forward</c>).</summary>
    Forward4 = 1 << 0,

    /// <summary>IPv6 packets of others are forwarded.</summary>
    Forward6 = 1 << 1,

    /// <summary>A host that sends here what it could send to its neighbour itself is told so.</summary>
    SendRedirects = 1 << 2,

    /// <summary>Bridged packets of IP pass the firewall (<c>/interface bridge settings use-ip-firewall</c>).</summary>
    BridgeFirewall = 1 << 3,

    /// <summary>So do those in a VLAN.</summary>
    BridgeFirewallVlan = 1 << 4,

    /// <summary>Any interface is a bridge's port.</summary>
    HasBridge = 1 << 5,

    /// <summary>Any interface is a VLAN of a port.</summary>
    HasVlan = 1 << 6,

    /// <summary>A neighbour that is asked for answers at once; replay's <c>--answer-neighbours</c>.</summary>
    AnswerNeighbours = 1 << 7,

    /// <summary>Sources of packets from a link are neighbours, and who was seen once stays one: replay, whose captures nobody can ask.</summary>
    LearnSources = 1 << 8,

    /// <summary>No IPv4 connection enters the flow cache (<c>/ip settings allow-fast-path=no</c>).</summary>
    SlowPathOnly4 = 1 << 9,

    /// <summary>No IPv6 connection does.</summary>
    SlowPathOnly6 = 1 << 10,

    /// <summary>No connection that is bridged does (<c>/interface bridge settings allow-fast-path=no</c>).</summary>
    SlowPathOnlyBridged = 1 << 11,
}

/// <summary>
/// Everything of a router that is not a rule: interfaces, addresses, routing tables and next hops. One block of native memory, immutable
/// once published. Offsets count bytes from its start; only the forwarding tables are DPDK's own and are pointed to. The numbers of
/// interfaces and of next hops keep their meaning from one edition to the next.
/// </summary>
/// <remarks><code>
///   0 image header (16)   16 switches (4)   20 interfaces (4)   24 tables (4)   28 next hops (4)   32 addresses (4)
///  36 offset of interfaces (4)   40 of tables (4)   44 of next hops (4)   48 of addresses (4)
///  52 host interface (2)  54 ticks between ICMP errors (2)  56 ticks a neighbour stays reachable (4)  60 most neighbours (4)
///  64 interfaces: InterfaceEntry by number · tables: TableEntry by number · next hops: NextHop by number · addresses: AddressEntry, those of
///     an interface side by side · VLAN maps: for a port that has some, the interface number of each of 4096 ids (2)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct RouteImage
{
    /// <summary>Bytes of the header.</summary>
    public const int ByteSize = 64;

    /// <summary>Ids of a VLAN map.</summary>
    public const int VlanIds = 4096;

    [FieldOffset(0)] public ImageHeader Header;
    [FieldOffset(16)] public RouterSwitches Switches;
    [FieldOffset(20)] public uint InterfaceCount;
    [FieldOffset(24)] public uint TableCount;
    [FieldOffset(28)] public uint NextHopCount;
    [FieldOffset(32)] public uint AddressCount;
    [FieldOffset(36)] public uint Interfaces;
    [FieldOffset(40)] public uint Tables;
    [FieldOffset(44)] public uint NextHops;
    [FieldOffset(48)] public uint Addresses;

    /// <summary>The interface that stands for the router itself: what it sends comes in here.</summary>
    [FieldOffset(52)] public ushort HostInterface;

    /// <summary>Ticks between two ICMP errors to one target; 0 for no limit.</summary>
    [FieldOffset(54)] public ushort IcmpIntervalTicks;

    /// <summary>Ticks after which a neighbour has to be confirmed again.</summary>
    [FieldOffset(56)] public uint ReachableTicks;

    /// <summary>Entries of the neighbour table at most, static ones included.</summary>
    [FieldOffset(60)] public uint MostNeighbours;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static InterfaceEntry* InterfaceAt(RouteImage* image, uint number) => (InterfaceEntry*)((byte*)image + image->Interfaces) + number;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TableEntry* TableAt(RouteImage* image, uint number) => (TableEntry*)((byte*)image + image->Tables) + number;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NextHop* NextHopAt(RouteImage* image, uint number) => (NextHop*)((byte*)image + image->NextHops) + number;

    public static AddressEntry* AddressAt(RouteImage* image, uint place) => (AddressEntry*)((byte*)image + image->Addresses) + place;

    /// <summary>The interface of a VLAN on a port; <see cref="Packets.Packet.NoInterface"/> when there is none.</summary>
    /// <param name="image">The image.</param>
    /// <param name="port">The port's entry.</param>
    /// <param name="id">VLAN id, 0 to 4095.</param>
    public static ushort VlanOf(RouteImage* image, InterfaceEntry* port, uint id) =>
        port->VlanMap == 0 ? Packets.Packet.NoInterface : ((ushort*)((byte*)image + port->VlanMap))[id];
}

/// <summary>
/// A routing table: the forwarding table of each family, null where it has no route, and the next hop of what it does not cover: the default
/// route, or 0. A default route that comes after others overwrites them in DPDK 22.11's direct tables, so it is kept apart.
/// </summary>
/// <remarks><code>
///  0 IPv4 (8)   8 IPv6 (8)   16 default of IPv4 (2)   18 default of IPv6 (2)   20 spare (12)
/// 32
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct TableEntry
{
    public const int ByteSize = 32;

    [FieldOffset(0)] public Fib* Fib4;
    [FieldOffset(8)] public Fib* Fib6;
    [FieldOffset(16)] public ushort Default4;
    [FieldOffset(18)] public ushort Default6;
}

/// <summary>An address of the router. 32 bytes.</summary>
/// <remarks><code>
///  0 interface (2)   2 family (1)   3 prefix length (1)   4 broadcast (4)   8 news (1)   9 spare (7)   16 address (16), IPv4 in the first four
/// 32
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct AddressEntry
{
    public const int ByteSize = 32;

    [FieldOffset(0)] public ushort Interface;
    [FieldOffset(2)] public Packets.PacketFamily Family;

    /// <summary>Bits of the network that is reached without a gateway.</summary>
    [FieldOffset(3)] public byte Length;

    /// <summary>Of IPv4, network order; 0 when the network has none.</summary>
    [FieldOffset(4)] public uint Broadcast;

    /// <summary>1: the edition before did not have it, or not there: it is announced.</summary>
    [FieldOffset(8)] public byte IsNews;

    /// <summary>Network order.</summary>
    [FieldOffset(16)] public fixed byte Address[16];
}
