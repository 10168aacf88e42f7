using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Tracking.Tests;

/// <summary>UDP and UDP-Lite, over both families.</summary>
public sealed class UdpTests
{
    public static TheoryData<string> Kinds => ["udp", "udp over ipv6", "udp-lite"];

    [Theory, MemberData(nameof(Kinds))]
    public void Packets_without_an_answer_stay_new_with_udp_timeout(string kind)
    {
        using var conversation = new Conversation();
        for (int packet = 1; packet <= 5; packet++)
        {
            Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Question(kind)));
            ConnectionSnapshot connection = Assert.Single(conversation.Listed());
            Assert.Equal(ConnectionFlags.Confirmed, connection.Flags);
            Assert.Equal(TimeSpan.FromSeconds(30), connection.Timeout);
            Assert.Equal((ulong)packet, connection.OriginalCounters.Packets);
            conversation.Now += Conversation.Second;
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_first_answer_makes_it_a_stream(string kind)
    {
        using var conversation = new Conversation();
        conversation.Send(Question(kind));
        conversation.Now += 10;
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Answer(kind)));
        ConnectionSnapshot connection = Assert.Single(conversation.Listed());
        Assert.Equal(ConnectionFlags.Confirmed | ConnectionFlags.SeenReply, connection.Flags);
        Assert.Equal(TimeSpan.FromMinutes(3), connection.Timeout);
        conversation.Now += Conversation.Second;
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Question(kind)));
        Assert.Equal(TimeSpan.FromMinutes(3), Assert.Single(conversation.Listed()).Timeout);
    }

    /// <summary>Two seconds after the first packet a flow is not yet a stream to be kept; a microsecond later it is, whoever sends.</summary>
    [Theory]
    [InlineData(0, 2_000_000, false, false)]
    [InlineData(0, 2_000_001, false, true)]
    [InlineData(0, 2_000_000, true, false)]
    [InlineData(0, 2_000_001, true, true)]
    [InlineData(7_654_321, 2_000_000, false, false)]
    [InlineData(7_654_321, 2_000_001, true, true)]
    [InlineData(9_999, 1_999_999, false, false)]
    [InlineData(9_999, 2_000_001, false, true)]
    public void Assured_from_two_seconds_on(long start, long after, bool reply, bool assured)
    {
        using var conversation = new Conversation { Now = start };
        conversation.Send(Question("udp"));
        conversation.Now = start + 5;
        conversation.Send(Answer("udp"));
        conversation.Now = start + after;
        conversation.Send(reply ? Answer("udp") : Question("udp"));
        Assert.Equal(assured, (Assert.Single(conversation.Listed()).Flags & ConnectionFlags.Assured) != 0);
    }

    [Fact]
    public void A_late_first_answer_does_not_assure_the_next_packet_does()
    {
        using var conversation = new Conversation();
        conversation.Send(Question("udp"));
        conversation.Now = 3 * Conversation.Second;
        conversation.Send(Answer("udp"));
        Assert.Equal(ConnectionFlags.Confirmed | ConnectionFlags.SeenReply, Assert.Single(conversation.Listed()).Flags);
        conversation.Send(Question("udp"));
        Assert.Equal(
            ConnectionFlags.Confirmed | ConnectionFlags.SeenReply | ConnectionFlags.Assured, Assert.Single(conversation.Listed()).Flags);
    }

    [Fact]
    public void Udp_lite_is_assured_by_any_packet_after_the_answer()
    {
        using var conversation = new Conversation();
        conversation.Send(Question("udp-lite"));
        conversation.Send(Answer("udp-lite"));
        Assert.Equal(ConnectionFlags.Confirmed | ConnectionFlags.SeenReply, Assert.Single(conversation.Listed()).Flags);
        conversation.Send(Answer("udp-lite"));
        ConnectionSnapshot connection = Assert.Single(conversation.Listed());
        Assert.Equal(ConnectionFlags.Confirmed | ConnectionFlags.SeenReply | ConnectionFlags.Assured, connection.Flags);
        Assert.Equal(TimeSpan.FromMinutes(3), connection.Timeout);
    }

    [Fact]
    public void An_unanswered_flow_is_never_assured()
    {
        using var conversation = new Conversation();
        for (int second = 0; second < 100; second += 20)
        {
            conversation.Now = second * Conversation.Second;
            Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Question("udp")));
        }

        Assert.Equal(ConnectionFlags.Confirmed, Assert.Single(conversation.Listed()).Flags);
    }

    [Fact]
    public void Ends_at_its_instant_and_begins_again()
    {
        using var conversation = new Conversation { Now = 1_234_567 };
        conversation.Send(Question("udp"));
        conversation.Now += (30 * Conversation.Second) - 1;
        Assert.Equal(TimeSpan.FromMicroseconds(1), Assert.Single(conversation.Listed()).Timeout);
        conversation.Now++;
        Assert.Empty(conversation.Listed());
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Answer("udp")));
        Assert.Equal(53, Assert.Single(conversation.Listed()).Original.SrcPort);
    }

    [Fact]
    public void Every_tuple_is_a_connection_of_its_own()
    {
        using var conversation = new Conversation();
        conversation.Send(new Frame().Ipv4("192.0.2.1", "198.51.100.2").Udp(5000, 53));
        conversation.Send(new Frame().Ipv4("192.0.2.1", "198.51.100.2").Udp(5001, 53));
        conversation.Send(new Frame().Ipv4("192.0.2.1", "198.51.100.2").Udp(5000, 54));
        conversation.Send(new Frame().Ipv4("192.0.2.1", "198.51.100.3").Udp(5000, 53));
        conversation.Send(new Frame().Ipv4("192.0.2.3", "198.51.100.2").Udp(5000, 53));
        conversation.Send(new Frame().Ipv4("192.0.2.1", "198.51.100.2").UdpLite(5000, 53));
        Assert.Equal(6, conversation.Listed().Count);
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(new Frame().Ipv4("198.51.100.2", "192.0.2.1").Udp(54, 5000)));
        Assert.Equal(6, conversation.Listed().Count);
    }

    static Frame Question(string kind) => kind switch
    {
        "udp" => new Frame().Ipv4("192.0.2.1", "198.51.100.2").Udp(5000, 53).Data(20),
        "udp over ipv6" => new Frame().Ipv6("2001:db8::1", "2001:db8::2").Udp(5000, 53).Data(20),
        _ => new Frame().Ipv4("192.0.2.1", "198.51.100.2").UdpLite(5000, 53).Data(20),
    };

    static Frame Answer(string kind) => kind switch
    {
        "udp" => new Frame().Ipv4("198.51.100.2", "192.0.2.1").Udp(53, 5000).Data(20),
        "udp over ipv6" => new Frame().Ipv6("2001:db8::2", "2001:db8::1").Udp(53, 5000).Data(20),
        _ => new Frame().Ipv4("198.51.100.2", "192.0.2.1").UdpLite(53, 5000).Data(20),
    };
}
