using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Tracking.Table;

/// <summary>
/// From a 32-bit hash to the records entered under it. Knows no record: equal hashes may coexist, and whether a candidate is the
/// connection sought is the caller's question.
/// </summary>
/// <remarks>
/// <para>Linear hashing (Litwin 1980). With N = half + split buckets the address is the hash modulo 2·half, and where that bucket does
/// not exist yet, modulo half. Growing by one bucket divides one existing bucket between itself and the new one by one more bit of the
/// hash. The whole hash is stored, so a division reads two lines of index and no record, and no insert ever pays for more than
/// <see cref="SplitsPerInsert"/> of them. The index never shrinks: a table that was large once is likely to be so again.</para>
/// <para>A bucket that is full continues in at most <see cref="ChainLimit"/> overflow buckets from a pool of their own; a longer chain is
/// refused and counted, so no lookup ever walks further. The last entry of a chain fills every hole, hence a chain is always dense and
/// an overflow bucket never empty.</para>
/// <para>The target load is half the slots. Linear hashing loads the buckets not divided yet twice as much as the divided ones, so half
/// means between 3.5 and 7 in those: over a whole doubling 1.2 to 3.4 % of the entries sit in overflow buckets, at 18.8 to 19.4 bytes an
/// entry, overflow included. At 4 of 7 it would be 2 to 5 % for 2 bytes less, at 3 of 7 0.6 to 1.9 % for 2.7 more.</para>
/// <para>One writer, the worker that owns the table; the control thread only commits memory.</para>
/// <code>
///   0  buckets (8)         8  overflow pool (8)    16  last bucket (4)    20  mask (4)     line 0, read for every packet
///  24  half (4)           28  most buckets (4)     32  entries (4)        36  overflow buckets in use (4)
///  40  overflow free (4)  44  overflow high (4)    48  refused (8)        56  splits (8)
///  64  bucket region (32)                          96  overflow region (32)
/// 128
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe partial struct ConnectionIndex
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 128;

    /// <summary>Overflow buckets that may follow a bucket: 28 entries with it.</summary>
    public const int ChainLimit = 3;

    [FieldOffset(0)] Bucket* _buckets;
    [FieldOffset(8)] Bucket* _overflow;
    [FieldOffset(16)] uint _last;
    [FieldOffset(20)] uint _mask;
    [FieldOffset(24)] uint _half;
    [FieldOffset(28)] uint _limit;
    [FieldOffset(32)] uint _entries;
    [FieldOffset(36)] uint _overflowUsed;
    [FieldOffset(40)] uint _overflowFree;
    [FieldOffset(44)] uint _overflowHigh;
    [FieldOffset(48)] ulong _refused;
    [FieldOffset(56)] ulong _splits;
    [FieldOffset(64)] ReservedRegion _bucketRegion;
    [FieldOffset(96)] ReservedRegion _overflowRegion;

    /// <summary>Entries of all buckets.</summary>
    public readonly uint Entries => _entries;

    /// <summary>Buckets, overflow not counted.</summary>
    public readonly uint Buckets => _last + 1;

    /// <summary>Buckets it may grow to.</summary>
    public readonly uint BucketLimit => _limit;

    /// <summary>Overflow buckets now part of a chain.</summary>
    public readonly uint OverflowBuckets => _overflowUsed;

    /// <summary>Entries refused because their chain had reached its limit or the overflow pool its end.</summary>
    public readonly ulong Refused => _refused;

    /// <summary>Buckets divided since the start.</summary>
    public readonly ulong Splits => _splits;

    /// <summary>Bytes of memory the index holds, those ahead of need included.</summary>
    public nuint CommittedBytes => _bucketRegion.Committed + _overflowRegion.Committed;

    /// <summary>Bytes its entries need now: every bucket, and every overflow bucket that was ever used.</summary>
    public readonly nuint UsedBytes => ((nuint)_last + 1 + _overflowHigh) * Bucket.ByteSize;

    /// <summary>Where entries of this hash are, valid until the next insert.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Bucket* BucketOf(uint hash)
    {
        // A bucket beyond the last one is still part of the one half below. Which it is follows the hash, a coin no predictor
        // learns, so the borrow of the subtraction selects instead of a branch.
        uint address = hash & _mask;
        address -= _half & (uint)((int)(_last - address) >> 31);
        return _buckets + address;
    }

    /// <summary>The first record entered under this hash, 0 for none. Follows the chain, touches no record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Candidate(Bucket* bucket, uint hash)
    {
        uint matches = Bucket.Matches(bucket, hash);
        return matches != 0 ? bucket->Record[BitOperations.TrailingZeroCount(matches)] : CandidateInChain(bucket, hash);
    }

    /// <summary>As <see cref="Candidate"/>, for a walk over all of them with <see cref="NextCandidate"/>.</summary>
    public readonly uint FirstCandidate(uint hash, out CandidateCursor cursor)
    {
        Bucket* bucket = BucketOf(hash);
        cursor = new CandidateCursor(bucket, hash, Bucket.Matches(bucket, hash));
        return NextCandidate(ref cursor);
    }

    /// <summary>The next record under the cursor's hash, 0 after the last. An insert or a removal ends the walk.</summary>
    public readonly uint NextCandidate(ref CandidateCursor cursor)
    {
        while (cursor.Matches == 0)
        {
            uint next = cursor.Bucket->Overflow;
            if (next == 0)
            {
                return 0;
            }

            cursor.Bucket = _overflow + next;
            cursor.Matches = Bucket.Matches(cursor.Bucket, cursor.Hash);
        }

        int slot = BitOperations.TrailingZeroCount(cursor.Matches);
        cursor.Matches &= cursor.Matches - 1;
        return cursor.Bucket->Record[slot];
    }

    /// <summary>Entries of one bucket and its chain, for statistics and tests.</summary>
    public readonly int CountInBucket(uint number)
    {
        Bucket* bucket = _buckets + number;
        int count = BitOperations.PopCount(bucket->Meta);
        while (bucket->Overflow != 0)
        {
            bucket = _overflow + bucket->Overflow;
            count += BitOperations.PopCount(bucket->Meta);
        }

        return count;
    }

    /// <summary>Enters a record under a hash, after growing towards the target load.</summary>
    /// <returns>False when the chain is at its limit; counted in <see cref="Refused"/>.</returns>
    public bool Insert(uint hash, uint record)
    {
        Grow(SplitsPerInsert);
        Bucket* bucket = BucketOf(hash);
        for (int links = 0; bucket->Meta == Bucket.Full; links++)
        {
            if (bucket->Overflow == 0)
            {
                uint fresh = links < ChainLimit ? TakeOverflow() : 0;
                if (fresh == 0)
                {
                    _refused++;
                    return false;
                }

                bucket->Overflow = fresh;
            }

            bucket = _overflow + bucket->Overflow;
        }

        Bucket.Put(bucket, hash, record);
        _entries++;
        return true;
    }

    /// <summary>Takes one entry of this hash and record out.</summary>
    /// <returns>False when there is none.</returns>
    public bool Remove(uint hash, uint record)
    {
        Bucket* before = null;
        Bucket* bucket = BucketOf(hash);
        while (true)
        {
            for (uint matches = Bucket.Matches(bucket, hash); matches != 0; matches &= matches - 1)
            {
                int slot = BitOperations.TrailingZeroCount(matches);
                if (bucket->Record[slot] == record)
                {
                    Vacate(before, bucket, slot);
                    _entries--;
                    return true;
                }
            }

            if (bucket->Overflow == 0)
            {
                return false;
            }

            before = bucket;
            bucket = _overflow + bucket->Overflow;
        }
    }

    /// <summary>The chain's last entry moves into the slot; an overflow bucket emptied by that goes back to the pool.</summary>
    void Vacate(Bucket* before, Bucket* bucket, int slot)
    {
        Bucket* last = bucket;
        while (last->Overflow != 0)
        {
            before = last;
            last = _overflow + last->Overflow;
        }

        int lastSlot = BitOperations.Log2(last->Meta);
        bucket->Hash[slot] = last->Hash[lastSlot];
        bucket->Record[slot] = last->Record[lastSlot];
        last->Meta &= ~(1u << lastSlot);
        if (last->Meta == 0 && before != null)
        {
            GiveOverflow(before->Overflow);
            before->Overflow = 0;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    readonly uint CandidateInChain(Bucket* bucket, uint hash)
    {
        while (bucket->Overflow != 0)
        {
            bucket = _overflow + bucket->Overflow;
            uint matches = Bucket.Matches(bucket, hash);
            if (matches != 0)
            {
                return bucket->Record[BitOperations.TrailingZeroCount(matches)];
            }
        }

        return 0;
    }
}
