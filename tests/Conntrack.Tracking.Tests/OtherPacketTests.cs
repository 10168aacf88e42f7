using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Tracking.Tests;

/// <summary>Protocols without a machine of their own, and packets that tracking leaves alone or cannot judge.</summary>
public sealed class OtherPacketTests
{
    const string A4 = "192.0.2.1", B4 = "198.51.100.2", A6 = "2001:db8::1", B6 = "2001:db8::2";

    /// <summary>What has no ports is tracked by addresses alone; mobility and HIP are no extension headers but protocols like these.</summary>
    [Theory]
    [InlineData(4, 89)]
    [InlineData(4, 50)]
    [InlineData(6, 89)]
    [InlineData(6, 50)]
    [InlineData(6, 135)]
    [InlineData(6, 139)]
    [InlineData(6, 140)]
    public void Any_other_protocol_is_tracked_with_generic_timeout(int family, byte protocol)
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Packet(family, protocol, back: false)));
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Packet(family, protocol, back: false)));
        Assert.Equal(ConnectionFlags.Confirmed, Assert.Single(conversation.Listed()).Flags);
        conversation.Now += 599_999_999;
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Packet(family, protocol, back: true)));
        ConnectionSnapshot connection = Assert.Single(conversation.Listed());
        Assert.Equal(ConnectionFlags.Confirmed | ConnectionFlags.SeenReply, connection.Flags);
        Assert.Equal((protocol, 2ul, 1ul), (connection.Protocol, connection.OriginalCounters.Packets, connection.ReplyCounters.Packets));
        conversation.Now += 600 * Conversation.Second;
        Assert.Empty(conversation.Listed());
    }

    [Fact]
    public void Protocols_between_the_same_hosts_are_kept_apart()
    {
        using var conversation = new Conversation();
        foreach (byte protocol in new byte[] { 2, 50, 51, 89, 112 })
        {
            Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(new Frame().Ipv4(A4, B4).Protocol(protocol).Data(16)));
        }

        Assert.Equal(5, conversation.Listed().Count);
    }

    public static TheoryData<string, byte[]> BadChecksums => new()
    {
        { "tcp", new Frame().Ipv4(A4, B4).Tcp(1, 2, 2, checksum: 0x1234).ToBytes() },
        { "tcp over ipv6", new Frame().Ipv6(A6, B6).Tcp(1, 2, 2, checksum: 0x1234).ToBytes() },
        { "udp", new Frame().Ipv4(A4, B4).Udp(1, 2, checksum: 0x1234).Data(3).ToBytes() },
        { "udp over ipv6", new Frame().Ipv6(A6, B6).Udp(1, 2, checksum: 0x1234).Data(3).ToBytes() },
        { "icmp", new Frame().Ipv4(A4, B4).Icmp(8, checksum: 0x1234).ToBytes() },
        { "icmpv6", new Frame().Ipv6(A6, B6).Icmpv6(128, checksum: 0x1234).ToBytes() },
        { "sctp", new Frame().Ipv4(A4, B4).Sctp(1, 2, 0, checksum: 0x1234).Data(Frame.InitiateChunk(1, 7)).ToBytes() },
        { "udp-lite", new Frame().Ipv4(A4, B4).UdpLite(1, 2, checksum: 0x1234).Data(16).ToBytes() },
    };

    [Theory, MemberData(nameof(BadChecksums))]
    public unsafe void A_bad_checksum_is_invalid_unless_checksums_are_ignored(string kind, byte[] frame)
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(frame));
        Assert.Empty(conversation.Listed());
        conversation.Parameters->IgnoreChecksums = 1;
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(frame));
        Assert.True(conversation.Listed().Count == 1, kind);
    }

    [Fact]
    public void Udp_without_checksum_is_good()
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(new Frame().Ipv4(A4, B4).Udp(1, 2, checksum: 0).Data(3)));
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(new Frame().Ipv6(A6, B6).Udp(1, 2, checksum: 0).Data(3)));
    }

    /// <summary>A packet with a bad checksum, though its tuple fits, neither counts nor refreshes.</summary>
    [Fact]
    public void A_bad_checksum_does_not_touch_the_connection_it_claims_to_belong_to()
    {
        using var conversation = new Conversation();
        conversation.Send(new Frame().Ipv4(A4, B4).Udp(1, 2).Data(3));
        conversation.Now += Conversation.Second;
        Assert.Equal(ConnectionStateOfPacket.Invalid, conversation.Send(new Frame().Ipv4(B4, A4).Udp(2, 1, checksum: 0x1234).Data(3)));
        ConnectionSnapshot connection = Assert.Single(conversation.Listed());
        Assert.Equal((ConnectionFlags.Confirmed, 0ul, TimeSpan.FromSeconds(29)),
            (connection.Flags, connection.ReplyCounters.Packets, connection.Timeout));
    }

    public static TheoryData<string, byte[]> Malformed => new()
    {
        { "tcp header longer than the packet", new Frame().Ipv4(A4, B4).Tcp(1, 2, 2, headerWords: 15).ToBytes() },
        { "tcp header shorter than the least", new Frame().Ipv4(A4, B4).Tcp(1, 2, 2, headerWords: 4).ToBytes() },
        { "udp length beyond the packet", new Frame().Ipv4(A4, B4).Udp(1, 2, length: 100).Data(3).ToBytes() },
        { "udp cut in the header", new Frame().Ipv4(A4, B4).Protocol(17).Data(7).ToBytes() },
        { "tcp cut in the header", new Frame().Ipv6(A6, B6).Protocol(6).Data(19).ToBytes() },
        { "nothing follows", new Frame().Ipv6(A6, B6).DestinationOptions().ToBytes() },
        { "an extension header cut off", new Frame().Ipv6(A6, B6, nextHeader: 60).Data(17, 9, 0, 0, 0, 0, 0, 0).ToBytes() },
        { "pptp that carries no ppp", new Frame().Ipv4(A4, B4).Pptp(1, etherType: 0x0800).ToBytes() },
        { "sctp without a chunk", new Frame().Ipv4(A4, B4).Sctp(1, 2, 0).ToBytes() },
        { "icmp cut in the header", new Frame().Ipv4(A4, B4).Protocol(1).Data(7).ToBytes() },
    };

    [Theory, MemberData(nameof(Malformed))]
    public void A_malformed_transport_header_is_invalid(string kind, byte[] frame)
    {
        using var conversation = new Conversation();
        Assert.True(conversation.Send(frame) == ConnectionStateOfPacket.Invalid, kind);
        Assert.Empty(conversation.Listed());
    }

    public static TheoryData<string, byte[]> Everything => new()
    {
        { "tcp", new Frame().Ipv4(A4, B4).Tcp(1, 2, 2).ToBytes() },
        { "udp", new Frame().Ipv6(A6, B6).Udp(1, 2).Data(3).ToBytes() },
        { "udp with a bad checksum", new Frame().Ipv4(A4, B4).Udp(1, 2, checksum: 0x1234).Data(3).ToBytes() },
        { "icmp", new Frame().Ipv4(A4, B4).Icmp(8).ToBytes() },
        { "icmp error", new Frame().Ipv4(A4, B4).Icmp(3, 1).Data(28).ToBytes() },
        { "neighbour solicitation", new Frame().Ipv6(A6, B6).Icmpv6(135).Data(16).ToBytes() },
        { "ospf", new Frame().Ipv4(A4, B4).Protocol(89).Data(44).ToBytes() },
        { "malformed tcp", new Frame().Ipv4(A4, B4).Tcp(1, 2, 2, headerWords: 15).ToBytes() },
        { "fragment", new Frame().Ipv4(A4, B4, moreFragments: true).Udp(1, 2).Data(24).ToBytes() },
    };

    /// <summary>Each family by itself.</summary>
    [Fact]
    public unsafe void A_family_is_tracked_when_it_is_enabled()
    {
        using var conversation = new Conversation();
        Frame four = new Frame().Ipv4(A4, B4).Udp(1, 2).Data(3), six = new Frame().Ipv6(A6, B6).Udp(1, 2).Data(3);
        conversation.Parameters->Enabled = TrackedFamilies.Ipv4;
        Assert.Equal([ConnectionStateOfPacket.New, ConnectionStateOfPacket.Untracked], [conversation.Send(four), conversation.Send(six)]);
        conversation.Parameters->Enabled = TrackedFamilies.Ipv6;
        Assert.Equal([ConnectionStateOfPacket.Untracked, ConnectionStateOfPacket.New], [conversation.Send(four), conversation.Send(six)]);
    }

    [Theory, MemberData(nameof(Everything))]
    public unsafe void Nothing_is_tracked_while_tracking_is_off(string kind, byte[] frame)
    {
        using var conversation = new Conversation();
        conversation.Parameters->Enabled = 0;
        Assert.True(conversation.Send(frame) == ConnectionStateOfPacket.Untracked, kind);
        Assert.Empty(conversation.Listed());
    }

    static Frame Packet(int family, byte protocol, bool back)
    {
        Frame frame = family == 4
            ? new Frame().Ipv4(back ? B4 : A4, back ? A4 : B4)
            : new Frame().Ipv6(back ? B6 : A6, back ? A6 : B6);
        return frame.Protocol(protocol).Data(24);
    }
}
