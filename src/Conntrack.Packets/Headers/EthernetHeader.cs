using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>Ethernet II header; the fields stand in the packet's bytes, numbers in network byte order (IEEE 802.3 3.1.1).</summary>
/// <remarks><code>
///  0            6            12   14
///  | destination|   source    |type|
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct EthernetHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int ByteSize = 14;

    [FieldOffset(0)] public fixed byte Destination[6];
    [FieldOffset(6)] public fixed byte Source[6];

    /// <summary>One of <see cref="Headers.EtherType"/>, or a length below 1536 (IEEE 802.3 3.2.6).</summary>
    [FieldOffset(12)] public ushort EtherType;
}

/// <summary>The tag behind the MAC addresses or behind another tag, where the EtherType before it said so (IEEE 802.1Q 9.3).</summary>
/// <remarks><code>
///  0         2    4
///  | control |type|
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct VlanTag
{
    /// <summary>Bytes of the tag, the EtherType of what follows included.</summary>
    public const int ByteSize = 4;

    /// <summary>Priority (3 bits), drop eligible (1 bit), VLAN id (12 bits).</summary>
    [FieldOffset(0)] public ushort Control;

    /// <summary>What follows the tag.</summary>
    [FieldOffset(2)] public ushort EtherType;
}

/// <summary>EtherTypes as a little-endian load of the two bytes in the frame yields them: 0x0800 in the header reads as 0x0008.</summary>
public static class EtherType
{
    public const ushort Ipv4 = 0x0008;
    public const ushort Arp = 0x0608;
    public const ushort Ipv6 = 0xdd86;

    /// <summary>Customer tag, IEEE 802.1Q.</summary>
    public const ushort Vlan = 0x0081;

    /// <summary>Service tag, IEEE 802.1ad.</summary>
    public const ushort ServiceVlan = 0xa888;

    /// <summary>The outer tag of stacked VLANs before 802.1ad had a number.</summary>
    public const ushort StackedVlan = 0x0091;
}
