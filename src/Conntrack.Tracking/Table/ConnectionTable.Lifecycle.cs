using System.Diagnostics;
using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Tracking.Table;

/// <content>From the first packet to the end: allocation, eviction when the table is full, confirmation, removal.</content>
public sealed unsafe partial class ConnectionTable<TRecord>
{
    /// <summary>Among how many candidates the oldest is evicted. Their lines are fetched together, about 0.2 µs an eviction.</summary>
    const int EvictionSample = 32;

    /// <summary>
    /// Evictions one new connection may cause. One is the rule; more bring a table whose limit was lowered down to it, a few at a time.
    /// </summary>
    const int EvictionsPerAllocate = 8;

    /// <summary>Records beyond the limit, for those that ended in a burst and cannot be used again before it is over.</summary>
    const uint RemovedRoom = 1024;

    /// <summary>
    /// Connections this table may hold now: max-entries is one limit for all tables that share it. The others are only asked when this one
    /// holds more than an even share, so that opening a connection reads no other worker's memory until the limit comes near.
    /// </summary>
    uint Limit
    {
        get
        {
            uint limit = Math.Min(Volatile.Read(ref _view->MaxEntries), _capacity);
            if (_sharers < 2 || _view->Records.Count < limit / _sharers)
            {
                return limit;
            }

            ulong elsewhere = 0;
            for (uint n = 0; n < _sharers; n++)
            {
                elsewhere += _sharing[n] == _view ? 0 : _sharing[n]->Records.Count;
            }

            return elsewhere < limit ? limit - (uint)elsewhere : 0;
        }
    }

    /// <summary>Counts this table and others against one limit.</summary>
    /// <param name="tables">All of them, this one included; native memory that outlives the table.</param>
    /// <param name="count">How many.</param>
    public void ShareLimit(TableView** tables, uint count)
    {
        _sharing = tables;
        _sharers = count;
    }

    /// <summary>Ends the connection that gives way first, for one of a table that shares the limit. False when all are assured.</summary>
    public bool EvictOne(Packet* packet)
    {
        uint victim = Victim(packet);
        if (victim == 0)
        {
            return false;
        }

        _view->Eviction.Pass(victim);
        Release(victim);
        _view->Counters.Evicted++;
        return true;
    }

    /// <summary>Whether another connection means that one has to go.</summary>
    public bool IsFull => _view->Records.Count >= Limit;

    /// <summary>
    /// What a full table sweeps for a new connection: all of a small one, which makes small limits exact, and a slice of a large one,
    /// where housekeeping sweeps everything many times a second and a flood must not make each of its packets pay for that.
    /// </summary>
    const int SmallTable = 2048, PressureSlice = 512;

    /// <summary>
    /// A record for a new connection: both tuples, protocol, start and creation set, no deadline yet, counted, found by nobody before
    /// <see cref="Confirm"/>. A full table first reclaims what has expired, then evicts.
    /// </summary>
    /// <param name="packet">The connection's first packet.</param>
    /// <param name="status">Why there is none.</param>
    /// <returns>The record's number, 0 for none.</returns>
    public uint Allocate(Packet* packet, out AllocateStatus status)
    {
        TableView* view = _view;
        uint limit = Limit;
        if (view->Records.Count >= limit && !MakeRoom(limit, packet))
        {
            view->Counters.RefusedFull++;
            status = AllocateStatus.Full;
            return 0;
        }

        uint number = view->Records.Take<TRecord>();
        if (number == 0)
        {
            view->Counters.RefusedWaiting++;
            status = AllocateStatus.WaitingForMemory;
            return 0;
        }

        TRecord* record = At(number);
        TRecord.SetTuples(record, packet);
        Connection* connection = TRecord.ConnectionOf(record);
        connection->Protocol = packet->Protocol;
        connection->Flags = ConnectionFlags.Alive;
        connection->StartTick = Timestamp.Tick(packet->Time);
        connection->Creation = packet->Number;
        RecordSlab.Begin(connection);
        view->Counters.Created++;
        status = AllocateStatus.Allocated;
        return number;
    }

    /// <summary>
    /// Enters a record into the index: under the key of its original tuple, and under that of its reply when it hashes differently.
    /// An equal hash needs no second entry, whether or not the reply is the mirror: the lookup compares whole tuples.
    /// </summary>
    /// <returns>False when the index refuses it, for the chain of one of the hashes is at its limit; the record stays unconfirmed.</returns>
    public bool Confirm(uint record)
    {
        ConnectionIndex* index = &_view->Index;
        Connection* connection = ConnectionAt(record);
        Debug.Assert((connection->Flags & (ConnectionFlags.Alive | ConnectionFlags.Confirmed)) == ConnectionFlags.Alive, "Confirmed twice, or free.");
        uint original = TRecord.HashOf(_hash, At(record), 0);
        uint reply = TRecord.HashOf(_hash, At(record), 1);
        if (!index->Insert(original, record))
        {
            return false;
        }

        if (reply != original && !index->Insert(reply, record))
        {
            index->Remove(original, record);
            return false;
        }

        connection->Flags |= ConnectionFlags.Confirmed;
        return true;
    }

    /// <summary>
    /// Ends a connection, confirmed or not: nothing finds it any more. Its record stays as it is, only dying, until
    /// <see cref="ReleaseRemoved"/>: an earlier packet of the burst may still point at it.
    /// </summary>
    public void Remove(uint record)
    {
        Release(record);
        _view->Counters.Removed++;
    }

    void Release(uint number)
    {
        TableView* view = _view;
        TRecord* record = At(number);
        Connection* connection = TRecord.ConnectionOf(record);
        Debug.Assert((connection->Flags & ConnectionFlags.Alive) != 0, "The record is free.");
        if ((connection->Flags & ConnectionFlags.Confirmed) != 0)
        {
            uint original = TRecord.HashOf(_hash, record, 0);
            uint reply = TRecord.HashOf(_hash, record, 1);
            view->Index.Remove(original, number);
            if (reply != original)
            {
                view->Index.Remove(reply, number);
            }
        }

        _deadlines[number] = 0;
        view->Eviction.Set(number, EvictionClass.Never);
        view->Records.Retire(connection);

        // The dead are linked through their start, which nobody asks a dead connection for.
        connection->Flags |= ConnectionFlags.Dying;
        connection->StartTick = _removed;
        _removed = number;
    }

    /// <summary>Between bursts: the records of what ended since the last call may be used again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ReleaseRemoved()
    {
        if (_removed != 0)
        {
            FreeRemoved();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void FreeRemoved()
    {
        TableView* view = _view;
        while (_removed != 0)
        {
            uint number = _removed;
            Connection* connection = ConnectionAt(number);
            _removed = connection->StartTick;
            if (connection->Extension != 0)
            {
                view->Extensions.Give(connection->Extension);
            }

            view->Records.Give<TRecord>(number);
        }
    }

    /// <summary>Brings the number of connections below the limit, by what has expired and else by evictions.</summary>
    bool MakeRoom(uint limit, Packet* packet)
    {
        TableView* view = _view;
        if (view->Records.HighWater <= SmallTable)
        {
            SweepAll(packet->Time);
        }
        else
        {
            Sweep(packet->Time, PressureSlice);
        }

        for (int evictions = 0; view->Records.Count >= limit; evictions++)
        {
            if (evictions == EvictionsPerAllocate || limit == 0 || !EvictOne(packet))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The oldest of the next few connections of the class that goes first; 0 when none may be evicted.</summary>
    [SkipLocalsInit]
    uint Victim(Packet* packet)
    {
        uint* sample = stackalloc uint[EvictionSample];
        int count = _view->Eviction.Sample(_view->Records.HighWater, sample, EvictionSample);
        for (int n = 0; n < count; n++)
        {
            Prefetch.Line(ConnectionAt(sample[n]));
        }

        // Age first, then the order of creation within a tick; both as distances, for both wrap.
        uint tick = Timestamp.Tick(packet->Time);
        uint victim = 0;
        ulong oldest = 0;
        for (int n = 0; n < count; n++)
        {
            Connection* connection = ConnectionAt(sample[n]);
            ulong age = ((ulong)(tick - connection->StartTick) << 32) | (packet->Number - connection->Creation);
            if (victim == 0 || age > oldest)
            {
                victim = sample[n];
                oldest = age;
            }
        }

        return victim;
    }
}
