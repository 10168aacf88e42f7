using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Conntrack.Firewall;

/// <summary>An axis whose values fall into intervals, each with a row. 12 bytes.</summary>
/// <remarks>
/// <para>The last values of the intervals form a search tree of blocks of 16 keys. A step compares a whole block at once and branches on
/// nothing: the keys below the value say which child is next. 16 intervals take one step, 65,536 take four. A key of an inner block is the
/// last key of a child. Keys that fill a block up are the highest value, below which every value stays, so no step leaves the tree.</para>
/// <para>The children of block b are b × 16 + 1 … b × 16 + 16, the root is block 0. Inner levels are whole, the lowest ends where the
/// intervals do. Below the lowest level, the number of a child less the blocks above it is the number of the interval.</para>
/// <code>
/// IPv4, ports   block of 64 bytes: 16 keys (4), top bit turned over, because AVX2 compares signed numbers only
/// IPv6          block of 256 bytes: 16 high words (8), 16 low words (8), top bits turned over
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
unsafe struct IntervalAxis
{
    public const int ByteSize = 12;

    /// <summary>Keys in a block.</summary>
    public const int Keys = 16;

    /// <summary>Words of 32 bits in a block of IPv4 addresses or ports; half of it in words of 64 bits for IPv6.</summary>
    const int BlockWords4 = Keys;
    const int BlockWords6 = 2 * Keys;

    /// <summary>Offset of the tree.</summary>
    [FieldOffset(0)] public uint Tree;

    /// <summary>Levels of the tree; 0 where all values are one interval, <see cref="Direct"/> where <see cref="Rows"/> is indexed by the value itself.</summary>
    [FieldOffset(4)] public uint Levels;

    /// <summary>No tree: the value is the index.</summary>
    public const uint Direct = uint.MaxValue;

    /// <summary>
    /// Offset of the row numbers less the blocks of the tree × 4, so that a child's number indexes them. The tree lies in front of them
    /// and is larger than that.
    /// </summary>
    [FieldOffset(8)] public uint Rows;

    /// <summary>Turns the order of unsigned numbers into that of signed ones.</summary>
    public const uint Turn4 = 1u << 31;

    /// <inheritdoc cref="Turn4"/>
    public const ulong Turn6 = 1ul << 63;

    /// <summary>Blocks of a tree whose levels are whole: where the children below the lowest level would begin.</summary>
    public static uint WholeBlocks(uint levels)
    {
        uint blocks = 0;
        for (uint level = 0; level < levels; level++)
        {
            blocks = (blocks * Keys) + 1;
        }

        return blocks;
    }

    /// <summary>The row of a value of 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Row4(byte* image, IntervalAxis* axis, uint value)
    {
        int* tree = (int*)(image + axis->Tree);
        var sought = Vector256.Create((int)(value ^ Turn4));
        nuint at = 0;
        for (uint level = axis->Levels; level != 0; level--)
        {
            int* block = tree + (at * BlockWords4);
            uint below = Vector256.LessThan(Vector256.LoadAligned(block), sought).ExtractMostSignificantBits()
                | (Vector256.LessThan(Vector256.LoadAligned(block + 8), sought).ExtractMostSignificantBits() << 8);
            at = (at * Keys) + 1 + (nuint)BitOperations.PopCount(below);
        }

        return ((uint*)(image + axis->Rows))[at];
    }

    /// <summary>The row of a port: searched for, or where there are many intervals, read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint RowOfPort(byte* image, IntervalAxis* axis, ushort port) =>
        axis->Levels == Direct ? ((uint*)(image + axis->Rows))[port] : Row4(image, axis, port);

    /// <summary>The row of a value of 128 bits as it stands in the header.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Row6(byte* image, IntervalAxis* axis, ulong* address)
    {
        long* tree = (long*)(image + axis->Tree);
        var high = Vector256.Create((long)(BinaryPrimitives.ReverseEndianness(address[0]) ^ Turn6));
        var low = Vector256.Create((long)(BinaryPrimitives.ReverseEndianness(address[1]) ^ Turn6));
        nuint at = 0;
        for (uint level = axis->Levels; level != 0; level--)
        {
            long* block = tree + (at * BlockWords6);
            uint below = Below6(block, high, low)
                | (Below6(block + 4, high, low) << 4)
                | (Below6(block + 8, high, low) << 8)
                | (Below6(block + 12, high, low) << 12);
            at = (at * Keys) + 1 + (nuint)BitOperations.PopCount(below);
        }

        return ((uint*)(image + axis->Rows))[at];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Below6(long* keys, Vector256<long> high, Vector256<long> low)
    {
        Vector256<long> keyHigh = Vector256.LoadAligned(keys);
        Vector256<long> keyLow = Vector256.LoadAligned(keys + Keys);
        return (Vector256.LessThan(keyHigh, high) | (Vector256.Equals(keyHigh, high) & Vector256.LessThan(keyLow, low)))
            .ExtractMostSignificantBits();
    }
}
