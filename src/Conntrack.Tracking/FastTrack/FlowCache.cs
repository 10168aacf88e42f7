using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.FastTrack;

/// <summary>
/// FastTrack's flow cache of one family: a direct-mapped array in front of the table, one line for each direction of a connection, the two
/// side by side under the connection's hash. A hit needs one line and no record, no index, no rule.
/// </summary>
/// <remarks>
/// <para>Life of a line: installed when a connection's packet has passed a fasttrack-connection rule and its state carries no more news;
/// taken out when the connection leaves that state or ends, or has been silent for an interval when another connection of its place comes:
/// then it simply takes the slow path again. A line never outlives its connection: the table calls <see cref="Forget"/> when a fasttracked one ends.</para>
/// <para>Exactness: a line counts what it forwards. Whoever works on the record first merges the line into it (<see cref="Merge"/>), and a
/// reader adds what is not merged yet, so counters, timeouts and states stay what they would be without the cache.</para>
/// </remarks>
public sealed unsafe class FlowCache<TRecord> : IDisposable
    where TRecord : unmanaged, IConnectionRecord<TRecord>
{
    /// <summary>Ticks between two packets of a direction that take the slow path: one second.</summary>
    public const uint SampleInterval = Timestamp.TicksPerSecond;

    readonly byte* _lines;
    ReservedRegion _region;
    readonly uint _mask;
    readonly FlowCacheView* _view;

    /// <param name="lines">Directions it holds, a power of two from 2 to 2^24; 64 bytes each for IPv4, 128 for IPv6.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such power of two.</exception>
    /// <exception cref="InsufficientMemoryException">The machine has not enough memory.</exception>
    public FlowCache(uint lines)
    {
        ReservedRegion region = default;
        ArgumentOutOfRangeException.ThrowIfLessThan(lines, 2u);
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
        _mask = lines - 1;
        _view = (FlowCacheView*)NativeMemory.AlignedAlloc((nuint)sizeof(FlowCacheView), 64);
        *_view = new FlowCacheView { Lines = _lines, Count = lines };
    }

    /// <summary>For readers on other threads.</summary>
    public FlowCacheView* View => _view;

    /// <summary>No connection of the family is fasttracked.</summary>
    public bool IsEmpty => _view->Installed == _view->Displaced + _view->Forgotten;

    /// <summary>The line a packet's connection would have; to be prefetched, then compared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* LineOf(Packet* packet) => _lines + ((nuint)(((packet->Hash << 1) | TRecord.SideOf(packet)) & _mask) * (nuint)TRecord.LineBytes);

    /// <summary>
    /// Puts the directions of a connection into the cache, or renews the lines it has there. A line that another connection has used within
    /// the last interval stays that one's: two busy connections of one place would only drive each other out. One that fell silent is
    /// merged into its record and gives way.
    /// </summary>
    /// <param name="table">The table of the record.</param>
    /// <param name="record">Its number.</param>
    /// <param name="outInterfaces">Interface a packet of each direction leaves by.</param>
    /// <param name="timeoutSlot">The timeout every packet extends it by.</param>
    /// <param name="ruleGeneration">The rules it was fasttracked under.</param>
    /// <param name="direction">Direction of the packet that brought it here: its line is sampled again an interval later.</param>
    /// <param name="now">Time of that packet.</param>
    public void Install(
        ConnectionTable<TRecord> table, uint record, uint outInterfaces, uint timeoutSlot, uint ruleGeneration, int direction, ulong now)
    {
        Connection* connection = table.ConnectionAt(record);
        connection->Flags |= ConnectionFlags.FastTrack;
        uint tick = Timestamp.Tick(now);
        for (int side = 0; side < 2; side++)
        {
            byte* line = LineOf(table, record, side);
            FlowState* state = TRecord.StateOf(line);
            bool isNew = state->Record != record || state->Direction != side;
            if (isNew)
            {
                bool taken = state->Record != 0;
                if ((taken && tick - state->RefreshedTick < SampleInterval) || table.ExtensionOf(connection) == null)
                {
                    continue;
                }

                if (taken)
                {
                    Fold(table, state);
                    _view->Displaced++;
                }

                NativeMemory.Clear(line, (nuint)TRecord.LineBytes);
                TRecord.SetKey(line, table.At(record), side);
                state->Protocol = connection->Protocol;
                state->Direction = (byte)side;
                state->Record = record;
                _view->Installed++;
                connection->Flags |= ConnectionFlags.FlowLines;
            }

            state->OutInterface = (ushort)(outInterfaces >> (16 * side));
            state->TimeoutSlot = timeoutSlot;
            state->RuleGeneration = ruleGeneration;
            state->RefreshedTick = tick;
            if ((connection->Flags & ConnectionFlags.Assured) == 0)
            {
                // The next news is due two seconds after its start (UdpTracking), and the packet that brings it must be judged.
                state->SampleTick = connection->StartTick + UdpTracking.StreamTicks;
            }
            else if (isNew)
            {
                // Spread over an interval by the hash: connections installed together are not sampled together.
                state->SampleTick = tick + SampleInterval + (table.HashOf(record, side) % SampleInterval);
            }
            else if (side == direction)
            {
                state->SampleTick = tick + SampleInterval;
            }
        }
    }

    /// <summary>
    /// Brings a record up to date with its lines, before the slow path judges a packet of it. The lines stay.
    /// </summary>
    public void Merge(ConnectionTable<TRecord> table, uint record)
    {
        for (int direction = 0; direction < 2; direction++)
        {
            FlowState* state = TRecord.StateOf(LineOf(table, record, direction));
            if (state->Record == record && state->Packets != 0)
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
            FlowState* state = TRecord.StateOf(LineOf(table, record, direction));
            if (state->Record == record)
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

    byte* LineOf(ConnectionTable<TRecord> table, uint record, int direction) =>
        _lines + ((nuint)(((table.HashOf(record, direction) << 1) | TRecord.SideOf(table.At(record), direction)) & _mask) * (nuint)TRecord.LineBytes);

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
