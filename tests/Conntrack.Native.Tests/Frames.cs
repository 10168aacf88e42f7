using System.Runtime.InteropServices;

namespace Conntrack.Native.Tests;

/// <summary>Frames between managed bytes and mbufs.</summary>
static unsafe class Frames
{
    /// <summary>Bytes that differ from their neighbours and from those of another seed.</summary>
    public static byte[] Bytes(int length, int seed = 0) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31 + i / 251 + seed))];

    /// <summary>A frame of these segments.</summary>
    public static Mbuf* Chain(MbufPool pool, params byte[][] segments)
    {
        Mbuf* head = null, tail = null;
        foreach (byte[] bytes in segments)
        {
            Mbuf* segment;
            Assert.Equal(0, Mbufs.AllocateBulk(pool.Mempool, &segment, 1));
            bytes.CopyTo(new Span<byte>(segment->Data, segment->FreeBehind));
            segment->DataLength = (ushort)bytes.Length;
            if (head is null)
            {
                head = segment;
            }
            else
            {
                tail->Next = segment;
                head->SegmentCount++;
            }

            head->PacketLength += (uint)bytes.Length;
            tail = segment;
        }

        return head;
    }

    /// <summary>All bytes of a frame.</summary>
    public static byte[] Read(Mbuf* frame)
    {
        byte[] bytes = new byte[frame->PacketLength];
        int offset = 0;
        for (Mbuf* segment = frame; segment is not null; segment = segment->Next)
        {
            new ReadOnlySpan<byte>(segment->Data, segment->DataLength).CopyTo(bytes.AsSpan(offset));
            offset += segment->DataLength;
        }

        Assert.Equal(bytes.Length, offset);
        return bytes;
    }

    /// <summary>RFC 1071 by the book: the sum of 16-bit words in memory order, an odd byte padded with zero.</summary>
    public static ushort Sum(ReadOnlySpan<byte> bytes)
    {
        byte[] padded = new byte[(bytes.Length + 1) & ~1];
        bytes.CopyTo(padded);
        ulong sum = 0;
        foreach (ushort word in MemoryMarshal.Cast<byte, ushort>(padded))
            sum += word;
        while (sum >> 16 != 0)
            sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)sum;
    }
}
