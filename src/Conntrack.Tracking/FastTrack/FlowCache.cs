using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking.FastTrack;

/// <summary>
/// FastTrack's flow cache of one family: an array of sets of two lines in front of the table. Each direction of a connection has a line in
/// a set of its own, the two sets side by side under the connection's hash; a translated connection has two hashes, and each direction its
/// own. A hit needs one line and no record, no index, no rule.
/// </summary>
/// <remarks>
/// <code>
/// set 2n: side 0 of the connections of hash n   set 2n + 1: their side 1
/// | line | line |                               | line | line |
/// </code>
/// <para>The second line of a set is for the connection that found the first taken; which of the two a packet reads is arithmetic, no branch.</para>
/// <para>Life of a line: installed when a connection's packet has passed a fasttrack-connection rule and its state carries no more news;
/// taken out when the connection leaves that state or ends, or has been silent for a while when another connection of its set comes:
/// then it simply takes the slow path again. A line never outlives its connection: the table calls <see cref="Forget"/> when a fasttracked one ends.</para>
/// <para>Exactness: a line counts what it forwards. Whoever works on the record first merges the line into it (<see cref="Merge"/>), and a
/// reader adds what is not merged yet, so counters, timeouts and states stay what they would be without the cache.</para>
/// </remarks>
public sealed unsafe class FlowCache<TRecord> : IDisposable
    where TRecord : unmanaged, IConnectionRecord<TRecord>
{
    const int Ways = 2;

    readonly SamplePace _pace = new();
    readonly byte* _lines;
    ReservedRegion _region;
    readonly uint _sets;
    readonly FlowCacheView* _view;

    /// <param name="lines">Directions it holds, a power of two from 4 to 2^24; 64 bytes each for IPv4, 128 for IPv6.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such power of two.</exception>
    /// <exception cref="InsufficientMemoryException">The machine has not enough memory.</exception>
    public FlowCache(uint lines)
    {
        ReservedRegion region = default;
        ArgumentOutOfRangeException.ThrowIfLessThan(lines, 4u);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lines, 1u << 24);
        ArgumentOutOfRangeException.ThrowIfNotEqual(BitOperations.PopCount(lines), 1);
        nuint bytes = lines * (nuint)TRecord.LineBytes;
        if (!ReservedRegion.TryReserve(&region, bytes) || !region.Commit(bytes))
        {
            region.Release();
            throw new InsufficientMemoryException($"No memory for a flow cache of {lines} lines.");
        }

        _region = region;
        _lines = region.Base;
        _sets = (lines / 2) - 1;
        _view = (FlowCacheView*)NativeMemory.AlignedAlloc((nuint)sizeof(FlowCacheView), 64);
        *_view = new FlowCacheView { Lines = _lines, Count = lines };
    }

    /// <summary>For readers on other threads.</summary>
    public FlowCacheView* View => _view;

    /// <summary>No connection of the family is fasttracked.</summary>
    public bool IsEmpty => _view->Installed == _view->Displaced + _view->Forgotten;

    /// <summary>Housekeeping: keeps samples seldom.</summary>
    /// <param name="tick">Now.</param>
    public void KeepPace(uint tick) => _pace.Judge(tick, _view->Samples, _view->Packets);

    /// <summary>The set of a packet's connection and direction: two lines, to be prefetched, then asked by <see cref="LineIn"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* SetOf(Packet* packet) => SetAt(packet->Hash, TRecord.SideOf(packet));

    /// <summary>The line of a set that is the packet's if any is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* LineIn(byte* set, Packet* packet)
    {
        int isSecond = TRecord.LineMatches(set, packet) ? 0 : 1;
        return set + (isSecond * TRecord.LineBytes);
    }

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
        ConnectionTable<TRecord> table, uint record, FlowExits exits, ushort timeoutSlot, uint timeout, uint edition, int direction, ulong now)
    {
        Connection* connection = table.ConnectionAt(record);
        connection->Flags |= ConnectionFlags.FastTrack;
        if (connection->Protocol == IpProtocol.Tcp)
        {
            TcpFlow.LoseSight(TcpFlow.Of(connection));
        }

        uint tick = Timestamp.Tick(now);
        uint interval = _pace.IntervalFor(timeout);
        for (int side = 0; side < 2; side++)
        {
            FlowState* state = Find(table, record, side);
            bool isNew = state == null;
            if (isNew)
            {
                byte* line = PlaceFor(SetOf(table, record, side), tick);
                if (line == null || table.ExtensionOf(connection) == null)
                {
                    continue;
                }

                Displace(table, line);
                NativeMemory.Clear(line, (nuint)TRecord.LineBytes);
                TRecord.SetKey(line, table.At(record), side);
                if ((connection->Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat)) != 0)
                {
                    TRecord.SetRewrite(line, table.At(record), side);
                }

                state = TRecord.StateOf(line);
                state->Protocol = connection->Protocol;
                state->Direction = (byte)side;
                state->Record = record;
                _view->Installed++;
                connection->Flags |= ConnectionFlags.FlowLines;
            }

            state->OutInterface = exits.Interface(side);
            state->Neighbour = exits.Neighbour(side);
            state->TimeoutSlot = timeoutSlot;
            state->Edition = edition;
            state->RefreshedTick = tick;
            if ((connection->Flags & ConnectionFlags.Assured) == 0)
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

        for (int direction = 0; direction < 2; direction++)
        {
            FlowState* state = Find(table, record, direction);
            if (state != null && state->Packets != 0)
            {
                Fold(table, state);
            }
        }
    }

    /// <summary>Takes a connection's lines out, what they counted merged into the record.</summary>
    public void Forget(ConnectionTable<TRecord> table, uint record)
    {
        for (int direction = 0; direction < 2; direction++)
        {
            FlowState* state = Find(table, record, direction);
            if (state != null)
            {
                Fold(table, state);
                state->Record = 0;
                state->Protocol = 0;
                _view->Forgotten++;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _region.Release();
        NativeMemory.AlignedFree(_view);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    byte* SetAt(uint hash, uint side) => _lines + ((nuint)(((hash << 1) | side) & _sets) * (nuint)(Ways * TRecord.LineBytes));

    byte* SetOf(ConnectionTable<TRecord> table, uint record, int direction) =>
        SetAt(table.HashOf(record, direction), TRecord.SideOf(table.At(record), direction));

    /// <summary>The line a direction of a connection has, null for none.</summary>
    FlowState* Find(ConnectionTable<TRecord> table, uint record, int direction)
    {
        byte* set = SetOf(table, record, direction);
        for (int way = 0; way < Ways; way++)
        {
            FlowState* state = TRecord.StateOf(set + (way * TRecord.LineBytes));
            if (state->Record == record && state->Direction == direction)
            {
                return state;
            }
        }

        return null;
    }

    /// <summary>As the worker finds it, from any thread. What it answers may be another connection's by the time it is read.</summary>
    internal static FlowState* Find(FlowCacheView* view, FlowHash* hash, TRecord* record, uint number, int direction)
    {
        uint set = (TRecord.HashOf(hash, record, direction) << 1 | TRecord.SideOf(record, direction)) & ((view->Count / Ways) - 1);
        byte* lines = (byte*)view->Lines + (set * (nuint)(Ways * TRecord.LineBytes));
        for (int way = 0; way < Ways; way++)
        {
            FlowState* state = TRecord.StateOf(lines + (way * TRecord.LineBytes));
            if (state->Record == number && state->Direction == direction)
            {
                return state;
            }
        }

        return null;
    }

    /// <summary>
    /// The line of a set that a newcomer takes: an empty one, else the one silent for longest, at least for <see cref="SamplePace.Silence"/>. Null when both are busy.
    /// </summary>
    byte* PlaceFor(byte* set, uint tick)
    {
        byte* place = null;
        uint silence = _pace.Silence - 1;
        for (int way = 0; way < Ways; way++)
        {
            byte* line = set + (way * TRecord.LineBytes);
            FlowState* state = TRecord.StateOf(line);
            if (state->Record == 0)
            {
                return line;
            }

            if (tick - state->RefreshedTick > silence)
            {
                place = line;
                silence = tick - state->RefreshedTick;
            }
        }

        return place;
    }

    /// <summary>Whoever had the line takes the slow path from now on; what it counted is merged.</summary>
    void Displace(ConnectionTable<TRecord> table, byte* line)
    {
        FlowState* state = TRecord.StateOf(line);
        if (state->Record != 0)
        {
            Fold(table, state);
            _view->Displaced++;
        }
    }

    static void Fold(ConnectionTable<TRecord> table, FlowState* state)
    {
        Connection* connection = table.ConnectionAt(state->Record);
        Extension* extension = table.ExtensionOf(connection);
        extension->FastTrackPackets[state->Direction] += state->Packets;
        extension->FastTrackBytes[state->Direction] += state->Bytes;
        table.AddTotals(connection, state->Direction, state->Packets, state->Bytes);
        state->Packets = 0;
        state->Bytes = 0;
    }
}
