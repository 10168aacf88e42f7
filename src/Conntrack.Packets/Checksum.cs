using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Conntrack.Native;

namespace Conntrack.Packets;

/// <summary>
/// The Internet checksum (RFC 1071). Sums are kept unfolded in 64 bits, over 16-bit words as they stand in memory: one's complement
/// addition does not care about byte order (RFC 1071 2 B), so a folded sum is in network order without ever having been swapped.
/// A partial sum is below 2^50 for anything an mbuf chain holds; a few of them add without overflow.
/// </summary>
public static unsafe class Checksum
{
    /// <summary>Unfolded sum of <paramref name="length"/> bytes; an odd last byte counts as if a zero followed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Sum(byte* data, uint length) =>
        Avx2.IsSupported ? ChecksumAvx2.Sum(data, length) : ChecksumScalar.Sum(data, length);

    /// <summary>
    /// Unfolded sum of <paramref name="length"/> bytes of a frame from <paramref name="offset"/> on, over as many segments as it takes.
    /// A chain that ends early is summed as far as it goes.
    /// </summary>
    public static ulong Sum(Mbuf* segment, uint offset, uint length)
    {
        ulong sum = 0;
        bool odd = false;
        while (segment != null && length != 0)
        {
            uint held = segment->DataLength;
            if (offset >= held)
            {
                offset -= held;
            }
            else
            {
                uint part = Math.Min(length, held - offset);
                ulong partial = Sum(segment->Data + offset, part);

                // After an odd number of bytes the words of a segment straddle those of the whole: its folded sum counts byte-swapped.
                sum += odd ? BinaryPrimitives.ReverseEndianness(Fold(partial)) : partial;
                odd ^= (part & 1) != 0;
                length -= part;
                offset = 0;
            }

            segment = segment->Next;
        }

        return sum;
    }

    /// <summary>Pseudo header over IPv4 (RFC 9293 3.1).</summary>
    /// <param name="addresses">Source and destination as <see cref="Tuple4.Addresses"/>.</param>
    /// <param name="protocol">The transport protocol.</param>
    /// <param name="length">Bytes of transport header and data.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong PseudoHeader4(ulong addresses, byte protocol, uint length) =>
        (uint)addresses + (addresses >> 32) + Trailer(protocol, length);

    /// <summary>Pseudo header over IPv6 (RFC 8200 8.1).</summary>
    /// <param name="addresses">Source and final destination.</param>
    /// <param name="protocol">The transport protocol, not the first next header.</param>
    /// <param name="length">Bytes of transport header and data.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong PseudoHeader6(Addresses6* addresses, byte protocol, uint length)
    {
        uint* words = (uint*)addresses;
        ulong source = (ulong)words[0] + words[1] + words[2] + words[3];
        ulong destination = (ulong)words[4] + words[5] + words[6] + words[7];
        return source + destination + Trailer(protocol, length);
    }

    /// <summary>Folds a sum to 16 bits in network order: 0xffff over data whose checksum is right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Fold(ulong sum)
    {
        // Added to itself with the halves changed over, a word has both halves' sum in its upper half, the carry out of the lower one taken in.
        sum += BitOperations.RotateLeft(sum, 32);
        uint half = (uint)(sum >> 32);
        half += BitOperations.RotateLeft(half, 16);
        return (ushort)(half >> 16);
    }

    /// <summary>The checksum field for data (its own field zero) with this sum, network order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Finish(ulong sum) => (ushort)~Fold(sum);

    /// <summary>UDP sends 0xffff where the sum says zero, which means "none" (RFC 768).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort ForUdp(ushort checksum) => checksum == 0 ? ushort.MaxValue : checksum;

    /// <summary>Protocol and length as they stand in the pseudo header.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Trailer(byte protocol, uint length) =>
        ((ulong)protocol << 8) + BinaryPrimitives.ReverseEndianness(length);
}
