using System.Buffers.Binary;
using Conntrack.Packets;

namespace Conntrack.Kernel.Ours;

/// <summary>
/// Which of several workers a device gives a frame to: by addresses and ports where a whole TCP or UDP header follows the IP header at once, else
/// by addresses alone, the same for both directions. So an error comes to another worker than what it is about, a fragment to another one than
/// whole packets, and an answer to what was translated wherever it likes.
/// </summary>
static class ReceiveSideScaling
{
    const int Ethernet = 14;

    public static int WorkerOf(ReadOnlySpan<byte> frame, int workers)
    {
        if (workers == 1 || frame.Length <= Ethernet)
        {
            return 0;
        }

        ReadOnlySpan<byte> ip = frame[Ethernet..];
        bool isIpv6 = ip[0] >> 4 == 6;
        if (ip.Length < (isIpv6 ? 40 : 20))
        {
            return 0;
        }

        int addresses = isIpv6 ? 8 : 12, length = isIpv6 ? 16 : 4;
        uint hash = Fold(ip.Slice(addresses, length)) ^ Fold(ip.Slice(addresses + length, length));
        int header = isIpv6 ? 40 : (ip[0] & 15) * 4;
        bool isFragment = !isIpv6 && (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3fff) != 0;
        if ((isIpv6 ? ip[6] : ip[9]) is IpProtocol.Tcp or IpProtocol.Udp && !isFragment && ip.Length >= header + 4)
        {
            hash ^= (uint)(BinaryPrimitives.ReadUInt16BigEndian(ip[header..]) ^ BinaryPrimitives.ReadUInt16BigEndian(ip[(header + 2)..]));
        }

        return (int)((hash * 2654435761u >> 16) % (uint)workers);
    }

    static uint Fold(ReadOnlySpan<byte> address)
    {
        uint folded = 0;
        for (int at = 0; at < address.Length; at += 4)
        {
            folded ^= BinaryPrimitives.ReadUInt32BigEndian(address[at..]);
        }

        return folded;
    }
}
