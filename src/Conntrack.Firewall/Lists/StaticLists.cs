using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Firewall.Lists;

/// <summary>
/// The static entries of all lists of a family in the image: one search over the addresses says for every list at once whether an address is in
/// it. 32 bytes.
/// </summary>
/// <remarks>
/// The same tree of intervals as an address axis; a row has a bit for every list. A million entries are two million intervals, six steps.
/// <code>
///  0 tree of intervals (12)   12 rows (4)   16 words of a row (4)   20 spare (12)
/// 32
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
unsafe struct StaticLists
{
    public const int ByteSize = 32;

    [FieldOffset(0)] public IntervalAxis Intervals;
    [FieldOffset(12)] public uint Rows;
    [FieldOffset(16)] public uint Words;

    /// <summary>The lists that an address is in: a bit for each, <see cref="Words"/> words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* Of(byte* image, StaticLists* lists, byte* address, bool isIpv6)
    {
        uint row = isIpv6
            ? IntervalAxis.Row6(image, &lists->Intervals, (ulong*)address)
            : IntervalAxis.Row4(image, &lists->Intervals, BinaryPrimitives.ReverseEndianness(*(uint*)address));
        return (ulong*)(image + lists->Rows) + (row * lists->Words);
    }
}
