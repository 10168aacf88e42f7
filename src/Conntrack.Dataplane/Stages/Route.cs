using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Where a packet goes: over a wire to its other end, TTL and addresses untouched and whatever it carries; nowhere when it is only
/// observed; in a router to itself or on to a next hop (Route.Lookup.cs, Route.Onward.cs).
/// </summary>
static unsafe partial class Route
{
    /// <returns>Whether any packet may be the router's own: one that follows its connection's way is not.</returns>
    public static bool Burst(Worker worker, int first, int end)
    {
        RouteImage* routes = worker.Routes;
        InterfaceEntry* interfaces = RouteImage.InterfaceAt(routes, 0);
        NeighbourEntry* neighbours = NeighbourTable.At(worker.Neighbours, 0);
        uint edition = worker.Edition;
        bool asks = false, others = false;
        Packet* last = worker.Packets + end;
        for (Packet* packet = worker.Packets + first; packet < last; packet++)
        {
            if (packet->ReasonAndPath != 0)
            {
                continue;
            }

            InterfaceEntry* from = interfaces + packet->InInterface;
            var connection = (Connection*)packet->Connection;
            if (connection != null && connection->Edition == edition && TryFollow(packet, from, connection, interfaces, neighbours))
            {
                continue;
            }

            others = true;
            switch (from->Role)
            {
                case PortRole.Wire:
                    packet->OutInterface = from->Peer;
                    packet->Verdict = Verdict.Forward;
                    break;
                case PortRole.Observed:
                    packet->Verdict = Verdict.Forward;
                    break;
                case PortRole.Disabled:
                    packet->Reason = DropReason.InterfaceDisabled;
                    break;
                case PortRole.Routed when (packet->Marks & PacketMarks.Bridged) != 0:
                    packet->OutInterface = packet->InInterface;
                    packet->OutPort = Bridging.PortOf(worker, packet, packet->InInterface, Bridging.Address(packet->Mbuf->Data));
                    packet->Verdict = Verdict.Forward;
                    break;
                default:
                    asks |= Admit(worker, routes, packet, from);
                    break;
            }
        }

        if (asks)
        {
            Answer(worker, routes);
        }

        return others;
    }

    /// <summary>
    /// A packet whose connection knows the way: what an earlier one of its direction was asked is not asked again, only what differs from packet to
    /// packet. False, and nothing touched, for whatever is not as usual.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool TryFollow(Packet* packet, InterfaceEntry* from, Connection* connection, InterfaceEntry* interfaces, NeighbourEntry* neighbours)
    {
        const PacketMarks Others = PacketMarks.IcmpError | PacketMarks.Bridged;
        uint neighbour = connection->NextHop[packet->Direction];
        uint exit = neighbours[neighbour].Interface;
        InterfaceEntry* to = interfaces + exit;
        byte* ip = packet->Ip;
        if (neighbour == 0
            || (packet->Marks & Others) != 0
            || packet->RoutingMark != 0
            || (from->Flags & InterfaceFlags.Ordinary) == 0
            || (to->Flags & InterfaceFlags.Running) == 0
            || packet->IpLength > to->Mtu
            || exit == packet->InInterface
            || !IsAddressed(ip - packet->LinkLength, from))
        {
            return false;
        }

        if (packet->Family == PacketFamily.Ipv4)
        {
            if (((Ipv4Header*)ip)->TimeToLive <= 1)
            {
                return false;
            }

            Hops.Take(ip, Hops.OffsetIpv4);
        }
        else
        {
            if (((Ipv6Header*)ip)->HopLimit <= 1)
            {
                return false;
            }

            ((Ipv6Header*)ip)->HopLimit--;
        }

        packet->OutInterface = (ushort)exit;
        packet->Neighbour = (ushort)neighbour;
        packet->RouteTable = 1;
        packet->Verdict = Verdict.Forward;
        return true;
    }

    /// <summary>Whether a frame came to the interface's own address, and to no group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsAddressed(byte* frame, InterfaceEntry* from) =>
        ((*(ulong*)frame ^ *(ulong*)from->Mac) << 16) == 0 || ((from->Flags & InterfaceFlags.AnyMac) != 0 && (frame[0] & Group) == 0);
}
