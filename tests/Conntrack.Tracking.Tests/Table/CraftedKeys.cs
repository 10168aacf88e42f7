using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Conntrack.Packets;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>
/// What an attacker sends who knows the table's hash and that it is linear: tuples that all have one value. For CRC32C and Toeplitz they come out of
/// a system of equations, 16 million of them over a client network of 24 bits and both ports.
/// </summary>
static unsafe class CraftedKeys
{
    const int FreeBits = 56;

    /// <summary>The key that Microsoft publishes for RSS.</summary>
    static readonly byte[] s_published =
    [
        0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0,
        0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
        0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
    ];

    public static uint Crc(Tuple4 tuple)
    {
        uint crc = uint.MaxValue;
        for (int n = 0; n < sizeof(Tuple4); n++)
        {
            crc = Sse42.Crc32(crc, ((byte*)&tuple)[n]);
        }

        return crc;
    }

    public static uint Toeplitz(Tuple4 tuple)
    {
        uint hash = 0;
        for (int bit = 0; bit < 8 * sizeof(Tuple4); bit++)
        {
            if ((((byte*)&tuple)[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                hash ^= Window(bit);
            }
        }

        return hash;
    }

    /// <summary>So many different tuples with the same value of a linear hash.</summary>
    public static Tuple4[] Of(Func<Tuple4, uint> hash, int count)
    {
        uint zero = hash(TupleOf(0));
        Dictionary<int, (uint Image, ulong Bits)> reduced = [];
        List<ulong> invisible = [];
        for (int bit = 0; bit < FreeBits; bit++)
        {
            ulong bits = 1ul << bit;
            uint image = hash(TupleOf(bits)) ^ zero;
            while (image != 0 && reduced.TryGetValue(BitOperations.Log2(image), out (uint Image, ulong Bits) known))
            {
                image ^= known.Image;
                bits ^= known.Bits;
            }

            if (image == 0)
            {
                invisible.Add(bits);
            }
            else
            {
                reduced.Add(BitOperations.Log2(image), (image, bits));
            }
        }

        var tuples = new Tuple4[count];
        for (int n = 0; n < count; n++)
        {
            ulong bits = 0;
            for (int rest = n; rest != 0; rest &= rest - 1)
            {
                bits ^= invisible[BitOperations.TrailingZeroCount(rest)];
            }

            tuples[n] = TupleOf(bits);
        }

        return tuples;
    }

    static Tuple4 TupleOf(ulong bits) => new()
    {
        Src = 10 | ((uint)bits << 8), Dst = 0x010200c0, SrcPort = (ushort)(bits >> 24), DstPort = (ushort)(bits >> 40),
    };

    static uint Window(int bit)
    {
        ulong eight = 0;
        for (int n = 0; n < 8; n++)
        {
            eight = (eight << 8) | s_published[(bit / 8) + n];
        }

        return (uint)(eight << (bit % 8) >> 32);
    }
}
