using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <content>Frames that leave by every port of a bridge but the one they came by, each port with a copy of its own.</content>
static unsafe partial class Transmit
{
    /// <summary>The frame itself leaves by the last of the ports; without one it has arrived.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Flood(Worker worker, Packet* packet, Mbuf* frame)
    {
        ushort bridge = Bridging.BridgeUnder(worker.Routes, packet->OutInterface);
        ushort last = Packet.NoInterface;
        for (ushort port = 0; port < worker.PortCount; port++)
        {
            if (port == packet->InPort || !Bridging.IsMember(worker.Routes, port, bridge))
            {
                continue;
            }

            if (last != Packet.NoInterface)
            {
                Copy(worker, packet, frame, last);
            }

            last = port;
        }

        if (last == Packet.NoInterface)
        {
            worker.State->Consumed++;
            Mbufs.FreeBulk(&frame, 1);
            return;
        }

        PutOn(worker, packet, frame, last);
    }

    /// <summary>Copies for every other port, of a frame whose own way leads up to the router.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void FloodCopies(Worker worker, Packet* packet)
    {
        ushort bridge = RouteImage.InterfaceAt(worker.Routes, packet->InPort)->Bridge;
        for (ushort port = 0; port < worker.PortCount; port++)
        {
            if (port != packet->InPort && Bridging.IsMember(worker.Routes, port, bridge))
            {
                Copy(worker, packet, packet->Mbuf, port);
            }
        }
    }

    static void Copy(Worker worker, Packet* packet, Mbuf* frame, ushort port)
    {
        Mbuf* copy;
        if (worker.Settings->Pool == null || Mbufs.CopyBulk(worker.Settings->Pool, &frame, &copy, 1) < 0)
        {
            worker.State->NoBuffers++;
            return;
        }

        worker.State->Generated++;
        PutOn(worker, packet, copy, port);
    }

    /// <summary>One port's copy; what is put aside for it leaves at once, so that the rest of the burst finds room.</summary>
    static void PutOn(Worker worker, Packet* packet, Mbuf* frame, ushort port)
    {
        ushort before = packet->OutPort;
        packet->OutPort = port;
        Put(worker, packet, frame);
        Flush(worker, port);
        packet->OutPort = before;
    }
}
