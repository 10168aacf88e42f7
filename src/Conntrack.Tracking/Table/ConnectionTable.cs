using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking.Table;

/// <summary>
/// The connections of one family, owned by one worker: index, records, deadlines, eviction classes and extensions, all in native memory
/// behind a <see cref="TableView"/>. After construction no call allocates, blocks, or enters the kernel.
/// </summary>
/// <remarks>
/// <para>A burst looks its packets up in three passes, so that their cache misses overlap:
/// <see cref="BucketOf"/> with a prefetch of the bucket; <see cref="Candidate"/> with <see cref="PrefetchRecord"/>; <see cref="Find"/>.
/// Whatever earlier packets of the burst did between the passes, <see cref="Find"/> answers for the table as it is then.</para>
/// <para>Life of a record: <see cref="Allocate"/> (counted, but in no index: nothing finds it) → <see cref="Confirm(uint)"/> when its first
/// packet leaves → <see cref="Remove"/>, expiry or eviction. Its reply may change until it is claimed or confirmed, never after. A record number and
/// pointer is good until the record's life ends; the next <see cref="Allocate"/> under pressure may end any unassured one's.</para>
/// </remarks>
public sealed unsafe partial class ConnectionTable<TRecord> : IDisposable
    where TRecord : unmanaged, IConnectionRecord<TRecord>
{
    readonly TableView* _view;
    readonly FlowHash* _hash;
    readonly uint _capacity;
    uint _removed;

    // The view's own pointers once more: they never change, and one load instead of two counts in the lookup.
    readonly TRecord* _records;
    readonly uint* _deadlines;

    /// <summary>Reserves address space for <paramref name="capacity"/> connections and commits memory for the first ones.</summary>
    /// <param name="hash">The key of the dataplane's flow hash, the one Parse uses; 16-byte aligned, outlives the table.</param>
    /// <param name="maxEntries">Connections allowed at first, see <see cref="TableView.MaxEntries"/>.</param>
    /// <param name="capacity">Connections the table may ever be allowed, 1 to 2^29.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is out of range.</exception>
    /// <exception cref="InsufficientMemoryException">The machine has not enough address space or memory.</exception>
    public ConnectionTable(FlowHash* hash, uint maxEntries, uint capacity)
    {
        ArgumentOutOfRangeException.ThrowIfZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MostCapacity);
        _hash = hash;
        _capacity = capacity;
        _view = (TableView*)NativeMemory.AlignedAlloc(TableView.ByteSize, Bucket.ByteSize);
        if (!TableView.TryCreate(_view, maxEntries, capacity + RemovedRoom, (uint)sizeof(TRecord)))
        {
            Dispose();
            throw new InsufficientMemoryException($"No memory for a table of {capacity} connections.");
        }

        _records = (TRecord*)_view->Records.Base;
        _deadlines = _view->Deadlines.Base;
    }

    /// <summary>The largest capacity: two index entries each at the target load are below 2^30 buckets.</summary>
    public const uint MostCapacity = 1u << 29;

    /// <summary>The flow cache in front of it; null where nothing is fasttracked. Set before the first packet.</summary>
    public FlowCache<TRecord>? Flows { get; set; }

    /// <summary>What is expected by all workers; null where no helper is at work. Set before the first packet.</summary>
    public ExpectationTable* Expectations { get; set; }

    /// <summary>Where rules count connections of all workers; null where none do. Set before the first packet.</summary>
    public ConnectionCounts* Counts { get; set; }

    /// <summary>Endpoint-independent mappings of all workers; null where nothing maps. Set before the first packet.</summary>
    public MappingTable* Mappings { get; set; }

    /// <summary>Hash under which packets of a direction look for the record.</summary>
    public uint HashOf(uint record, int direction) => TRecord.HashOf(_hash, At(record), direction);

    /// <summary>The table's state, for the control thread and for readers.</summary>
    public TableView* View => _view;

    /// <summary>The record of a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TRecord* At(uint record) => _records + record;

    /// <summary>The family-independent part of a record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Connection* ConnectionAt(uint record) => TRecord.ConnectionOf(At(record));

    /// <summary>First pass: the address of the hash's bucket, to be prefetched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* BucketOf(uint hash) => _view->Index.BucketOf(hash);

    /// <summary>Second pass: the first record under this hash, 0 for none. Reads the bucket and no record.</summary>
    /// <param name="bucket">What <see cref="BucketOf"/> answered. When the index has grown since, the candidate may be missed, and
    /// <see cref="Find"/> finds it.</param>
    /// <param name="hash">The hash.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Candidate(void* bucket, uint hash) => _view->Index.Candidate((Bucket*)bucket, hash);

    /// <summary>Second pass: asks for all lines of a record and for its deadline. Any number is allowed, 0 too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchRecord(uint record)
    {
        byte* first = (byte*)At(record);
        Prefetch.Pair(first);
        if (sizeof(TRecord) > 128)
        {
            Prefetch.Line(first + 128);
        }

        Prefetch.Line(_deadlines + record);
    }

    /// <summary>Asks for a record's deadline alone. Any number is allowed, 0 too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchDeadline(uint record) => Prefetch.Line(_deadlines + record);

    /// <summary>
    /// Third pass: the connection the packet belongs to, by its full tuple. An expired one is reclaimed here and is a miss.
    /// </summary>
    /// <param name="packet">Hash, tuple, protocol and time are read; <see cref="Packet.Candidate"/> is a hint and may be stale or 0.</param>
    /// <param name="direction">0 original, 1 reply; <see cref="IConnectionRecord{TSelf}.NoMatch"/> on a miss.</param>
    /// <returns>The record's number, 0 on a miss.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Find(Packet* packet, out int direction)
    {
        uint record = packet->Candidate;
        TRecord* candidate = At(record);
        direction = TRecord.DirectionOf(candidate, packet);

        // The candidate may have ended since, and its number may already serve a connection that is not confirmed. Record 0 never is.
        // Both fields of the record are tested before either is branched on: a hit is one predictable branch.
        const ConnectionFlags Judged = ConnectionFlags.Confirmed | ConnectionFlags.Dying;
        bool confirmed = (TRecord.ConnectionOf(candidate)->Flags & Judged) == ConnectionFlags.Confirmed;
        bool later = !DeadlineArray.MayBeDue(_deadlines[record], packet->Time);
        if ((direction >= 0) & confirmed & later)
        {
            return record;
        }

        // Both answers in one register: an out argument would keep the direction in memory for the hits as well.
        ulong found = FindAfresh(packet);
        direction = (int)(found >> 32);
        return (uint)found;
    }

    /// <summary>
    /// As <see cref="Find"/>, for a packet whose connection is what it nearly always is: the candidate, with certain flags, and not about to end.
    /// </summary>
    /// <param name="packet">As there.</param>
    /// <param name="asked">Flags that matter.</param>
    /// <param name="wanted">What they have to be.</param>
    /// <param name="direction">0 original, 1 reply.</param>
    /// <returns>False when <see cref="Find"/> has to look.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsHit(Packet* packet, ConnectionFlags asked, ConnectionFlags wanted, out int direction)
    {
        uint record = packet->Candidate;
        TRecord* candidate = At(record);
        TRecord.Compare(candidate, packet, out ulong original, out ulong reply);

        // Which of the two it is no predictor knows, that it is one of them every predictor does: the reply counts where the original differs.
        direction = original == 0 ? 0 : 1;
        return (reply & (0 - (ulong)(uint)direction)) == 0
            && (TRecord.ConnectionOf(candidate)->Flags & asked) == wanted
            && !DeadlineArray.MayBeDue(_deadlines[record], packet->Time);
    }

    /// <summary>Whether the record's timeout has passed at this time, to the microsecond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsExpired(uint record, ulong time)
    {
        uint deadline = _deadlines[record];
        return DeadlineArray.MayBeDue(deadline, time) && DeadlineArray.IsDue(deadline, ConnectionAt(record), time);
    }

    /// <summary>Lets the record end <paramref name="timeoutTicks"/> after <paramref name="time"/>.</summary>
    /// <param name="record">Number of the record.</param>
    /// <param name="connection">Its connection, at hand where this is called.</param>
    /// <param name="time">Now.</param>
    /// <param name="timeoutTicks">Ticks of 10 ms, at most <see cref="Timestamp.MaxTicks"/>, cut to it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Refresh(uint record, Connection* connection, ulong time, uint timeoutTicks) =>
        DeadlineArray.Set(_deadlines + record, connection, time, timeoutTicks);

    /// <summary>As <see cref="Refresh"/>, with a timeout of the <see cref="TrackingParameters"/>, which are none of them too long.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Renew(uint record, Connection* connection, ulong time, uint timeoutTicks) =>
        DeadlineArray.SetUncut(_deadlines + record, connection, time, timeoutTicks);

    /// <summary>
    /// Gives a connection no more than a timeout from now on; what has less, or less than two minutes, keeps it.
    /// </summary>
    public void Shorten(uint record, Connection* connection, ulong time, uint timeoutTicks)
    {
        const int NearEnd = (int)(120 * Timestamp.TicksPerSecond);
        int left = (int)(_deadlines[record] - Timestamp.Tick(time));
        if (left >= NearEnd && left > (int)timeoutTicks)
        {
            Refresh(record, connection, time, timeoutTicks);
        }
    }

    /// <summary>As <see cref="Refresh"/>, to the tick: the record is not touched, so its timeout may end up to 10 ms early.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Extend(uint record, uint tick, uint timeoutTicks)
    {
        uint deadline = tick + timeoutTicks;
        _deadlines[record] = deadline == 0 ? uint.MaxValue : deadline;
    }

    /// <summary>
    /// Says how readily a confirmed connection gives way under pressure. A record that is not confirmed must stay
    /// <see cref="EvictionClass.Never"/>: the packet that opened it still holds it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetEvictable(uint record, EvictionClass to) => _view->Eviction.Set(record, to);

    /// <summary>Gives all memory back. The worker and every reader must have stopped.</summary>
    public void Dispose()
    {
        _view->Release();
        NativeMemory.AlignedFree(_view);
    }

    /// <summary>All candidates and their chain. The record in the lower half, the direction in the upper one.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    ulong FindAfresh(Packet* packet)
    {
        ConnectionIndex* index = &_view->Index;
        uint record = index->FirstCandidate(packet->Hash, out CandidateCursor cursor);
        while (record != 0)
        {
            int direction = TRecord.DirectionOf(At(record), packet);
            if (direction < 0 || (ConnectionAt(record)->Flags & ConnectionFlags.Confirmed) == 0)
            {
                // Another connection's, or a reply that is claimed for one whose first packet has not left.
                record = index->NextCandidate(ref cursor);
            }
            else if (IsExpired(record, packet->Time))
            {
                End(record, ConnectionEnd.Expired);
                record = index->FirstCandidate(packet->Hash, out cursor);
            }
            else
            {
                return ((ulong)direction << 32) | record;
            }
        }

        return unchecked((ulong)(long)IConnectionRecord<TRecord>.NoMatch) << 32;
    }
}
