using System.Buffers.Binary;

namespace Conntrack.Kernel.Comparing;

/// <summary>The IP packet of a frame, as it can be compared across a router: without link header and padding, its hop given back.</summary>
static class IpPacket
{
    const int EthernetBytes = 14;

    /// <param name="frame">From the Ethernet header on.</param>
    /// <param name="hops">Routers it has passed.</param>
    /// <returns>The packet; the whole frame when it is none.</returns>
    public static byte[] Of(ReadOnlySpan<byte> frame, int hops)
    {
        if (frame.Length <= EthernetBytes)
        {
            return frame.ToArray();
        }

        int type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        ReadOnlySpan<byte> packet = frame[EthernetBytes..];
        if (type == 0x0800 && packet.Length >= 20)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
            byte[] bytes = packet[..Math.Min(length, packet.Length)].ToArray();
            if (hops != 0)
            {
                bytes[8] += (byte)hops;
                Checksum(bytes);
            }

            return bytes;
        }

        if (type == 0x86dd && packet.Length >= 40)
        {
            int length = 40 + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
            byte[] bytes = packet[..Math.Min(length, packet.Length)].ToArray();
            bytes[7] += (byte)hops;
            return bytes;
        }

        return frame.ToArray();
    }

    /// <summary>A router only passes on headers that were right, so a right one is what the hop before had.</summary>
    static void Checksum(byte[] packet)
    {
        packet[10] = packet[11] = 0;
        uint sum = 0;
        for (int i = 0; i < (packet[0] & 15) * 4; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(i));
        }

        sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), (ushort)~(sum + (sum >> 16)));
    }
}
