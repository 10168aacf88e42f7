using System.Runtime.Intrinsics.X86;
using Conntrack.Native;

namespace Conntrack.Packets;

/// <summary>CRC32c as SCTP uses it (RFC 9260 6.8): over the whole packet with the checksum field taken for zero.</summary>
static unsafe class Crc32c
{
    const int FieldOffset = 8;
    const int FieldSize = 4;

    /// <summary>The value the field should hold, for an SCTP packet that may continue in further segments.</summary>
    /// <param name="segment">The segment that holds the common header.</param>
    /// <param name="offset">Where the common header begins in it.</param>
    /// <param name="length">Bytes of the SCTP packet, at least those of the common header.</param>
    public static uint OfSctp(Mbuf* segment, uint offset, uint length)
    {
        byte* header = segment->Data + offset;
        uint crc = Bytes(uint.MaxValue, header, FieldOffset);
        crc = Sse42.Crc32(crc, 0u);
        offset += FieldOffset + FieldSize;
        length -= FieldOffset + FieldSize;
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
                crc = Bytes(crc, segment->Data + offset, part);
                length -= part;
                offset = 0;
            }

            segment = segment->Next;
        }

        return ~crc;
    }

    static uint Bytes(uint crc, byte* data, uint length)
    {
        ulong wide = crc;
        for (; length >= 8; data += 8, length -= 8)
        {
            wide = Sse42.X64.Crc32(wide, *(ulong*)data);
        }

        crc = (uint)wide;
        for (; length != 0; data++, length--)
        {
            crc = Sse42.Crc32(crc, *data);
        }

        return crc;
    }
}
