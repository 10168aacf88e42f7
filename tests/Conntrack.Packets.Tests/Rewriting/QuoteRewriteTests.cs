using Conntrack.Packets.Rewriting;
using Conntrack.Testing;

namespace Conntrack.Packets.Tests.Rewriting;

/// <summary>
/// An error about a translated packet becomes, bit for bit, the error about the packet before its translation, cut off after as many bytes.
/// </summary>
public sealed unsafe class QuoteRewriteTests : IDisposable
{
    readonly ParserHarness _parser = new();
    readonly Random _random = new(3);

    public static TheoryData<string, bool> Transports =>
        new(Sides.Transports.SelectMany(name => new (string, bool)[] { (name, false), (name, true) }));

    [Theory, MemberData(nameof(Transports))]
    public void Both_ends_of_a_quotation_of_any_length(string transport, bool ipv6)
    {
        int ip = ipv6 ? 40 : 20;
        for (int length = ip; length < ip + 60; length++)
        {
            Sides outer = Sides.Random(_random, ipv6);
            Sides before = Sides.Random(_random, ipv6) with { Src = outer.Dst };
            Sides after = Sides.Random(_random, ipv6);
            byte[] data = new byte[60];
            _random.NextBytes(data);
            byte[] expected = Quotation(transport, after, data);
            (int at, int size) stays = Unreachable(transport, length - ip);
            Quotation(transport, before, data).AsSpan(ip + stays.at, stays.size).CopyTo(expected.AsSpan(ip + stays.at));
            byte[] error = Error(outer, Quotation(transport, before, data)[..length]);
            Assert.Equal(PacketMarks.IcmpError, _parser.Parse(error).Marks);
            if (ipv6)
            {
                QuoteRewrite.Source6(_parser.Packet, Sides.Address6(after.Src), Sides.Big(after.SrcPort));
                QuoteRewrite.Destination6(_parser.Packet, Sides.Address6(after.Dst), Sides.Big(transport == "echo" ? after.SrcPort : after.DstPort));
            }
            else
            {
                QuoteRewrite.Source4(_parser.Packet, Sides.Address4(after.Src), Sides.Big(after.SrcPort));
                QuoteRewrite.Destination4(_parser.Packet, Sides.Address4(after.Dst), Sides.Big(transport == "echo" ? after.SrcPort : after.DstPort));
            }

            Assert.Equal(Error(outer, expected[..length]), new ReadOnlySpan<byte>(_parser.Packet->Mbuf->Data, error.Length));
        }
    }

    /// <summary>The error itself travels between other ends, which its own pseudo header follows.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_errors_own_ends(bool ipv6)
    {
        for (int i = 0; i < 500; i++)
        {
            Sides outer = Sides.Random(_random, ipv6), outerAfter = Sides.Random(_random, ipv6);
            byte[] quotation = Quotation("udp", Sides.Random(_random, ipv6) with { Src = outer.Dst }, [1, 2, 3]);
            _parser.Parse(Error(outer, quotation));
            outerAfter.ApplyOuter(_parser.Packet);
            byte[] expected = Error(outerAfter, quotation);
            Assert.Equal(expected, new ReadOnlySpan<byte>(_parser.Packet->Mbuf->Data, expected.Length));
        }
    }

    /// <summary>Options before the quoted transport, and extension headers.</summary>
    [Fact]
    public void Behind_options()
    {
        Sides before = new("192.0.2.1", "198.51.100.7", 1, 2), after = new("10.0.0.9", "198.51.100.7", 7000, 2);
        Sides outer = new("198.51.100.7", "192.0.2.1", 0, 0);
        _parser.Parse(Error(outer, Optional(before)));
        QuoteRewrite.Source4(_parser.Packet, Sides.Address4(after.Src), Sides.Big(after.SrcPort));
        byte[] expected = Error(outer, Optional(after));
        Assert.Equal(expected, new ReadOnlySpan<byte>(_parser.Packet->Mbuf->Data, expected.Length));

        static byte[] Optional(Sides sides) =>
            sides.Over(new Frame().Ipv4(sides.Src, sides.Dst, options: [1, 1, 1, 0]), "udp", [1, 2, 3, 4, 5]).ToPacket();
    }

    [Fact]
    public void A_quotation_without_a_header_stays()
    {
        Sides outer = new("198.51.100.7", "192.0.2.1", 0, 0);
        byte[] error = Error(outer, [0x45, 0, 0, 1]);
        _parser.Parse(error);
        QuoteRewrite.Source4(_parser.Packet, 1, 2);
        QuoteRewrite.Destination4(_parser.Packet, 1, 2);
        Assert.Equal(error, new ReadOnlySpan<byte>(_parser.Packet->Mbuf->Data, error.Length));
    }

    public void Dispose() => _parser.Dispose();

    /// <summary>
    /// What a rewrite leaves of a transport header quoted so far: everything where it is too short for ports, checksums that are cut off, and
    /// SCTP's, a CRC of data that is not all there.
    /// </summary>
    static (int At, int Size) Unreachable(string transport, int length) => transport switch
    {
        "echo" or "pptp" when length < 8 => (0, 8),
        "echo" or "pptp" or "gre" or "ospf" => (0, 0),
        _ when length < 4 => (0, 4),
        "sctp" => (8, 4),
        "tcp" => length < 18 ? (16, 2) : (0, 0),
        _ => length < 8 ? (6, 2) : (0, 0),
    };

    static byte[] Quotation(string transport, Sides sides, byte[] data) => sides.Frame(transport, data).ToPacket();

    static byte[] Error(Sides outer, byte[] quotation) => outer.IsIpv6
        ? new Frame().Ipv6(outer.Src, outer.Dst).Icmpv6(1).Data(quotation).ToBytes()
        : new Frame().Ipv4(outer.Src, outer.Dst).Icmp(3, 1).Data(quotation).ToBytes();
}
