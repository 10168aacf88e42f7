using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking.FastTrack;

/// <summary>
/// FastTrack's flow cache of one family, in front of the table: a line for each direction of a connection, found by the hash of its packets.
/// A hit needs one bucket, one line and no record, no rule.
/// </summary>
/// <remarks>
/// <code>
/// index: hash → line of side 0      lines: | pair 0: nobody's | original | reply | original | reply | …
/// </code>
/// <para>The index is the table's own kind (<see cref="ConnectionIndex"/>): it grows with what is fasttracked, a bucket at a time, and so do
/// the lines, so that few connections lie close together however many there might be. Both directions of a connection that is not translated
/// have one hash and one entry: which of the two lines a packet reads is the order of its addresses, arithmetic and no branch. A translated
/// one is entered under both its hashes.</para>
/// <para>Life of a line: installed when a connection's packet has passed a fasttrack-connection rule and its state carries no more news;
/// taken out when the connection leaves that state or ends, or has been silent for a while when the cache is full and another comes:
/// then it simply takes the slow path again. A line never outlives its connection: the table calls <see cref="Forget"/> when a fasttracked one ends.</para>
/// <para>Exactness: a line counts what it forwards. Whoever works on the record first merges the line into it (<see cref="Merge"/>), and a
/// reader adds what is not merged yet, so counters, timeouts and states stay what they would be without the cache.</para>
/// </remarks>
public sealed unsafe class FlowCache<TRecord> : IDisposable
    where TRecord : unmanaged, IConnectionRecord<TRecord>
{
    /// <summary>Pairs looked at for one that has fallen silent, when there is no free one.</summary>
    const int Probes = 4;

    readonly SamplePace _pace = new();
    readonly FlowCacheView* _view;

    // The view's own pointer once more: it never changes.
    readonly byte* _lines;
    uint _hand;
    uint _fullAt;

    /// <param name="lines">Directions there is room for, 2 to 2^24; 64 bytes each for IPv4, 128 for IPv6, as they are used.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such number.</exception>
    /// <exception cref="InsufficientMemoryException">The machine has not enough address space or memory.</exception>
    public FlowCache(uint lines)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lines, 2u);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lines, 1u << 24);
        _view = (FlowCacheView*)NativeMemory.AlignedAlloc(FlowCacheView.ByteSize, 64);
        if (!FlowCacheView.TryCreate(_view, lines / 2, (uint)TRecord.LineBytes))
        {
            Dispose();
            throw new InsufficientMemoryException($"No memory for a flow cache of {lines} lines.");
        }

        _lines = _view->Slab.Lines;
    }

    /// <summary>For readers on other threads, and for the control thread, which commits memory.</summary>
    public FlowCacheView* View => _view;

    /// <summary>No connection of the family has lines.</summary>
    public bool IsEmpty => _view->Slab.Count == 0;

    /// <summary>Housekeeping: keeps samples seldom.</summary>
    /// <param name="tick">Now.</param>
    public void KeepPace(uint tick) => _pace.Judge(tick, _view->Samples, _view->Packets);

    /// <summary>First pass: the address of the index bucket of a packet's hash, to be prefetched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* BucketOf(Packet* packet) => (byte*)_view->Index.BucketOf(packet->Hash);

    /// <summary>Second pass: the line that is the packet's if any is, to be prefetched; nobody's where there is none.</summary>
    /// <param name="bucket">What <see cref="BucketOf"/> answered, the index not having grown since.</param>
    /// <param name="packet">The packet.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* LineOf(byte* bucket, Packet* packet) =>
        _lines + ((nuint)(_view->Index.Candidate((Bucket*)bucket, packet->Hash) ^ TRecord.SideOf(packet)) * (nuint)TRecord.LineBytes);

    /// <summary>Whether a line whose sample is due takes this packet for it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool Samples(FlowState* state) => state->HasNews || _pace.MayTake(_view->Samples, _view->Packets);

    /// <summary>
    /// The hash of a connection's other direction. Where a packet takes the slow path, what comes behind it in its burst must not overtake it,
    /// from either side.
    /// </summary>
    /// <param name="hash">The key.</param>
    /// <param name="line">The packet's line.</param>
    /// <param name="packet">The packet; of a connection that is not translated both directions have its hash.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint HashOfOther(FlowHash* hash, byte* line, Packet* packet) =>
        TRecord.IsTranslated(line) ? TRecord.HashOfOther(hash, line) : packet->Hash;

    /// <summary>
    /// Gives a packet of a line the addresses and ports it leaves with, the checksums updated. Packets of a connection that is not translated
    /// stay as they are.
    /// </summary>
    /// <param name="line">The packet's line.</param>
    /// <param name="packet">Without any mark, as whatever is forwarded from the cache; its context stays as it came.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Translate(byte* line, Packet* packet)
    {
        if (TRecord.IsTranslated(line))
        {
            TRecord.Rewrite(line, packet);
        }
    }

    /// <summary>
    /// Puts the directions of a connection into the cache, or renews the lines it has there. Lines that other connections have used
    /// lately stay theirs: busy connections of one set would only drive each other out. One that fell silent is merged into its
    /// record and gives way.
    /// </summary>
    /// <param name="table">The table of the record.</param>
    /// <param name="record">Its number.</param>
    /// <param name="exits">How a packet of each direction leaves.</param>
    /// <param name="timeoutSlot">Where the timeout stands that every packet extends it by.</param>
    /// <param name="timeout">That timeout now, in ticks.</param>
    /// <param name="edition">The rules and routes it was fasttracked under.</param>
    /// <param name="direction">Direction of the packet that brought it here: its line is sampled again an interval later.</param>
    /// <param name="now">Time of that packet.</param>
    public void Install(
        ConnectionTable<TRecord> table, uint record, FlowExits exits, byte timeoutSlot, uint timeout, uint edition, int direction, ulong now)
    {
        Connection* connection = table.ConnectionAt(record);
        connection->Flags |= ConnectionFlags.FastTrack;
        if (connection->Protocol == IpProtocol.Tcp)
        {
            TcpFlow.LoseSight(TcpFlow.Of(connection));
        }

        uint tick = Timestamp.Tick(now);
        uint interval = _pace.IntervalFor(timeout);
        uint pair = PairOf(table, connection);
        bool isNew = pair == 0;
        if (isNew && (pair = Enter(table, record, connection, tick)) == 0)
        {
            return;
        }

        for (int side = 0; side < 2; side++)
        {
            FlowState* state = StateAt(pair, side);
            state->OutInterface = exits.Interface(side);
            state->Neighbour = exits.Neighbour(side);
            state->TimeoutSlot = timeoutSlot;
            state->Edition = edition;
            state->RefreshedTick = tick;
            state->HasNews = (connection->Flags & ConnectionFlags.Assured) == 0;
            if (state->HasNews)
            {
                // The next news is due two seconds after its start (UdpTracking), and the packet that brings it must be judged.
                state->SampleTick = connection->StartTick + UdpTracking.StreamTicks;
            }
            else if (isNew)
            {
                // Spread over an interval by the hash: connections installed together are not sampled together.
                state->SampleTick = tick + interval + (table.HashOf(record, side) % interval);
            }
            else if (side == direction)
            {
                _view->Samples += (int)(tick - state->SampleTick) >= 0 ? 1u : 0u;
                state->SampleTick = tick + interval;
            }
        }
    }

    /// <summary>
    /// Brings a record up to date with its lines, before the slow path judges a packet of it. The lines stay. TCP's windows begin anew with
    /// every such packet, whether or not others went past them: what becomes of a packet must not hang on who took which way.
    /// </summary>
    public void Merge(ConnectionTable<TRecord> table, uint record)
    {
        Connection* connection = table.ConnectionAt(record);
        if (connection->Protocol == IpProtocol.Tcp)
        {
            TcpFlow.Forget(TcpFlow.Of(connection));
        }

        uint pair = PairOf(table, connection);
        if (pair != 0)
        {
            Fold(table, pair);
        }
    }

    /// <summary>Takes a connection's lines out, what they counted merged into the record.</summary>
    public void Forget(ConnectionTable<TRecord> table, uint record)
    {
        uint pair = PairOf(table, table.ConnectionAt(record));
        if (pair != 0)
        {
            Leave(table, record, pair);
            _view->Forgotten += 2;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view->Release();
        NativeMemory.AlignedFree(_view);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    FlowState* StateAt(uint pair, int direction) => TRecord.StateOf(_view->Slab.At(pair, direction));

    /// <summary>The lines a connection has, 0 for none.</summary>
    static uint PairOf(ConnectionTable<TRecord> table, Connection* connection) =>
        connection->Extension == 0 ? 0 : table.View->Extensions.At(connection->Extension)->FlowPair;

    /// <summary>Gives a connection a pair of lines, found by its hashes; 0 when there is no room for it.</summary>
    uint Enter(ConnectionTable<TRecord> table, uint record, Connection* connection, uint tick)
    {
        Extension* extension = table.ExtensionOf(connection);
        uint pair = extension == null ? 0 : TakePair(table, tick);
        if (pair == 0)
        {
            return 0;
        }

        TRecord* tuples = table.At(record);
        bool translated = (connection->Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat)) != 0;
        for (int direction = 0; direction < 2; direction++)
        {
            byte* line = _view->Slab.At(pair, direction);
            TRecord.SetKey(line, tuples, direction);
            if (translated)
            {
                TRecord.SetRewrite(line, tuples, direction);
            }

            FlowState* state = TRecord.StateOf(line);
            state->Protocol = connection->Protocol;
            state->Direction = (byte)direction;
            state->Record = record;
        }

        uint original = table.HashOf(record, 0), reply = table.HashOf(record, 1);
        if (!_view->Index.Insert(original, EntryOf(pair, tuples, 0)))
        {
            _view->Slab.Give(pair);
            return 0;
        }

        if (reply != original && !_view->Index.Insert(reply, EntryOf(pair, tuples, 1)))
        {
            _ = _view->Index.Remove(original, EntryOf(pair, tuples, 0));
            _view->Slab.Give(pair);
            return 0;
        }

        _view->Installed += 2;
        connection->Flags |= ConnectionFlags.FlowLines;
        Volatile.Write(ref extension->FlowPair, pair);
        return pair;
    }

    /// <summary>What the index leads to from the hash of a direction: the line of that direction, were its packets of side 0.</summary>
    static uint EntryOf(uint pair, TRecord* record, int direction) => ((2 * pair) + (uint)direction) ^ TRecord.SideOf(record, direction);

    /// <summary>
    /// A free pair, else the one silent for longest of the next few, at least for <see cref="SamplePace.Silence"/>: that connection takes the slow
    /// path from now on. 0 when all were busy, and then for everybody else who comes within the same tick: busy ones would only drive each other out.
    /// </summary>
    uint TakePair(ConnectionTable<TRecord> table, uint tick)
    {
        FlowSlab* slab = &_view->Slab;
        uint pair = slab->Take();
        if (pair != 0 || slab->HighWater < slab->Capacity || _fullAt == tick)
        {
            return pair;
        }

        uint place = 0, silence = _pace.Silence - 1;
        for (int n = 0; n < Probes; n++)
        {
            _hand = _hand >= slab->Capacity ? 1 : _hand + 1;
            uint silent = Math.Min(tick - StateAt(_hand, 0)->RefreshedTick, tick - StateAt(_hand, 1)->RefreshedTick);
            (place, silence) = silent > silence ? (_hand, silent) : (place, silence);
        }

        if (place == 0)
        {
            _fullAt = tick;
            return 0;
        }

        Leave(table, StateAt(place, 0)->Record, place);
        _view->Displaced += 2;
        return slab->Take();
    }

    /// <summary>Nobody finds the lines any more; what they counted is the record's.</summary>
    void Leave(ConnectionTable<TRecord> table, uint record, uint pair)
    {
        TRecord* tuples = table.At(record);
        Fold(table, pair);
        uint original = table.HashOf(record, 0), reply = table.HashOf(record, 1);
        _ = _view->Index.Remove(original, EntryOf(pair, tuples, 0));
        if (reply != original)
        {
            _ = _view->Index.Remove(reply, EntryOf(pair, tuples, 1));
        }

        Volatile.Write(ref table.ExtensionOf(TRecord.ConnectionOf(tuples))->FlowPair, 0);
        _view->Slab.Give(pair);
    }

    void Fold(ConnectionTable<TRecord> table, uint pair)
    {
        for (int direction = 0; direction < 2; direction++)
        {
            FlowState* state = StateAt(pair, direction);
            if (state->Packets != 0)
            {
                Connection* connection = table.ConnectionAt(state->Record);
                table.ExtensionOf(connection)->AddFastTracked(direction, state->Packets, state->Bytes);
                table.AddTotals(connection, direction, state->Packets, state->Bytes);
                state->Packets = 0;
                state->Bytes = 0;
            }
        }
    }
}
