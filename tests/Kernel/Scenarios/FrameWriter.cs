using System.Buffers.Binary;
using System.Globalization;
using Conntrack.Testing;

namespace Conntrack.Kernel.Scenarios;

/// <summary>From a <see cref="PacketLine"/> to bytes: transport, then fragment or whole, then IP, then Ethernet.</summary>
static class FrameWriter
{
    const int EthernetBytes = 14;
    const int Ipv6Bytes = 40;

    /// <param name="line">The packet.</param>
    /// <param name="run">Added to the ids of fragments: what an earlier scenario left in the kernel's queues must not meet this one's.</param>
    public static byte[] Write(PacketLine line, int run = 0)
    {
        if (line.Protocol == "arp")
        {
            return new Frame().Arp(line.Source, line.Destination).ToBytes();
        }

        byte[] bytes = line.Value("frag") is string range ? Fragment(line, range, run) : Whole(line, Link(line)).ToBytes();
        if (line.OptionalNumber("flip") is long bit)
        {
            bytes[(int)(bit / 8)] ^= (byte)(1 << (int)(bit % 8));
        }

        return line.OptionalNumber("cut") is long length ? bytes[..Math.Min(bytes.Length, (int)length)] : bytes;
    }

    /// <summary>What an ICMP error quotes: the packet from its IP header on, as many bytes as asked for.</summary>
    static byte[] Quote(PacketLine line)
    {
        byte[] packet = Write(line.Quoted!)[EthernetBytes..];
        return packet[..Math.Min(packet.Length, line.Number("quote", line.IsIpv6 ? Ipv6Bytes + 1000 : 20 + 500))];
    }

    static Frame Link(PacketLine line)
    {
        byte[] destination = line.Value("mac") switch
        {
            null => [0x02, 0, 0, 0, 0, 0x01],
            "broadcast" => [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            "multicast" => line.IsIpv6 ? [0x33, 0x33, 0, 0, 0, 1] : [0x01, 0, 0x5e, 0, 0, 1],
            string other => Convert.FromHexString(other),
        };
        var frame = new Frame(destination, [0x02, 0, 0, 0, 0, (byte)(0xaa + line.Side)]);
        if (line.OptionalNumber("vlan") is long tag)
        {
            frame.Vlan((int)tag);
        }

        if (line.OptionalNumber("type") is long type)
        {
            frame.Type((int)type);
        }

        if (line.OptionalNumber("pad") is long padding)
        {
            frame.Padding((int)padding);
        }

        return frame;
    }

    static Frame Whole(PacketLine line, Frame frame)
    {
        if (line.IsIpv6)
        {
            frame.Ipv6(
                line.Source, line.Destination, line.Number("ttl", 64), version: line.Number("version", 6),
                payloadLength: (int?)line.OptionalNumber("iplen"), nextHeader: (byte?)line.OptionalNumber("next"));
            Extensions(line, frame);
        }
        else
        {
            frame.Ipv4(
                line.Source, line.Destination, Options(line.Value("ipopt")), id: line.Number("id4", 0x1234), timeToLive: line.Number("ttl", 64),
                dontFragment: line.Has("df"), version: line.Number("version", 4), headerWords: (int?)line.OptionalNumber("ihl"),
                totalLength: (int?)line.OptionalNumber("iplen"), protocol: (byte?)line.OptionalNumber("next"),
                checksum: line.Has("badipsum") ? 0x0bad : null);
        }

        return Transports.Add(line, frame, line.Quoted == null ? [] : Quote(line));
    }

    static void Extensions(PacketLine line, Frame frame)
    {
        foreach (string header in line.Value("ext")?.Split(',') ?? [])
        {
            switch (header)
            {
                case "hop":
                    frame.HopByHop();
                    break;
                case "dst":
                    frame.DestinationOptions();
                    break;
                case "route":
                    frame.Routing(2, 0, "2001:db8::99");
                    break;
                case "visit":
                    frame.Routing(2, 1, "2001:db8::99");
                    break;
                case "ah":
                    frame.Authentication();
                    break;
                case "frag":
                    // An atomic fragment (RFC 6946): the header alone, nothing is missing.
                    frame.Fragment(0, moreFragments: false);
                    break;
                default:
                    throw new FormatException($"'{line.Text}': extension header {header}");
            }
        }
    }

    static byte[] Options(string? names) => names switch
    {
        null => [],
        "nop" => [1, 1, 1, 1],
        "alert" => [0x94, 4, 0, 0],
        "rr" => [7, 7, 4, 0, 0, 0, 0, 0],
        "ts" => [0x44, 8, 5, 0, 0, 0, 0, 0],
        "lsrr" => [0x83, 7, 4, 203, 0, 113, 9, 0],
        "long" => [0x44, 40, 5, 0],
        _ => throw new FormatException($"IP options {names}"),
    };

    /// <summary>
    /// <c>frag=0-1480</c>: these bytes of what IP carries (for IPv6, of what follows its header). More fragments follow unless it reaches
    /// the end; <c>mf</c> and <c>last</c> say otherwise.
    /// </summary>
    static byte[] Fragment(PacketLine line, string range, int run)
    {
        string[] ends = range.Split('-');
        byte[] whole = Whole(line, Link(line)).ToBytes();
        int header = EthernetBytes + (line.IsIpv6 ? Ipv6Bytes : (whole[EthernetBytes] & 15) * 4);
        byte[] payload = whole[header..];
        byte protocol = whole[EthernetBytes + (line.IsIpv6 ? 6 : 9)];
        int first = int.Parse(ends[0], CultureInfo.InvariantCulture);
        int end = ends[1].Length == 0 ? payload.Length : int.Parse(ends[1], CultureInfo.InvariantCulture);
        bool more = line.Has("mf") || (end < payload.Length && !line.Has("last"));
        byte[] data = payload[Math.Min(first, payload.Length)..Math.Min(end, payload.Length)];
        if (line.Has("other"))
        {
            // Overlapping fragments are told apart by what they say of the same bytes.
            Array.Fill(data, (byte)0xcc);
        }

        Frame frame = Link(line);
        return line.IsIpv6
            ? frame.Ipv6(line.Source, line.Destination, line.Number("ttl", 64))
                .Fragment(first, more, (uint)(line.Number("id", 7) + (run << 8)), protocol).Data(data).ToBytes()
            : frame.Ipv4(
                line.Source, line.Destination, fragmentOffset: first, moreFragments: more, id: (line.Number("id", 7) + (run << 8)) & 0xffff,
                timeToLive: line.Number("ttl", 64), protocol: protocol, dontFragment: line.Has("df")).Data(data).ToBytes();
    }

    public static byte[] Big32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
