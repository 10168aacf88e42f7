using System.Diagnostics;
using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking.Table;

/// <content>From the first packet to the end: allocation, confirmation, removal.</content>
public sealed unsafe partial class ConnectionTable<TRecord>
{
    /// <summary>Records beyond the limit, for those that ended in a burst and cannot be used again before it is over.</summary>
    const uint RemovedRoom = 1024;

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
        if (IsFull && !MakeRoom(packet))
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
    /// An equal hash needs no second entry, whether or not the reply is the mirror: the lookup compares whole tuples. A reply that was claimed
    /// is there already.
    /// </summary>
    /// <returns>False when the index refuses it, for the chain of one of the hashes is at its limit; the record stays unconfirmed.</returns>
    public bool Confirm(uint record)
    {
        ConnectionIndex* index = &_view->Index;
        Connection* connection = ConnectionAt(record);
        Debug.Assert((connection->Flags & (ConnectionFlags.Alive | ConnectionFlags.Confirmed)) == ConnectionFlags.Alive, "Confirmed twice, or free.");
        uint original = TRecord.HashOf(_hash, At(record), 0);
        uint reply = TRecord.HashOf(_hash, At(record), 1);
        bool claimed = (connection->Flags & ConnectionFlags.Claimed) != 0;
        if (!(claimed & reply == original) && !index->Insert(original, record))
        {
            return false;
        }

        if (reply != original && !claimed && !index->Insert(reply, record))
        {
            index->Remove(original, record);
            return false;
        }

        connection->Flags = (connection->Flags & ~ConnectionFlags.Claimed) | ConnectionFlags.Confirmed;
        _translated += Translator.IsTranslated(connection) ? 1u : 0u;
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
            _translated -= Translator.IsTranslated(connection) ? 1u : 0u;
            if (reply != original)
            {
                view->Index.Remove(reply, number);
            }
        }
        else if ((connection->Flags & ConnectionFlags.Claimed) != 0)
        {
            view->Index.Remove(TRecord.HashOf(_hash, record, 1), number);
            connection->Flags &= ~ConnectionFlags.Claimed;
        }

        if ((connection->Flags & ConnectionFlags.FlowLines) != 0)
        {
            Flows?.Forget(this, number);
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
}
