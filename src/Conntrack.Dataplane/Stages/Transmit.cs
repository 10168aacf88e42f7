using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Tracking.Talkers;

namespace Conntrack.Dataplane.Stages;

/// <summary>Packets of one burst that leave by one interface.</summary>
[StructLayout(LayoutKind.Explicit, Size = 320)]
unsafe struct TransmitBuffer
{
    [FieldOffset(0)] public uint Count;
    [FieldOffset(64)] fixed ulong _mbufs[Worker.MaxBurst];

    /// <summary>First of the buffers; the struct lives in native memory and does not move.</summary>
    public static Mbuf** Mbufs(TransmitBuffer* buffer) => (Mbuf**)buffer->_mbufs;
}

/// <summary>
/// Every packet ends here, in exactly one of three ways: sent, consumed, or dropped with a reason that is counted. Writes the trace of a replay.
/// </summary>
static unsafe partial class Transmit
{
    public static void Burst(Worker worker, int first, int end)
    {
        Mbuf** freed = worker.Scratch;
        uint freeCount = 0;
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            if ((packet->Marks & PacketMarks.Flooded) != 0 && packet->Mbuf != null)
            {
                FloodCopies(worker, packet);
            }

            if (packet->Reason != DropReason.None)
            {
                packet->Verdict = packet->Verdict is Verdict.Reject or Verdict.Tarpit ? packet->Verdict : Verdict.Drop;
                packet->OutInterface = Packet.NoInterface;
                packet->OutPort = Packet.NoInterface;
                worker.State->Dropped[(int)packet->Reason]++;
                CountTalkers(worker, packet);
                freed[freeCount++] = packet->Mbuf;
            }
            else if (packet->OutPort == Packet.NoInterface)
            {
                // A held fragment has no buffer to free here, and its end is not known yet.
                worker.State->Consumed += packet->Path == Packet.HeldPath ? 0u : 1u;
                freed[freeCount++] = packet->Mbuf;
            }
            else if (packet->Datagram != 0)
            {
                Fragments(worker, packet);
            }
            else if ((packet->Marks & PacketMarks.Oversize) != 0)
            {
                Pieces(worker, packet);
            }
            else if (packet->OutPort == Packet.EveryPort)
            {
                Flood(worker, packet, packet->Mbuf);
            }
            else if (worker.Feed != null)
            {
                ToOutbox(worker, packet, packet->Mbuf);
            }
            else
            {
                ToBuffer(worker, packet, packet->Mbuf);
            }
        }

        if (freeCount != 0)
        {
            Mbufs.FreeBulk(freed, freeCount);
        }

        if (worker.Feed != null && first < Worker.MaxBurst)
        {
            Trace(worker, worker.Packets + first, end - first);
        }
    }

    /// <summary>Whose packets are dropped. What is no sound IP packet has no sender that anybody could name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void CountTalkers(Worker worker, Packet* packet)
    {
        TalkerSketch* talkers = worker.Connections4.View->Talkers;
        if (talkers != null
            && packet->Family != PacketFamily.NotIp & packet->Reason > DropReason.BadIpChecksum & packet->Mbuf != null
            && TalkerSketch.IsSampled(talkers, TalkerKind.Dropped))
        {
            TalkerPair pair = packet->Family == PacketFamily.Ipv4
                ? new TalkerPair(Talker.Ipv4(packet->Tuple.Src), Talker.Ipv4(packet->Tuple.Dst))
                : new TalkerPair(Talker.Ipv6(packet->Ip + 8), Talker.Ipv6(packet->Ip + 24));
            TalkerSketch.Add(talkers, TalkerKind.Dropped, pair);
        }
    }

    /// <summary>Once a burst: hands every port what was put aside for it.</summary>
    public static void Flush(Worker worker)
    {
        for (uint port = 0; port < worker.PortCount; port++)
        {
            if (worker.Outgoing[port].Count != 0)
            {
                Send(worker, port);
            }
        }
    }

    /// <summary>A packet that leaves the burst before its end: it is all that <see cref="Burst"/> would do with one that is sent as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Send(Worker worker, Packet* packet)
    {
        if (worker.Feed == null)
        {
            ToBuffer(worker, packet, packet->Mbuf);
        }
        else
        {
            ToOutbox(worker, packet, packet->Mbuf);
            Trace(worker, packet, 1);
        }
    }

    static void Send(Worker worker, uint port)
    {
        TransmitBuffer* buffer = worker.Outgoing + port;
        PortCounters* counters = worker.PortCounters + port;
        Mbuf** mbufs = TransmitBuffer.Mbufs(buffer);
        uint count = buffer->Count;
        ulong bytes = 0;
        for (uint i = 0; i < count; i++)
        {
            bytes += mbufs[i]->PacketLength;
        }

        uint sent = Volatile.Read(ref worker.Ports[port].IsUp) == 0
            ? 0u
            : Native.Ports.TxBurst(worker.Ports[port].DevicePort, (ushort)worker.Index, mbufs, (ushort)count);
        if (sent < count)
        {
            for (uint i = sent; i < count; i++)
            {
                bytes -= mbufs[i]->PacketLength;
            }

            Mbufs.FreeBulk(mbufs + sent, count - sent);
            worker.State->Dropped[(int)DropReason.TransmitFull] += count - sent;
            counters->NotSent += count - sent;
        }

        worker.State->Sent += sent;
        counters->Sent += sent;
        counters->SentBytes += bytes;
        buffer->Count = 0;
    }

    /// <summary>Any number of them, for the router says frames of its own besides the burst's packets: a full buffer is emptied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ToBuffer(Worker worker, Packet* packet, Mbuf* mbuf) => Put(worker, packet->OutPort, mbuf);

    /// <summary>Puts a frame aside for a port; not in replay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(Worker worker, ushort port, Mbuf* mbuf)
    {
        TransmitBuffer* buffer = worker.Outgoing + port;
        if (buffer->Count == Worker.MaxBurst)
        {
            Send(worker, port);
        }

        TransmitBuffer.Mbufs(buffer)[buffer->Count++] = mbuf;
    }

    static void ToOutbox(Worker worker, Packet* packet, Mbuf* mbuf)
    {
        Feed* feed = worker.Feed;
        PortCounters* counters = worker.PortCounters + packet->OutPort;
        if (feed->Sent == feed->OutboxRoom)
        {
            worker.State->Dropped[(int)DropReason.TransmitFull]++;
            Mbufs.FreeBulk(&mbuf, 1);
            return;
        }

        OutboxItem* item = feed->Outbox + feed->Sent++;
        item->Mbuf = mbuf;
        item->Number = packet->Number;
        item->Interface = packet->OutPort;
        item->Behind = worker.Behind;
        counters->Sent++;
        counters->SentBytes += mbuf->PacketLength;
        worker.State->Sent++;
    }

    static void Trace(Worker worker, Packet* packet, int count)
    {
        Feed* feed = worker.Feed;
        for (Packet* end = packet + count; packet < end; packet++)
        {
            uint place = packet->Number - feed->FirstNumber;
            if (place >= Worker.MaxBurst)
            {
                // It was between two workers for longer than a burst, as only a caller can bring about who lets them run one by one.
                continue;
            }

            TraceItem* item = feed->Trace + place;
            item->OutInterface = packet->OutInterface;
            item->State = packet->State;
            item->Verdict = packet->Verdict;
            item->Reason = packet->Reason;
            item->Path = packet->Path;
            item->Rule = packet->Rule;
        }
    }
}
