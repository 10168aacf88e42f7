using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Tracking.Table;

/// <content>
/// The limit and what happens near it. max-entries is one number for both families and all workers. What has expired goes first; then, above
/// seven eighths of it, what is idle for longer than pressure leaves of its timeout; at the limit the oldest that was never answered, then the
/// oldest that is not assured, whichever of the worker's two tables holds it. Assured ones never go. Below seven eighths a new connection pays
/// one comparison for all this.
/// </content>
public sealed unsafe partial class ConnectionTable<TRecord> : IUnderPressure
{
    /// <summary>Among how many candidates the oldest is evicted. Their lines are fetched together, about 0.2 µs an eviction.</summary>
    const int EvictionSample = 32;

    /// <summary>How many of the readiest class each new connection under pressure has looked at, whether they are idle.</summary>
    const int IdleSample = 8;

    /// <summary>
    /// Evictions one new connection may cause. One is the rule; more bring a table whose limit was lowered down to it, a few at a time.
    /// </summary>
    const int EvictionsPerAllocate = 8;

    /// <summary>
    /// What a full table sweeps for a new connection: all of a small table, which makes small limits exact; of a large one a slice that takes
    /// less than the eviction, 60 ns, for housekeeping sweeps all of it many times a second, and a flood must not make each packet pay that.
    /// </summary>
    const int SmallTable = 4096, PressureSweep = 512;

    /// <summary>Deadlines and candidates a thorough table looks at: below 0.2 ms.</summary>
    const int ThoroughSearch = 1 << 16;

    IUnderPressure[] _others = [];
    TableView* _otherView;

    /// <summary>
    /// Whether the one that gives way is the oldest of all, not of a sample, and nobody gives way while any record has expired. Which
    /// records a sample meets depends on their numbers, and so on where bursts were cut: a replay must not see that, and has the time.
    /// Above <see cref="ThoroughSearch"/> candidates it is a sample again.
    /// </summary>
    public bool IsThorough { get; init; }

    /// <summary>Where several workers run on threads of their own: the places that this one holds. Null: the tables count themselves.</summary>
    public WorkerRoom? Room { get; internal set; }

    /// <summary>Whether a part of max-entries is for the router's own connections alone; see <see cref="SharedRoom.ReserveOf"/>.</summary>
    public bool KeepsReserve { get; set; }

    /// <summary>Whether the table is so full that a new connection is more than one comparison.</summary>
    public bool IsPressed
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            WorkerRoom? room = Room;
            uint limit = Limit;
            return room == null ? Used >= limit - (limit >> PressureScale.BeginShift) : room.IsPressed | Used >= room.Places;
        }
    }

    /// <summary>Whether another connection of somebody else than the router means that one has to go.</summary>
    public bool IsFull => Used >= Allowed(own: false);

    /// <summary>Whether opening a connection may end others, and which depends on what became of those opened before.</summary>
    public bool MayEvict
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsPressed && (IsThorough || IsFull);
    }

    EvictionClass IUnderPressure.Readiest => _view->Eviction.Readiest;

    uint IUnderPressure.Records => _view->Records.Count;

    /// <summary>Connections that count: of both families, and where one thread runs all workers, of all of them.</summary>
    ulong Used
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ulong used = _view->Records.Count + (_otherView == null ? 0ul : _otherView->Records.Count);
            return _others.Length < 2 ? used : used + UsedElsewhere();
        }
    }

    /// <summary>Lets a worker's two tables count against one limit, and a connection of either give way to one of the other.</summary>
    public void ShareRoom<TOther>(ConnectionTable<TOther> otherFamily)
        where TOther : unmanaged, IConnectionRecord<TOther>
    {
        _others = [otherFamily];
        _otherView = otherFamily._view;
        otherFamily._others = [this];
        otherFamily._otherView = _view;
    }

    /// <summary>
    /// Lets another worker's tables count and give way as the worker's own: only where one thread runs them all, one after the other.
    /// </summary>
    public void ShareRoomWith(ConnectionTable<Connection4> first, ConnectionTable<Connection6> second) => _others = [.. _others, first, second];

    /// <summary>
    /// Whether a connection has taken a place that is kept for the router's own: known only when it is, as its destination may be translated.
    /// </summary>
    public bool UsesReserve => Used > Allowed(own: false);

    /// <summary>
    /// A confirmed connection to or from the router itself: it gives way to others of this kind only, while it is one of the last few.
    /// </summary>
    public void SetOwn(uint record)
    {
        uint most = SharedRoom.ReserveOf(Limit);
        if (most == 0)
        {
            SetEvictable(record, Tracker.EvictionClassOf(ConnectionAt(record)->Flags));
            return;
        }

        if (Count(EvictionClass.Own) >= most)
        {
            Connection* newest = ConnectionAt(record);
            if (Oldest(EvictionClass.Own, newest->StartTick, newest->Creation, out IUnderPressure? table) is var oldest and not 0)
            {
                table!.Disown(oldest);
            }
        }

        SetEvictable(record, EvictionClass.Own);
    }

    uint IUnderPressure.CountOf(EvictionClass of) => _view->Eviction.CountOf(of);

    void IUnderPressure.Disown(uint own) => _view->Eviction.Disown(own, Tracker.EvictionClassOf(ConnectionAt(own)->Flags));

    void IUnderPressure.SweepForRoom(ulong time) => SweepForRoom(time);

    void SweepForRoom(ulong time) =>
        Sweep(time, IsThorough ? ThoroughSearch : _view->Records.HighWater <= SmallTable ? SmallTable : PressureSweep);

    void IUnderPressure.Evict(uint victim, ConnectionEnd end) => Evict(victim, end);

    uint IUnderPressure.Victim(EvictionClass of, uint tick, uint number, out ulong age) => Victim(of, tick, number, out age);

    void IUnderPressure.LetIdleGo(EvictionClass of, ulong time, TrackingParameters* parameters, in PressureScale scale) =>
        LetIdleGo(of, time, parameters, scale);

    /// <summary>
    /// Connections there may be, for one of the router's own or for anybody's. A worker's tables are never allowed more than they have address
    /// space for.
    /// </summary>
    ulong Allowed(bool own)
    {
        own |= !KeepsReserve;
        if (Room != null)
        {
            return Math.Min(_capacity, Room.Allowed(own));
        }

        uint limit = Limit;
        return limit - (own ? 0 : SharedRoom.ReserveOf(limit));
    }

    bool HasRoom(bool own) => Used < Allowed(own) || Room?.TryGrow(own | !KeepsReserve) == true;

    /// <summary>max-entries, as far as there is address space for it.</summary>
    uint Limit => Math.Min(Volatile.Read(ref _view->MaxEntries), _capacity);

    ulong UsedElsewhere()
    {
        ulong used = 0;
        foreach (IUnderPressure table in _others.AsSpan(1))
        {
            used += table.Records;
        }

        return used;
    }

    uint Count(EvictionClass of)
    {
        uint count = _view->Eviction.CountOf(of);
        foreach (IUnderPressure table in _others)
        {
            count += table.CountOf(of);
        }

        return count;
    }

    /// <summary>
    /// Brings the number of connections below the limit: by what has expired, by what is idle for too long, by evictions; the router's own take
    /// places of the reserve when nobody else can give way.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    bool MakeRoom(Packet* packet, TrackingParameters* parameters)
    {
        if (IsThorough || !HasRoom(own: false))
        {
            SweepForRoom(packet->Time);
            foreach (IUnderPressure table in _others)
            {
                table.SweepForRoom(packet->Time);
            }
        }

        EvictionClass readiest = Readiest();
        if (parameters != null & readiest != EvictionClass.Never && Scale is { IsShorter: true } scale)
        {
            LetIdleGo(readiest, packet->Time, parameters, scale);
            foreach (IUnderPressure table in _others)
            {
                table.LetIdleGo(readiest, packet->Time, parameters, scale);
            }
        }

        bool own = (packet->Marks & PacketMarks.Own) != 0;
        for (int evictions = 0; !HasRoom(own: false); evictions++)
        {
            EvictionClass first = Readiest();
            if (first == EvictionClass.Never | evictions == EvictionsPerAllocate | Allowed(own: false) == 0)
            {
                return own && (HasRoom(own: true) || (EvictOne(packet, EvictionClass.Own) && HasRoom(own: true)));
            }

            EvictOne(packet, first);
        }

        return true;
    }

    PressureScale Scale
    {
        get
        {
            if (Room != null)
            {
                return Room.Scale;
            }

            ulong limit = Limit, used = Used;
            return new PressureScale(used < limit ? limit - used : 0, limit >> PressureScale.BeginShift);
        }
    }

    EvictionClass Readiest()
    {
        EvictionClass readiest = _view->Eviction.Readiest;
        foreach (IUnderPressure table in _others)
        {
            readiest = table.Readiest > readiest ? table.Readiest : readiest;
        }

        return readiest;
    }

    /// <summary>Ends the oldest connection of a class, whichever table has it. False when there is none.</summary>
    bool EvictOne(Packet* packet, EvictionClass of)
    {
        uint victim = Oldest(of, Timestamp.Tick(packet->Time), packet->Number, out IUnderPressure? table);
        table?.Evict(victim, ConnectionEnds.Of(of));
        return victim != 0;
    }

    /// <summary>The oldest of a class, of all tables; 0 when there is none.</summary>
    uint Oldest(EvictionClass of, uint tick, uint number, out IUnderPressure? table)
    {
        uint oldest = Victim(of, tick, number, out ulong age);
        table = oldest == 0 ? null : this;
        foreach (IUnderPressure other in _others)
        {
            uint victim = other.Victim(of, tick, number, out ulong itsAge);
            if (victim != 0 && (oldest == 0 || itsAge > age))
            {
                (oldest, age, table) = (victim, itsAge, other);
            }
        }

        return oldest;
    }

    void Evict(uint victim, ConnectionEnd end)
    {
        _view->Eviction.Pass(victim);
        End(victim, end);
    }

    /// <summary>The oldest of a class, or of the next few; 0 when there is none.</summary>
    [SkipLocalsInit]
    uint Victim(EvictionClass of, uint tick, uint number, out ulong oldest)
    {
        uint* sample = stackalloc uint[EvictionSample];
        EvictionMap* eviction = &_view->Eviction;
        uint high = _view->Records.HighWater;
        uint victim = 0;
        oldest = 0;
        if (!IsThorough || eviction->CountOf(of) > ThoroughSearch)
        {
            OldestOf(sample, eviction->Sample(of, high, sample, EvictionSample), tick, number, ref victim, ref oldest);
            return victim;
        }

        int count = EvictionSample;
        for (uint from = 1; count == EvictionSample; from = sample[EvictionSample - 1] + 1)
        {
            count = eviction->Sample(of, from, high, sample, EvictionSample);
            OldestOf(sample, count, tick, number, ref victim, ref oldest);
        }

        return victim;
    }

    /// <summary>Age first, then the order of creation within a tick; both as distances, for both wrap.</summary>
    void OldestOf(uint* candidates, int count, uint tick, uint number, ref uint victim, ref ulong oldest)
    {
        for (int n = 0; n < count; n++)
        {
            Prefetch.Line(ConnectionAt(candidates[n]));
        }

        for (int n = 0; n < count; n++)
        {
            Connection* connection = ConnectionAt(candidates[n]);
            ulong age = ((ulong)(tick - connection->StartTick) << 32) | (number - connection->Creation);
            if (victim == 0 || age > oldest)
            {
                victim = candidates[n];
                oldest = age;
            }
        }
    }

    /// <summary>The next few of a class from the hand on, or all of it, as far as they are idle for too long now.</summary>
    [SkipLocalsInit]
    void LetIdleGo(EvictionClass of, ulong time, TrackingParameters* parameters, in PressureScale scale)
    {
        uint* sample = stackalloc uint[EvictionSample];
        EvictionMap* eviction = &_view->Eviction;
        uint high = _view->Records.HighWater;
        if (!IsThorough || eviction->CountOf(of) > ThoroughSearch)
        {
            int few = eviction->Sample(of, high, sample, IdleSample);
            EndIdle(sample, few, time, parameters, scale);
            if (few != 0)
            {
                eviction->Pass(sample[few - 1]);
            }

            return;
        }

        int count = EvictionSample;
        for (uint from = 1; count == EvictionSample; from = sample[EvictionSample - 1] + 1)
        {
            count = eviction->Sample(of, from, high, sample, EvictionSample);
            EndIdle(sample, count, time, parameters, scale);
        }
    }

    void EndIdle(uint* candidates, int count, ulong time, TrackingParameters* parameters, in PressureScale scale)
    {
        for (int n = 0; n < count; n++)
        {
            Prefetch.Line(ConnectionAt(candidates[n]));
            Prefetch.Line(_deadlines + candidates[n]);
        }

        uint tick = Timestamp.Tick(time);
        for (int n = 0; n < count; n++)
        {
            uint timeout = UsualTimeout.Of(ConnectionAt(candidates[n]), parameters);
            int idle = (int)timeout - (int)(_deadlines[candidates[n]] - tick);
            if (idle >= (int)scale.Left(timeout))
            {
                End(candidates[n], ConnectionEnd.EvictedIdle);
            }
        }
    }
}
