using System.Runtime.Intrinsics;
using Conntrack.Dataplane.Abi;
using Conntrack.Memory;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Fills the burst from every queue this worker owns, in turn, so that a busy port cannot starve the others; in replay from the feed. In
/// front of them comes what other workers have handed over.
/// Starts the fetch of every frame's first bytes.
/// </summary>
sealed unsafe class Receive(Worker worker)
{
    uint _nextPort;
    uint _number;

    public int Burst()
    {
        int taken = worker.Handover == null ? 0 : worker.Handover.Take();
        int count = worker.Feed != null ? TakeFeed(taken) : PollDevices(taken);
        worker.State->Bursts++;
        worker.State->Received += (uint)(count - taken);
        worker.State->EmptyPolls += count == 0 ? 1u : 0u;
        return count;
    }

    int PollDevices(int taken)
    {
        Mbuf** mbufs = worker.Scratch;
        uint count = (uint)taken;
        ulong now = 0;
        for (uint turn = 0; turn < worker.PortCount & count < worker.BurstSize; turn++)
        {
            uint port = _nextPort;
            _nextPort = port + 1 == worker.PortCount ? 0 : port + 1;
            if (Volatile.Read(ref worker.Ports[port].IsUp) == 0)
            {
                continue;
            }

            uint received = Native.Ports.RxBurst(worker.Ports[port].DevicePort, (ushort)worker.Index, mbufs, (ushort)(worker.BurstSize - count));
            if (received != 0)
            {
                now = now == 0 ? worker.Clock.Now() : now;
                Take(worker.Packets + count, mbufs, received, (ushort)port, now);
                count += received;
            }
        }

        if (taken != 0)
        {
            now = now == 0 ? worker.Clock.Now() : now;
            for (int i = 0; i < taken; i++)
            {
                worker.Packets[i].Time = now;
            }
        }

        return (int)count;
    }

    /// <summary>Frames that came in by one port together have most of their context in common.</summary>
    void Take(Packet* packet, Mbuf** mbufs, uint received, ushort port, ulong now)
    {
        Packet common;
        Take(&common, port);
        common.Time = now;
        Vector256<byte> first = Vector256.Load((byte*)&common), second = Vector256.Load((byte*)&common + 32);
        Vector256<byte> third = Vector256.Load((byte*)&common + 64), fourth = Vector256.Load((byte*)&common + 96);
        ulong bytes = 0;
        uint number = _number;
        for (Mbuf** end = mbufs + received; mbufs < end; mbufs++, packet++)
        {
            Mbuf* mbuf = *mbufs;
            Prefetch.Line(mbuf->Data);
            uint length = mbuf->PacketLength;
            bytes += length;
            first.Store((byte*)packet);
            second.Store((byte*)packet + 32);
            third.Store((byte*)packet + 64);
            fourth.Store((byte*)packet + 96);
            packet->Mbuf = mbuf;
            packet->FrameLength = length;
            packet->Number = number++;
        }

        _number = number;
        PortCounters* counters = worker.PortCounters + port;
        counters->Received += received;
        counters->ReceivedBytes += bytes;
    }

    int TakeFeed(int taken)
    {
        Feed* feed = worker.Feed;
        int count = (int)feed->Count;
        feed->Count = 0;
        for (int i = 0; i < count; i++)
        {
            FeedItem* item = feed->Items + i;
            Packet* packet = worker.Packets + taken + i;
            PortCounters* counters = worker.PortCounters + item->Interface;
            counters->Received++;
            counters->ReceivedBytes += item->Mbuf->PacketLength;
            Take(packet, item->Mbuf, item->Interface, item->Number);
            packet->Time = item->Time;
            packet->Reason = item->Truncated != 0 ? DropReason.TruncatedCapture : DropReason.None;
        }

        return taken + count;
    }

    internal static void Take(Packet* packet, Mbuf* mbuf, ushort port, uint number)
    {
        Take(packet, port);
        packet->Mbuf = mbuf;
        packet->FrameLength = mbuf->PacketLength;
        packet->Number = number;
    }

    static void Take(Packet* packet, ushort port)
    {
        *packet = default;
        packet->InInterface = port;
        packet->OutInterface = Packet.NoInterface;
        packet->InPort = port;
        packet->OutPort = Packet.NoInterface;
        packet->Rule = Packet.NoRule;
    }
}
