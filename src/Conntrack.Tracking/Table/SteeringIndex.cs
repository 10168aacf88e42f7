using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Conntrack.Memory;

namespace Conntrack.Tracking.Table;

/// <summary>
/// Which worker has the connection of a packet that does not say so itself: one table that all workers write and read, on the slow path only.
/// A key belongs to one worker at a time, so that it is also what keeps two workers from giving two connections one reply.
/// </summary>
/// <remarks>
/// <para>An entry is a word. Whoever finds it empty makes it his with one compare-and-swap; from then on only its owner writes it, and empties it
/// with a plain store. Nothing moves, so nothing has to be marked as deleted. A key may be in one of two buckets of its level; a search reads
/// both, a cache line each.</para>
/// <para>Two workers that claim a key at once may both have found it nowhere: each looks again when its entry stands. The swap orders that look
/// behind the entry, so at least one of them sees the other and gives way; that both do costs either another port. Until it has looked, an entry
/// counts nothing: it keeps others from claiming, and nobody is sent to its owner.</para>
/// <para>Growth: the control thread adds a level eight times as large; new entries go there, old ones stay where they are until they end.
/// A claim that did not know of the newest level looks at it when it looks again, for the level was published before anybody used it.</para>
/// <code>
///    0  holding: owners that have entries (8)    8  translating: owners that have translated connections (8)   16  levels (4)   20 … 64 spare
///   64  buckets of levels (4 × 8)   96  masks of levels (4 × 4)   112  most entries (4)   116 … 128 spare
///  128  regions of levels (4 × 32)
///  256  of each owner a line of its own: entries (4), translated connections (4), 8 … 64 spare (64 × 64)
/// 4352
///
/// entry      fingerprint (48)   owner (8)   count (8): keys of one owner that look the same, 0 while it is being claimed
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct SteeringIndex
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 256 + (MostOwners * Line);

    /// <summary>Owners are numbered from 0 to 63.</summary>
    public const int MostOwners = 64;

    /// <summary>Answer of <see cref="OwnerOf"/> for a key that nobody has.</summary>
    public const int Nobody = -1;

    /// <summary>Entries of a bucket.</summary>
    public const int Slots = 8;

    const int MostLevels = 4;
    const int LevelFactor = 8;
    const int Line = 64;

    /// <summary>Of the first level at most: 4 MB.</summary>
    const uint FirstBuckets = 1 << 16;

    const uint FewestBuckets = 64;
    const ulong FingerprintMask = ~0xfffful;
    const uint MostCount = byte.MaxValue;

    [FieldOffset(0)] ulong _holding;
    [FieldOffset(8)] ulong _translating;
    [FieldOffset(16)] int _levels;
    [FieldOffset(64)] fixed ulong _buckets[MostLevels];
    [FieldOffset(96)] fixed uint _masks[MostLevels];
    [FieldOffset(112)] uint _mostEntries;
    [FieldOffset(128)] fixed byte _regions[MostLevels * ReservedRegion.ByteSize];
    [FieldOffset(256)] fixed uint _owners[MostOwners * Line / sizeof(uint)];

    /// <summary>Bit n: owner n has entries. One line that changes when somebody's first comes and last goes.</summary>
    public ulong Holding => Volatile.Read(ref _holding);

    /// <summary>Bit n: owner n has connections whose reply is not the mirror.</summary>
    public ulong Translating => Volatile.Read(ref _translating);

    /// <summary>Entries of all owners, a key that several connections of one owner have counted for each.</summary>
    public uint Count
    {
        get
        {
            uint count = 0;
            for (int owner = 0; owner < MostOwners; owner++)
            {
                count += Volatile.Read(ref _owners[owner * (Line / sizeof(uint))]);
            }

            return count;
        }
    }

    /// <summary>Bytes of memory held.</summary>
    public nuint CommittedBytes
    {
        get
        {
            nuint bytes = 0;
            for (int level = 0; level < Volatile.Read(ref _levels); level++)
            {
                bytes += ((nuint)_masks[level] + 1) * Line;
            }

            return bytes;
        }
    }

    /// <summary>Commits the first level.</summary>
    /// <param name="index">Zeroed or garbage, aligned to a cache line; valid afterwards even on failure, to be released.</param>
    /// <param name="connections">Connections there may be at one time, of all owners; either direction of one takes an entry.</param>
    /// <returns>False when the machine has not enough memory.</returns>
    public static bool TryCreate(SteeringIndex* index, uint connections)
    {
        *index = default;
        index->_mostEntries = (uint)Math.Min(2ul * connections, uint.MaxValue);
        uint wanted = BitOperations.RoundUpToPowerOf2((uint)Math.Min(FirstBuckets, Math.Max((ulong)FewestBuckets, (3ul * connections) / Slots)));
        return AddLevel(index, wanted);
    }

    /// <summary>Adds a level when those there fill up. The control thread calls it every few milliseconds.</summary>
    /// <returns>False when the machine has no memory left.</returns>
    public static bool CommitAhead(SteeringIndex* index)
    {
        int levels = index->_levels;
        ulong slots = 0;
        for (int level = 0; level < levels; level++)
        {
            slots += ((ulong)index->_masks[level] + 1) * Slots;
        }

        // Two choices among buckets of eight fill to nine tenths before one is full; by five eighths the next level is there.
        bool suffices = index->Count < slots / 8 * 5 || slots / 4 * 3 > index->_mostEntries;
        return suffices || levels == MostLevels || AddLevel(index, (index->_masks[levels - 1] + 1) * LevelFactor);
    }

    /// <summary>Gives all memory back. Every owner must have stopped.</summary>
    public static void Release(SteeringIndex* index)
    {
        for (int level = 0; level < MostLevels; level++)
        {
            RegionOf(index, level)->Release();
        }

        index->_levels = 0;
    }

    /// <summary>Who has a key, <see cref="Nobody"/> when nobody does.</summary>
    /// <param name="index">The index.</param>
    /// <param name="key">See <see cref="Conntrack.Packets.SteeringKey"/>.</param>
    public static int OwnerOf(SteeringIndex* index, ulong key)
    {
        ulong fingerprint = FingerprintOf(key);
        for (int level = Volatile.Read(ref index->_levels) - 1; level >= 0; level--)
        {
            ulong* one = BucketsOf(index, level, key, out ulong* other);
            int owner = OwnerIn(one, fingerprint);
            owner = owner != Nobody ? owner : OwnerIn(other, fingerprint);
            if (owner != Nobody)
            {
                return owner;
            }
        }

        return Nobody;
    }

    /// <summary>Asks for the lines that <see cref="OwnerOf"/> will read, of the newest level.</summary>
    public static void PrefetchKey(SteeringIndex* index, ulong key)
    {
        ulong* one = BucketsOf(index, Volatile.Read(ref index->_levels) - 1, key, out ulong* other);
        Prefetch.Line(one);
        Prefetch.Line(other);
    }

    /// <summary>Whether another owner has a key.</summary>
    public static bool IsHeldByOther(SteeringIndex* index, ulong key, int owner)
    {
        if ((index->Holding & ~(1ul << owner)) == 0)
        {
            return false;
        }

        return Search(index, key, owner, ofOthers: true) != null;
    }

    /// <summary>
    /// Claims a key. An owner may have it several times, as two of its connections may look the same from here. False when another owner has it,
    /// or is claiming it right now; or when its buckets are full.
    /// </summary>
    public static bool TryAdd(SteeringIndex* index, ulong key, int owner)
    {
        if (Search(index, key, owner, ofOthers: true) != null)
        {
            return false;
        }

        ulong* own = Search(index, key, owner, ofOthers: false);
        if (own != null)
        {
            ulong word = *own;
            if ((word & MostCount) == MostCount)
            {
                return false;
            }

            Volatile.Write(ref *own, word + 1);
            CountEntry(index, owner);
            return true;
        }

        // Before the entry: whoever finds nobody holding anything does not look.
        CountEntry(index, owner);
        ulong claim = FingerprintOf(key) | ((ulong)(uint)owner << 8);
        ulong* entry = Put(index, key, claim);
        bool alone = entry != null && Search(index, key, owner, ofOthers: true) == null;
        if (entry != null)
        {
            Volatile.Write(ref *entry, alone ? claim + 1 : 0);
        }

        if (!alone)
        {
            UncountEntry(index, owner);
        }

        return alone;
    }

    /// <summary>Gives up a key that was claimed.</summary>
    public static void Remove(SteeringIndex* index, ulong key, int owner)
    {
        ulong* own = Search(index, key, owner, ofOthers: false);
        if (own == null)
        {
            return;
        }

        ulong word = *own;
        Volatile.Write(ref *own, (word & MostCount) == 1 ? 0 : word - 1);
        UncountEntry(index, owner);
    }

    /// <summary>Counts an owner's translated connections, for <see cref="Translating"/>.</summary>
    public static void CountTranslated(SteeringIndex* index, int owner, int change)
    {
        uint* count = LineOf(index, owner) + 1;
        uint before = *count;
        *count = before + (uint)change;
        if (before == 0)
        {
            Interlocked.Or(ref index->_translating, 1ul << owner);
        }
        else if (*count == 0)
        {
            Interlocked.And(ref index->_translating, ~(1ul << owner));
        }
    }

    /// <summary>The owner's own entry of a key, or one of any other, in all levels; null for none.</summary>
    static ulong* Search(SteeringIndex* index, ulong key, int owner, bool ofOthers)
    {
        ulong fingerprint = FingerprintOf(key);
        for (int level = Volatile.Read(ref index->_levels) - 1; level >= 0; level--)
        {
            ulong* one = BucketsOf(index, level, key, out ulong* other);
            ulong* found = Search(one, fingerprint, owner, ofOthers);
            found = found != null ? found : Search(other, fingerprint, owner, ofOthers);
            if (found != null)
            {
                return found;
            }
        }

        return null;
    }

    static ulong* Search(ulong* bucket, ulong fingerprint, int owner, bool ofOthers)
    {
        for (uint matches = Matches(bucket, fingerprint); matches != 0; matches &= matches - 1)
        {
            // Read once more: since the comparison its owner may have emptied it, or somebody filled it with another key.
            ulong* entry = bucket + BitOperations.TrailingZeroCount(matches);
            ulong word = Volatile.Read(ref *entry);
            if ((word & FingerprintMask) == fingerprint && (OwnerIn(word) != owner) == ofOthers)
            {
                return entry;
            }
        }

        return null;
    }

    static int OwnerIn(ulong* bucket, ulong fingerprint)
    {
        for (uint matches = Matches(bucket, fingerprint); matches != 0; matches &= matches - 1)
        {
            ulong word = Volatile.Read(ref bucket[BitOperations.TrailingZeroCount(matches)]);
            if ((word & FingerprintMask) == fingerprint && (word & MostCount) != 0)
            {
                return OwnerIn(word);
            }
        }

        return Nobody;
    }

    /// <summary>Fills an empty entry, of the newest level that has one, in the emptier of two buckets. Null when all are full.</summary>
    static ulong* Put(SteeringIndex* index, ulong key, ulong word)
    {
        for (int level = Volatile.Read(ref index->_levels) - 1; level >= 0; level--)
        {
            ulong* one = BucketsOf(index, level, key, out ulong* other);
            while (true)
            {
                uint freeOfOne = Matches(one, 0), freeOfOther = Matches(other, 0);
                if ((freeOfOne | freeOfOther) == 0)
                {
                    break;
                }

                ulong* entry = BitOperations.PopCount(freeOfOne) >= BitOperations.PopCount(freeOfOther)
                    ? one + BitOperations.TrailingZeroCount(freeOfOne)
                    : other + BitOperations.TrailingZeroCount(freeOfOther);
                if (Interlocked.CompareExchange(ref *entry, word, 0) == 0)
                {
                    return entry;
                }
            }
        }

        return null;
    }

    /// <summary>Bit n is set when entry n has this fingerprint; 0 finds the empty ones.</summary>
    static uint Matches(ulong* bucket, ulong fingerprint)
    {
        Vector256<ulong> sought = Vector256.Create(fingerprint), mask = Vector256.Create(FingerprintMask);
        uint low = Vector256.Equals(Vector256.Load(bucket) & mask, sought).ExtractMostSignificantBits();
        uint high = Vector256.Equals(Vector256.Load(bucket + 4) & mask, sought).ExtractMostSignificantBits();
        return low | (high << 4);
    }

    static ulong* BucketsOf(SteeringIndex* index, int level, ulong key, out ulong* other)
    {
        var buckets = (ulong*)index->_buckets[level];
        uint mask = index->_masks[level];
        uint one = (uint)key & mask;

        // Never the same: there are at least two, and the lowest bit differs.
        other = buckets + ((nuint)((one ^ ((uint)(key >> 32) | 1)) & mask) * Slots);
        return buckets + ((nuint)one * Slots);
    }

    /// <summary>Never zero, which an empty entry has.</summary>
    static ulong FingerprintOf(ulong key)
    {
        ulong fingerprint = key & FingerprintMask;
        return fingerprint != 0 ? fingerprint : FingerprintMask;
    }

    static int OwnerIn(ulong word) => (byte)(word >> 8);

    static void CountEntry(SteeringIndex* index, int owner)
    {
        uint* count = LineOf(index, owner);
        if (*count == 0)
        {
            Interlocked.Or(ref index->_holding, 1ul << owner);
        }

        Volatile.Write(ref *count, *count + 1);
    }

    static void UncountEntry(SteeringIndex* index, int owner)
    {
        uint* count = LineOf(index, owner);
        Volatile.Write(ref *count, *count - 1);
        if (*count == 0)
        {
            Interlocked.And(ref index->_holding, ~(1ul << owner));
        }
    }

    static uint* LineOf(SteeringIndex* index, int owner) => index->_owners + (owner * (Line / sizeof(uint)));

    static ReservedRegion* RegionOf(SteeringIndex* index, int level) => (ReservedRegion*)index->_regions + level;

    static bool AddLevel(SteeringIndex* index, uint buckets)
    {
        int level = index->_levels;
        nuint bytes = (nuint)buckets * Line;
        ReservedRegion* region = RegionOf(index, level);
        if (region->Base == null && !ReservedRegion.TryReserve(region, bytes))
        {
            return false;
        }

        if (!region->Commit(bytes))
        {
            return false;
        }

        index->_buckets[level] = (ulong)region->Base;
        index->_masks[level] = buckets - 1;
        Volatile.Write(ref index->_levels, level + 1);
        return true;
    }
}
