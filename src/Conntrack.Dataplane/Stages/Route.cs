using System.Runtime.Intrinsics;
using Conntrack.Dataplane.Abi;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Where a packet goes: over a wire to its other end, TTL and addresses untouched and whatever it carries; nowhere when it is only
/// observed. A router has no route for an IP packet until one is configured, and has no use for other link protocols.
/// </summary>
static unsafe class Route
{
    public static void Burst(Worker worker, int first, int end)
    {
        PortState* ports = worker.Ports;
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            if (packet->Reason != DropReason.None | packet->Path != 0)
            {
                continue;
            }

            PortState* port = ports + packet->InInterface;
            switch (port->Role)
            {
                case PortRole.Wire:
                    packet->OutInterface = port->WirePeer;
                    packet->Verdict = Verdict.Forward;
                    break;
                case PortRole.Observed:
                    packet->Verdict = Verdict.Forward;
                    break;
                case PortRole.Disabled:
                    packet->Reason = DropReason.InterfaceDisabled;
                    break;
                default:
                    if (packet->Family == PacketFamily.NotIp)
                    {
                        packet->Verdict = Verdict.Consume;
                    }
                    else
                    {
                        packet->Reason = IsUnicastInGroupFrame(packet) ? DropReason.LinkBroadcast : DropReason.NoRoute;
                    }

                    break;
            }
        }
    }

    /// <summary>What a router must not forward although it has a route for it. Broadcast itself (255.255.255.255) is nobody's unicast address.</summary>
    static bool IsUnicastInGroupFrame(Packet* packet)
    {
        const byte Group = 1, MulticastOfIpv6 = 0xff, MulticastOfIpv4 = 0xe;
        if ((packet->Mbuf->Data[0] & Group) == 0)
        {
            return false;
        }

        return packet->Family == PacketFamily.Ipv6
            ? ((Ipv6Header*)packet->Ip)->Addresses.Dst.GetElement(0) != MulticastOfIpv6
            : packet->Ip[16] >> 4 != MulticastOfIpv4 && ((Ipv4Header*)packet->Ip)->Destination != uint.MaxValue;
    }
}
