using System.Net;
using Conntrack.Testing;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Conntrack.Packets.Tests;

/// <summary>
/// What a frame means, written as the RFCs read: slices that check their bounds, big-endian numbers, one decision after the other.
/// Slow, and independent of everything the product does to be fast.
/// </summary>
static class ReferenceParser
{
    static readonly byte[] s_steppedOver = [0, 43, 44, 51, 60];
    static readonly string[] s_legalFlags = ["S", "SU", "SA", "R", "RA", "FA", "FAU", "A", "AU"];

    /// <summary>A single-segment frame whose NIC verified nothing.</summary>
    public static Parsed Parse(byte[] frame, ChecksumPolicy policy)
    {
        if (frame.Length < 14)
        {
            return new Parsed(DropReason.BadEthernetHeader, PacketFamily.NotIp, frame.Length);
        }

        int link = 14;
        for (int tags = 0; tags < 2 && Big16(frame, link - 2) is 0x8100 or 0x88a8 or 0x9100; tags++)
        {
            if (frame.Length < link + 4)
            {
                return new Parsed(DropReason.BadEthernetHeader, PacketFamily.NotIp, link);
            }

            link += 4;
        }

        byte[] packet = frame[link..];
        Parsed parsed = Big16(frame, link - 2) switch
        {
            0x0800 => Ipv4(packet, policy),
            0x86dd => Ipv6(packet, policy),
            _ => new Parsed(DropReason.None, PacketFamily.NotIp, 0),
        };
        return parsed with { LinkLength = link, TransportOffset = parsed.TransportOffset + link };
    }

    static Parsed Ipv4(byte[] packet, ChecksumPolicy policy)
    {
        Parsed bad = new(DropReason.BadIpHeader, PacketFamily.Ipv4, 0);
        if (packet.Length < 20 || packet[0] >> 4 != 4)
        {
            return bad;
        }

        int header = (packet[0] & 15) * 4;
        int total = Big16(packet, 2);
        if (header < 20 || header > packet.Length || total < header || total > packet.Length)
        {
            return bad;
        }

        if (policy == ChecksumPolicy.Verify && PlainChecksum.Internet(packet[..header]) != 0)
        {
            return bad with { Reason = DropReason.BadIpChecksum };
        }

        PacketMarks marks = header > 20 ? PacketMarks.Options : PacketMarks.None;
        bool more = (packet[6] & 0x20) != 0;
        bool later = (Big16(packet, 6) & 0x1fff) != 0;
        marks |= more || later ? PacketMarks.Fragment : PacketMarks.None;
        marks |= later ? PacketMarks.LaterFragment : PacketMarks.None;
        return Upper(PacketFamily.Ipv4, packet, header, total, packet[9], marks, policy == ChecksumPolicy.Verify);
    }

    static Parsed Ipv6(byte[] packet, ChecksumPolicy policy)
    {
        Parsed bad = new(DropReason.BadIpHeader, PacketFamily.Ipv6, 0);
        if (packet.Length < 40 || packet[0] >> 4 != 6)
        {
            return bad;
        }

        int total = 40 + Big16(packet, 4);
        byte next = packet[6];
        if (total > packet.Length || (total == 40 && next == 0))
        {
            return bad;
        }

        bool verify = policy == ChecksumPolicy.Verify;
        PacketMarks marks = PacketMarks.None;
        int offset = 40;
        while (s_steppedOver.Contains(next) && (marks & PacketMarks.LaterFragment) == 0)
        {
            byte[] rest = packet[offset..total];
            int length = rest.Length < 8 ? int.MaxValue : next switch { 44 => 8, 51 => (rest[1] + 2) * 4, _ => (rest[1] + 1) * 8 };
            marks |= PacketMarks.Options;
            if (length > rest.Length)
            {
                return new(DropReason.None, PacketFamily.Ipv6, 0, total, next, null, rest.Length, marks | PacketMarks.TransportMalformed);
            }

            if (next == 44 && Big16(rest, 2) >> 3 != 0)
            {
                marks |= PacketMarks.Fragment | PacketMarks.LaterFragment;
            }
            else if (next == 44 && (rest[3] & 1) != 0)
            {
                marks |= PacketMarks.Fragment;
            }

            verify &= !(next == 43 && rest[3] != 0) && !(next == 60 && Options(rest[2..length]).Contains((byte)201));
            next = rest[0];
            offset += length;
        }

        return Upper(PacketFamily.Ipv6, packet, offset, total, next, marks, verify);
    }

    static IEnumerable<byte> Options(byte[] area)
    {
        for (int i = 0; i < area.Length; i += area[i] == 0 ? 1 : i + 1 < area.Length ? 2 + area[i + 1] : area.Length)
        {
            yield return area[i];
        }
    }

    static Parsed Upper(PacketFamily family, byte[] packet, int offset, int total, byte protocol, PacketMarks marks, bool verify)
    {
        byte[] upper = packet[offset..total];
        bool later = (marks & PacketMarks.LaterFragment) != 0;
        Parsed parsed = new(DropReason.None, family, 0, total, protocol, upper.Length == 0 || protocol == 59 || later ? null : offset, upper.Length, marks);
        if (later)
        {
            return parsed;
        }

        bool whole = (marks & PacketMarks.Fragment) == 0;
        bool six = family == PacketFamily.Ipv6;
        byte[] pseudo = Pseudo(six, packet, protocol);
        int shortest = !whole ? 8 : protocol switch
        {
            6 => 20,
            17 or 136 => 8,
            132 => 16,
            33 => 12,
            1 when !six => 8,
            58 when six => 8,
            _ => 0,
        };
        bool meaningless = (six && protocol is 1 or 59) || (!six && protocol == 58);
        if (upper.Length < shortest || (whole && meaningless))
        {
            return parsed with { Marks = marks | PacketMarks.TransportMalformed };
        }

        if (protocol is 6 or 17 or 33 or 132 or 136)
        {
            parsed = parsed with { SourcePort = Big16(upper, 0), DestinationPort = Big16(upper, 2) };
            parsed = protocol == 6 && upper.Length > 13 ? parsed with { TcpFlags = upper[13] } : parsed;
        }
        else if (whole && protocol == 47 && upper.Length >= 8 && (upper[1] & 7) == 1)
        {
            return Big16(upper, 2) == 0x880b
                ? parsed with { DestinationPort = Big16(upper, 6) }
                : parsed with { Marks = marks | PacketMarks.TransportMalformed };
        }
        else if ((protocol == 1 && !six) || (protocol == 58 && six))
        {
            parsed = Icmp(parsed, upper, six);
        }

        if (!whole)
        {
            return parsed;
        }

        (bool malformed, bool good) = protocol switch
        {
            6 => (upper[12] >> 4 < 5 || (upper[12] >> 4) * 4 > upper.Length || !s_legalFlags.Contains(Letters(upper[13])), Good(pseudo, upper, upper.Length)),
            17 => Udp(pseudo, upper),
            136 => UdpLite(pseudo, upper),
            132 => (false, GoodSctp(upper)),
            33 => Dccp(pseudo, upper),
            1 when !six => (false, Good([], upper, -1)),
            58 when six => (false, Good(pseudo, upper, upper.Length)),
            _ => (false, true),
        };
        PacketMarks verdict = malformed ? PacketMarks.TransportMalformed : verify && !good ? PacketMarks.TransportChecksumBad : PacketMarks.None;
        return parsed with { Marks = parsed.Marks | verdict };
    }

    static Parsed Icmp(Parsed parsed, byte[] upper, bool six)
    {
        byte type = upper[0];
        bool asks = six ? type is 128 or 139 : type is 8 or 13 or 15 or 17;
        bool answers = six ? type is 129 or 140 : type is 0 or 14 or 16 or 18;
        bool error = six ? type < 128 : type is 3 or 4 or 5 or 11 or 12;
        bool discovery = six && type is (>= 130 and <= 136) or 143 or 151 or 152;
        PacketMarks marks = asks ? PacketMarks.IcmpQuery
            : answers ? PacketMarks.IcmpQuery | PacketMarks.IcmpReply
            : error ? PacketMarks.IcmpError
            : discovery ? PacketMarks.NeighbourDiscovery
            : PacketMarks.None;
        parsed = parsed with { Marks = parsed.Marks | marks };
        return asks || answers ? parsed with { SourcePort = Big16(upper, 4), DestinationPort = Big16(upper, 0) } : parsed;
    }

    static (bool Malformed, bool Good) Udp(byte[] pseudo, byte[] upper)
    {
        int length = Big16(upper, 4);
        if (length < 8 || length > upper.Length)
        {
            return (true, false);
        }

        return (false, Big16(upper, 6) == 0 || Good(pseudo, upper[..length], length));
    }

    static (bool Malformed, bool Good) UdpLite(byte[] pseudo, byte[] upper)
    {
        int coverage = Big16(upper, 4) == 0 ? upper.Length : Big16(upper, 4);
        return coverage < 8 || coverage > upper.Length
            ? (true, false)
            : (false, Big16(upper, 6) != 0 && Good(pseudo, upper[..coverage], upper.Length));
    }

    static (bool Malformed, bool Good) Dccp(byte[] pseudo, byte[] upper)
    {
        int header = upper[4] * 4;
        int coverage = (upper[5] & 15) == 0 ? upper.Length : header + (((upper[5] & 15) - 1) * 4);
        bool extended = (upper[8] & 1) != 0;
        return header < (extended ? 16 : 12) || header > upper.Length || coverage > upper.Length || ((upper[8] >> 1) & 15) > 9
            ? (true, false)
            : (false, Good(pseudo, upper[..coverage], upper.Length));
    }

    static bool GoodSctp(byte[] upper)
    {
        byte[] zeroed = [.. upper[..8], 0, 0, 0, 0, .. upper[12..]];
        return PlainChecksum.Crc32c(zeroed) == ReadUInt32LittleEndian(upper.AsSpan(8));
    }

    static byte[] Pseudo(bool six, byte[] packet, byte protocol) =>
        six ? [.. packet[8..40], 0, 0, 0, protocol] : [.. packet[12..20], 0, protocol];

    static bool Good(byte[] pseudo, byte[] covered, int length)
    {
        byte[] size = BitConverter.GetBytes(IPAddress.HostToNetworkOrder(length));
        return PlainChecksum.Internet(pseudo, length < 0 ? [] : size, covered) == 0;
    }

    static string Letters(byte flags) =>
        string.Concat("FSRPAUEC".Where((letter, bit) => ((flags >> bit) & 1) != 0 && letter is not ('P' or 'E' or 'C')));

    static int Big16(byte[] bytes, int offset) => ReadUInt16BigEndian(bytes.AsSpan(offset));
}
