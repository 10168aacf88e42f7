using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Tracking.Tests;

/// <summary>ICMP and ICMPv6 queries, and what is not a query.</summary>
public sealed class IcmpTests
{
    const string A4 = "192.0.2.1", B4 = "192.0.2.2", A6 = "2001:db8::1", B6 = "2001:db8::2";

    /// <summary>Request and answer types of every query that is tracked.</summary>
    [Theory]
    [InlineData(4, 8, 0)]
    [InlineData(4, 13, 14)]
    [InlineData(4, 15, 16)]
    [InlineData(4, 17, 18)]
    [InlineData(6, 128, 129)]
    [InlineData(6, 139, 140)]
    public void A_request_opens_and_its_answer_establishes(int family, int request, int answer)
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Query(family, false, request, 7)));
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Query(family, false, request, 7)));
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Query(family, true, answer, 7)));
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Query(family, false, request, 7)));
        ConnectionSnapshot connection = Assert.Single(conversation.Listed());
        Assert.Equal(ConnectionFlags.Confirmed | ConnectionFlags.SeenReply, connection.Flags);
        Assert.Equal(3ul, connection.OriginalCounters.Packets);
        Assert.Equal(1ul, connection.ReplyCounters.Packets);
        Assert.Equal((family, 7, request), (connection.IsIpv6 ? 6 : 4, connection.Original.SrcPort, connection.Original.DstPort >> 8));
        Assert.Equal(TimeSpan.FromSeconds(10), connection.Timeout);
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(4, 14)]
    [InlineData(4, 16)]
    [InlineData(4, 18)]
    [InlineData(6, 129)]
    [InlineData(6, 140)]
    public void An_answer_without_a_request_is_invalid(int family, int answer)
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(Query(family, false, answer, 7)));
        Assert.Empty(conversation.Listed());
    }

    [Theory]
    [InlineData(4, 8, 0)]
    [InlineData(6, 128, 129)]
    public void An_answer_must_fit_identifier_type_and_direction(int family, int request, int answer)
    {
        using var conversation = new Conversation();
        conversation.Send(Query(family, false, request, 7));
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(Query(family, true, answer, 8)));
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(Query(family, false, answer, 7)));
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(Query(family, true, family == 4 ? 14 : 140, 7)));
        Assert.Equal(ConnectionFlags.Confirmed, Assert.Single(conversation.Listed()).Flags);
    }

    [Theory]
    [InlineData(4, 8, 0)]
    [InlineData(6, 128, 129)]
    public void Two_hosts_may_ping_each_other_with_one_identifier(int family, int request, int answer)
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Query(family, false, request, 7)));
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Query(family, true, request, 7)));
        Assert.Equal(2, conversation.Listed().Count);
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Query(family, true, answer, 7)));
        Assert.Equal([1ul, 0ul], conversation.Listed().Select(connection => connection.ReplyCounters.Packets));
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Query(family, false, answer, 7)));
        Assert.Equal([1ul, 1ul], conversation.Listed().Select(connection => connection.ReplyCounters.Packets));
    }

    [Fact]
    public void Identifiers_are_connections_of_their_own()
    {
        using var conversation = new Conversation();
        for (int identifier = 0; identifier < 5; identifier++)
        {
            Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Query(4, false, 8, identifier)));
        }

        Assert.Equal(5, conversation.Listed().Count);
    }

    /// <summary>Every answer refreshes, as every request does; the entry ends 10 s after the last of either.</summary>
    [Fact]
    public void Ends_ten_seconds_after_the_last_packet()
    {
        using var conversation = new Conversation();
        conversation.Send(Query(4, false, 8, 7));
        conversation.Now = 9_999_999;
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Query(4, true, 0, 7)));
        conversation.Now += 9_999_999;
        Assert.Single(conversation.Listed());
        conversation.Now++;
        Assert.Empty(conversation.Listed());
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(Query(4, true, 0, 7)));
    }

    /// <summary>Router advertisement and solicitation over IPv4, redirects of ICMPv6, types nobody has defined: neither query nor error.</summary>
    [Theory]
    [InlineData(4, 9)]
    [InlineData(4, 10)]
    [InlineData(4, 200)]
    [InlineData(6, 200)]
    [InlineData(6, 137)]
    [InlineData(6, 138)]
    [InlineData(6, 141)]
    [InlineData(6, 153)]
    public void Other_types_are_invalid(int family, int type)
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(Query(family, false, type, 7)));
        Assert.Empty(conversation.Listed());
    }

    [Theory]
    [InlineData(130)]
    [InlineData(131)]
    [InlineData(132)]
    [InlineData(133)]
    [InlineData(134)]
    [InlineData(135)]
    [InlineData(136)]
    [InlineData(143)]
    [InlineData(151)]
    [InlineData(152)]
    public void Neighbour_discovery_and_listener_reports_are_untracked(int type)
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.Untracked, conversation.Send(Query(6, false, type, 7)));
        Assert.Empty(conversation.Listed());
    }

    /// <summary>ICMPv6's number over IPv4 means nothing, nor does the other way round.</summary>
    [Fact]
    public void The_other_familys_control_protocol_is_invalid()
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(new Frame().Ipv4(A4, B4).Protocol(58).Data(128, 0, 0, 0, 0, 1, 0, 1)));
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(new Frame().Ipv6(A6, B6).Protocol(1).Data(8, 0, 0, 0, 0, 1, 0, 1)));
        Assert.Empty(conversation.Listed());
    }

    [Fact]
    public void Neighbour_discovery_with_a_bad_checksum_is_invalid()
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(new Frame().Ipv6(A6, B6).Icmpv6(135, checksum: 1).Data(16)));
    }

    static Frame Query(int family, bool back, int type, int identifier) => family == 4
        ? new Frame().Ipv4(back ? B4 : A4, back ? A4 : B4).Icmp(type, identifier: identifier, sequence: 1).Data(56)
        : new Frame().Ipv6(back ? B6 : A6, back ? A6 : B6).Icmpv6(type, identifier: identifier, sequence: 1).Data(56);
}
