using System.Numerics;
using System.Runtime.Intrinsics;

namespace Conntrack.Packets.Tests;

public sealed unsafe class FlowHashTests
{
    const int Samples = 4000;

    static readonly byte[] s_key = [.. Enumerable.Range(1, 64).Select(i => (byte)((i * 37) ^ (i * i)))];

    readonly FlowHash _hash = ParserHarness.Key();
    readonly Random _random = new(64);

    [Fact]
    public void Key_is_64_bytes() => Assert.Throws<ArgumentException>(() => new FlowHash(new byte[63]));

    [Fact]
    public void Fixed_vectors()
    {
        Assert.Equal(0x07a3_c9d7u, Hash4(0x0100_00c0, 0x0264_33c6, 0x409c, 0xbb01, 6));
        Assert.Equal(0x4f2b_7e5eu, Hash4(0x0264_33c6, 0x0100_00c0, 0x3412, 0x0308, 1));
        Assert.Equal(0x9851_2be2u, Hash6(Address(1), Address(2), 0x0004, 0x3500, 17));
        Assert.Equal(0x34d2_d186u, Hash6(Address(1), Address(2), 0x3412, 0x0380, 58));
    }

    [Fact]
    public void The_instruction_and_fips_197_agree()
    {
        for (int i = 0; i < Samples; i++)
        {
            (uint src, uint dst, ushort srcPort, ushort dstPort) = ((uint)_random.Next(), (uint)_random.Next(), Port(), Port());
            ushort zone = Port();
            Assert.Equal(Plain4(src, dst, srcPort, dstPort, 17, 0, 0, zone), Hash4(src, dst, srcPort, dstPort, 17, zone));

            // An echo request with some code: class 1, and whether the smaller address is the one that asks.
            byte side = (byte)(src < dst ? 3 : 2);
            byte code = (byte)dstPort;
            Assert.Equal(Plain4(src, dst, srcPort, srcPort, 1, side, code, zone), Hash4(src, dst, srcPort, (ushort)(8 | (code << 8)), 1, zone));

            Vector128<byte> a = Random128();
            Vector128<byte> b = Random128();
            Assert.Equal(Plain6(a, b, srcPort, dstPort, 6, zone), Hash6(a, b, srcPort, dstPort, 6, zone));
        }
    }

    [Fact]
    public void Both_directions_have_one_hash()
    {
        for (int i = 0; i < Samples; i++)
        {
            uint src = Choose((uint)_random.Next(), 7u);
            uint dst = Choose((uint)_random.Next(), src);
            ushort srcPort = Choose(Port(), (ushort)9);
            ushort dstPort = Choose(Port(), srcPort);
            Assert.Equal(Hash4(src, dst, srcPort, dstPort, 6), Hash4(dst, src, dstPort, srcPort, 6));

            Vector128<byte> a = Choose(Random128(), Address(3));
            Vector128<byte> b = Choose(Random128(), a);
            Vector128<byte> c = a.WithElement(_random.Next(16), (byte)_random.Next(256));
            Assert.Equal(Hash6(a, b, srcPort, dstPort, 17), Hash6(b, a, dstPort, srcPort, 17));
            Assert.Equal(Hash6(a, c, srcPort, dstPort, 17), Hash6(c, a, dstPort, srcPort, 17));
        }
    }

    [Theory]
    [InlineData(8, 0)]
    [InlineData(13, 14)]
    [InlineData(15, 16)]
    [InlineData(17, 18)]
    [InlineData(128, 129)]
    [InlineData(139, 140)]
    public void Halves_of_a_query_have_one_hash_and_the_peers_own_query_another(int asks, int answers)
    {
        for (int i = 0; i < Samples; i++)
        {
            ushort id = Port();
            int code = _random.Next(256) << 8;
            (ushort request, ushort reply) = ((ushort)(asks | code), (ushort)(answers | code));
            if (asks < 128)
            {
                (uint a, uint b) = ((uint)_random.Next(), (uint)_random.Next());
                Assert.Equal(Hash4(a, b, id, request, 1), Hash4(b, a, id, reply, 1));
                Assert.NotEqual(Hash4(a, b, id, request, 1), Hash4(b, a, id, request, 1));
                Assert.Equal(Hash4(a, a, id, request, 1), Hash4(a, a, id, reply, 1));
            }
            else
            {
                (Vector128<byte> a, Vector128<byte> b) = (Random128(), Random128());
                Assert.Equal(Hash6(a, b, id, request, 58), Hash6(b, a, id, reply, 58));
                Assert.NotEqual(Hash6(a, b, id, request, 58), Hash6(b, a, id, request, 58));
                Assert.Equal(Hash6(a, a, id, request, 58), Hash6(a, a, id, reply, 58));
            }
        }
    }

    [Fact]
    public void The_mirror_of_a_tuple_has_its_hash()
    {
        foreach (byte protocol in (byte[])[IpProtocol.Tcp, IpProtocol.Icmp])
        {
            PortPair ports = new() { SrcPort = 0x3412, DstPort = 0x0308 };
            PortPair mirror = IcmpQuery.Mirror4(ports, protocol);
            Assert.Equal(Hash4(1, 2, ports.SrcPort, ports.DstPort, protocol), Hash4(2, 1, mirror.SrcPort, mirror.DstPort, protocol));
        }
    }

    [Fact]
    public void Codes_and_kinds_of_queries_do_not_collide()
    {
        HashSet<uint> four = [];
        HashSet<uint> six = [];
        for (int code = 0; code < 256; code++)
        {
            Assert.All((int[])[8, 13, 15, 17], type => Assert.True(four.Add(Hash4(1, 2, 5, (ushort)(type | (code << 8)), 1))));
            Assert.All((int[])[128, 139], type => Assert.True(six.Add(Hash6(Address(1), Address(2), 5, (ushort)(type | (code << 8)), 58))));
        }
    }

    [Fact]
    public void Zone_protocol_and_port_pairing_count()
    {
        uint hash = Hash4(1, 2, 3, 4, 6);
        Assert.NotEqual(hash, Hash4(1, 2, 3, 4, 6, 1));
        Assert.NotEqual(hash, Hash4(1, 2, 3, 4, 17));
        Assert.NotEqual(hash, Hash4(1, 2, 4, 3, 6));
        uint six = Hash6(Address(1), Address(2), 3, 4, 6);
        Assert.NotEqual(six, Hash6(Address(1), Address(2), 3, 4, 6, 1));
        Assert.NotEqual(six, Hash6(Address(1), Address(2), 3, 4, 17));
        Assert.NotEqual(six, Hash6(Address(1), Address(2), 4, 3, 6));
    }

    /// <summary>Strict avalanche: whichever input bit flips, every output bit flips in half of the cases.</summary>
    [Fact]
    public void Every_input_bit_moves_every_output_bit_half_of_the_time()
    {
        // Five standard deviations of a fair coin over this many throws and all 12,288 cells fail once in 140 changes of key.
        double tolerance = 5 * 0.5 / Math.Sqrt(Samples);
        int[,] flips4 = new int[96, 32];
        int[,] flips6 = new int[288, 32];
        for (int i = 0; i < Samples; i++)
        {
            byte[] tuple4 = new byte[12];
            byte[] tuple6 = new byte[36];
            _random.NextBytes(tuple4);
            _random.NextBytes(tuple6);
            Count(flips4, tuple4, Hash4);
            Count(flips6, tuple6, Hash6);
        }

        Assert.All(flips4.Cast<int>(), flips => Assert.InRange((double)flips / Samples, 0.5 - tolerance, 0.5 + tolerance));
        Assert.All(flips6.Cast<int>(), flips => Assert.InRange((double)flips / Samples, 0.5 - tolerance, 0.5 + tolerance));

        static void Count(int[,] flips, byte[] tuple, Func<byte[], uint> hash)
        {
            uint before = hash(tuple);
            for (int bit = 0; bit < tuple.Length * 8; bit++)
            {
                tuple[bit / 8] ^= (byte)(1 << (bit % 8));
                uint changed = before ^ hash(tuple);
                tuple[bit / 8] ^= (byte)(1 << (bit % 8));
                for (; changed != 0; changed &= changed - 1)
                {
                    flips[bit, BitOperations.TrailingZeroCount(changed)]++;
                }
            }
        }
    }

    /// <summary>Tuples that count upwards, as hosts and port scans do, fill buckets as evenly as chance would.</summary>
    [Theory]
    [InlineData("source port")]
    [InlineData("source address")]
    [InlineData("both ports")]
    [InlineData("ipv6 interface identifier")]
    [InlineData("echo identifier")]
    public void Sequential_tuples_spread_over_the_low_and_the_high_bits(string counting)
    {
        const int Buckets = 4096;
        const int Tuples = 1 << 16;
        int[] low = new int[Buckets];
        int[] high = new int[Buckets];
        for (uint i = 0; i < Tuples; i++)
        {
            uint hash = counting switch
            {
                "source port" => Hash4(0x0a00_000a, 0x0100_00c0, Big((ushort)i), 0xbb01, 6),
                "source address" => Hash4(BinaryReverse(0x0a00_0000 + i), 0x0100_00c0, 0x0004, 0x3500, 17),
                "both ports" => Hash4(0x0a00_000a, 0x0100_00c0, Big((ushort)i), Big((ushort)i), 17),
                "ipv6 interface identifier" => Hash6(Address(i), Address(0xffff_ffff), 0x0004, 0x3500, 17),
                _ => Hash4(0x0a00_000a, 0x0100_00c0, Big((ushort)i), 0x0008, 1),
            };
            low[hash % Buckets]++;
            high[hash >> 20]++;
        }

        // With 4095 degrees of freedom chi-square has mean 4095 and deviation 90.5; five deviations either way.
        Assert.InRange(ChiSquare(low), 4095 - 453, 4095 + 453);
        Assert.InRange(ChiSquare(high), 4095 - 453, 4095 + 453);

        static double ChiSquare(int[] buckets) => buckets.Sum(count => Math.Pow(count - (Tuples / Buckets), 2) / (Tuples / Buckets));
    }

    static uint Plain4(uint src, uint dst, ushort srcPort, ushort dstPort, byte protocol, byte side, byte code, ushort zone)
    {
        ulong a = src | ((ulong)srcPort << 32);
        ulong b = dst | ((ulong)dstPort << 32);
        byte[] low = BitConverter.GetBytes(Math.Min(a, b));
        byte[] high = BitConverter.GetBytes(Math.Max(a, b));
        byte[] block = [.. low[..6], protocol, side, .. high[..4], (byte)(high[4] ^ code), high[5], .. BitConverter.GetBytes(zone)];
        return Finish(Xor(block, Key(0)));
    }

    static uint Plain6(Vector128<byte> src, Vector128<byte> dst, ushort srcPort, ushort dstPort, byte protocol, ushort zone)
    {
        byte[] a = [.. Enumerable.Range(0, 16).Select(i => src[i])];
        byte[] b = [.. Enumerable.Range(0, 16).Select(i => dst[i])];
        (ulong, ulong) first = (BitConverter.ToUInt64(a), BitConverter.ToUInt64(a, 8));
        (ulong, ulong) second = (BitConverter.ToUInt64(b), BitConverter.ToUInt64(b, 8));
        bool inOrder = first.CompareTo(second) <= 0;
        (byte[] low, byte[] high) = inOrder ? (a, b) : (b, a);
        (ushort lowPort, ushort highPort) = inOrder ? (srcPort, dstPort) : (dstPort, srcPort);
        byte[] rest =
        [
            .. BitConverter.GetBytes(lowPort), .. BitConverter.GetBytes(highPort), protocol, 0, .. BitConverter.GetBytes(zone), .. new byte[8],
        ];
        byte[] state = PlainAes.Round(PlainAes.Round(Xor(low, Key(0)), Key(1)), Key(2));
        state = PlainAes.Round(PlainAes.Round(Xor(state, high), Key(3)), Key(1));
        return Finish(Xor(state, rest));
    }

    static uint Finish(byte[] block) =>
        BitConverter.ToUInt32(PlainAes.Round(PlainAes.Round(PlainAes.Round(block, Key(1)), Key(2)), Key(3)));

    static byte[] Key(int round) => s_key[(16 * round)..((16 * round) + 16)];

    static byte[] Xor(byte[] left, byte[] right) => [.. left.Zip(right, (a, b) => (byte)(a ^ b))];

    /// <summary>2001:db8::host.</summary>
    static Vector128<byte> Address(uint host) => Vector128.Create(0xb80d_0120u, 0, 0, BinaryReverse(host)).AsByte();

    static ushort Big(ushort value) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value);

    static uint BinaryReverse(uint value) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value);

    uint Hash4(uint src, uint dst, ushort srcPort, ushort dstPort, byte protocol, ushort zone = 0)
    {
        Tuple4 tuple = new() { Src = src, Dst = dst, SrcPort = srcPort, DstPort = dstPort };
        return _hash.Hash4(tuple, protocol, zone);
    }

    uint Hash4(byte[] tuple) => Hash4(
        BitConverter.ToUInt32(tuple), BitConverter.ToUInt32(tuple, 4), BitConverter.ToUInt16(tuple, 8), BitConverter.ToUInt16(tuple, 10), 6);

    uint Hash6(Vector128<byte> src, Vector128<byte> dst, ushort srcPort, ushort dstPort, byte protocol, ushort zone = 0)
    {
        Addresses6 addresses = new() { Src = src, Dst = dst };
        return _hash.Hash6(&addresses, new PortPair { SrcPort = srcPort, DstPort = dstPort }, protocol, zone);
    }

    uint Hash6(byte[] tuple) => Hash6(
        Vector128.Create(tuple, 0), Vector128.Create(tuple, 16), BitConverter.ToUInt16(tuple, 32), BitConverter.ToUInt16(tuple, 34), 6);

    Vector128<byte> Random128()
    {
        byte[] bytes = new byte[16];
        _random.NextBytes(bytes);
        return Vector128.Create(bytes);
    }

    ushort Port() => (ushort)_random.Next(65536);

    T Choose<T>(T random, T special) => _random.Next(2) == 0 ? random : special;
}
