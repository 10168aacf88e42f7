using System.Runtime.CompilerServices;
using Conntrack.Memory;

namespace Conntrack.Tracking.Table;

/// <content>Growth: one bucket at a time, a bounded number of them an insert, in memory committed beforehand.</content>
public unsafe partial struct ConnectionIndex
{
    /// <summary>Buckets of an empty index.</summary>
    public const uint InitialBuckets = 64;

    /// <summary>
    /// Most buckets one insert divides. One entry in 3.5 needs one; the second catches up after growth had to wait for memory.
    /// </summary>
    public const int SplitsPerInsert = 2;

    /// <summary>Half the slots of a bucket times two, so that the target load needs no fraction.</summary>
    const uint TwiceTargetLoad = Bucket.Slots;

    /// <summary>An overflow bucket for every so many buckets is reserved; in use are at most one for every 17 at the target load.</summary>
    const uint BucketsPerOverflow = 4;

    /// <summary>
    /// Buckets committed ahead of the last one: an eighth of them up to 20 ms of 3 million inserts a second, and 4096 for a table that begins;
    /// of millions a thirty-second, up to 150 ms.
    /// </summary>
    const uint LeastBucketsAhead = 4096, MostOfEighth = 16384, MostBucketsAhead = 131072;

    /// <summary>Overflow buckets committed ahead: one for every 16 buckets, for the time in which growth has to wait, and 4096.</summary>
    const uint BucketsPerOverflowAhead = 16, LeastOverflowAhead = 4096;

    /// <summary>Reserves for <paramref name="mostEntries"/>, commits the first buckets.</summary>
    /// <returns>False when there is no address space or memory for it.</returns>
    public static bool TryCreate(ConnectionIndex* index, uint mostEntries)
    {
        *index = default;
        ulong needed = ((2ul * mostEntries) + TwiceTargetLoad - 1) / TwiceTargetLoad;
        uint limit = (uint)Math.Clamp(needed, InitialBuckets, 1u << 30);
        if (!ReservedRegion.TryReserve(&index->_bucketRegion, (nuint)limit * Bucket.ByteSize)
            || !ReservedRegion.TryReserve(&index->_overflowRegion, ((nuint)limit / BucketsPerOverflow * Bucket.ByteSize) + Bucket.ByteSize))
        {
            index->Release();
            return false;
        }

        index->_buckets = (Bucket*)index->_bucketRegion.Base;
        index->_overflow = (Bucket*)index->_overflowRegion.Base;
        index->_limit = limit;
        index->_half = InitialBuckets;
        index->_last = InitialBuckets - 1;
        index->_mask = (2 * InitialBuckets) - 1;
        return index->CommitAhead();
    }

    /// <summary>Commits memory for the growth of the next 20 ms or more. Control thread; the worker never waits for it, it grows later.</summary>
    /// <returns>False when the machine has no memory left.</returns>
    public bool CommitAhead()
    {
        uint buckets = Volatile.Read(ref _last) + 1;
        uint ahead = Math.Max(Math.Clamp(buckets / 8, LeastBucketsAhead, MostOfEighth), Math.Min(buckets / 32, MostBucketsAhead));
        nuint overflow = (nuint)Volatile.Read(ref _overflowHigh) + 1 + Math.Max(buckets / BucketsPerOverflowAhead, LeastOverflowAhead);
        return _bucketRegion.Commit((nuint)Math.Min(_limit, buckets + ahead) * Bucket.ByteSize)
            & _overflowRegion.Commit(nuint.Min(overflow * Bucket.ByteSize, _overflowRegion.Reserved));
    }

    /// <summary>Gives all memory back. The worker must have stopped.</summary>
    public void Release()
    {
        _bucketRegion.Release();
        _overflowRegion.Release();
    }

    /// <summary>Divides at most so many buckets while the load is above its target; housekeeping catches up with it after a wait.</summary>
    /// <returns>Buckets divided.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Grow(int mostSplits)
    {
        int splits = 0;
        while (splits < mostSplits && 2ul * _entries >= (ulong)TwiceTargetLoad * ((ulong)_last + 1) && Split())
            splits++;

        return splits;
    }

    /// <summary>Divides the next bucket. False when its partner has no memory yet, or the index is as large as it may get.</summary>
    [SkipLocalsInit]
    bool Split()
    {
        uint next = _last + 1;
        if (next >= _limit || ((nuint)next + 1) * Bucket.ByteSize > _bucketRegion.Committed)
        {
            return false;
        }

        // Room for the longest chain. Two dense chains of the same entries need no more overflow buckets than the one they come from
        // and one bucket each, so what is given back here always suffices for what is taken.
        const int MostEntries = Bucket.Slots * (1 + ChainLimit);
        uint* hashes = stackalloc uint[MostEntries];
        uint* records = stackalloc uint[MostEntries];
        Bucket* lower = _buckets + (next - _half);
        Bucket* upper = _buckets + next;
        int count = TakeChain(lower, hashes, records);
        upper->Meta = 0;
        upper->Overflow = 0;

        Bucket* lowerEnd = lower;
        Bucket* upperEnd = upper;
        for (int n = 0; n < count; n++)
        {
            if ((hashes[n] & _half) == 0)
            {
                lowerEnd = Append(lowerEnd, hashes[n], records[n]);
            }
            else
            {
                upperEnd = Append(upperEnd, hashes[n], records[n]);
            }
        }

        _last = next;
        _splits++;
        if (next == _mask)
        {
            _half <<= 1;
            _mask = (_mask << 1) | 1;
        }

        return true;
    }

    /// <summary>Copies a chain out and leaves its first bucket empty, the others in the pool.</summary>
    int TakeChain(Bucket* first, uint* hashes, uint* records)
    {
        int count = 0;
        uint overflow = first->Overflow;
        CopyOut(first, hashes, records, ref count);
        first->Meta = 0;
        first->Overflow = 0;
        while (overflow != 0)
        {
            Bucket* bucket = _overflow + overflow;
            uint following = bucket->Overflow;
            CopyOut(bucket, hashes, records, ref count);
            GiveOverflow(overflow);
            overflow = following;
        }

        return count;
    }

    static void CopyOut(Bucket* bucket, uint* hashes, uint* records, ref int count)
    {
        // Buckets are dense: the occupancy is a run of ones.
        for (int slot = 0; (bucket->Meta >> slot & 1) != 0; slot++, count++)
        {
            hashes[count] = bucket->Hash[slot];
            records[count] = bucket->Record[slot];
        }
    }

    /// <summary>Puts an entry at the end of a chain that is being rebuilt; the bucket that now is its end.</summary>
    Bucket* Append(Bucket* end, uint hash, uint record)
    {
        if (end->Meta == Bucket.Full)
        {
            end->Overflow = TakeOverflow();
            end = _overflow + end->Overflow;
        }

        Bucket.Put(end, hash, record);
        return end;
    }

    /// <summary>An empty overflow bucket from the pool, 0 when none is committed. The free ones are linked by their overflow field.</summary>
    uint TakeOverflow()
    {
        uint taken = _overflowFree;
        if (taken != 0)
        {
            _overflowFree = _overflow[taken].Overflow;
        }
        else if (((nuint)_overflowHigh + 2) * Bucket.ByteSize <= _overflowRegion.Committed)
        {
            taken = ++_overflowHigh;
        }
        else
        {
            return 0;
        }

        _overflow[taken].Meta = 0;
        _overflow[taken].Overflow = 0;
        _overflowUsed++;
        return taken;
    }

    void GiveOverflow(uint bucket)
    {
        _overflow[bucket].Overflow = _overflowFree;
        _overflowFree = bucket;
        _overflowUsed--;
    }
}
