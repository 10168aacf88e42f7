using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Tracking.Tests;

/// <summary>ICMP and ICMPv6 errors: related to the connection whose packet they quote.</summary>
public sealed class IcmpErrorTests
{
    const string A4 = "192.0.2.1", B4 = "198.51.100.2", Router4 = "203.0.113.9";
    const string A6 = "2001:db8::1", B6 = "2001:db8:1::2", Router6 = "2001:db8:9::9";

    static readonly string[] s_protocols = ["tcp", "udp", "udp-lite", "sctp", "dccp", "echo", "gre", "pptp", "ospf"];

    /// <summary>Over both families.</summary>
    public static TheoryData<string, int> Protocols => new(s_protocols.SelectMany(name => new (string, int)[] { (name, 4), (name, 6) }));

    [Theory, MemberData(nameof(Protocols))]
    public void An_error_about_a_connection_is_related(string protocol, int family)
    {
        using var conversation = new Conversation();
        Frame first = First(protocol, family);
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(Error(family, first.ToPacket())));
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(first));
        Assert.Equal(ConnectionStateOfPacket.Related, conversation.Send(Error(family, first.ToPacket())));
        Assert.Equal(1, conversation.LastDirection);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void An_error_about_an_answer_has_the_original_direction(int family)
    {
        using var conversation = new Conversation();
        conversation.Send(First("udp", family));
        Frame answer = Ip(family, back: true).Udp(2, 1).Data(8);
        Assert.Equal(ConnectionStateOfPacket.Related, conversation.Send(Error(family, answer.ToPacket(), back: true)));
        Assert.Equal(0, conversation.LastDirection);
    }

    /// <summary>Neither counted nor refreshed, no flag, no state; a RST in it or a FIN changes nothing.</summary>
    [Theory]
    [InlineData("tcp", 4)]
    [InlineData("tcp", 6)]
    [InlineData("udp", 4)]
    [InlineData("echo", 6)]
    public void An_error_leaves_the_connection_as_it_is(string protocol, int family)
    {
        using var conversation = new Conversation();
        conversation.Send(First(protocol, family));
        conversation.Now += Conversation.Second;
        ConnectionSnapshot before = Assert.Single(conversation.Listed());
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(ConnectionStateOfPacket.Related, conversation.Send(Error(family, First(protocol, family).ToPacket())));
        }

        Assert.Equal(before, Assert.Single(conversation.Listed()));
        conversation.Now += before.Timeout.Ticks / 10;
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(Error(family, First(protocol, family).ToPacket())));
        Assert.Empty(conversation.Listed());
    }

    /// <summary>Every type that quotes a packet; of ICMPv6 those without the high-order bit, whether defined or not.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void Types_that_are_errors(int family)
    {
        using var conversation = new Conversation();
        conversation.Send(First("udp", family));
        byte[] quoted = First("udp", family).ToPacket();
        for (int type = 0; type < 256; type++)
        {
            Frame error = family == 4
                ? new Frame().Ipv4(Router4, A4).Icmp(type, 250).Data(quoted)
                : new Frame().Ipv6(Router6, A6).Icmpv6(type, 250).Data(quoted);
            bool expected = family == 4 ? type is 3 or 4 or 5 or 11 or 12 : type < 128;
            Assert.True(expected == (conversation.Send(error) == ConnectionStateOfPacket.Related), $"type {type}");
        }
    }

    public static TheoryData<string, byte[]> Refused => new()
    {
        { "to somebody else", new Frame().Ipv4(Router4, "192.0.2.77").Icmp(3, 1).Data(First("udp", 4).ToPacket()).ToBytes() },
        { "to the other side", new Frame().Ipv4(Router4, B4).Icmp(3, 1).Data(First("udp", 4).ToPacket()).ToBytes() },
        { "about another port", Error(4, Ip(4).Udp(1, 3).Data(8).ToPacket()).ToBytes() },
        { "about another protocol", Error(4, Ip(4).UdpLite(1, 2).Data(8).ToPacket()).ToBytes() },
        { "about an error", Error(4, Error(4, First("udp", 4).ToPacket(), back: true).ToPacket()).ToBytes() },
        { "with a bad checksum", new Frame().Ipv4(Router4, A4).Icmp(3, 1, checksum: 1).Data(First("udp", 4).ToPacket()).ToBytes() },
        { "about nothing", Error(4, []).ToBytes() },
    };

    [Theory, MemberData(nameof(Refused))]
    public void Any_other_error_is_invalid(string why, byte[] error)
    {
        using var conversation = new Conversation();
        conversation.Send(First("udp", 4));
        Assert.True(conversation.Send(error) == ConnectionStateOfPacket.Invalid, why);
    }

    static Frame Ip(int family, bool back = false) => family == 4
        ? new Frame().Ipv4(back ? B4 : A4, back ? A4 : B4)
        : new Frame().Ipv6(back ? B6 : A6, back ? A6 : B6);

    static Frame Error(int family, byte[] quoted, bool back = false) => family == 4
        ? new Frame().Ipv4(Router4, back ? B4 : A4).Icmp(3, 1).Data(quoted)
        : new Frame().Ipv6(Router6, back ? B6 : A6).Icmpv6(1).Data(quoted);

    static Frame First(string protocol, int family) => protocol switch
    {
        "tcp" => Ip(family).Tcp(1, 2, 2),
        "udp" => Ip(family).Udp(1, 2).Data(8),
        "udp-lite" => Ip(family).UdpLite(1, 2).Data(8),
        "sctp" => Ip(family).Sctp(1, 2, 0).Data(Frame.InitiateChunk(1, 7)),
        "dccp" => Ip(family).Dccp(1, 2).Data(4),
        "echo" when family == 4 => Ip(4).Icmp(8, 0, 7, 1).Data(8),
        "echo" => Ip(6).Icmpv6(128, 0, 7, 1).Data(8),
        "gre" => Ip(family).Gre().Data(8),
        "pptp" => Ip(family).Pptp(5).Data(8),
        "ospf" => Ip(family).Protocol(89).Data(8),
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };
}
