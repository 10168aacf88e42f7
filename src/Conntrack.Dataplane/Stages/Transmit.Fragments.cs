using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Dataplane.Routing;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <content>
/// Packets that leave as several frames: a reassembled datagram as the fragments it came in, and what is larger than the link cut to its size.
/// </content>
static unsafe partial class Transmit
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Fragments(Worker worker, Packet* packet)
    {
        FragmentTable table = worker.Fragments;
        table.Split(packet);
        worker.State->Generated += table.CountOf(packet->Datagram) - 1;
        bool isRouted = packet->OutInterface == Packet.NoInterface | (packet->NextHop | packet->Neighbour) != 0;
        uint mtu = (packet->Marks & PacketMarks.Oversize) != 0 ? RouteImage.InterfaceAt(worker.Routes, packet->OutInterface)->Mtu : uint.MaxValue;
        for (uint fragment = table.FirstOf(packet->Datagram); fragment != 0; fragment = table.NextOf(fragment))
        {
            Mbuf* mbuf = table.MbufOf(fragment);
            byte* ip = mbuf->Data + table.LinkOf(fragment);
            if (table.BytesOf(fragment) > mtu)
            {
                Cut(worker, packet, mbuf, ip, mtu);
                continue;
            }

            if (isRouted)
            {
                WriteLink(worker, packet, mbuf, ip);
            }

            Put(worker, packet, mbuf);
        }

        Flush(worker, packet->OutPort);
    }

    /// <summary>A packet larger than its link, as pieces that are not. It becomes the first of them; the others are generated.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Pieces(Worker worker, Packet* packet)
    {
        Cut(worker, packet, packet->Mbuf, packet->Ip, RouteImage.InterfaceAt(worker.Routes, packet->OutInterface)->Mtu);
        packet->Mbuf = null;
        Flush(worker, packet->OutPort);
    }

    static void Cut(Worker worker, Packet* packet, Mbuf* frame, byte* ip, uint mtu)
    {
        Mbuf** pieces = worker.Pieces;
        uint count = Fragmenter.Cut(worker, frame, ip, packet->Family, mtu, packet->Number, pieces);
        Mbufs.FreeBulk(&frame, 1);
        if (count == 0)
        {
            worker.State->Dropped[(int)DropReason.NoBuffer]++;
            return;
        }

        worker.State->Generated += count - 1;
        for (uint i = 0; i < count; i++)
        {
            WriteLink(worker, packet, pieces[i], pieces[i]->Data);
            Put(worker, packet, pieces[i]);
        }
    }

    /// <summary>The link header of one frame out of several: to the packet's neighbour, or to the host's own programs.</summary>
    static void WriteLink(Worker worker, Packet* packet, Mbuf* frame, byte* ip)
    {
        RouteImage* routes = worker.Routes;
        bool toHost = packet->OutInterface == Packet.NoInterface;
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, toHost ? routes->HostInterface : packet->OutInterface);
        ulong mac = toHost ? LinkHeader.OwnMac(port) : NeighbourTable.At(worker.Neighbours, packet->Neighbour)->Word;
        LinkHeader.Write(routes, port, frame, ip, mac, LinkHeader.TypeOf(packet->Family));
    }

    /// <summary>Any number of them: the buffer is emptied whenever it is full.</summary>
    static void Put(Worker worker, Packet* packet, Mbuf* mbuf)
    {
        if (packet->OutPort == Packet.EveryPort)
        {
            Flood(worker, packet, mbuf);
            return;
        }

        if (worker.Feed != null)
        {
            ToOutbox(worker, packet, mbuf);
            return;
        }

        ToBuffer(worker, packet, mbuf);
    }

    /// <summary>At the end, so that the rest of the burst finds room.</summary>
    static void Flush(Worker worker, uint port)
    {
        if (worker.Feed == null && port != Packet.EveryPort)
        {
            Send(worker, port);
        }
    }
}
