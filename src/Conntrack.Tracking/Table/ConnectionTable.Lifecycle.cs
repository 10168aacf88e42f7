using System.Diagnostics;
using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking.Table;

/// <content>From the first packet to the end: allocation, confirmation, removal.</content>
public sealed unsafe partial class ConnectionTable<TRecord>
{
    /// <summary>Records beyond the limit, for those that ended in a burst and cannot be used again before it is over.</summary>
    const uint RemovedRoom = 1024;

    /// <summary>
    /// A record for a new connection: both tuples, protocol, start and creation set, no deadline yet, counted, found by nobody before
    /// <see cref="Confirm(uint)"/>. A full table first reclaims what has expired, then evicts.
    /// </summary>
    /// <param name="packet">The connection's first packet; <see cref="PacketMarks.Own"/> lets it have a place of the reserve.</param>
    /// <param name="parameters">The timeouts that pressure shortens; null where it leaves them alone.</param>
    /// <param name="status">Why there is none.</param>
    /// <returns>The record's number, 0 for none.</returns>
    public uint Allocate(Packet* packet, TrackingParameters* parameters, out AllocateStatus status)
    {
        TableView* view = _view;
        if (IsPressed && !MakeRoom(packet, parameters))
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
    public bool Confirm(uint record) => Confirm(record, HashOf(record, 0));

    /// <inheritdoc cref="Confirm(uint)"/>
    /// <param name="record">Number of the record.</param>
    /// <param name="original">The hash of its original tuple, which its first packet came with.</param>
    public bool Confirm(uint record, uint original)
    {
        ConnectionIndex* index = &_view->Index;
        Connection* connection = ConnectionAt(record);
        Debug.Assert((connection->Flags & (ConnectionFlags.Alive | ConnectionFlags.Confirmed)) == ConnectionFlags.Alive, "Confirmed twice, or free.");
        Debug.Assert(original == HashOf(record, 0), "The first packet is of the original direction.");
        uint reply = TRecord.IsReplyMirror(At(record)) ? original : HashOf(record, 1);
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
        Tell(EventKind.Created, record, default);
        CountTalkers(record);
        _translated += Translator.IsTranslated(connection) ? 1u : 0u;
        CountTranslated(connection, 1);
        if ((connection->Flags & ConnectionFlags.NamedReply) != 0)
        {
            NameOriginal(record);
        }

        return true;
    }

    /// <summary>
    /// Ends a connection, confirmed or not: nothing finds it any more. Its record stays as it is, only dying, until
    /// <see cref="ReleaseRemoved"/>: an earlier packet of the burst may still point at it.
    /// </summary>
    public void Remove(uint record, ConnectionEnd end) => End(record, end);

    /// <summary>The one place where connections end, whatever the reason: the record is whole still, and found by nobody afterwards.</summary>
    void End(uint number, ConnectionEnd end)
    {
        TableView* view = _view;
        view->Counters.Ended[(int)end]++;
        TRecord* record = At(number);
        Connection* connection = TRecord.ConnectionOf(record);
        Debug.Assert((connection->Flags & ConnectionFlags.Alive) != 0, "The record is free.");
        if ((connection->Flags & ConnectionFlags.FlowLines) != 0)
        {
            Flows?.Forget(this, number);
        }

        if ((connection->Flags & ConnectionFlags.Confirmed) != 0)
        {
            EndOffload(number, connection);
            Tell(EventKind.Ended, number, end);
            uint original = TRecord.HashOf(_hash, record, 0);
            uint reply = TRecord.HashOf(_hash, record, 1);
            view->Index.Remove(original, number);
            _translated -= Translator.IsTranslated(connection) ? 1u : 0u;
            CountTranslated(connection, -1);
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

        if ((connection->Flags & Named) != 0)
        {
            Unname(number, connection);
        }

        if (UdpFlow.MappedOf(connection) != MappedEnds.None)
        {
            UdpFlow.GiveBack(connection, Mappings);
        }

        if (connection->Extension != 0)
        {
            LeaveCounts(connection);
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
                GiveExtension(connection->Extension);
            }

            view->Records.Give<TRecord>(number);
        }
    }

    /// <summary>No rule counts the connection any more: it has ended, or it is over and only its record is left.</summary>
    public void LeaveCounts(Connection* connection)
    {
        Extension* extension = _view->Extensions.At(connection->Extension);
        if (extension->Counted != 0)
        {
            ConnectionCounts.Leave(Counts, &_view->Extensions, extension);
        }
    }

    void GiveExtension(uint number)
    {
        ExtensionSlab* extensions = &_view->Extensions;
        if (extensions->At(number)->Layer7 != 0)
        {
            Layer7State.Release(extensions, extensions->At(number)->Layer7);
        }

        uint state = extensions->At(number)->HelperState;
        if (state != 0)
        {
            uint text = ((HelperState*)extensions->At(state))->Text;
            if (text != 0)
            {
                extensions->Give(text);
            }

            extensions->Give(state);
        }

        extensions->Give(number);
    }
}
