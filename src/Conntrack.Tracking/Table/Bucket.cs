using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Conntrack.Tracking.Table;

/// <summary>
/// One cache line of the index: seven hashes and the records they lead to. The eighth lane of the comparison is <see cref="Meta"/>,
/// whose occupancy has no bit for itself, so one 32-byte compare and one AND give the candidates.
/// </summary>
/// <remarks><code>
///  0  hash 0 … 6 (28)     28  meta: bit n = slot n is taken (4)
/// 32  record 0 … 6 (28)   60  overflow bucket, 0 for none (4)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct Bucket
{
    /// <summary>Bytes of a bucket: a cache line.</summary>
    public const int ByteSize = 64;

    /// <summary>Entries of a bucket.</summary>
    public const int Slots = 7;

    /// <summary><see cref="Meta"/> of a full bucket.</summary>
    public const uint Full = (1u << Slots) - 1;

    [FieldOffset(0)] public fixed uint Hash[Slots];
    [FieldOffset(28)] public uint Meta;
    [FieldOffset(32)] public fixed uint Record[Slots];
    [FieldOffset(60)] public uint Overflow;

    /// <summary>Bit n is set when slot n is taken and holds this hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Matches(Bucket* bucket, uint hash) =>
        Vector256.Equals(Vector256.Load((uint*)bucket), Vector256.Create(hash)).ExtractMostSignificantBits() & bucket->Meta;

    /// <summary>Fills the first free slot; the bucket must not be full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(Bucket* bucket, uint hash, uint record)
    {
        int slot = BitOperations.TrailingZeroCount(~bucket->Meta);
        bucket->Hash[slot] = hash;
        bucket->Record[slot] = record;
        bucket->Meta |= 1u << slot;
    }
}
