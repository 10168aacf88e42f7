using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

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
        InterfaceEntry* interfaces = RouteImage.InterfaceAt(routes, 0);
        NeighbourEntry* neighbours = NeighbourTable.At(worker.Neighbours, 0);
        bool sees = (routes->Switches & RouterSwitches.LearnSources) != 0;
        Packet* last = worker.Packets + end;
        for (Packet* packet = worker.Packets + first; packet < last; packet++)
        {
            if (sees)
            {
                Neighbours.See(worker, routes, packet);
            }

            if (packet->Reason != DropReason.None || packet->OutInterface == Packet.NoInterface)
            {
                Hear(worker, routes, packet);
                continue;
            }

            InterfaceEntry* port = interfaces + packet->OutInterface;
            ushort exit = port->Port;
            packet->OutPort = exit;
            uint neighbour = packet->Neighbour;
            if (neighbour != 0)
            {
                NeighbourEntry* entry = neighbours + neighbour;
                ulong word = Volatile.Read(ref entry->Word);
                if (NeighbourEntry.IsUsable(word) && IsPlain(packet) && port->Kind != InterfaceKind.Vlan)
                {
                    uint tick = Timestamp.Tick(packet->Time);
                    NeighbourEntry.Use(entry, tick);
                    LinkHeader.Readdress(port, packet->Ip - EthernetHeader.ByteSize, word);
                    if (exit == Packet.NoInterface && packet->Mbuf != null
                        && Bridging.IsHeard(worker, packet, packet->OutInterface, word, tick, out ushort member))
                    {
                        packet->OutPort = member;
                        continue;
                    }
                }
                else
                {
                    Address(worker, routes, packet, port);
                }
            }
            else if (packet->NextHop != 0)
            {
                Address(worker, routes, packet, port);
            }

            if (exit == Packet.NoInterface && packet->Reason == DropReason.None && packet->Mbuf != null)
            {
                Bridging.Leave(worker, packet);
            }
        }
    }

    /// <summary>Whether it leaves as the one frame without a tag that it came in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsPlain(Packet* packet) =>
        packet->Datagram == 0 && packet->LinkLength == EthernetHeader.ByteSize && (packet->Marks & PacketMarks.Oversize) == 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
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
