using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Whom a packet is sent to: its next hop's MAC address and the link header with it. What passes a wire keeps the header it came with.
/// </summary>
static unsafe class Neighbour
{
    public static void Burst(Worker worker, int first, int end)
    {
        RouteImage* routes = worker.Routes;
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            if (packet->Reason != DropReason.None | packet->OutInterface == Packet.NoInterface)
            {
                continue;
            }

            InterfaceEntry* port = RouteImage.InterfaceAt(routes, packet->OutInterface);
            packet->OutPort = port->Port;
            if ((packet->NextHop | packet->Neighbour) != 0)
            {
                Address(worker, routes, packet, port);
            }

            if (port->Port == Packet.NoInterface && packet->Reason == DropReason.None)
            {
                Bridging.Leave(worker, packet);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Address(Worker worker, RouteImage* routes, Packet* packet, InterfaceEntry* port)
    {
        if (packet->Neighbour == 0)
        {
            Find(worker, routes, packet);
        }

        ulong word = packet->Neighbour == 0 ? 0 : Volatile.Read(ref NeighbourTable.At(worker.Neighbours, packet->Neighbour)->Word);
        if (!NeighbourEntry.IsUsable(word))
        {
            packet->Reason = DropReason.NeighbourUnresolved;
            return;
        }

        // A datagram that is cut when it leaves gets its link headers then, a packet each.
        if (packet->Datagram == 0 & (packet->Marks & PacketMarks.Oversize) == 0)
        {
            LinkHeader.Write(routes, port, packet->Mbuf, packet->Ip, word, LinkHeader.TypeOf(packet->Family));
        }
    }

    /// <summary>The slot of a packet's next hop, which its connection remembers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Find(Worker worker, RouteImage* routes, Packet* packet)
    {
        byte* address = stackalloc byte[16];
        NextHops.AddressOf(routes, packet, address);
        packet->Neighbour = NeighbourTable.Find(worker.Neighbours, packet->OutInterface, packet->Family, address);
        if (packet->Neighbour != 0)
        {
            NextHops.Remember(worker, packet);
        }
    }
}
