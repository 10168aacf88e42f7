using System.Globalization;
using Conntrack.Testing;

namespace Conntrack.Kernel.Scenarios;

/// <summary>The transport half of a <see cref="PacketLine"/>.</summary>
static class Transports
{
    const int WrongChecksum = 0x0bad;

    static readonly Dictionary<string, int> s_icmpTypes = new()
    {
        ["ECHO"] = 8, ["ECHOREPLY"] = 0, ["TIMESTAMP"] = 13, ["TIMESTAMPREPLY"] = 14, ["INFO"] = 15, ["INFOREPLY"] = 16, ["MASK"] = 17,
        ["MASKREPLY"] = 18, ["UNREACHABLE"] = 3, ["QUENCH"] = 4, ["REDIRECT"] = 5, ["EXCEEDED"] = 11, ["PARAMETER"] = 12,
        ["ADVERTISEMENT"] = 9, ["SOLICITATION"] = 10,
    };

    static readonly Dictionary<string, int> s_icmpv6Types = new()
    {
        ["ECHO"] = 128, ["ECHOREPLY"] = 129, ["UNREACHABLE"] = 1, ["TOOBIG"] = 2, ["EXCEEDED"] = 3, ["PARAMETER"] = 4, ["NODEINFO"] = 139,
        ["NODEINFOREPLY"] = 140, ["RS"] = 133, ["RA"] = 134, ["NS"] = 135, ["NA"] = 136, ["REDIRECT"] = 137, ["MLD"] = 130, ["REPORT"] = 131,
        ["REPORT2"] = 143,
    };

    static readonly Dictionary<string, byte> s_sctpChunks = new()
    {
        ["DATA"] = 0, ["INIT"] = 1, ["INITACK"] = 2, ["SACK"] = 3, ["HEARTBEAT"] = 4, ["HEARTBEATACK"] = 5, ["ABORT"] = 6, ["SHUTDOWN"] = 7,
        ["SHUTDOWNACK"] = 8, ["ERROR"] = 9, ["COOKIEECHO"] = 10, ["COOKIEACK"] = 11, ["SHUTDOWNCOMPLETE"] = 14,
    };

    static readonly string[] s_dccpTypes = ["REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC", "SYNCACK"];

    public static Frame Add(PacketLine line, Frame frame, byte[] quote)
    {
        int length = line.Number("len", 0);
        int? checksum = line.Has("badsum") ? WrongChecksum : line.Has("nosum") ? 0 : null;
        int from = line.SourcePort, to = line.DestinationPort;
        switch (line.Protocol)
        {
            case "tcp":
                int flags = Flags(line);
                return AddData(line, length, frame.Tcp(
                    from, to, flags, line.Number32("seq", 1), line.Number32("ack", (flags & 16) != 0 ? 1u : 0), line.Number("win", 64240),
                    TcpOptions(line), (int?)line.OptionalNumber("doff"), checksum));
            case "udp" when line.Has("shortsum"):
                int covered = line.Number("udplen", 8);
                return frame.Udp(from, to, covered, ShortChecksum(line, covered)).Data(length);
            case "udp":
                return AddData(line, length, frame.Udp(from, to, (int?)line.OptionalNumber("udplen"), checksum));
            case "udplite":
                return frame.UdpLite(from, to, line.Number("cov", 0), checksum).Data(length);
            case "icmp":
                return quote.Length != 0 ? Error(frame, line, checksum, quote) : Query(frame, line, checksum).Data(length);
            case "gre":
                return frame.Protocol(47).Data([.. GreHeader(line), .. new byte[length]]);
            case "sctp":
                return frame.Sctp(from, to, line.Number32("vtag", 0), checksum == null ? null : WrongChecksum).Data(Chunks(line));
            case "dccp":
                int type = Array.IndexOf(s_dccpTypes, line.Name ?? "DATA");
                return frame.Dccp(from, to, type, checksum: checksum).Data(DccpBody(type, length));
            case "ip" when line.Value("hex") is string bytes:
                return frame.Protocol((byte)line.Number("proto", 89)).Data(Convert.FromHexString(bytes));
            case "ip":
                return frame.Protocol((byte)line.Number("proto", 89)).Data(length);
            default:
                throw new FormatException($"'{line.Text}': protocol {line.Protocol}");
        }
    }

    /// <summary>Payload lines, bytes in hexadecimal, or so many of what does not matter.</summary>
    static Frame AddData(PacketLine line, int length, Frame frame) => line.Payload.Count != 0 ? frame.Data([.. line.Payload])
        : line.Value("hex") is string bytes ? frame.Data(Convert.FromHexString(bytes))
        : frame.Data(length);

    /// <summary>What is right when only this much is there.</summary>
    static int ShortChecksum(PacketLine line, int covered)
    {
        byte[] whole = new Frame().Ipv4(line.Source, line.Destination).Udp(line.SourcePort, line.DestinationPort).Data(covered - 8).ToBytes();
        return (whole[40] << 8) | whole[41];
    }

    /// <summary>Letters as tcpdump has them: S A F R P U E C, - for none.</summary>
    static int Flags(PacketLine line)
    {
        int flags = 0;
        foreach (char letter in line.Name ?? "A")
        {
            flags |= letter switch
            {
                'F' => 1,
                'S' => 2,
                'R' => 4,
                'P' => 8,
                'A' => 16,
                'U' => 32,
                'E' => 64,
                'C' => 128,
                '-' => 0,
                _ => throw new FormatException($"'{line.Text}': TCP flag {letter}"),
            };
        }

        return flags;
    }

    static byte[] TcpOptions(PacketLine line)
    {
        List<byte> options = [];
        if (line.OptionalNumber("mss") is long size)
        {
            options.AddRange([2, 4, (byte)(size >> 8), (byte)size]);
        }

        if (line.Has("sackok"))
        {
            options.AddRange([4, 2]);
        }

        if (line.OptionalNumber("ws") is long shift)
        {
            options.AddRange([3, 3, (byte)shift]);
        }

        if (line.OptionalNumber("ts") is long stamp)
        {
            options.AddRange([1, 1, 8, 10, .. FrameWriter.Big32((uint)stamp), 0, 0, 0, 0]);
        }

        if (line.Value("sack") is string blocks)
        {
            uint[] edges = [.. blocks.Split(',').SelectMany(block => block.Split('-')).Select(edge => uint.Parse(edge, CultureInfo.InvariantCulture))];
            options.AddRange([1, 1, 5, (byte)(2 + (4 * edges.Length)), .. edges.SelectMany(FrameWriter.Big32)]);
        }

        if (line.Value("tcpopt") is string raw)
        {
            options.AddRange(Convert.FromHexString(raw));
        }

        while (options.Count % 4 != 0)
        {
            options.Add(1);
        }

        return [.. options];
    }

    static int IcmpType(PacketLine line) =>
        line.OptionalNumber("icmptype") is long number ? (int)number : (line.IsIpv6 ? s_icmpv6Types : s_icmpTypes)[line.Name ?? "ECHO"];

    static Frame Query(Frame frame, PacketLine line, int? checksum) => line.IsIpv6
        ? frame.Icmpv6(IcmpType(line), line.Number("code", 0), line.Number("id", 7), line.Number("seq", 1), checksum)
        : frame.Icmp(IcmpType(line), line.Number("code", 0), line.Number("id", 7), line.Number("seq", 1), checksum);

    static Frame Error(Frame frame, PacketLine line, int? checksum, byte[] quote) => line.IsIpv6
        ? frame.Icmpv6(IcmpType(line), line.Number("code", 0), 0, line.Number("mtu", 0), checksum).Data(quote)
        : frame.Icmp(IcmpType(line), line.Number("code", 0), 0, line.Number("mtu", 0), checksum).Data(quote);

    /// <summary>Version 0 with an optional key (RFC 2784, 2890); with <c>call</c> version 1 as PPTP has it (RFC 2637).</summary>
    static byte[] GreHeader(PacketLine line)
    {
        if (line.OptionalNumber("call") is long call)
        {
            return [0x20, 0x01, 0x88, 0x0b, 0, 0, (byte)(call >> 8), (byte)call];
        }

        int type = line.Number("etype", 0x0800);
        int version = line.Number("gver", 0);
        return line.OptionalNumber("key") is long key
            ? [0x20, (byte)version, (byte)(type >> 8), (byte)type, .. FrameWriter.Big32((uint)key)]
            : [0, (byte)version, (byte)(type >> 8), (byte)type];
    }

    static byte[] Chunks(PacketLine line)
    {
        List<byte> chunks = [];
        foreach (string name in (line.Name ?? "DATA").Split('+'))
        {
            byte type = s_sctpChunks[name];
            byte[] body = type switch
            {
                0 => [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
                1 or 2 => [.. FrameWriter.Big32(line.Number32("itag", 77)), 0, 1, 0, 0, 0, 10, 0, 10, 0, 0, 0, 1],
                3 => [0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0],
                4 or 5 => [0, 1, 0, 8, 1, 2, 3, 4],
                7 => [0, 0, 0, 1],
                10 => [1, 2, 3, 4],
                _ => [],
            };
            chunks.AddRange([type, (byte)line.Number("cflags", type == 0 ? 3 : 0), 0, (byte)(4 + body.Length), .. body]);
        }

        return [.. chunks];
    }

    /// <summary>What follows DCCP's generic header: acknowledgment where the type has one, service code in the handshake (RFC 4340 5).</summary>
    static byte[] DccpBody(int type, int length)
    {
        byte[] acknowledgment = type is 0 or 2 ? [] : [0, 0, 0, 0, 0, 0, 0, 1];
        byte[] service = type is 0 or 1 ? [0, 0, 0, 1] : [];
        return [.. acknowledgment, .. service, .. new byte[length]];
    }
}
