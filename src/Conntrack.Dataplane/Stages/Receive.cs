using Conntrack.Dataplane.Abi;
using Conntrack.Memory;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Fills the burst from every queue this worker owns, in turn, so that a busy port cannot starve the others; in replay from the feed.
/// Starts the fetch of every frame's first bytes.
/// </summary>
sealed unsafe class Receive(Worker worker)
{
    uint _nextPort;
    uint _number;

    public int Burst()
    {
        int count = worker.Feed != null ? TakeFeed() : PollDevices();
        worker.State->Bursts++;
        worker.State->Received += (uint)count;
        worker.State->EmptyPolls += count == 0 ? 1u : 0u;
        return count;
    }

    int PollDevices()
    {
        Packet* packets = worker.Packets;
        Mbuf** mbufs = worker.Scratch;
        uint count = 0;
        for (uint turn = 0; turn < worker.PortCount & count < worker.BurstSize; turn++)
        {
            uint port = _nextPort;
            _nextPort = port + 1 == worker.PortCount ? 0 : port + 1;
            if (Volatile.Read(ref worker.Ports[port].IsUp) == 0)
            {
                continue;
            }

            uint received = Native.Ports.RxBurst(worker.Ports[port].DevicePort, (ushort)worker.Index, mbufs, (ushort)(worker.BurstSize - count));
            for (uint i = 0; i < received; i++)
            {
                Prefetch.Line(mbufs[i]->Data);
            }

            PortCounters* counters = worker.PortCounters + port;
            for (uint i = 0; i < received; i++)
            {
                counters->ReceivedBytes += mbufs[i]->PacketLength;
                Take(packets + count + i, mbufs[i], (ushort)port, _number++);
            }

            counters->Received += received;
            count += received;
        }

        if (count != 0)
        {
            ulong now = worker.Clock.Now();
            for (uint i = 0; i < count; i++)
            {
                packets[i].Time = now;
            }
        }

        return (int)count;
    }

    int TakeFeed()
    {
        Feed* feed = worker.Feed;
        uint count = feed->Count;
        feed->Count = 0;
        for (uint i = 0; i < count; i++)
        {
            FeedItem* item = feed->Items + i;
            Packet* packet = worker.Packets + i;
            PortCounters* counters = worker.PortCounters + item->Interface;
            counters->Received++;
            counters->ReceivedBytes += item->Mbuf->PacketLength;
            Take(packet, item->Mbuf, item->Interface, item->Number);
            packet->Time = item->Time;
            packet->Reason = item->Truncated != 0 ? DropReason.TruncatedCapture : DropReason.None;
        }

        return (int)count;
    }

    internal static void Take(Packet* packet, Mbuf* mbuf, ushort port, uint number)
    {
        *packet = default;
        packet->Mbuf = mbuf;
        packet->FrameLength = mbuf->PacketLength;
        packet->InInterface = port;
        packet->OutInterface = Packet.NoInterface;
        packet->InPort = port;
        packet->OutPort = Packet.NoInterface;
        packet->Rule = Packet.NoRule;
        packet->Number = number;
    }
}
