using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Conntrack.Memory;

namespace Conntrack.Tracking.Table;

/// <summary>
/// The <see cref="EvictionClass"/> of every record, one dense byte each, and how many of either class each block of 128 holds. A flood
/// against a table full of assured connections asks for a victim with every packet: the counts skip empty blocks 32 at a time, so the
/// one half-open connection in a million is found in 8192 bytes, not in a million.
/// </summary>
/// <remarks>
/// The search begins at a hand that moves past each victim, so that over time everybody is asked, and its answer depends on nothing but
/// what was done to the table before.
/// <code>
///  0  classes (8)   8  half-open a block (8)   16  unassured a block (8)   24  hand (4)   28  half-open (4)   32  unassured (4)
/// 36  capacity (4)  40  class region (32)      72  count region (32)      104  spare (24)
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

    [FieldOffset(0)] byte* _classes;
    [FieldOffset(8)] byte* _halfOpenOfBlock;
    [FieldOffset(16)] byte* _unassuredOfBlock;
    [FieldOffset(24)] uint _hand;
    [FieldOffset(28)] uint _halfOpen;
    [FieldOffset(32)] uint _unassured;
    [FieldOffset(36)] uint _capacity;
    [FieldOffset(40)] ReservedRegion _classRegion;
    [FieldOffset(72)] ReservedRegion _countRegion;

    /// <summary>Records of class <see cref="EvictionClass.HalfOpen"/>.</summary>
    public readonly uint HalfOpen => _halfOpen;

    /// <summary>Records of class <see cref="EvictionClass.Unassured"/>.</summary>
    public readonly uint Unassured => _unassured;

    /// <summary>The class that gives way first; <see cref="EvictionClass.Never"/> when no record may.</summary>
    public readonly EvictionClass Readiest =>
        _halfOpen != 0 ? EvictionClass.HalfOpen : _unassured != 0 ? EvictionClass.Unassured : EvictionClass.Never;

    /// <summary>Records of that class.</summary>
    public readonly uint Candidates => _halfOpen != 0 ? _halfOpen : _unassured;

    /// <summary>Bytes of memory it holds.</summary>
    public nuint CommittedBytes => _classRegion.Committed + _countRegion.Committed;

    /// <summary>Reserves for numbers up to <paramref name="capacity"/>. The counts are small and committed at once.</summary>
    public static bool TryCreate(EvictionMap* map, uint capacity)
    {
        *map = default;
        nuint blocks = RoundUp(((nuint)capacity >> BlockShift) + 1, Vector);
        if (!ReservedRegion.TryReserve(&map->_classRegion, RoundUp((nuint)capacity + 1, Block))
            || !ReservedRegion.TryReserve(&map->_countRegion, 2 * blocks))
        {
            return false;
        }

        map->_classes = map->_classRegion.Base;
        map->_halfOpenOfBlock = map->_countRegion.Base;
        map->_unassuredOfBlock = map->_halfOpenOfBlock + blocks;
        map->_capacity = capacity;
        map->_hand = 1;
        return map->_countRegion.Commit(2 * blocks);
    }

    /// <summary>Control thread: memory for numbers up to <paramref name="number"/>.</summary>
    public bool Commit(uint number) => _classRegion.Commit(RoundUp((nuint)number + 1, Block));

    /// <summary>The class of a record.</summary>
    public readonly EvictionClass ClassOf(uint number) => (EvictionClass)_classes[number];

    /// <summary>Puts a record into a class.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(uint number, EvictionClass to)
    {
        if (_classes[number] != (byte)to)
        {
            Move(number, to);
        }
    }

    /// <summary>
    /// Numbers of the class that goes first, from the hand on, around the end and back to it: at most <paramref name="capacity"/>.
    /// </summary>
    /// <param name="highWater">The largest number in use.</param>
    /// <param name="numbers">Receives the numbers.</param>
    /// <param name="capacity">Room in <paramref name="numbers"/>.</param>
    /// <returns>How many; 0 only when no record at all may be evicted.</returns>
    public int Sample(uint highWater, uint* numbers, int capacity)
    {
        EvictionClass first = Readiest;
        if (first == EvictionClass.Never)
        {
            return 0;
        }

        uint hand = _hand <= highWater ? _hand : 1;
        int count = Gather(hand, highWater + 1, first, numbers, 0, capacity);
        return Gather(1, hand, first, numbers, count, capacity);
    }

    /// <summary>As above, from <paramref name="from"/> to the end.</summary>
    public readonly int Sample(uint from, uint highWater, uint* numbers, int capacity) =>
        Gather(from, highWater + 1, Readiest, numbers, 0, capacity);

    /// <summary>The hand goes on behind a victim.</summary>
    public void Pass(uint victim) => _hand = victim + 1;

    /// <summary>Gives all memory back. The worker must have stopped.</summary>
    public void Release()
    {
        _classRegion.Release();
        _countRegion.Release();
    }

    void Move(uint number, EvictionClass to)
    {
        Count((EvictionClass)_classes[number], number, -1);
        Count(to, number, 1);
        _classes[number] = (byte)to;
    }

    void Count(EvictionClass of, uint number, int by)
    {
        uint block = number >> BlockShift;
        if (of == EvictionClass.HalfOpen)
        {
            _halfOpen += (uint)by;
            _halfOpenOfBlock[block] += (byte)by;
        }
        else if (of == EvictionClass.Unassured)
        {
            _unassured += (uint)by;
            _unassuredOfBlock[block] += (byte)by;
        }
    }

    readonly int Gather(uint from, uint to, EvictionClass of, uint* numbers, int count, int capacity)
    {
        byte* counts = of == EvictionClass.HalfOpen ? _halfOpenOfBlock : _unassuredOfBlock;
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
