using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Whom a packet is sent to: its next hop's MAC address and the link header with it. What passes a wire keeps the header it came with. Here
/// too neighbours are heard, in order of arrival with the packets that go to them: ARP, and neighbour discovery that came past the input chain.
/// </summary>
static unsafe class Neighbour
{
    public static void Burst(Worker worker, int first, int end)
    {
        RouteImage* routes = worker.Routes;
        bool sees = (routes->Switches & RouterSwitches.LearnSources) != 0;
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            if (sees)
            {
                Neighbours.See(worker, routes, packet);
            }

            if (packet->Reason != DropReason.None | packet->OutInterface == Packet.NoInterface)
            {
                Hear(worker, routes, packet);
                continue;
            }

            InterfaceEntry* port = RouteImage.InterfaceAt(routes, packet->OutInterface);
            packet->OutPort = port->Port;
            if ((packet->NextHop | packet->Neighbour) != 0)
            {
                Address(worker, routes, packet, port);
            }

            if (port->Port == Packet.NoInterface && packet->Reason == DropReason.None && packet->Mbuf != null)
            {
                Bridging.Leave(worker, packet);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Address(Worker worker, RouteImage* routes, Packet* packet, InterfaceEntry* port)
    {
        NeighbourEntry* entry = NeighbourTable.At(worker.Neighbours, packet->Neighbour);
        ulong word = Volatile.Read(ref entry->Word);
        if (packet->Neighbour != 0 && NeighbourEntry.IsUsable(word))
        {
            NeighbourEntry.Use(entry, Timestamp.Tick(packet->Time));
        }
        else
        {
            // FastTrack's packets too: one hop of them is taken already, and that is all the slow path would do.
            word = Neighbours.Resolve(worker, routes, packet);
            if (word == 0)
            {
                return;
            }
        }

        // A datagram that is cut when it leaves gets its link headers then, a packet each.
        if (packet->Datagram == 0 & (packet->Marks & PacketMarks.Oversize) == 0)
        {
            LinkHeader.Write(routes, port, packet->Mbuf, packet->Ip, word, LinkHeader.TypeOf(packet->Family));
        }
    }

    /// <summary>What ends here may tell of neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Hear(Worker worker, RouteImage* routes, Packet* packet)
    {
        bool isRouted = packet->Verdict == Verdict.Local ? (packet->Marks & PacketMarks.NeighbourDiscovery) != 0 : packet->Verdict == Verdict.Consume;
        if (isRouted & packet->Reason == DropReason.None & packet->Path == 0)
        {
            Take(worker, routes, packet);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Take(Worker worker, RouteImage* routes, Packet* packet)
    {
        if (packet->Verdict == Verdict.Local)
        {
            Discovery.Take(worker, routes, packet);
        }
        else if (Arp.Is(packet))
        {
            Arp.Take(worker, routes, packet);
        }
    }
}
