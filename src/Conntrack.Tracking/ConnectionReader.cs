using System.Buffers.Binary;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking;

/// <summary>
/// Copies a table's connections for the control side while its worker goes on. A record is read between two looks at its generation: an
/// odd one that did not change means the copy is of one connection. Never writes, so the worker does not notice.
/// </summary>
public static unsafe class ConnectionReader
{
    /// <summary>What nobody but the worker needs to know.</summary>
    const ConnectionFlags Internal = ConnectionFlags.Alive | ConnectionFlags.FlowLines
        | ConnectionFlags.NamedReply | ConnectionFlags.NamedOriginal;

    /// <summary>The connection of an IPv4 record. False when there is none, or it has expired.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="flows">The flow cache in front of it, null for none.</param>
    /// <param name="number">Of the record, from 1 to the high water.</param>
    /// <param name="now">The time, see <see cref="Timestamp"/>.</param>
    /// <param name="snapshot">The copy.</param>
    public static bool TryRead4(TableView* table, FlowLookup flows, uint number, ulong now, out ConnectionSnapshot snapshot)
    {
        var record = (Connection4*)table->Records.Base + number;
        if (!TryCopy(table, record, &record->Connection, flows, number, out Connection4 copy, out Unmerged unmerged)
            || !IsListed(table, number, &copy.Connection, now))
        {
            snapshot = default;
            return false;
        }

        snapshot = Snapshot(table, number, &copy, unmerged, now);
        return true;
    }

    /// <summary>As <see cref="TryRead4"/> of an IPv6 table.</summary>
    public static bool TryRead6(TableView* table, FlowLookup flows, uint number, ulong now, out ConnectionSnapshot snapshot)
    {
        var record = (Connection6*)table->Records.Base + number;
        if (!TryCopy(table, record, &record->Connection, flows, number, out Connection6 copy, out Unmerged unmerged)
            || !IsListed(table, number, &copy.Connection, now))
        {
            snapshot = default;
            return false;
        }

        snapshot = Snapshot(table, number, &copy, unmerged, now);
        return true;
    }

    /// <summary>Adds every confirmed connection of an IPv4 table that has not expired at <paramref name="now"/>.</summary>
    public static void Read4(TableView* table, FlowLookup flows, ulong now, List<ConnectionSnapshot> into)
    {
        for (uint n = 1; n <= table->Records.HighWater; n++)
        {
            if (TryRead4(table, flows, n, now, out ConnectionSnapshot snapshot))
            {
                into.Add(snapshot);
            }
        }
    }

    /// <summary>As <see cref="Read4"/> for an IPv6 table.</summary>
    public static void Read6(TableView* table, FlowLookup flows, ulong now, List<ConnectionSnapshot> into)
    {
        for (uint n = 1; n <= table->Records.HighWater; n++)
        {
            if (TryRead6(table, flows, n, now, out ConnectionSnapshot snapshot))
            {
                into.Add(snapshot);
            }
        }
    }

    /// <summary>The connection that something happened to, as it was then. What the flow cache has not merged yet is not counted.</summary>
    public static ConnectionSnapshot OfEvent(ConnectionEvent* happened)
    {
        Connection* copy = happened->IsIpv6 != 0 ? &happened->Ipv6.Connection : &happened->Ipv4.Connection;
        Extension* extension = copy->Extension == 0 ? null : &happened->Extension;
        return happened->IsIpv6 != 0
            ? Snapshot(happened->Record, &happened->Ipv6, extension, happened->Deadline, default, happened->Time)
            : Snapshot(happened->Record, &happened->Ipv4, extension, happened->Deadline, default, happened->Time);
    }

    /// <summary>
    /// Whether a record is of a living confirmed connection, with what it is found again and sorted by. For whoever reads it whole a little later.
    /// </summary>
    public static bool TryGlance(TableView* table, Connection* connection, uint number, ulong now, out ConnectionGlance glance)
    {
        ushort generation = Volatile.Read(ref connection->Generation);
        Connection copy = default;
        copy.Flags = connection->Flags;
        copy.RefreshPhase = connection->RefreshPhase;
        glance = new ConnectionGlance(generation, connection->StartTick, connection->Creation);
        Interlocked.MemoryBarrier();
        return (generation & 1) != 0 && Volatile.Read(ref connection->Generation) == generation && IsListed(table, number, &copy, now);
    }

    /// <summary>Bytes of both directions, the low 32 bits, from the record and its lines in the flow cache.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="record">Alive; whoever asks looks at its generation before and after.</param>
    /// <param name="flows">The flow cache in front of its table.</param>
    /// <param name="number">Its number.</param>
    public static (uint Original, uint Reply) Bytes<TRecord>(TableView* table, TRecord* record, FlowLookup flows, uint number)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        const int Patience = 4;
        Connection* connection = TRecord.ConnectionOf(record);
        bool cached = flows.IsThere && (connection->Flags & ConnectionFlags.FlowLines) != 0;
        for (int attempt = 0; ; attempt++)
        {
            Unmerged unmerged = cached ? flows.Unmerged<TRecord>(table, connection, number) : default;
            uint original = (uint)(Connection.Bytes(connection, 0) + unmerged.Bytes0);
            uint reply = (uint)(Connection.Bytes(connection, 1) + unmerged.Bytes1);
            if (!cached || attempt == Patience || !flows.Unmerged<TRecord>(table, connection, number).IsBehind(unmerged))
            {
                return (original, reply);
            }
        }
    }

    static bool TryCopy<TRecord>(
        TableView* table, TRecord* record, Connection* connection, FlowLookup flows, uint number, out TRecord copy, out Unmerged unmerged)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        const int Patience = 4;
        unmerged = default;
        for (int attempt = 0; ; attempt++)
        {
            ushort before = Volatile.Read(ref connection->Generation);
            if ((before & 1) == 0)
            {
                copy = default;
                return false;
            }

            bool cached = flows.IsThere && (connection->Flags & ConnectionFlags.FlowLines) != 0;
            unmerged = cached ? flows.Unmerged<TRecord>(table, connection, number) : default;
            copy = *record;
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref connection->Generation) != before)
            {
                return false;
            }

            // A line that was merged between the two looks is counted twice: once in the line, once in the record.
            if (!cached || attempt == Patience || !flows.Unmerged<TRecord>(table, connection, number).IsBehind(unmerged))
            {
                return true;
            }
        }
    }

    static bool IsListed(TableView* table, uint number, Connection* copy, ulong now)
    {
        uint deadline = Volatile.Read(ref table->Deadlines.Base[number]);
        return (copy->Flags & (ConnectionFlags.Confirmed | ConnectionFlags.Dying)) == ConnectionFlags.Confirmed
            && deadline != 0
            && !DeadlineArray.IsDue(deadline, copy, now);
    }

    static ConnectionSnapshot Snapshot<TRecord>(TableView* table, uint number, TRecord* copy, Unmerged unmerged, ulong now)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        uint extension = TRecord.ConnectionOf(copy)->Extension;
        uint deadline = Volatile.Read(ref table->Deadlines.Base[number]);
        return Snapshot(number, copy, extension == 0 ? null : table->Extensions.At(extension), deadline, unmerged, now);
    }

    static ConnectionSnapshot Snapshot<TRecord>(uint number, TRecord* record, Extension* extension, uint deadline, Unmerged unmerged, ulong now)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        Connection* copy = TRecord.ConnectionOf(record);
        long ticks = (int)(deadline - Timestamp.Tick(now)) + (copy->RefreshPhase >> 15);
        long phase = copy->RefreshPhase & (DeadlineArray.OneTickLater - 1);
        long microseconds = (ticks * Timestamp.MicrosecondsPerTick) + phase - Timestamp.Phase(now);
        return new ConnectionSnapshot
        {
            IsIpv6 = sizeof(TRecord) == Connection6.ByteSize,
            Protocol = copy->Protocol,
            State = copy->State,
            Gre = copy->Protocol == IpProtocol.Gre ? Gre(GreFlow.Of(copy)) : null,
            Helper = extension == null ? HelperKind.None : extension->Helper,
            Flags = copy->Flags & ~Internal,
            Mark = copy->Mark,
            Original = sizeof(TRecord) == Connection6.ByteSize ? Original6((Connection6*)record) : Tuple(((Connection4*)record)->Original),
            Reply = sizeof(TRecord) == Connection6.ByteSize ? Reply6((Connection6*)record) : Tuple(((Connection4*)record)->Reply),
            OriginalCounters = Counters(copy, extension, 0, unmerged.Packets0, unmerged.Bytes0),
            ReplyCounters = Counters(copy, extension, 1, unmerged.Packets1, unmerged.Bytes1),
            Timeout = TimeSpan.FromMicroseconds(Math.Max(microseconds, 0)),
            StartTick = copy->StartTick,
            Creation = copy->Creation,
            Record = number,
            Generation = copy->Generation,
        };
    }

    static TupleSnapshot Tuple(in Tuple4 tuple) => new(Address(tuple.Src), Address(tuple.Dst), Port(tuple.SrcPort), Port(tuple.DstPort));

    static TupleSnapshot Original6(Connection6* record) => new(
        Address(&record->Original.Src), Address(&record->Original.Dst), Port(record->OriginalPorts.SrcPort), Port(record->OriginalPorts.DstPort));

    static TupleSnapshot Reply6(Connection6* record) => new(
        Address(&record->Reply.Src), Address(&record->Reply.Dst), Port(record->ReplyPorts.SrcPort), Port(record->ReplyPorts.DstPort));

    static CounterSnapshot Counters(Connection* copy, Extension* extension, int direction, uint unmergedPackets, ulong unmergedBytes)
    {
        ulong packets = copy->Packets[direction];
        ulong bytes = Connection.Bytes(copy, direction);
        if (extension == null)
        {
            return new CounterSnapshot(packets, bytes, 0, 0);
        }

        return new CounterSnapshot(
            (packets | ((ulong)extension->PacketsCarry[direction] << 32)) + unmergedPackets,
            (bytes | ((ulong)extension->BytesCarry[direction] << 48)) + unmergedBytes,
            extension->FastTrackPackets(direction) + unmergedPackets,
            extension->FastTrackBytes[direction] + unmergedBytes);
    }

    static GreSnapshot? Gre(GreFlow* flow) => flow->Version == GreFlow.NoVersion
        ? null
        : new GreSnapshot(flow->Version, BinaryPrimitives.ReverseEndianness(flow->Protocol), flow->HasKey != 0 ? flow->Key : null);

    static UInt128 Address(uint networkOrder) => BinaryPrimitives.ReverseEndianness(networkOrder);

    static UInt128 Address(void* networkOrder) => BinaryPrimitives.ReadUInt128BigEndian(new ReadOnlySpan<byte>(networkOrder, 16));

    static ushort Port(ushort networkOrder) => BinaryPrimitives.ReverseEndianness(networkOrder);
}
