using System.Buffers.Binary;
using Conntrack.Packets.Parsing;
using Conntrack.Testing;
using static Conntrack.Packets.Tests.Samples;

namespace Conntrack.Packets.Tests;

/// <summary>What an ICMP error says about the packet it quotes, as far as it is to be believed.</summary>
public sealed class QuotedPacketTests : IDisposable
{
    const string Router4 = "203.0.113.9", Router6 = "2001:db8:9::9";

    readonly ParserHarness _parser = new();

    /// <summary>Name, the quoted packet without its link layer, bytes of it that suffice, ports of what answers it (-1: nothing does).</summary>
    public static TheoryData<string, byte[], int, int, int> Quotations => new()
    {
        { "tcp", V4().Tcp(1, 2).ToPacket(), 24, 2, 1 },
        { "udp", V4().Udp(1, 2).Data(9).ToPacket(), 24, 2, 1 },
        { "udp-lite", V4().UdpLite(1, 2).Data(9).ToPacket(), 24, 2, 1 },
        { "sctp", V4().Sctp(1, 2).Data(9).ToPacket(), 24, 2, 1 },
        { "dccp", V4().Dccp(1, 2).Data(9).ToPacket(), 24, 2, 1 },
        { "echo", V4().Icmp(8, 3, 7, 1).Data(9).ToPacket(), 28, 7, 0x0003 },
        { "echo reply", V4().Icmp(0, 0, 7, 1).Data(9).ToPacket(), 28, 7, 0x0800 },
        { "an error", V4().Icmp(3, 1).Data(V4().Udp(1, 2).ToPacket()).ToPacket(), -1, 0, 0 },
        { "a router advertisement", V4().Icmp(9).ToPacket(), -1, 0, 0 },
        { "icmpv6", V4().Protocol(58).Data(128, 0, 0, 0, 0, 1, 0, 1).ToPacket(), -1, 0, 0 },
        { "ospf", V4().Protocol(89).Data(9).ToPacket(), 20, 0, 0 },
        { "gre", V4().Gre().Data(9).ToPacket(), 20, 0, 0 },
        { "options", new Frame().Ipv4(A4, B4, options: [1, 1, 1, 1]).Udp(1, 2).ToPacket(), 28, 2, 1 },
        { "a first fragment", new Frame().Ipv4(A4, B4, moreFragments: true).Udp(1, 2).ToPacket(), 24, 2, 1 },
        { "a later fragment", new Frame().Ipv4(A4, B4, fragmentOffset: 8, protocol: 17).Data(9).ToPacket(), -1, 0, 0 },
        { "four words of header", new Frame().Ipv4(A4, B4, headerWords: 4).Udp(1, 2).ToPacket(), -1, 0, 0 },
        { "more words than bytes", new Frame().Ipv4(A4, B4, headerWords: 15).Udp(1, 2).ToPacket(), -1, 0, 0 },
        { "version 6", new Frame().Ipv4(A4, B4, version: 6).Udp(1, 2).ToPacket(), 24, 2, 1 },
        { "checksums", new Frame().Ipv4(A4, B4, checksum: 1).Udp(1, 2, checksum: 1).ToPacket(), 24, 2, 1 },
        { "no length", new Frame().Ipv4(A4, B4, totalLength: 0).Udp(1, 2, length: 0).ToPacket(), 24, 2, 1 },
        { "tcp6", V6().Tcp(1, 2).ToPacket(), 44, 2, 1 },
        { "udp6", V6().Udp(1, 2).Data(9).ToPacket(), 44, 2, 1 },
        { "echo6", V6().Icmpv6(128, 3, 7, 1).Data(9).ToPacket(), 48, 7, 0x8103 },
        { "node information", V6().Icmpv6(139, 0, 7, 1).Data(9).ToPacket(), 48, 7, 0x8c00 },
        { "an error6", V6().Icmpv6(1).Data(V6().Udp(1, 2).ToPacket()).ToPacket(), -1, 0, 0 },
        { "a neighbour solicitation", V6().Icmpv6(135).Data(16).ToPacket(), -1, 0, 0 },
        { "ospf6", V6().Protocol(89).Data(9).ToPacket(), 40, 0, 0 },
        { "nothing", V6().ToPacket(), -1, 0, 0 },
        { "extension headers", V6().HopByHop().DestinationOptions().Udp(1, 2).ToPacket(), 60, 2, 1 },
        { "a first fragment6", V6().Fragment(0, true).Udp(1, 2).ToPacket(), 52, 2, 1 },
        { "a later fragment6", V6().Fragment(8, false, nextHeader: 17).Data(9).ToPacket(), -1, 0, 0 },
        { "an extension header cut off", new Frame().Ipv6(A6, B6, nextHeader: 60).Data(17, 9, 0, 0, 0, 0, 0, 0).ToPacket(), -1, 0, 0 },
        { "version 4", new Frame().Ipv6(A6, B6, version: 4).Udp(1, 2).ToPacket(), 44, 2, 1 },
    };

    /// <summary>Every length from nothing on, each ending at a page that must not be touched.</summary>
    [Theory, MemberData(nameof(Quotations))]
    public unsafe void As_many_bytes_as_name_the_connection_suffice(string name, byte[] quoted, int least, int source, int destination)
    {
        bool six = name == "version 4" || (name != "version 6" && quoted[0] >> 4 == 6);
        for (int length = 0; length <= quoted.Length; length++)
        {
            bool expected = least >= 0 && length >= least;
            string title = $"{name}, {length} bytes";
            Assert.True(expected == Read(Error(six, quoted[..length]), out QuotedPacket found), title);
            if (expected)
            {
                Packet answer = found.Answer;
                Assert.True((source, destination) == (Host(answer.Ports.SrcPort), Host(answer.Ports.DstPort)), title);
            }
        }
    }

    /// <summary>Below eight bytes there is no call id, and the quotation is that of GRE without one; PPTP carries PPP only.</summary>
    [Fact]
    public unsafe void Of_pptp_eight_bytes_name_the_call()
    {
        byte[] quoted = V4().Pptp(5).Data(9).ToPacket();
        for (int length = 20; length <= quoted.Length; length++)
        {
            Assert.True(Read(Error(false, quoted[..length]), out QuotedPacket found));
            Assert.Equal((length < 28 ? 0 : 5, 0), (Host(found.Answer.Ports.SrcPort), Host(found.Answer.Ports.DstPort)));
        }

        Assert.False(Read(Error(false, V4().Pptp(5, etherType: 0x0800).Data(9).ToPacket()), out _));
    }

    [Fact]
    public unsafe void The_answer_has_the_addresses_turned_round_and_the_connections_own_hash()
    {
        Assert.True(Read(Error(false, V4().Udp(1, 2).ToPacket()), out QuotedPacket found));
        _ = _parser.Parse(V4().Udp(1, 2).ToBytes());
        Assert.Equal((_parser.Packet->Tuple.Dst, _parser.Packet->Tuple.Src), (found.Answer.Tuple.Src, found.Answer.Tuple.Dst));
        Assert.Equal((_parser.Packet->Hash, IpProtocol.Udp), (found.Answer.Hash, found.Answer.Protocol));

        Assert.True(Read(Error(true, V6().Udp(1, 2).ToPacket()), out found));
        _ = _parser.Parse(V6().Udp(1, 2).ToBytes());
        Assert.Equal((_parser.Packet->Hash, IpProtocol.Udp), (found.Answer.Hash, found.Answer.Protocol));
    }

    [Fact]
    public void An_error_goes_to_the_sender_of_what_it_quotes()
    {
        Assert.False(Read(new Frame().Ipv4(Router4, B4).Icmp(3, 1).Data(V4().Udp(1, 2).ToPacket()).ToBytes(), out _));
        Assert.False(Read(new Frame().Ipv6(Router6, B6).Icmpv6(1).Data(V6().Udp(1, 2).ToPacket()).ToBytes(), out _));
    }

    /// <summary>A quotation that continues in another segment of the buffer is cut off there.</summary>
    [Fact]
    public void Only_the_first_segment_is_read()
    {
        byte[] error = Error(false, V4().Udp(1, 2).ToPacket());
        Assert.True(Read(error, out _, 14 + 28 + 24));
        Assert.False(Read(error, out _, 14 + 28 + 23));
        Assert.False(Read(error, out _, 14 + 28));
    }

    public void Dispose() => _parser.Dispose();

    static byte[] Error(bool six, byte[] quoted) => six
        ? new Frame().Ipv6(Router6, A6).Icmpv6(1).Data(quoted).ToBytes()
        : new Frame().Ipv4(Router4, A4).Icmp(3, 1).Data(quoted).ToBytes();

    static ushort Host(ushort port) => BinaryPrimitives.ReverseEndianness(port);

    unsafe bool Read(byte[] error, out QuotedPacket found, params int[] cuts)
    {
        Parsed parsed = _parser.Parse(error, ChecksumPolicy.Verify, cuts);
        Assert.Equal(PacketMarks.IcmpError, parsed.Marks);
        QuotedPacket quoted;
        bool read = QuotedPacket.TryRead(_parser.Packet, _parser.Hash, &quoted);
        found = quoted;
        return read;
    }
}
