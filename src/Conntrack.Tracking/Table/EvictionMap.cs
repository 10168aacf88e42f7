using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Conntrack.Memory;

namespace Conntrack.Tracking.Table;

/// <summary>
/// The <see cref="EvictionClass"/> of every record, one dense byte each, and how many of each class a block of 128 holds. A flood
/// against a table full of assured connections asks for a victim with every packet: the counts skip empty blocks 32 at a time, so the
/// one half-open connection in a million is found in 8192 bytes, not in a million.
/// </summary>
/// <remarks>
/// The search begins at a hand that moves past each victim, so that over time everybody is asked, and its answer depends on nothing but
/// what was done to the table before.
/// <code>
///  0  classes (8)   8  counts of blocks (8)   16  blocks (8)   24  hand (4)   28  capacity (4)   32  counts, by class (4 × 4)
/// 48  class region (32)   80  count region (32)   112  spare (16)
/// 128
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct EvictionMap
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 128;

    const int BlockShift = 7;
    const uint Block = 1u << BlockShift;
    const uint Vector = 32;

    /// <summary>Classes that are counted: all but <see cref="EvictionClass.Never"/>.</summary>
    const uint Counted = 3;

    [FieldOffset(0)] byte* _classes;
    [FieldOffset(8)] byte* _countsOfBlock;
    [FieldOffset(16)] nuint _blocks;
    [FieldOffset(24)] uint _hand;
    [FieldOffset(28)] uint _capacity;
    [FieldOffset(32)] fixed uint _counts[(int)Counted + 1];
    [FieldOffset(48)] ReservedRegion _classRegion;
    [FieldOffset(80)] ReservedRegion _countRegion;

    /// <summary>Records of class <see cref="EvictionClass.HalfOpen"/>.</summary>
    public readonly uint HalfOpen => CountOf(EvictionClass.HalfOpen);

    /// <summary>Records of class <see cref="EvictionClass.Unassured"/>.</summary>
    public readonly uint Unassured => CountOf(EvictionClass.Unassured);

    /// <summary>Records of class <see cref="EvictionClass.Own"/>.</summary>
    public readonly uint Own => CountOf(EvictionClass.Own);

    /// <summary>The class that gives way to anybody first; <see cref="EvictionClass.Never"/> when no record may.</summary>
    public readonly EvictionClass Readiest =>
        HalfOpen != 0 ? EvictionClass.HalfOpen : Unassured != 0 ? EvictionClass.Unassured : EvictionClass.Never;

    /// <summary>Bytes of memory it holds.</summary>
    public nuint CommittedBytes => _classRegion.Committed + _countRegion.Committed;

    /// <summary>Reserves for numbers up to <paramref name="capacity"/>. The counts are small and committed at once.</summary>
    public static bool TryCreate(EvictionMap* map, uint capacity)
    {
        *map = default;
        nuint blocks = RoundUp(((nuint)capacity >> BlockShift) + 1, Vector);
        if (!ReservedRegion.TryReserve(&map->_classRegion, RoundUp((nuint)capacity + 1, Block))
            || !ReservedRegion.TryReserve(&map->_countRegion, Counted * blocks))
        {
            return false;
        }

        map->_classes = map->_classRegion.Base;
        map->_countsOfBlock = map->_countRegion.Base;
        map->_blocks = blocks;
        map->_capacity = capacity;
        map->_hand = 1;
        return map->_countRegion.Commit(Counted * blocks);
    }

    /// <summary>Records of a class. Other threads may ask.</summary>
    public readonly uint CountOf(EvictionClass of) => Volatile.Read(ref Unsafe.AsRef(in _counts[(int)of]));

    /// <summary>Control thread: memory for numbers up to <paramref name="number"/>.</summary>
    public bool Commit(uint number) => _classRegion.Commit(RoundUp((nuint)number + 1, Block));

    /// <summary>The class of a record.</summary>
    public readonly EvictionClass ClassOf(uint number) => (EvictionClass)_classes[number];

    /// <summary>Puts a record into a class. What is <see cref="EvictionClass.Own"/> leaves that for <see cref="EvictionClass.Never"/> alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(uint number, EvictionClass to)
    {
        if (_classes[number] != (byte)to)
        {
            Change(number, to);
        }
    }

    /// <summary>One of the router's own becomes one of many.</summary>
    public void Disown(uint number, EvictionClass to) => Move(number, to);

    /// <summary>Numbers of a class, from the hand on, around the end and back to it: at most <paramref name="capacity"/>.</summary>
    /// <param name="of">The class, not <see cref="EvictionClass.Never"/>.</param>
    /// <param name="highWater">The largest number in use.</param>
    /// <param name="numbers">Receives the numbers.</param>
    /// <param name="capacity">Room in <paramref name="numbers"/>.</param>
    /// <returns>How many; 0 only when the class is empty.</returns>
    public int Sample(EvictionClass of, uint highWater, uint* numbers, int capacity)
    {
        if (CountOf(of) == 0)
        {
            return 0;
        }

        uint hand = _hand <= highWater ? _hand : 1;
        int count = Gather(hand, highWater + 1, of, numbers, 0, capacity);
        return Gather(1, hand, of, numbers, count, capacity);
    }

    /// <summary>As above, from <paramref name="from"/> to the end.</summary>
    public readonly int Sample(EvictionClass of, uint from, uint highWater, uint* numbers, int capacity) =>
        Gather(from, highWater + 1, of, numbers, 0, capacity);

    /// <summary>The hand goes on behind a victim.</summary>
    public void Pass(uint victim) => _hand = victim + 1;

    /// <summary>Gives all memory back. The worker must have stopped.</summary>
    public void Release()
    {
        _classRegion.Release();
        _countRegion.Release();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void Change(uint number, EvictionClass to)
    {
        if (to == EvictionClass.Never || _classes[number] != (byte)EvictionClass.Own)
        {
            Move(number, to);
        }
    }

    void Move(uint number, EvictionClass to)
    {
        Count((EvictionClass)_classes[number], number, -1);
        Count(to, number, 1);
        _classes[number] = (byte)to;
    }

    void Count(EvictionClass of, uint number, int by)
    {
        if (of != EvictionClass.Never)
        {
            _counts[(int)of] += (uint)by;
            CountsOf(of)[number >> BlockShift] += (byte)by;
        }
    }

    /// <summary>How many of a class each block holds.</summary>
    readonly byte* CountsOf(EvictionClass of) => _countsOfBlock + (((nuint)of - 1) * _blocks);

    readonly int Gather(uint from, uint to, EvictionClass of, uint* numbers, int count, int capacity)
    {
        byte* counts = CountsOf(of);
        Vector256<byte> wanted = Vector256.Create((byte)of);
        uint number = from;
        while (number < to && count < capacity)
        {
            if (counts[number >> BlockShift] == 0)
            {
                number = NextBlock(counts, (number >> BlockShift) + 1, to) << BlockShift;
                continue;
            }

            uint start = number & ~(Vector - 1);
            uint matches = Vector256.Equals(Vector256.Load(_classes + start), wanted).ExtractMostSignificantBits()
                & (uint.MaxValue << (int)(number - start));
            for (; matches != 0 && count < capacity; matches &= matches - 1)
            {
                uint match = start + (uint)BitOperations.TrailingZeroCount(matches);
                if (match >= to)
                {
                    return count;
                }

                numbers[count++] = match;
            }

            number = start + Vector;
        }

        return count;
    }

    /// <summary>The first block from <paramref name="block"/> on that holds any, or one at or beyond the end.</summary>
    static uint NextBlock(byte* counts, uint block, uint to)
    {
        uint blocks = (to + Block - 1) >> BlockShift;
        while (block < blocks)
        {
            uint start = block & ~(Vector - 1);
            uint holding = ~Vector256.Equals(Vector256.Load(counts + start), Vector256<byte>.Zero).ExtractMostSignificantBits()
                & (uint.MaxValue << (int)(block - start));
            if (holding != 0)
            {
                return start + (uint)BitOperations.TrailingZeroCount(holding);
            }

            block = start + Vector;
        }

        return block;
    }

    static nuint RoundUp(nuint value, nuint to) => (value + to - 1) & ~(to - 1);
}
