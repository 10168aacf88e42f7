using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;

namespace Conntrack.Dataplane.Routing;

/// <summary>What an interface is made of.</summary>
public enum InterfaceKind : byte
{
    /// <summary>No interface has this number any more.</summary>
    None = 0,

    /// <summary>A port of the dataplane, whose number it shares.</summary>
    Port = 1,

    /// <summary>Frames of one VLAN on a port or on a bridge.</summary>
    Vlan = 2,

    /// <summary>Several ports as one network.</summary>
    Bridge = 3,

    /// <summary>The router itself.</summary>
    Host = 4,
}

/// <summary>What is true of an interface right now.</summary>
[Flags]
public enum InterfaceFlags : ushort
{
    None = 0,

    /// <summary>It has a carrier and is not disabled.</summary>
    Running = 1 << 0,

    /// <summary>Any MAC address is taken for its own: replay.</summary>
    AnyMac = 1 << 1,

    /// <summary>It forwards IPv6 and has an address of its link.</summary>
    Ipv6 = 1 << 2,

    /// <summary>
    /// What comes in, of either family, is the router's to pass on by the main table, and only its connection's first packet is asked whether its source may come from
    /// here.
    /// </summary>
    Ordinary = 1 << 3,
}

/// <summary>Reverse-path filter: whether the way back to a packet's source has to exist (RFC 3704).</summary>
public enum RpFilter : byte
{
    No = 0,

    /// <summary>There is a route to the source.</summary>
    Loose = 1,

    /// <summary>The route leads back to where the packet came in.</summary>
    Strict = 2,
}

/// <summary>How an interface resolves and answers for neighbours, RouterOS's <c>arp</c>.</summary>
public enum ArpMode : byte
{
    Enabled = 0,

    /// <summary>Asks nobody and answers nobody: static neighbours only.</summary>
    Disabled = 1,

    /// <summary>Answers for every address that is reached over another interface.</summary>
    ProxyArp = 2,

    /// <summary>Answers static neighbours, learns nothing.</summary>
    ReplyOnly = 3,

    /// <summary>Answers for every address of the network itself.</summary>
    LocalProxyArp = 4,
}

/// <summary>One interface, in one cache line.</summary>
/// <remarks><code>
///  0 kind  1 role  2 flags (2)   4 port (2)   6 peer (2)   8 MTU (4)   12 MAC (6)   18 VLAN id (2)   20 tag type (2)   22 table (2)
/// 24 bridge (2)   26 rp-filter  27 arp   28 primary IPv4 address (4)   32 link-local address (16)
/// 48 first address (4)   52 addresses (2)   54 spare (2)   56 VLAN map (4)   60 spare (4)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct InterfaceEntry
{
    public const int ByteSize = 64;

    [FieldOffset(0)] public InterfaceKind Kind;

    /// <summary>How packets that come in here are treated.</summary>
    [FieldOffset(1)] public PortRole Role;

    [FieldOffset(2)] public InterfaceFlags Flags;

    /// <summary>The port that its frames leave by; of a bridge and of the router itself <see cref="Packets.Packet.NoInterface"/>.</summary>
    [FieldOffset(4)] public ushort Port;

    /// <summary>The other end of a wire; of a VLAN the interface it is on.</summary>
    [FieldOffset(6)] public ushort Peer;

    /// <summary>Largest IP packet in bytes.</summary>
    [FieldOffset(8)] public uint Mtu;

    [FieldOffset(12)] public fixed byte Mac[6];

    /// <summary>Of a VLAN, host order.</summary>
    [FieldOffset(18)] public ushort VlanId;

    /// <summary>EtherType of a VLAN's tag as it stands in the frame.</summary>
    [FieldOffset(20)] public ushort VlanType;

    /// <summary>Routing table of what comes in here: 0 is main, others are VRFs.</summary>
    [FieldOffset(22)] public ushort Table;

    /// <summary>The bridge it is a port of; <see cref="Packets.Packet.NoInterface"/> when of none.</summary>
    [FieldOffset(24)] public ushort Bridge;

    [FieldOffset(26)] public RpFilter RpFilter;
    [FieldOffset(27)] public ArpMode Arp;

    /// <summary>What the router calls itself on this link, network order; 0 when it has no address here.</summary>
    [FieldOffset(28)] public uint Address4;

    /// <summary>Its IPv6 address on the link.</summary>
    [FieldOffset(32)] public fixed byte LinkLocal[16];

    /// <summary>Place of its first address in the image.</summary>
    [FieldOffset(48)] public uint FirstAddress;

    [FieldOffset(52)] public ushort AddressCount;

    /// <summary>Of a port that VLANs are on: offset of their map in the image; otherwise 0.</summary>
    [FieldOffset(56)] public uint VlanMap;
}
