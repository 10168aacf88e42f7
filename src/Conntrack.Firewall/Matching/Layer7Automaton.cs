using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Firewall.Matching;

/// <summary>The layer 7 patterns of an image. 320 bytes.</summary>
/// <remarks><code>
///  0 patterns there are (8)   8 edition of their numbers (4)   12 spare   16 offsets of their automata (64 × 4)
/// 272
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 320)]
unsafe struct Layer7Set
{
    [FieldOffset(0)] public ulong Present;
    [FieldOffset(8)] public uint Edition;
    [FieldOffset(16)] public fixed uint Automata[Layer7State.MostPatterns];
}

/// <summary>One of them, a <see cref="Layer7Pattern"/>. 320 bytes.</summary>
/// <remarks><code>
///  0 offset of the rows (4)   4 columns of a row (4)   8 offset of the ends (4)   12 … 64 spare   64 column of each byte (256)
/// 320
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 320)]
unsafe struct Layer7Automaton
{
    /// <summary>Out of it no packet leads.</summary>
    public const ushort NoHope = 0;

    public const ushort First = 1;

    [FieldOffset(0)] public uint Next;
    [FieldOffset(4)] public uint ClassCount;
    [FieldOffset(8)] public uint Ends;
    [FieldOffset(64)] public fixed byte Classes[256];
}
