using System.Runtime.CompilerServices;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// The Ethernet header of what is routed: from the interface, to the neighbour, with the tag of a VLAN. It is written right in front of the IP
/// header, whatever was there before; the buffer's headroom takes what it is longer by.
/// </summary>
static unsafe class LinkHeader
{
    const ulong MacBits = (1ul << 48) - 1;

    /// <summary>Writes it and makes the frame begin there.</summary>
    /// <param name="routes">The image.</param>
    /// <param name="port">The interface it leaves by.</param>
    /// <param name="frame">First buffer of the frame.</param>
    /// <param name="ip">The IP header in it, 18 bytes or more behind the buffer's start.</param>
    /// <param name="mac">Destination in its low six bytes, as it stands in a frame.</param>
    /// <param name="etherType">As it stands in a frame.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(RouteImage* routes, InterfaceEntry* port, Mbuf* frame, byte* ip, ulong mac, ushort etherType)
    {
        byte* header = ip - EthernetHeader.ByteSize;
        if (port->Kind == InterfaceKind.Vlan)
        {
            header = Tagged(routes, port, ip, &etherType);
        }

        // The port's own address is read with the two bytes behind it, which go no further.
        ulong own = *(ulong*)port->Mac;
        *(ulong*)header = (mac & MacBits) | (own << 48);
        *(uint*)(header + 8) = (uint)(own >> 16);
        *(ushort*)(header + 12) = etherType;
        int longer = (int)(frame->Data - header);
        if (longer == 0)
        {
            return;
        }

        frame->DataOffset = (ushort)(frame->DataOffset - longer);
        frame->DataLength = (ushort)(frame->DataLength + longer);
        frame->PacketLength = (uint)(frame->PacketLength + longer);
    }

    /// <summary>Puts both addresses into the header of a frame that comes without a tag and leaves without one: its type stays.</summary>
    /// <param name="port">The interface it leaves by.</param>
    /// <param name="frame">The frame's first byte.</param>
    /// <param name="mac">Destination in the low six bytes, as it stands in a frame.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Readdress(InterfaceEntry* port, byte* frame, ulong mac)
    {
        // Two bytes of the entry behind the address are shifted out again.
        ulong own = *(ulong*)port->Mac;
        *(ulong*)frame = (mac & (ulong.MaxValue >> 16)) | (own << 48);
        *(uint*)(frame + 8) = (uint)(own >> 16);
    }

    /// <summary>An interface's own address in the form of <see cref="Write"/>.</summary>
    public static ulong OwnMac(InterfaceEntry* port) => *(uint*)port->Mac | ((ulong)*(ushort*)(port->Mac + 4) << 32);

    /// <summary>Six bytes of a frame in the form of <see cref="Write"/>.</summary>
    public static ulong MacAt(byte* place) => *(uint*)place | ((ulong)*(ushort*)(place + 4) << 32);

    /// <summary>Writes an address in that form.</summary>
    public static void WriteMac(byte* place, ulong mac)
    {
        *(uint*)place = (uint)mac;
        *(ushort*)(place + 4) = (ushort)(mac >> 32);
    }

    public static ulong DestinationOf(byte* frame) => MacAt(frame);

    public static ulong SourceOf(byte* frame) => MacAt(frame + 6);

    /// <summary>Whether an address is of many stations, or of none.</summary>
    public static bool IsGroup(ulong mac) => (mac & 1) != 0 | mac == 0;

    /// <summary>EtherType of a family as it stands in a frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort TypeOf(PacketFamily family) => family == PacketFamily.Ipv4 ? EtherType.Ipv4 : EtherType.Ipv6;

    /// <summary>Writes the tags, the innermost next to the packet. Returns where the Ethernet header goes, and in front of what type.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static byte* Tagged(RouteImage* routes, InterfaceEntry* port, byte* ip, ushort* etherType)
    {
        byte* place = ip;
        for (; port->Kind == InterfaceKind.Vlan; port = RouteImage.InterfaceAt(routes, port->Peer))
        {
            place -= VlanTag.ByteSize;
            var tag = (VlanTag*)place;
            tag->Control = (ushort)((port->VlanId >> 8) | (port->VlanId << 8));
            tag->EtherType = *etherType;
            *etherType = port->VlanType;
        }

        return place - EthernetHeader.ByteSize;
    }
}
