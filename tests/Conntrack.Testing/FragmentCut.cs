using System.Buffers.Binary;

namespace Conntrack.Testing;

/// <summary>Cuts a whole frame into fragments as a sender or a router on the way would; any piece may be asked for, also what nobody would send.</summary>
public static class FragmentCut
{
    const int FragmentHeader = 8;

    /// <summary>The fragments of a frame, each with this many bytes of payload at most, in order.</summary>
    public static byte[][] Every(int payload, byte[] frame, uint id = 0x1234_5678, int unfragmentable = 0)
    {
        int length = PayloadOf(frame, unfragmentable).Length;
        return
        [
            .. Enumerable.Range(0, (length + payload - 1) / payload)
                .Select(i => Piece(frame, i * payload, Math.Min(payload, length - (i * payload)), id, unfragmentable)),
        ];
    }

    /// <summary>One fragment: payload bytes from <paramref name="offset"/> on.</summary>
    /// <param name="frame">An Ethernet frame without padding, tagged or not, of IPv4 or IPv6.</param>
    /// <param name="offset">A multiple of eight.</param>
    /// <param name="length">Any number of bytes, also beyond the end: zeros follow there.</param>
    /// <param name="id">Identification, of which IPv4 takes 16 bits.</param>
    /// <param name="unfragmentable">IPv6: bytes of extension headers that are in every fragment.</param>
    /// <param name="more">Instead of what the end of the payload says.</param>
    public static byte[] Piece(byte[] frame, int offset, int length, uint id = 0x1234_5678, int unfragmentable = 0, bool? more = null)
    {
        ArgumentNullException.ThrowIfNull(frame);
        byte[] payload = PayloadOf(frame, unfragmentable);
        byte[] data = [.. Enumerable.Range(offset, length).Select(i => i < payload.Length ? payload[i] : (byte)0)];
        bool moreFollow = more ?? offset + length < payload.Length;
        byte[] head = frame[..^payload.Length];
        int ip = LinkOf(frame);
        if (!IsIpv6(frame))
        {
            int field = (BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(ip + 6)) & 0x4000) | (moreFollow ? 0x2000 : 0) | (offset / 8);
            head.WithBig16(ip + 2, head.Length - ip + length).WithBig16(ip + 4, (ushort)id).WithBig16(ip + 6, field).WithBig16(ip + 10, 0);
            head.WithBig16(ip + 10, PlainChecksum.Internet(head[ip..]));
            return [.. head, .. data];
        }

        // The header that named the payload names the fragment header now.
        int named = ip + 6;
        for (int at = ip + 40; at < head.Length; at += (head[at + 1] + 1) * 8)
        {
            named = at;
        }

        byte next = head[named];
        head[named] = 44;
        head.WithBig16(ip + 4, unfragmentable + FragmentHeader + length);
        return [.. head, next, 0, .. Bytes.Big16(offset | (moreFollow ? 1 : 0)), .. Bytes.Big32(id), .. data];
    }

    /// <summary>What is cut: everything behind the IPv4 header, or behind the IPv6 header and so many bytes of extension headers.</summary>
    public static byte[] PayloadOf(byte[] frame, int unfragmentable = 0)
    {
        ArgumentNullException.ThrowIfNull(frame);
        int ip = LinkOf(frame);
        return frame[(ip + (IsIpv6(frame) ? 40 + unfragmentable : (frame[ip] & 15) * 4))..];
    }

    static bool IsIpv6(byte[] frame) => frame[LinkOf(frame)] >> 4 == 6;

    static int LinkOf(byte[] frame)
    {
        int at = 12;
        while ((frame[at], frame[at + 1]) is (0x81, 0) or (0x88, 0xa8) or (0x91, 0))
        {
            at += 4;
        }

        return at + 2;
    }
}
