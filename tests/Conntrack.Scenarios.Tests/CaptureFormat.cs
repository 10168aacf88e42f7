using System.Buffers.Binary;
using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>
/// The formats of captures that exist in the world, written byte by byte with nothing shared with libpcap: pcap in both byte orders and
/// resolutions and of any link type (draft-ietf-opsawg-pcap), and pcapng (draft-ietf-opsawg-pcapng).
/// </summary>
static class CaptureFormat
{
    const int Ethernet = 1;
    const uint Microseconds = 0xa1b2_c3d4, Nanoseconds = 0xa1b2_3c4d;
    const int SnapLength = 262_144;

    /// <summary>A classic pcap file.</summary>
    public static byte[] Pcap(IEnumerable<CapturedFrame> frames, bool nanoseconds = true, bool bigEndian = false, int linkType = Ethernet)
    {
        ArgumentNullException.ThrowIfNull(frames);
        var file = new Writer(bigEndian);
        file.Word(nanoseconds ? Nanoseconds : Microseconds).Half(2).Half(4).Word(0).Word(0).Word(SnapLength).Word((uint)linkType);
        foreach (CapturedFrame frame in frames)
        {
            (long seconds, long rest) = Math.DivRem(frame.Nanoseconds, 1_000_000_000);
            file.Word((uint)seconds).Word((uint)(nanoseconds ? rest : rest / 1000))
                .Word((uint)frame.Bytes.Length).Word((uint)frame.WireLength).Bytes(frame.Bytes);
        }

        return file.ToArray();
    }

    /// <summary>A pcapng file of one section and one interface.</summary>
    /// <param name="frames">The frames.</param>
    /// <param name="decimals">Resolution of the times: 6 is the format's default and not written, 9 is nanoseconds.</param>
    /// <param name="bigEndian">Byte order of the section.</param>
    /// <param name="linkType">1 is Ethernet.</param>
    public static byte[] Pcapng(IEnumerable<CapturedFrame> frames, int decimals = 6, bool bigEndian = false, int linkType = Ethernet)
    {
        ArgumentNullException.ThrowIfNull(frames);
        var file = new Writer(bigEndian);
        file.Block(0x0a0d_0d0a, body => body.Word(0x1a2b_3c4d).Half(1).Half(0).Word(uint.MaxValue).Word(uint.MaxValue));
        file.Block(1, body =>
        {
            body.Half(linkType).Half(0).Word(SnapLength);
            if (decimals != 6)
            {
                // if_tsresol: the power of ten, padded to a word; then the end of options.
                body.Half(9).Half(1).Bytes([(byte)decimals, 0, 0, 0]).Word(0);
            }
        });
        long unit = (long)Math.Pow(10, 9 - decimals);
        foreach (CapturedFrame frame in frames)
        {
            ulong time = (ulong)(frame.Nanoseconds / unit);
            file.Block(6, body => body.Word(0).Word((uint)(time >> 32)).Word((uint)time)
                .Word((uint)frame.Bytes.Length).Word((uint)frame.WireLength)
                .Bytes(frame.Bytes).Bytes(new byte[(4 - (frame.Bytes.Length % 4)) % 4]));
        }

        return file.ToArray();
    }

    sealed class Writer(bool bigEndian)
    {
        readonly List<byte> _bytes = [];

        public Writer Word(uint value)
        {
            Span<byte> bytes = stackalloc byte[4];
            if (bigEndian)
            {
                BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            }

            _bytes.AddRange(bytes);
            return this;
        }

        public Writer Half(int value)
        {
            byte low = (byte)value, high = (byte)(value >> 8);
            _bytes.AddRange(bigEndian ? [high, low] : [low, high]);
            return this;
        }

        public Writer Bytes(byte[] bytes)
        {
            _bytes.AddRange(bytes);
            return this;
        }

        /// <summary>A pcapng block: type, length, body, length again.</summary>
        public void Block(uint type, Action<Writer> write)
        {
            var body = new Writer(bigEndian);
            write(body);
            uint length = (uint)body._bytes.Count + 12;
            Word(type).Word(length).Bytes(body.ToArray()).Word(length);
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
