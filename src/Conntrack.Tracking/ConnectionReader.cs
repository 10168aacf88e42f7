using System.Buffers.Binary;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking;

/// <summary>
/// Copies a table's connections for the control side while its worker goes on. A record is read between two looks at its generation: an
/// odd one that did not change means the copy is of one connection. Never writes, so the worker does not notice.
/// </summary>
public static unsafe class ConnectionReader
{
    /// <summary>Adds every confirmed connection of an IPv4 table that has not expired at <paramref name="now"/>.</summary>
    public static void Read4(TableView* table, FlowCacheView* flows, ulong now, List<ConnectionSnapshot> into)
    {
        UnmergedCounts unmerged = UnmergedCounts.Of4(flows);
        for (uint n = 1; n <= table->Records.HighWater; n++)
        {
            var record = (Connection4*)table->Records.Base + n;
            if (!TryCopy(record, &record->Connection, out Connection4 copy))
            {
                continue;
            }

            var original = new TupleSnapshot(
                Address(copy.Original.Src), Address(copy.Original.Dst), Port(copy.Original.SrcPort), Port(copy.Original.DstPort));
            var reply = new TupleSnapshot(Address(copy.Reply.Src), Address(copy.Reply.Dst), Port(copy.Reply.SrcPort), Port(copy.Reply.DstPort));
            Add(table, n, &copy.Connection, original, reply, false, unmerged, now, into);
        }
    }

    /// <summary>As <see cref="Read4"/> for an IPv6 table.</summary>
    public static void Read6(TableView* table, FlowCacheView* flows, ulong now, List<ConnectionSnapshot> into)
    {
        UnmergedCounts unmerged = UnmergedCounts.Of6(flows);
        for (uint n = 1; n <= table->Records.HighWater; n++)
        {
            var record = (Connection6*)table->Records.Base + n;
            if (!TryCopy(record, &record->Connection, out Connection6 copy))
            {
                continue;
            }

            var original = new TupleSnapshot(
                Address(&copy.Original.Src), Address(&copy.Original.Dst), Port(copy.OriginalPorts.SrcPort), Port(copy.OriginalPorts.DstPort));
            var reply = new TupleSnapshot(
                Address(&copy.Reply.Src), Address(&copy.Reply.Dst), Port(copy.ReplyPorts.SrcPort), Port(copy.ReplyPorts.DstPort));
            Add(table, n, &copy.Connection, original, reply, true, unmerged, now, into);
        }
    }

    static bool TryCopy<TRecord>(TRecord* record, Connection* connection, out TRecord copy)
        where TRecord : unmanaged
    {
        ushort before = Volatile.Read(ref connection->Generation);
        copy = *record;
        Interlocked.MemoryBarrier();
        return (before & 1) != 0 && Volatile.Read(ref connection->Generation) == before;
    }

    static void Add(
        TableView* table,
        uint record,
        Connection* copy,
        TupleSnapshot original,
        TupleSnapshot reply,
        bool ipv6,
        UnmergedCounts unmerged,
        ulong now,
        List<ConnectionSnapshot> into)
    {
        uint deadline = Volatile.Read(ref table->Deadlines.Base[record]);
        if ((copy->Flags & (ConnectionFlags.Confirmed | ConnectionFlags.Dying)) != ConnectionFlags.Confirmed
            || deadline == 0
            || DeadlineArray.IsDue(deadline, copy, now))
        {
            return;
        }

        long ticks = (int)(deadline - Timestamp.Tick(now)) + (copy->RefreshPhase >> 15);
        long phase = copy->RefreshPhase & (DeadlineArray.OneTickLater - 1);
        long microseconds = (ticks * Timestamp.MicrosecondsPerTick) + phase - Timestamp.Phase(now);
        into.Add(new ConnectionSnapshot
        {
            IsIpv6 = ipv6,
            Protocol = copy->Protocol,
            State = copy->State,
            Gre = copy->Protocol == IpProtocol.Gre ? Gre(GreFlow.Of(copy)) : null,
            Flags = copy->Flags & ~(ConnectionFlags.Alive | ConnectionFlags.FlowLines | ConnectionFlags.Claimed),
            Original = original,
            Reply = reply,
            OriginalCounters = Counters(table, copy, 0, unmerged.Of(record, 0)),
            ReplyCounters = Counters(table, copy, 1, unmerged.Of(record, 1)),
            Timeout = TimeSpan.FromMicroseconds(microseconds),
            StartTick = copy->StartTick,
            Creation = copy->Creation,
            Record = record,
            Generation = copy->Generation,
        });
    }

    static CounterSnapshot Counters(TableView* table, Connection* copy, int direction, (uint Packets, ulong Bytes) unmerged)
    {
        ulong packets = copy->Packets[direction];
        ulong bytes = Connection.Bytes(copy, direction);
        if (copy->Extension == 0)
        {
            return new CounterSnapshot(packets, bytes, 0, 0);
        }

        Extension* extension = table->Extensions.At(copy->Extension);
        return new CounterSnapshot(
            (packets | ((ulong)extension->PacketsCarry[direction] << 32)) + unmerged.Packets,
            (bytes | ((ulong)extension->BytesCarry[direction] << 48)) + unmerged.Bytes,
            extension->FastTrackPackets[direction] + unmerged.Packets,
            extension->FastTrackBytes[direction] + unmerged.Bytes);
    }

    static GreSnapshot? Gre(GreFlow* flow) => flow->Version == GreFlow.NoVersion
        ? null
        : new GreSnapshot(flow->Version, BinaryPrimitives.ReverseEndianness(flow->Protocol), flow->HasKey != 0 ? flow->Key : null);

    static UInt128 Address(uint networkOrder) => BinaryPrimitives.ReverseEndianness(networkOrder);

    static UInt128 Address(void* networkOrder) => BinaryPrimitives.ReadUInt128BigEndian(new ReadOnlySpan<byte>(networkOrder, 16));

    static ushort Port(ushort networkOrder) => BinaryPrimitives.ReverseEndianness(networkOrder);
}
