using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>Reads just enough of a frame to say whose TCP segment it is.</summary>
static class TcpSegments
{
    const int EthernetBytes = 14;

    /// <summary>Tuple and flags of an unfragmented TCP segment without extension headers; null for anything else.</summary>
    public static EntryKey? Of(ReadOnlySpan<byte> frame, out byte flags)
    {
        flags = 0;
        bool ipv6 = frame.Length > 67 && frame[12] == 0x86;
        if (frame.Length < 54 || frame[ipv6 ? 20 : 23] != IpProtocol.Tcp)
        {
            return null;
        }

        int transport = ipv6 ? EthernetBytes + 40 : EthernetBytes + ((frame[EthernetBytes] & 15) * 4);
        int addresses = ipv6 ? 22 : 26;
        int size = ipv6 ? 16 : 4;
        if (frame.Length < transport + 20)
        {
            return null;
        }

        flags = frame[transport + 13];
        return new EntryKey(ipv6, IpProtocol.Tcp, new EntryTuple(
            Number(frame.Slice(addresses, size)),
            Number(frame.Slice(addresses + size, size)),
            (ushort)Number(frame.Slice(transport, 2)),
            (ushort)Number(frame.Slice(transport + 2, 2))));
    }

    static UInt128 Number(ReadOnlySpan<byte> bytes)
    {
        UInt128 number = 0;
        foreach (byte value in bytes)
        {
            number = (number << 8) | value;
        }

        return number;
    }
}
