namespace Conntrack.Testing;

/// <summary>Checksums written for being obviously right: bit by bit, word by word, nothing shared with the product.</summary>
public static class PlainChecksum
{
    /// <summary>RFC 1071 over the concatenation of the parts, as the number to be written big-endian into the field.</summary>
    public static ushort Internet(params byte[][] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        byte[] data = [.. parts.SelectMany(part => part)];
        uint sum = 0;
        for (int i = 0; i < data.Length; i += 2)
        {
            int low = i + 1 < data.Length ? data[i + 1] : 0;
            sum += (uint)((data[i] << 8) | low);
            if (sum > 0xffff)
            {
                sum -= 0xffff;
            }
        }

        return (ushort)~sum;
    }

    /// <summary>CRC32c (Castagnoli, reflected), RFC 9260 appendix A.</summary>
    public static uint Crc32c(byte[] data)
    {
        ArgumentNullException.ThrowIfNull(data);
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f6_3b78u : crc >> 1;
            }
        }

        return ~crc;
    }
}
