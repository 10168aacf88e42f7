namespace Conntrack.Packets;

/// <summary>The sum of <see cref="Checksum"/> by 64-bit words, for processors without AVX2.</summary>
static unsafe class ChecksumScalar
{
    public static ulong Sum(byte* data, uint length)
    {
        ulong sum = 0;
        for (; length >= 8; data += 8, length -= 8)
        {
            ulong word = *(ulong*)data;
            sum += (uint)word + (word >> 32);
        }

        if ((length & 4) != 0)
        {
            sum += *(uint*)data;
            data += 4;
        }

        if ((length & 2) != 0)
        {
            sum += *(ushort*)data;
            data += 2;
        }

        // The byte that a zero follows is the low one of a word loaded little-endian.
        return (length & 1) != 0 ? sum + *data : sum;
    }
}
