using System.Buffers.Binary;
using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>
/// Reads just enough of a frame to say what connection it is of, apart from the parser under test. Untagged Ethernet, whole packets,
/// extension headers as RFC 8200 has them.
/// </summary>
readonly ref struct FrameTuple
{
    const int EthernetBytes = 14;

    FrameTuple(EntryKey key, ReadOnlySpan<byte> transport, bool isUnderWay, bool isCutOff)
    {
        Key = key;
        Transport = transport;
        IsUnderWay = isUnderWay;
        IsCutOff = isCutOff;
    }

    /// <summary>The tuple as the packet's own direction has it; ports only where the protocol has some.</summary>
    public EntryKey Key { get; }

    /// <summary>Transport header and data.</summary>
    public ReadOnlySpan<byte> Transport { get; }

    /// <summary>A routing header names addresses still to be visited.</summary>
    public bool IsUnderWay { get; }

    /// <summary>The last extension header says it is longer than what is there.</summary>
    public bool IsCutOff { get; }

    /// <summary>An ICMP or ICMPv6 message that quotes another packet.</summary>
    public bool IsIcmpError => !Transport.IsEmpty
        && (Key.Protocol == IpProtocol.Icmp ? Transport[0] is 3 or 4 or 5 or 11 or 12 : Key.Protocol == IpProtocol.Icmpv6 && Transport[0] < 128);

    /// <summary>TCP's flags; 0 for what is none.</summary>
    public byte TcpFlags => Key.Protocol == IpProtocol.Tcp && Transport.Length >= 20 ? Transport[13] : (byte)0;

    /// <summary>False for what is not IP, cut short, or a fragment.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out FrameTuple tuple)
    {
        tuple = default;
        if (frame.Length < EthernetBytes + 20)
        {
            return false;
        }

        int type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        ReadOnlySpan<byte> packet = frame[EthernetBytes..];
        if (type == 0x0800)
        {
            int header = (packet[0] & 15) * 4;
            int end = Math.Min(packet.Length, BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
            const int OffsetAndMore = 0x3fff;
            if (header > end || (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & OffsetAndMore) != 0)
            {
                return false;
            }

            tuple = Of(false, packet[9], packet[12..20], packet[header..end], false, false);
            return true;
        }

        if (type != 0x86dd || packet.Length < 40)
        {
            return false;
        }

        byte next = packet[6];
        bool underWay = false, cutOff = false;
        ReadOnlySpan<byte> rest = packet[40..Math.Min(packet.Length, 40 + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]))];
        while (next is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.DestinationOptions or IpProtocol.Authentication && rest.Length >= 8)
        {
            underWay |= next == IpProtocol.Routing && rest[3] != 0;
            int length = next == IpProtocol.Authentication ? (rest[1] + 2) * 4 : (rest[1] + 1) * 8;
            cutOff = length > rest.Length;
            next = rest[0];
            rest = rest[Math.Min(length, rest.Length)..];
        }

        tuple = Of(true, next, packet[8..40], rest, underWay, cutOff);
        return next != IpProtocol.Fragment;
    }

    /// <summary>What an ICMP error quotes; false for any other packet, and for a quotation that <see cref="TryRead"/> would not read as a packet.</summary>
    public bool TryReadQuoted(out FrameTuple quoted)
    {
        const int IcmpBytes = 8;
        quoted = default;
        byte[] type = Key.IsIpv6 ? [0x86, 0xdd] : [0x08, 0x00];
        return IsIcmpError && Transport.Length > IcmpBytes && TryRead((byte[])[.. new byte[12], .. type, .. Transport[IcmpBytes..]], out quoted);
    }

    static FrameTuple Of(bool ipv6, byte protocol, ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> transport, bool underWay, bool cutOff)
    {
        bool hasPorts = protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.UdpLite or IpProtocol.Sctp or IpProtocol.Dccp && transport.Length >= 4;
        int size = addresses.Length / 2;
        var tuple = new EntryTuple(
            Number(addresses[..size]),
            Number(addresses[size..]),
            hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(transport) : (ushort)0,
            hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(transport[2..]) : (ushort)0);
        return new FrameTuple(new EntryKey(ipv6, protocol, tuple), transport, underWay, cutOff);
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
