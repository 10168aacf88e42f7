using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Tracking.Table;

/// <content>
/// The limit and what happens at it. max-entries is one number for both families and all workers; what has expired goes first, then the
/// oldest that was never answered, then the oldest that is not assured, whichever of the worker's two tables holds it. Other workers'
/// connections are their own.
/// </content>
public sealed unsafe partial class ConnectionTable<TRecord> : IUnderPressure
{
    /// <summary>Among how many candidates the oldest is evicted. Their lines are fetched together, about 0.2 µs an eviction.</summary>
    const int EvictionSample = 32;

    /// <summary>
    /// Evictions one new connection may cause. One is the rule; more bring a table whose limit was lowered down to it, a few at a time.
    /// </summary>
    const int EvictionsPerAllocate = 8;

    /// <summary>
    /// What a full table sweeps for a new connection: all of a small table, which makes small limits exact; of a large one a slice in
    /// the time of an eviction, for housekeeping sweeps all of it many times a second, and a flood must not make each packet pay that.
    /// </summary>
    const int PressureSweep = 4096;

    /// <summary>Deadlines and candidates a thorough table looks at: below 0.2 ms.</summary>
    const int ThoroughSearch = 1 << 16;

    IUnderPressure? _otherFamily;
    TableView* _otherView;

    /// <summary>
    /// Connections this table may hold now: max-entries less what the worker's other table holds and less those of other workers. They
    /// are only asked when this worker holds more than its even share, so that opening a connection reads no other worker's memory until
    /// the limit comes near.
    /// </summary>
    uint Limit
    {
        get
        {
            uint limit = Math.Min(Volatile.Read(ref _view->MaxEntries), _capacity);
            ulong elsewhere = _otherView == null ? 0 : _otherView->Records.Count;
            if (_sharers > 2 && _view->Records.Count + elsewhere >= 2 * (ulong)limit / _sharers)
            {
                for (uint n = 0; n < _sharers; n++)
                {
                    elsewhere += _sharing[n] == _view || _sharing[n] == _otherView ? 0 : _sharing[n]->Records.Count;
                }
            }

            return elsewhere < limit ? limit - (uint)elsewhere : 0;
        }
    }

    /// <summary>
    /// Whether the one that gives way is the oldest of all, not of a sample, and nobody gives way while any record has expired. Which
    /// records a sample meets depends on their numbers, and so on where bursts were cut: a replay must not see that, and has the time.
    /// Above <see cref="ThoroughSearch"/> candidates it is a sample again.
    /// </summary>
    public bool IsThorough { get; init; }

    /// <summary>Whether another connection means that one has to go.</summary>
    public bool IsFull => _view->Records.Count >= Limit;

    EvictionClass IUnderPressure.Readiest => _view->Eviction.Readiest;

    /// <summary>Counts this table and those of other workers against one limit.</summary>
    /// <param name="tables">Two of each worker, this one included; native memory that outlives the table.</param>
    /// <param name="count">How many tables.</param>
    public void ShareLimit(TableView** tables, uint count)
    {
        _sharing = tables;
        _sharers = count;
    }

    /// <summary>Counts a worker's two tables against one limit, and lets a connection of either give way to one of the other.</summary>
    public void ShareRoom<TOther>(ConnectionTable<TOther> otherFamily)
        where TOther : unmanaged, IConnectionRecord<TOther>
    {
        _otherFamily = otherFamily;
        _otherView = otherFamily._view;
        otherFamily._otherFamily = this;
        otherFamily._otherView = _view;
    }

    void IUnderPressure.SweepForRoom(ulong time) => SweepForRoom(time);

    void SweepForRoom(ulong time) => Sweep(time, IsThorough ? ThoroughSearch : PressureSweep);

    void IUnderPressure.Evict(uint victim) => Evict(victim);

    uint IUnderPressure.Victim(Packet* packet, out ulong age) => Victim(packet, out age);

    /// <summary>Brings the number of connections below the limit, by what has expired and else by evictions.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    bool MakeRoom(Packet* packet)
    {
        SweepForRoom(packet->Time);
        if (IsFull)
        {
            _otherFamily?.SweepForRoom(packet->Time);
        }

        for (int evictions = 0; IsFull; evictions++)
        {
            // Without any room left by other workers, giving way would not help.
            bool hopeless = Limit == 0 && (_otherView == null || _otherView->Records.Count == 0);
            if (evictions == EvictionsPerAllocate || hopeless || !EvictOne(packet))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Ends the connection of either table that gives way first. False when all are assured.</summary>
    bool EvictOne(Packet* packet)
    {
        EvictionClass here = _view->Eviction.Readiest;
        EvictionClass there = _otherFamily?.Readiest ?? EvictionClass.Never;
        if (here == EvictionClass.Never && there == EvictionClass.Never)
        {
            return false;
        }

        ulong ageHere = 0, ageThere = 0;
        uint victimHere = here >= there ? Victim(packet, out ageHere) : 0;
        uint victimThere = there >= here ? _otherFamily!.Victim(packet, out ageThere) : 0;
        if (victimHere != 0 && (victimThere == 0 || ageHere >= ageThere))
        {
            Evict(victimHere);
        }
        else
        {
            _otherFamily!.Evict(victimThere);
        }

        return true;
    }

    void Evict(uint victim)
    {
        _view->Eviction.Pass(victim);
        Release(victim);
        _view->Counters.Evicted++;
    }

    /// <summary>The oldest of the class that goes first, or of the next few; 0 when none may be evicted.</summary>
    [SkipLocalsInit]
    uint Victim(Packet* packet, out ulong oldest)
    {
        uint* sample = stackalloc uint[EvictionSample];
        EvictionMap* eviction = &_view->Eviction;
        uint high = _view->Records.HighWater;
        uint victim = 0;
        oldest = 0;
        if (!IsThorough || eviction->Candidates > ThoroughSearch)
        {
            Oldest(packet, sample, eviction->Sample(high, sample, EvictionSample), ref victim, ref oldest);
            return victim;
        }

        int count = EvictionSample;
        for (uint from = 1; count == EvictionSample; from = sample[EvictionSample - 1] + 1)
        {
            count = eviction->Sample(from, high, sample, EvictionSample);
            Oldest(packet, sample, count, ref victim, ref oldest);
        }

        return victim;
    }

    /// <summary>Age first, then the order of creation within a tick; both as distances, for both wrap.</summary>
    void Oldest(Packet* packet, uint* candidates, int count, ref uint victim, ref ulong oldest)
    {
        for (int n = 0; n < count; n++)
        {
            Prefetch.Line(ConnectionAt(candidates[n]));
        }

        uint tick = Timestamp.Tick(packet->Time);
        for (int n = 0; n < count; n++)
        {
            Connection* connection = ConnectionAt(candidates[n]);
            ulong age = ((ulong)(tick - connection->StartTick) << 32) | (packet->Number - connection->Creation);
            if (victim == 0 || age > oldest)
            {
                victim = candidates[n];
                oldest = age;
            }
        }
    }
}
