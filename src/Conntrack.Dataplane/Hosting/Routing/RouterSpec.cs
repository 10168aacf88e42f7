using System.Net;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Hosting.Routing;

/// <summary>An interface of a router that is to be published.</summary>
/// <param name="Number">Its number for good: rules, records and counters call it so. Ports have their own numbers, others come after.</param>
/// <param name="Kind">What it is made of.</param>
/// <param name="Role">How what comes in is treated.</param>
public sealed record InterfaceSpec(ushort Number, InterfaceKind Kind, PortRole Role)
{
    /// <summary>The port its frames leave by; none for a bridge.</summary>
    public ushort Port { get; init; } = Packet.NoInterface;

    /// <summary>Of a wire the other end, of a VLAN the interface it is on.</summary>
    public ushort Peer { get; init; } = Packet.NoInterface;

    /// <summary>Has a carrier and is not disabled.</summary>
    public bool IsRunning { get; init; } = true;

    /// <summary>Takes frames for any unicast address as addressed to itself.</summary>
    public bool AnyMac { get; init; }

    /// <summary>Largest IP packet in bytes.</summary>
    public uint Mtu { get; init; } = 1500;

    /// <summary>Six bytes as a number, the first on the wire highest.</summary>
    public ulong Mac { get; init; }

    /// <summary>1 to 4094, of a VLAN.</summary>
    public ushort VlanId { get; init; }

    /// <summary>EtherType of a VLAN's tag, host order.</summary>
    public ushort VlanType { get; init; } = 0x8100;

    /// <summary>Routing table of what comes in.</summary>
    public ushort Table { get; init; }

    /// <summary>The bridge it is a port of.</summary>
    public ushort Bridge { get; init; } = Packet.NoInterface;

    public RpFilter RpFilter { get; init; }

    public ArpMode Arp { get; init; }
}

/// <summary>An address of the router.</summary>
/// <param name="Interface">Who has it.</param>
/// <param name="Address">Of either family.</param>
/// <param name="Length">Bits of its network.</param>
/// <param name="Broadcast">Of IPv4; null for none.</param>
public sealed record AddressSpec(ushort Interface, IPAddress Address, int Length, IPAddress? Broadcast = null);

/// <summary>Where a route leads.</summary>
/// <param name="Kind">Any but None, Local and LocalGroup.</param>
/// <param name="Interface">Of Connected and Gateway.</param>
/// <param name="Gateway">Of Gateway, of the route's family.</param>
/// <param name="Table">Of OtherTable.</param>
public sealed record NextHopSpec(NextHopKind Kind, ushort Interface = Packet.NoInterface, IPAddress? Gateway = null, ushort Table = 0)
{
    /// <summary>Of Multipath: 2 to <see cref="NextHop.MostWays"/>, none of them a multipath itself.</summary>
    public IReadOnlyList<NextHopSpec> Ways { get; init; } = [];

    /// <summary>Of Connected and Gateway, the address the router speaks from there, RouterOS's pref-src; null for none in particular.</summary>
    public IPAddress? Source { get; init; }
}

/// <summary>A route that is in force: no two of one table have the same prefix.</summary>
/// <param name="Table">Its routing table.</param>
/// <param name="Prefix">Host bits zero.</param>
/// <param name="Length">Bits.</param>
/// <param name="NextHop">Where it leads.</param>
public sealed record RouteSpec(ushort Table, IPAddress Prefix, int Length, NextHopSpec NextHop);

/// <summary>A neighbour that is configured.</summary>
public sealed record NeighbourSpec(ushort Interface, IPAddress Address, ulong Mac);

/// <summary>A router as it is to be: what <see cref="RouteImage"/> is built from.</summary>
public sealed record RouterSpec
{
    public RouterSwitches Switches { get; init; } = RouterSwitches.Forward4 | RouterSwitches.Forward6;

    public IReadOnlyList<InterfaceSpec> Interfaces { get; init; } = [];

    public IReadOnlyList<AddressSpec> Addresses { get; init; } = [];

    /// <summary>Connected routes included; what leads to the router's own addresses is added by itself.</summary>
    public IReadOnlyList<RouteSpec> Routes { get; init; } = [];

    public IReadOnlyList<NeighbourSpec> Neighbours { get; init; } = [];

    /// <summary>Time between two ICMP errors to one target, in steps of 10 ms; zero for no limit (<c>/ip settings icmp-rate-limit</c>).</summary>
    public TimeSpan IcmpInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a neighbour is taken for reachable once confirmed.</summary>
    public TimeSpan ReachableTime { get; init; } = TimeSpan.FromSeconds(30);

    public uint MostNeighbours { get; init; } = 8192;
}
