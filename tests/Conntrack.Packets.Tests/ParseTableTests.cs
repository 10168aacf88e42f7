using Conntrack.Testing;
using static Conntrack.Packets.PacketMarks;
using static Conntrack.Packets.Tests.Samples;

namespace Conntrack.Packets.Tests;

/// <summary>Tables of frames and what they are.</summary>
public sealed class ParseTableTests : IDisposable
{
    const PacketMarks Query = PacketMarks.IcmpQuery;

    readonly ParserHarness _parser = new();

    public void Dispose() => _parser.Dispose();

    [Fact]
    public void Common_frames_yield_every_field()
    {
        Row("tcp", V4().Tcp(40000, 443, 0x18).Data(10), new(DropReason.None, PacketFamily.Ipv4, 14, 50, 6, 34, 30, None, 0x18, 40000, 443));
        Row("udp", V4().Udp(1024, 53).Data(10), new(DropReason.None, PacketFamily.Ipv4, 14, 38, 17, 34, 18, None, 0, 1024, 53));
        Row("tcp6", V6().Tcp(40000, 443, 0x02).Data(10), new(DropReason.None, PacketFamily.Ipv6, 14, 70, 6, 54, 30, None, 2, 40000, 443));
        Row("udp6", V6().Udp(1024, 53).Data(10), new(DropReason.None, PacketFamily.Ipv6, 14, 58, 17, 54, 18, None, 0, 1024, 53));
    }

    [Fact]
    public void Addresses_stand_in_the_tuple_as_in_the_header()
    {
        _ = _parser.Parse(V4().Udp(0x0102, 0x0304).ToBytes());
        unsafe
        {
            byte[] tuple = new ReadOnlySpan<byte>(&_parser.Packet->Tuple, 12).ToArray();
            Assert.Equal([192, 0, 2, 1, 198, 51, 100, 2, 1, 2, 3, 4], tuple);
        }
    }

    [Fact]
    public void Link_layer()
    {
        NotIp("too short for ethernet", new byte[13], 13, DropReason.BadEthernetHeader);
        NotIp("nothing", [], 0, DropReason.BadEthernetHeader);
        NotIp("arp", All["arp"], 14);
        NotIp("802.3 length", All["802.3"], 14);
        NotIp("a tag cut off", new Frame().Vlan(7).Ipv4(A4, B4).Udp(1, 2).ToBytes()[..17], 14, DropReason.BadEthernetHeader);
        NotIp("the second tag cut off", new Frame().Vlan(7).Vlan(8).Ipv4(A4, B4).Udp(1, 2).ToBytes()[..20], 18, DropReason.BadEthernetHeader);
        NotIp("three tags", new Frame().Vlan(7).Vlan(8).Vlan(9).Ipv4(A4, B4).Udp(1, 2).ToBytes(), 22);
        NotIp("802.3 length in a tag", new Frame().Vlan(7).Type(46).Data(46).ToBytes(), 18);
        Found("customer tag", new Frame().Vlan(7).Ipv4(A4, B4).Udp(1, 2), 18, 1, 2);
        Found("service and customer tag", new Frame().Vlan(7, 0x88a8).Vlan(8).Ipv4(A4, B4).Udp(1, 2), 22, 1, 2);
        Found("two tags of old", new Frame().Vlan(7, 0x9100).Vlan(8).Ipv6(A6, B6).Udp(1, 2), 22, 1, 2);
    }

    [Fact]
    public void Ipv4_headers()
    {
        Dropped("version 5", new Frame().Ipv4(A4, B4, version: 5).Udp(1, 2), DropReason.BadIpHeader);
        Dropped("four words", new Frame().Ipv4(A4, B4, headerWords: 4).Udp(1, 2), DropReason.BadIpHeader);
        Dropped("more words than bytes", new Frame().Ipv4(A4, B4, headerWords: 15).Udp(1, 2), DropReason.BadIpHeader);
        Dropped("total length below the header", new Frame().Ipv4(A4, B4, totalLength: 19).Udp(1, 2), DropReason.BadIpHeader);
        Dropped("total length beyond the frame", new Frame().Ipv4(A4, B4, totalLength: 29).Udp(1, 2), DropReason.BadIpHeader);
        Dropped("checksum", new Frame().Ipv4(A4, B4, checksum: 0x1234).Udp(1, 2), DropReason.BadIpChecksum);
        Dropped("checksum over options", new Frame().Ipv4(A4, B4, options: [1, 1, 1, 1], checksum: 0x1234).Udp(1, 2), DropReason.BadIpChecksum);
        Marked("options", new Frame().Ipv4(A4, B4, options: [1, 1, 1, 1]).Udp(1, 2), Options, 1, 2);
        Marked("padding", V4().Udp(1, 2).Padding(18), None, 1, 2);
        Marked("don't fragment", new Frame().Ipv4(A4, B4, dontFragment: true).Udp(1, 2), None, 1, 2);
        Row("nothing after the header", V4().Protocol(200), new(DropReason.None, PacketFamily.Ipv4, 14, 20, 200, null, 0));
    }

    [Fact]
    public void Ipv4_fragments()
    {
        Marked("first", new Frame().Ipv4(A4, B4, moreFragments: true).Udp(1, 2, length: 999).Data(80), Fragment, 1, 2);
        Marked("first, tcp", new Frame().Ipv4(A4, B4, moreFragments: true).Tcp(1, 2, 0x02, checksum: 1).Data(4), Fragment, 1, 2, 0x02);
        Marked("first, ports alone", new Frame().Ipv4(A4, B4, moreFragments: true, protocol: 6).Data(0, 1, 0, 2, 0, 0, 0, 0), Fragment, 1, 2);
        Marked("first, less than ports", new Frame().Ipv4(A4, B4, moreFragments: true, protocol: 6).Data(0, 1, 0, 2, 0, 0, 0), Fragment | TransportMalformed);
        Marked("first, echo", new Frame().Ipv4(A4, B4, moreFragments: true).Icmp(8, 0, 5, 1, checksum: 9).Data(8), Fragment | Query, 5, 0x0800);
        Row(
            "middle",
            new Frame().Ipv4(A4, B4, fragmentOffset: 1480, moreFragments: true, protocol: 17).Data(80),
            new(DropReason.None, PacketFamily.Ipv4, 14, 100, 17, null, 80, Fragment | LaterFragment));
        Marked("last", new Frame().Ipv4(A4, B4, fragmentOffset: 8, protocol: 6).Data(3), Fragment | LaterFragment);
    }

    [Fact]
    public void Ipv6_headers()
    {
        Dropped("version 4", new Frame().Ipv6(A6, B6, version: 4).Udp(1, 2), DropReason.BadIpHeader);
        Dropped("payload beyond the frame", new Frame().Ipv6(A6, B6, payloadLength: 9).Udp(1, 2), DropReason.BadIpHeader);
        Dropped("jumbogram", new Frame().Ipv6(A6, B6, payloadLength: 0).HopByHop(0xc2, 4, 0, 1, 0, 0).Udp(1, 2), DropReason.BadIpHeader);
        Dropped("cut off", new Frame().Ipv6(A6, B6).ToBytes()[..53], DropReason.BadIpHeader);
        Marked("padding", V6().Udp(1, 2).Padding(4), None, 1, 2);
        Row("nothing after the header", V6(), new(DropReason.None, PacketFamily.Ipv6, 14, 40, 59, null, 0, TransportMalformed));
    }

    [Fact]
    public void Ipv6_extension_headers()
    {
        Row(
            "every one of them",
            V6().HopByHop().DestinationOptions().Routing(4, 0, B6).Authentication().DestinationOptions().Udp(1, 2),
            new(DropReason.None, PacketFamily.Ipv6, 14, 120, 17, 126, 8, Options, 0, 1, 2));
        Marked("eight", Repeat(8).Udp(1, 2), Options, 1, 2);
        Marked("forty", Repeat(40).Udp(1, 2), Options, 1, 2);
        Broken("longer than the packet", new Frame().Ipv6(A6, B6, nextHeader: 60).Data(17, 1, 0, 0, 0, 0, 0, 0), 60, Options, 8);
        Broken("shorter than any", new Frame().Ipv6(A6, B6, nextHeader: 60).Data(17, 0, 0, 0, 0, 0, 0), 60, Options, 7);
        Broken("in the padding", new Frame().Ipv6(A6, B6, nextHeader: 60, payloadLength: 4).Data(17, 0, 0, 0, 0, 0, 0, 0), 60, Options, 4);
        Broken("the second", new Frame().Ipv6(A6, B6).HopByHop().Protocol(43).Data(17, 2, 0, 0, 0, 0, 0, 0), 43, Options, 8);
        Protocol("esp ends the chain", V6().HopByHop().Protocol(50).Data(32), 50, Options);
        Protocol("mobility is the payload", V6().Mobility(5, 0, 0, 0), 135, None);
        Protocol("mobility is the payload, whatever follows", V6().Mobility(5, 0, 0, 0).Udp(1, 2), 135, None);
        Row(
            "nothing more",
            V6().DestinationOptions().Protocol(59).Data(4),
            new(DropReason.None, PacketFamily.Ipv6, 14, 52, 59, null, 4, Options | TransportMalformed));
        Marked("an address still to visit: checksum unknown", V6().Routing(4, 1, B6).Udp(1, 2, checksum: 7), Options, 1, 2);
        Marked("none left to visit", V6().Routing(4, 0, B6).Udp(1, 2, checksum: 7), Options | TransportChecksumBad, 1, 2);
        Marked("home address: checksum unknown", V6().DestinationOptions([1, 0, 201, 16, .. new byte[16]]).Udp(1, 2, checksum: 7), Options, 1, 2);

        static Frame Repeat(int count) => Enumerable.Range(0, count).Aggregate(V6(), (frame, _) => frame.DestinationOptions());
    }

    [Fact]
    public void Ipv6_fragments()
    {
        Marked("first", V6().Fragment(0, true).Udp(1, 2, length: 999).Data(80), Options | Fragment, 1, 2);
        Marked("middle", V6().Fragment(1208, true, nextHeader: 17).Data(80), Options | Fragment | LaterFragment);
        Marked("last", V6().Fragment(1208, false, nextHeader: 60).Data(3), Options | Fragment | LaterFragment);
        Marked("atomic", V6().Fragment(0, false).Udp(1, 2), Options, 1, 2);
        Marked("atomic, checksum", V6().Fragment(0, false).Udp(1, 2, checksum: 7), Options | TransportChecksumBad, 1, 2);
        Marked("first, of it a later one", V6().Fragment(0, true).Fragment(24, false, nextHeader: 17).Data(9), Options | Fragment | LaterFragment);
        Broken("first without its chain", V6().Fragment(0, true, nextHeader: 60).Data(17, 3, 0, 0, 0, 0, 0, 0), 60, Options | Fragment, 8);
    }

    [Fact]
    public void Tcp()
    {
        Marked("19 bytes", new Frame().Ipv4(A4, B4, protocol: 6).Data(19), TransportMalformed);
        Marked("offset below 5", V4().Tcp(1, 2, headerWords: 4), TransportMalformed, 1, 2, 0x10);
        Marked("offset beyond the segment", V4().Tcp(1, 2, headerWords: 6), TransportMalformed, 1, 2, 0x10);
        Marked("checksum", V4().Tcp(1, 2, checksum: 7), TransportChecksumBad, 1, 2, 0x10);
        Marked("checksum over ipv6", V6().Tcp(1, 2, checksum: 7), TransportChecksumBad, 1, 2, 0x10);
        for (int flags = 0; flags < 256; flags++)
        {
            // nf_conntrack: PSH, ECE and CWR stand with everything; the others in these combinations only.
            bool legal = (flags & 0x37) is 0x02 or 0x22 or 0x12 or 0x04 or 0x14 or 0x11 or 0x31 or 0x10 or 0x30;
            Marked($"flags {flags:x2}", V4().Tcp(1, 2, flags), legal ? None : TransportMalformed, 1, 2, (byte)flags);
        }
    }

    [Fact]
    public void Udp_and_udp_lite()
    {
        Marked("7 bytes", new Frame().Ipv4(A4, B4, protocol: 17).Data(7), TransportMalformed);
        Marked("length below 8", V4().Udp(1, 2, length: 7).Data(9), TransportMalformed, 1, 2);
        Marked("length beyond the packet", V4().Udp(1, 2, length: 18).Data(9), TransportMalformed, 1, 2);
        Marked("length below the packet", new Frame().Ipv4(A4, B4, totalLength: 30).Udp(1, 2).Padding(2), None, 1, 2);
        Marked("no checksum", V4().Udp(1, 2, checksum: 0).Data(9), None, 1, 2);
        Marked("no checksum over ipv6", V6().Udp(1, 2, checksum: 0).Data(9), None, 1, 2);
        Marked("checksum", V4().Udp(1, 2, checksum: 7).Data(9), TransportChecksumBad, 1, 2);
        Marked("lite, all covered", V4().UdpLite(1, 2).Data(9), None, 1, 2);
        Marked("lite, header covered", V4().UdpLite(1, 2, coverage: 8).Data(9), None, 1, 2);
        Marked("lite, coverage 7", V4().UdpLite(1, 2, coverage: 7).Data(9), TransportMalformed, 1, 2);
        Marked("lite, coverage beyond", V4().UdpLite(1, 2, coverage: 18).Data(9), TransportMalformed, 1, 2);
        Marked("lite, no checksum", V4().UdpLite(1, 2, checksum: 0).Data(9), TransportChecksumBad, 1, 2);
        Marked("lite, checksum", V6().UdpLite(1, 2, checksum: 7).Data(9), TransportChecksumBad, 1, 2);
    }

    [Fact]
    public void Udp_checksum_that_computes_to_zero_is_sent_as_ones()
    {
        byte[] found = Enumerable.Range(0, 65536)
            .Select(value => V4().Udp(1, 2).Data((byte)(value >> 8), (byte)value).ToBytes())
            .First(frame => frame[40] == 0xff && frame[41] == 0xff);
        Assert.Equal(None, _parser.Parse(found).Marks);
    }

    [Fact]
    public void Other_transports()
    {
        byte[] chunk = [10, 0, 0, 4];
        Marked("sctp", V4().Sctp(1, 2).Data(chunk), None, 1, 2);
        Marked("sctp over ipv6", V6().Sctp(1, 2).Data([.. chunk, .. chunk, 1]), None, 1, 2);
        Marked("sctp, crc", V4().Sctp(1, 2, checksum: 7).Data(chunk), TransportChecksumBad, 1, 2);
        Marked("sctp without a chunk", V4().Sctp(1, 2), TransportMalformed);
        Marked("dccp", V4().Dccp(1, 2).Data(9), None, 1, 2);
        Marked("dccp, header covered", V6().Dccp(1, 2, type: 2, coverage: 1).Data(9), None, 1, 2);
        Marked("dccp, checksum", V4().Dccp(1, 2, checksum: 7).Data(9), TransportChecksumBad, 1, 2);
        Marked("dccp, offset below its form", V4().Dccp(1, 2, headerWords: 3).Data(9), TransportMalformed, 1, 2);
        Marked("dccp, offset beyond", V4().Dccp(1, 2, headerWords: 7).Data(9), TransportMalformed, 1, 2);
        Marked("dccp, reserved type", V4().Dccp(1, 2, type: 10).Data(9), TransportMalformed, 1, 2);
        Marked("dccp, coverage beyond", V4().Dccp(1, 2, coverage: 4).Data(9), TransportMalformed, 1, 2);
        Protocol("gre", V4().Gre().Data(9), 47, None);
        Protocol("esp", V4().Protocol(50).Data(9), 50, None);
        Marked("gre with a key", V6().Gre(key: 0x0102_0304).Data(9), None);
        Marked("gre without a header", V4().Protocol(47), None);
        Marked("pptp", V4().Pptp(0x1234).Data(9), None, 0, 0x1234);
        Marked("pptp, all but its call id", V4().Protocol(47).Data(0x30, 1, 0x88, 0x0b, 0, 0, 1), None);
        Marked("pptp with ip in it", V4().Pptp(0x1234, etherType: 0x0800).Data(9), TransportMalformed);
        Marked("gre of a version nobody knows", V4().Protocol(47).Data(0x30, 2, 8, 0, 0, 0, 1, 2), None);
        Marked("icmp over ipv6 is nothing", V6().Icmp(8, 0, 1, 1), TransportMalformed);
        Marked("icmpv6 over ipv4 is nothing", V4().Protocol(58).Data(128, 0, 0, 0, 0, 1, 0, 1), TransportMalformed);
    }

    [Fact]
    public void Icmp_types()
    {
        for (int type = 0; type < 256; type++)
        {
            PacketMarks marks = type switch
            {
                8 or 13 or 15 or 17 => Query,
                0 or 14 or 16 or 18 => Query | IcmpReply,
                3 or 4 or 5 or 11 or 12 => IcmpError,
                _ => None,
            };
            bool query = (marks & Query) != 0;
            Marked($"icmp {type}", V4().Icmp(type, 3, 0x1234, 9).Data(8), marks, query ? 0x1234 : 0, query ? (type << 8) | 3 : 0);
        }

        for (int type = 0; type < 256; type++)
        {
            PacketMarks marks = type switch
            {
                128 or 139 => Query,
                129 or 140 => Query | IcmpReply,
                < 128 => IcmpError,
                130 or 131 or 132 or 133 or 134 or 135 or 136 or 143 or 151 or 152 => NeighbourDiscovery,
                _ => None,
            };
            bool query = (marks & Query) != 0;
            Marked($"icmpv6 {type}", V6().Icmpv6(type, 3, 0x1234, 9).Data(8), marks, query ? 0x1234 : 0, query ? (type << 8) | 3 : 0);
        }

        Marked("icmp, 7 bytes", new Frame().Ipv4(A4, B4, protocol: 1).Data(7), TransportMalformed);
        Marked("icmp, checksum", V4().Icmp(8, 0, 1, 1, checksum: 7), Query | TransportChecksumBad, 1, 0x0800);
        Marked("icmpv6, 7 bytes", new Frame().Ipv6(A6, B6, nextHeader: 58).Data(7), TransportMalformed);
        Marked("icmpv6, checksum", V6().Icmpv6(128, 0, 1, 1, checksum: 7), Query | TransportChecksumBad, 1, 0x8000);
    }

    [Fact]
    public void Segments()
    {
        byte[] frame = V4().Tcp(1, 2, options: [1, 1, 1, 1]).Data(99).ToBytes();
        for (int cut = 58; cut < frame.Length; cut++)
        {
            Assert.Equal(None, _parser.Parse(frame, ChecksumPolicy.Verify, cut).Marks);
            Assert.Equal(None, _parser.Parse(frame, ChecksumPolicy.Verify, 58, cut, Math.Min(cut + 1, frame.Length)).Marks);
        }

        Assert.Equal(TransportMalformed, _parser.Parse(frame, ChecksumPolicy.Verify, 57).Marks);
        Assert.Equal(TransportMalformed, _parser.Parse(frame, ChecksumPolicy.Verify, 34).Marks);
        Assert.Equal(DropReason.BadIpHeader, _parser.Parse(frame, ChecksumPolicy.Verify, 33).Reason);

        byte[] sctp = V6().Sctp(1, 2).Data(77).ToBytes();
        for (int cut = 70; cut < sctp.Length; cut++)
        {
            Assert.Equal(None, _parser.Parse(sctp, ChecksumPolicy.Verify, cut).Marks);
        }

        frame[^1] ^= 1;
        Assert.Equal(TransportChecksumBad, _parser.Parse(frame, ChecksumPolicy.Verify, 58, 77).Marks);
    }

    [Fact]
    public void Checksums_are_left_alone_when_told_so_or_when_the_nic_verified_them()
    {
        byte[] ip = new Frame().Ipv4(A4, B4, checksum: 7).Udp(1, 2).ToBytes();
        Assert.Equal(DropReason.None, _parser.Parse(ip, ChecksumPolicy.Ignore).Reason);
        Assert.Equal(DropReason.None, _parser.ParseOffloaded(ip, ReceiveOffload.IpChecksumGood).Reason);
        Assert.Equal(DropReason.BadIpChecksum, _parser.ParseOffloaded(ip, ReceiveOffload.TransportChecksumGood).Reason);
        Assert.Equal(DropReason.BadIpChecksum, _parser.ParseOffloaded(ip, ReceiveOffload.IpChecksumBad).Reason);

        foreach (Frame frame in (Frame[])[V4().Tcp(1, 2, checksum: 7), V6().Udp(1, 2, checksum: 7), V4().Sctp(1, 2, checksum: 7).Data(4)])
        {
            byte[] bytes = frame.ToBytes();
            Assert.Equal(None, _parser.Parse(bytes, ChecksumPolicy.Ignore).Marks);
            Assert.Equal(None, _parser.ParseOffloaded(bytes, ReceiveOffload.TransportChecksumGood).Marks);
            Assert.Equal(None, _parser.ParseOffloaded(bytes, ReceiveOffload.TransportChecksumGood | ReceiveOffload.TransportChecksumBad).Marks);
            Assert.Equal(TransportChecksumBad, _parser.ParseOffloaded(bytes, ReceiveOffload.IpChecksumGood).Marks);
            Assert.Equal(TransportChecksumBad, _parser.ParseOffloaded(bytes, ReceiveOffload.TransportChecksumBad).Marks);
        }
    }

    [Fact]
    public void A_nic_that_calls_a_good_packet_bad_is_not_believed()
    {
        const ulong Bad = ReceiveOffload.IpChecksumBad | ReceiveOffload.TransportChecksumBad;
        Assert.Equal(None, _parser.ParseOffloaded(V4().Udp(1, 2, checksum: 0).ToBytes(), Bad).Marks);
        Assert.Equal(None, _parser.ParseOffloaded(V6().Tcp(1, 2).ToBytes(), Bad).Marks);
    }

    void Row(string title, Frame frame, Parsed expected)
    {
        byte[] bytes = frame.ToBytes();
        Parsed actual = _parser.Parse(bytes);
        Assert.True(expected == actual, $"{title}: expected {expected}, found {actual}");
        Parsed reference = ReferenceParser.Parse(bytes, ChecksumPolicy.Verify);
        Assert.True(reference == actual, $"{title}: the reference says {reference}, found {actual}");
    }

    void Marked(string title, Frame frame, PacketMarks marks, int source = 0, int destination = 0, byte flags = 0)
    {
        Parsed actual = _parser.Parse(frame.ToBytes());
        Row(title, frame, actual with { Reason = DropReason.None, Marks = marks, SourcePort = source, DestinationPort = destination, TcpFlags = flags });
    }

    void Protocol(string title, Frame frame, byte protocol, PacketMarks marks)
    {
        Parsed actual = _parser.Parse(frame.ToBytes());
        Row(title, frame, actual with { Reason = DropReason.None, Protocol = protocol, Marks = marks });
    }

    /// <summary>A chain of extension headers that never comes to a transport.</summary>
    void Broken(string title, Frame frame, byte protocol, PacketMarks marks, int rest)
    {
        Parsed actual = _parser.Parse(frame.ToBytes());
        Row(title, frame, actual with { Protocol = protocol, Marks = marks | TransportMalformed, TransportOffset = null, TransportLength = rest });
    }

    void Found(string title, Frame frame, int link, int source, int destination)
    {
        Parsed actual = _parser.Parse(frame.ToBytes());
        Row(title, frame, actual with { Reason = DropReason.None, LinkLength = link, SourcePort = source, DestinationPort = destination });
    }

    void Dropped(string title, Frame frame, DropReason reason) => Dropped(title, frame.ToBytes(), reason);

    void Dropped(string title, byte[] frame, DropReason reason)
    {
        Parsed actual = _parser.Parse(frame);
        Assert.True(reason == actual.Reason, $"{title}: expected {reason}, found {actual}");
        Assert.Equal(ReferenceParser.Parse(frame, ChecksumPolicy.Verify), actual);
    }

    void NotIp(string title, byte[] frame, int link, DropReason reason = DropReason.None)
    {
        Parsed actual = _parser.Parse(frame);
        Assert.True(new Parsed(reason, PacketFamily.NotIp, link) == actual, $"{title}: found {actual}");
    }
}
