using System.Numerics;
using Conntrack.Memory;

namespace Conntrack.Tracking.Table;

/// <summary>
/// One worker's part of <see cref="SharedRoom"/>: the places it holds for both of its tables. It takes places in lots and gives back what it
/// has too many of while few are left; where it has none and nobody to let go, workers that have let one go and leave it the place.
/// </summary>
/// <remarks>All but <see cref="SharedRoom"/> is the worker's own. No call waits for another worker.</remarks>
public sealed unsafe class WorkerRoom
{
    /// <summary>Places taken at once at most, and those kept while others may need some.</summary>
    const uint MostAtOnce = 256, Kept = 4;

    /// <summary>Connections ended in a burst to make places for other workers, or because the limit was lowered.</summary>
    const int EvictionsPerSlice = 8;

    readonly SharedRoom* _shared;
    readonly ulong _bit;
    readonly IUnderPressure _first;
    readonly IUnderPressure _second;
    readonly TableView* _firstView;
    readonly TableView* _secondView;
    readonly TableView** _all;
    readonly uint _allCount;

    WorkerRoom(
        SharedRoom* shared, int worker, IUnderPressure first, TableView* firstView, IUnderPressure second, TableView* secondView, TableView** all,
        uint allCount)
    {
        _shared = shared;
        _bit = 1ul << worker;
        _first = first;
        _firstView = firstView;
        _second = second;
        _secondView = secondView;
        _all = all;
        _allCount = allCount;
    }

    /// <summary>Places for anybody's connections.</summary>
    public uint Places { get; private set; }

    /// <summary>Places borrowed from the reserve.</summary>
    public uint Borrowed { get; private set; }

    /// <summary>Whether few places are left, as of this burst.</summary>
    public bool IsPressed { get; private set; }

    /// <summary>What pressure leaves of timeouts.</summary>
    public PressureScale Scale =>
        new((ulong)Math.Max(0, Volatile.Read(ref _shared->Free)), (ulong)Volatile.Read(ref _shared->BeginOfPressure));

    ulong Used => (ulong)_firstView->Records.Count + _secondView->Records.Count;

    /// <summary>Joins a worker's two tables to the places of all workers.</summary>
    /// <param name="shared">Outlives the tables.</param>
    /// <param name="worker">The worker's number.</param>
    /// <param name="first">One of its tables.</param>
    /// <param name="second">The other.</param>
    /// <param name="all">Two of every worker, outlives the tables.</param>
    /// <param name="count">How many.</param>
    public static WorkerRoom Join<TFirst, TSecond>(
        SharedRoom* shared, int worker, ConnectionTable<TFirst> first, ConnectionTable<TSecond> second, TableView** all, uint count)
        where TFirst : unmanaged, IConnectionRecord<TFirst>
        where TSecond : unmanaged, IConnectionRecord<TSecond>
    {
        WorkerRoom room = new(shared, worker, first, first.View, second, second.View, all, count);
        first.Room = second.Room = room;
        return room;
    }

    /// <summary>Connections it may have now.</summary>
    /// <param name="own">For one of the router's own.</param>
    public ulong Allowed(bool own) => Places + (own ? (ulong)Borrowed : 0);

    /// <summary>Another place, if there is a free one.</summary>
    /// <param name="own">For one of the router's own.</param>
    public bool TryGrow(bool own)
    {
        // Few at a time when few are left: what one worker holds and does not use the others may need.
        long begin = Volatile.Read(ref _shared->BeginOfPressure);
        long free = Volatile.Read(ref _shared->Free);
        long lot = free < begin ? 1 : Math.Clamp(begin / (2 * _shared->Workers), 1, MostAtOnce);
        uint taken = Take(ref _shared->Free, lot);
        if (taken != 0)
        {
            Places += taken;
            return true;
        }

        taken = own ? Take(ref _shared->FreeOfReserve, 1) : 0;
        Borrowed += taken;
        return taken != 0;
    }

    /// <summary>Once a burst: one look at how many places are left, and what follows from it.</summary>
    public void Slice(ulong time)
    {
        IsPressed = Volatile.Read(ref _shared->Free) < Volatile.Read(ref _shared->BeginOfPressure);
        if (IsPressed | Borrowed != 0)
        {
            Settle(time);
        }
    }

    void Settle(ulong time)
    {
        Repay();
        PayDebt(time);
        ulong used = Used;
        uint spare = used < Places ? (uint)(Places - used) : 0;
        ulong wanting = Volatile.Read(ref _shared->Wanting);
        if (spare > Kept)
        {
            Give(spare - Kept);
            spare = Kept;
        }

        if (spare == 0 && IsPoorest())
        {
            TryGrow(own: false);
            bool wants = used >= Places;
            if (wants != ((wanting & _bit) != 0))
            {
                _ = wants ? Interlocked.Or(ref _shared->Wanting, _bit) : Interlocked.And(ref _shared->Wanting, ~_bit);
            }

            return;
        }

        if ((wanting & _bit) != 0)
        {
            Interlocked.And(ref _shared->Wanting, ~_bit);
        }

        if ((wanting & ~_bit) != 0)
        {
            LeavePlaces(BitOperations.PopCount(wanting & ~_bit), time);
        }
    }

    /// <summary>What was borrowed goes back as soon as it is not needed any more.</summary>
    void Repay()
    {
        if (Borrowed == 0)
        {
            return;
        }

        ulong used = Used, held = (ulong)Places + Borrowed;
        uint back = used < held ? (uint)Math.Min(Borrowed, held - used) : 0;
        if (back != 0)
        {
            Borrowed -= back;
            Interlocked.Add(ref _shared->FreeOfReserve, back);
        }
    }

    /// <summary>The limit was lowered under what workers hold: each gives back what it does not use, and its share of what is missing then.</summary>
    void PayDebt(ulong time)
    {
        long debt = -Volatile.Read(ref _shared->Free);
        if (debt > 0)
        {
            ulong used = Used;
            long spare = used < Places ? (long)(Places - used) : 0;
            Give((uint)Math.Min(Places, Math.Min(debt, Math.Max(spare, (debt / _shared->Workers) + 1))));
        }

        for (int n = 0; n < EvictionsPerSlice && Used > (ulong)Places + Borrowed; n++)
        {
            if (!LetOneGo(time))
            {
                return;
            }
        }
    }

    /// <summary>Places for workers that want some, while none are free: its own spare ones, else those of connections that go.</summary>
    void LeavePlaces(int wanted, ulong time)
    {
        for (int n = 0; n < EvictionsPerSlice && Places != 0 && Volatile.Read(ref _shared->Free) < wanted; n++)
        {
            if (Used >= Places && !LetOneGo(time))
            {
                return;
            }

            Give(1);
        }
    }

    bool LetOneGo(ulong time)
    {
        EvictionClass first = (EvictionClass)Math.Max((byte)_first.Readiest, (byte)_second.Readiest);
        if (first == EvictionClass.Never)
        {
            return false;
        }

        uint tick = Timestamp.Tick(time);
        uint victim = _first.Victim(first, tick, 0, out ulong age);
        uint other = _second.Victim(first, tick, 0, out ulong otherAge);
        if (victim != 0 && (other == 0 || age >= otherAge))
        {
            _first.Evict(victim, ConnectionEnds.Of(first));
        }
        else
        {
            _second.Evict(other, ConnectionEnds.Of(first));
        }

        return true;
    }

    /// <summary>Whether another worker has connections that are readier to go than any of this one's.</summary>
    bool IsPoorest()
    {
        var mine = (EvictionClass)Math.Max((byte)_first.Readiest, (byte)_second.Readiest);
        for (uint n = 0; n < _allCount && mine != EvictionClass.HalfOpen; n++)
        {
            if (_all[n]->Eviction.Readiest > mine)
            {
                return true;
            }
        }

        return false;
    }

    void Give(uint places)
    {
        Places -= places;
        Interlocked.Add(ref _shared->Free, places);
    }

    /// <summary>Takes up to so many of what is free.</summary>
    static uint Take(ref long free, long wanted)
    {
        for (long seen = Volatile.Read(ref free); seen > 0;)
        {
            long taken = Math.Min(seen, wanted);
            long found = Interlocked.CompareExchange(ref free, seen - taken, seen);
            if (found == seen)
            {
                return (uint)taken;
            }

            seen = found;
        }

        return 0;
    }
}
