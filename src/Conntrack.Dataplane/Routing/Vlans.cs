using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>Tagged frames on their way in: a VLAN is an interface of its own, and what belongs to none is nobody's.</summary>
static unsafe class Vlans
{
    /// <summary>
    /// Finds the interface of a tagged frame. A wire and an observer take it as it came; a router takes it in by the interface of its VLAN, one
    /// tag after the other. VLAN 0 is none, only a priority (IEEE 802.1Q 6.9.1).
    /// </summary>
    /// <param name="routes">The image.</param>
    /// <param name="packet">Parsed, its link header longer than Ethernet's.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Enter(RouteImage* routes, Packet* packet)
    {
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, packet->InInterface);
        if (port->Role is PortRole.Wire or PortRole.Observed or PortRole.Host || packet->Reason != DropReason.None
            || packet->Path != 0 || (packet->Marks & PacketMarks.Bridged) != 0)
        {
            return;
        }

        byte* frame = packet->Mbuf->Data;
        for (uint at = EthernetHeader.ByteSize; at < packet->LinkLength; at += VlanTag.ByteSize)
        {
            uint control = ((VlanTag*)(frame + at))->Control;
            uint id = ((control >> 8) | (control << 8)) & (RouteImage.VlanIds - 1);
            if (id == 0)
            {
                continue;
            }

            ushort number = RouteImage.VlanOf(routes, RouteImage.InterfaceAt(routes, packet->InInterface), id);
            if (number == Packet.NoInterface || RouteImage.InterfaceAt(routes, number)->VlanType != *(ushort*)(frame + at - sizeof(ushort)))
            {
                packet->Reason = DropReason.UnknownVlan;
                return;
            }

            packet->InInterface = number;
        }
    }
}
