using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <content>What leaves besides the packets of a burst: the router's own frames to its neighbours, and what has waited for them.</content>
static unsafe partial class Transmit
{
    /// <summary>A frame of the router itself, complete: it is tracked by nobody and passes no chain.</summary>
    /// <param name="worker">Who says it.</param>
    /// <param name="number">Of the interface it leaves by.</param>
    /// <param name="frame">From its Ethernet header on.</param>
    /// <param name="cause">The packet that caused it.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Leave(Worker worker, ushort number, Mbuf* frame, Packet* cause)
    {
        Packet packet = default;
        packet.Mbuf = frame;
        packet.OutInterface = number;
        packet.InPort = Packet.NoInterface;
        packet.Time = cause->Time;
        packet.Number = cause->Number;
        worker.State->Generated++;
        if (FindPort(worker, &packet))
        {
            Put(worker, &packet, frame);
        }
    }

    /// <summary>A frame whose neighbour has answered; what is larger than the link is cut now.</summary>
    internal static void Released(Worker worker, InterfaceEntry* port, WaitingFrame* frame, ulong mac, uint cause)
    {
        Packet* packet = &frame->Packet;
        Mbuf* mbuf = frame->Frame;
        byte* ip = mbuf->Data + frame->Link;
        LinkHeader.Write(worker.Routes, port, mbuf, ip, mac, LinkHeader.TypeOf(packet->Family));
        packet->Mbuf = mbuf;
        worker.Behind = packet->Number + 1;
        packet->Number = cause;
        if (!FindPort(worker, packet))
        {
            worker.Behind = 0;
            return;
        }

        if ((packet->Marks & PacketMarks.Oversize) != 0 && frame->Bytes > port->Mtu)
        {
            Cut(worker, packet, mbuf, ip, port->Mtu);
        }
        else
        {
            Put(worker, packet, mbuf);
        }

        worker.Behind = 0;
    }

    /// <summary>The port that a complete frame leaves by. False when there is none, and the frame is dropped.</summary>
    static bool FindPort(Worker worker, Packet* packet)
    {
        packet->OutPort = RouteImage.InterfaceAt(worker.Routes, packet->OutInterface)->Port;
        if (packet->OutPort == Packet.NoInterface)
        {
            Bridging.Leave(worker, packet);
        }

        if (packet->Reason == DropReason.None)
        {
            return true;
        }

        worker.State->Dropped[(int)packet->Reason]++;
        Mbufs.FreeBulk(&packet->Mbuf, 1);
        return false;
    }
}
