using System.Runtime.Intrinsics;
using Conntrack.Native;
using Conntrack.Testing;

namespace Conntrack.Packets.Tests;

public sealed unsafe class ChecksumTests : IDisposable
{
    readonly GuardedMemory _memory = new(70_000);
    readonly PacketBuffer _buffer = new(70_000);
    readonly Random _random = new(1071);

    public static TheoryData<string> Variants => ["chosen", "avx2", "scalar"];

    public void Dispose()
    {
        _memory.Dispose();
        _buffer.Dispose();
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_length_sums_as_the_rfc_says(string variant)
    {
        for (int length = 0; length <= 600; length++)
        {
            byte[] data = Data(length);
            Assert.Equal(PlainChecksum.Internet(data), Sum(variant, _memory.PlaceLast(data), length));
            Assert.Equal(PlainChecksum.Internet(data), Sum(variant, _memory.PlaceFirst(data), length));
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void The_largest_sum_loses_no_carry(string variant)
    {
        byte[] ones = [.. Enumerable.Repeat((byte)0xff, 65535)];
        Assert.Equal(PlainChecksum.Internet(ones), Sum(variant, _memory.PlaceLast(ones), ones.Length));
        Assert.Equal(0xffff, Sum(variant, _memory.PlaceLast(new byte[65535]), 65535));
    }

    [Fact]
    public void The_example_of_rfc_1071()
    {
        byte[] data = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        Assert.Equal(0x220d, Sum("chosen", _memory.PlaceLast(data), data.Length));
    }

    [Fact]
    public void Chains_sum_as_one_piece_wherever_they_are_cut()
    {
        byte[] data = Data(300);
        for (int cut = 0; cut <= data.Length; cut++)
        {
            int second = Math.Min(cut + _random.Next(9), data.Length);
            int offset = _random.Next(data.Length);
            int length = _random.Next(data.Length - offset + 1);
            Mbuf* mbuf = _buffer.Load(data, cut, second)->Mbuf;
            ushort sum = Checksum.Finish(Checksum.Sum(mbuf, (uint)offset, (uint)length));
            Assert.Equal(PlainChecksum.Internet(data[offset..(offset + length)]), Big(sum));
        }
    }

    [Fact]
    public void A_chain_that_ends_early_is_summed_as_far_as_it_goes()
    {
        byte[] data = Data(99);
        Mbuf* mbuf = _buffer.Load(data, 50)->Mbuf;
        Assert.Equal(PlainChecksum.Internet(data[10..]), Big(Checksum.Finish(Checksum.Sum(mbuf, 10, 5000))));
    }

    [Theory]
    [InlineData(0ul, 0)]
    [InlineData(0xfffful, 0xffff)]
    [InlineData(0x1_0000ul, 1)]
    [InlineData(0x1_fffful, 1)]
    [InlineData(0xffff_fffful, 0xffff)]
    [InlineData(0x1_0000_0000ul, 1)]
    [InlineData(0xffff_ffff_ffff_fffful, 0xffff)]
    [InlineData(0xffff_ffff_0000_0001ul, 1)]
    public void Folding(ulong sum, int expected) => Assert.Equal(expected, Checksum.Fold(sum));

    [Fact]
    public void Random_sums_fold_to_their_remainder()
    {
        for (int i = 0; i < 100_000; i++)
        {
            ulong sum = (ulong)_random.NextInt64() << _random.Next(2);
            ushort folded = Checksum.Fold(sum);
            Assert.Equal(sum % 0xffff, folded % 0xfffful);
            Assert.Equal(sum == 0, folded == 0);
        }
    }

    [Fact]
    public void Pseudo_headers()
    {
        byte[] four = Data(8);
        ulong addresses = BitConverter.ToUInt64(four);
        Assert.Equal(
            PlainChecksum.Internet(four, [0, 17, 0x12, 0x34]), Big(Checksum.Finish(Checksum.PseudoHeader4(addresses, 17, 0x1234))));

        byte[] six = Data(32);
        Assert.Equal(
            PlainChecksum.Internet(six, [0, 0, 0xab, 0xcd, 0, 0, 0, 6]),
            Big(Checksum.Finish(Checksum.PseudoHeader6((Addresses6*)_memory.PlaceLast(six), 6, 0xabcd))));
    }

    [Fact]
    public void Updating_gives_what_computing_anew_gives()
    {
        for (int i = 0; i < 50_000; i++)
        {
            byte[] header = Data(40);
            byte[] changed = [.. header];
            int field = 2 * _random.Next(12);
            int width = _random.Next(3) switch { 0 => 2, 1 => 4, _ => 16 };
            _random.NextBytes(changed.AsSpan(field, width));

            // Fields of all zeros and all ones are where RFC 1141 went wrong.
            if (_random.Next(4) == 0)
            {
                changed.AsSpan(field, width).Fill((byte)(_random.Next(2) * 0xff));
            }

            if (_random.Next(4) == 0)
            {
                header.AsSpan(field, width).Fill((byte)(_random.Next(2) * 0xff));
            }

            ushort before = Big(PlainChecksum.Internet(header));
            ushort delta = width switch
            {
                2 => ChecksumUpdate.Delta16(BitConverter.ToUInt16(header, field), BitConverter.ToUInt16(changed, field)),
                4 => ChecksumUpdate.Delta32(BitConverter.ToUInt32(header, field), BitConverter.ToUInt32(changed, field)),
                _ => ChecksumUpdate.Delta128(Vector128.Create(header, field), Vector128.Create(changed, field)),
            };
            Assert.Equal(PlainChecksum.Internet(changed), Big(ChecksumUpdate.Apply(before, delta)));
        }
    }

    [Fact]
    public void The_example_of_rfc_1624()
    {
        // Section 4: HC = 0xdd2f, m = 0x5555, m' = 0x3285 gives 0x0000, where RFC 1141 gave 0xffff.
        Assert.Equal(0, ChecksumUpdate.Apply(Big(0xdd2f), ChecksumUpdate.Delta16(Big(0x5555), Big(0x3285))));
    }

    [Fact]
    public void Every_16_bit_change_of_a_word()
    {
        byte[] data = [0x45, 0, 0, 0];
        for (int before = 0; before < 65536; before += 7)
        {
            for (int after = 0; after < 65536; after += 4099)
            {
                byte[] old = [.. data[..2], (byte)(before >> 8), (byte)before];
                byte[] now = [.. data[..2], (byte)(after >> 8), (byte)after];
                ushort delta = ChecksumUpdate.Delta16(Big((ushort)before), Big((ushort)after));
                Assert.Equal(PlainChecksum.Internet(now), Big(ChecksumUpdate.Apply(Big(PlainChecksum.Internet(old)), delta)));
            }
        }
    }

    [Fact]
    public void Deltas_add_up()
    {
        for (int i = 0; i < 10_000; i++)
        {
            byte[] before = Data(20);
            byte[] after = Data(20);
            ushort address = ChecksumUpdate.Delta32(BitConverter.ToUInt32(before, 0), BitConverter.ToUInt32(after, 0));
            ushort port = ChecksumUpdate.Delta16(BitConverter.ToUInt16(before, 8), BitConverter.ToUInt16(after, 8));
            byte[] changed = [.. after[..4], .. before[4..8], .. after[8..10], .. before[10..]];
            ushort updated = ChecksumUpdate.Apply(Big(PlainChecksum.Internet(before)), ChecksumUpdate.Combine(address, port));
            Assert.Equal(PlainChecksum.Internet(changed), Big(updated));
        }
    }

    [Fact]
    public void Udp_never_sends_a_computed_zero()
    {
        Assert.Equal(0xffff, Checksum.ForUdp(0));
        Assert.Equal(1, Checksum.ForUdp(1));
    }

    [Fact]
    public void Crc32c_of_the_check_string()
    {
        // The check value of CRC-32C in every catalogue is 0xe3069283 for "123456789".
        Assert.Equal(0xe306_9283u, PlainChecksum.Crc32c("123456789"u8.ToArray()));
    }

    [Fact]
    public void Crc32c_over_segments()
    {
        for (int length = 12; length < 200; length++)
        {
            byte[] data = Data(length);
            byte[] zeroed = [.. data[..8], 0, 0, 0, 0, .. data[12..]];
            uint expected = PlainChecksum.Crc32c(zeroed);
            for (int cut = 12; cut <= length; cut += 5)
            {
                Assert.Equal(expected, Crc32c.OfSctp(_buffer.Load(data, cut, Math.Min(cut + 3, length))->Mbuf, 0, (uint)length));
            }
        }
    }

    static int Sum(string variant, byte* data, int length) => Big(Checksum.Finish(variant switch
    {
        "avx2" => ChecksumAvx2.Sum(data, (uint)length),
        "scalar" => ChecksumScalar.Sum(data, (uint)length),
        _ => Checksum.Sum(data, (uint)length),
    }));

    static ushort Big(ushort value) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value);

    byte[] Data(int length)
    {
        byte[] data = new byte[length];
        _random.NextBytes(data);
        return data;
    }
}
