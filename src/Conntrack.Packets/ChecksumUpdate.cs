using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Conntrack.Packets;

/// <summary>
/// Incremental update of an Internet checksum: HC' = ~(~HC + ~m + m'), RFC 1624 equation 3. What ~m + m' comes to is the same for every
/// packet of a translated connection, so it is kept as a delta and several deltas add up to one.
/// Checksums, fields and deltas are in network order, loaded as they stand.
/// </summary>
/// <remarks>
/// Equation 3 never turns a checksum into its other zero where recomputing would not, so headers are rewritten bit for bit as
/// their sender would have. Over UDP pass the result through <see cref="Checksum.ForUdp"/>, and leave a zero checksum alone: it means none.
/// </remarks>
public static unsafe class ChecksumUpdate
{
    /// <summary>Delta of a 16-bit field at an even offset: a port, an identifier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Delta16(ushort before, ushort after) => Checksum.Fold((ulong)(ushort)~before + after);

    /// <summary>Delta of a 32-bit field at an even offset: an IPv4 address, a sequence number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Delta32(uint before, uint after) => Checksum.Fold((ulong)~before + after);

    /// <summary>Delta of a 128-bit field at an even offset: an IPv6 address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Delta128(Vector128<byte> before, Vector128<byte> after)
    {
        Vector128<uint> removed = ~before.AsUInt32();
        Vector128<uint> added = after.AsUInt32();
        (Vector128<ulong> removedLow, Vector128<ulong> removedHigh) = Vector128.Widen(removed);
        (Vector128<ulong> addedLow, Vector128<ulong> addedHigh) = Vector128.Widen(added);
        return Checksum.Fold(Vector128.Sum(removedLow + removedHigh + addedLow + addedHigh));
    }

    /// <summary>One delta with the effect of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Combine(ushort first, ushort second)
    {
        uint sum = (uint)first + second;
        return (ushort)(sum + (sum >> 16));
    }

    /// <summary>The checksum after the change that <paramref name="delta"/> stands for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Apply(ushort checksum, ushort delta)
    {
        // Two words carry once at most: no need to fold as far as a sum of many.
        uint sum = (checksum ^ 0xffffu) + delta;
        return (ushort)~(sum + (sum >> 16));
    }
}
