using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Tracking.Tests;

/// <summary>GRE of both versions.</summary>
public sealed class GreTests
{
    const string A = "192.0.2.1", B = "198.51.100.2";

    /// <summary>Keys are no part of the tuple: two tunnels between the same hosts are one connection.</summary>
    [Fact]
    public void Version_0_is_tracked_by_addresses_and_assured_after_the_answer()
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Gre(false, 7)));
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Gre(false, 8)));
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Gre(true, 9)));
        Assert.Equal(ConnectionFlags.Confirmed | ConnectionFlags.SeenReply, Assert.Single(conversation.Listed()).Flags);
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Gre(false, null)));
        ConnectionSnapshot connection = Assert.Single(conversation.Listed());
        Assert.Equal(ConnectionFlags.Confirmed | ConnectionFlags.SeenReply | ConnectionFlags.Assured, connection.Flags);
        Assert.Equal((new GreSnapshot(0, 0x0800, 7), TimeSpan.FromMinutes(10)), (connection.Gre, connection.Timeout));
    }

    /// <summary>A packet names its receiver's call only, so without a helper nothing says which two directions belong together.</summary>
    [Fact]
    public void Pptp_makes_an_entry_for_each_direction_and_call()
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Pptp(false, 11)));
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Pptp(true, 12)));
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Pptp(true, 11)));
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Pptp(false, 11)));
        Assert.Equal([11u, 12u, 11u], conversation.Listed().Select(connection => connection.Gre!.Value.Key!.Value));
        Assert.All(conversation.Listed(), connection => Assert.Equal((1, 0x880b), (connection.Gre!.Value.Version, connection.Gre.Value.Protocol)));
    }

    [Fact]
    public void Call_id_0_has_no_direction()
    {
        using var conversation = new Conversation();
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(Pptp(false, 0)));
        Assert.Equal(ConnectionStateOfPacket.Established, conversation.Send(Pptp(true, 0)));
    }

    /// <summary>Too short for a version, a call id, or a key: tracked by addresses all the same.</summary>
    [Theory]
    [InlineData("", null, null)]
    [InlineData("3001", null, null)]
    [InlineData("3001880b000000", 1, null)]
    [InlineData("20000800000000", 0, null)]
    [InlineData("2000080000000005", 0, 5)]
    [InlineData("a00008000000000000000006", 0, 6)]
    [InlineData("3007880b00040005", 7, 0x0004_0005)]
    public void Short_and_unknown_headers_show_what_they_have(string header, int? version, int? key)
    {
        using var conversation = new Conversation();
        Frame frame = new Frame().Ipv4(A, B).Protocol(47).Data(Convert.FromHexString(header));
        Assert.Equal(ConnectionStateOfPacket.New, conversation.Send(frame));
        ConnectionSnapshot connection = Assert.Single(conversation.Listed());
        Assert.Equal((version, (uint?)key), (connection.Gre?.Version, connection.Gre?.Key));
        Assert.Equal((0, 0), (connection.Original.SrcPort, connection.Original.DstPort));
    }

    static Frame Gre(bool back, uint? key) => new Frame().Ipv4(back ? B : A, back ? A : B).Gre(key: key).Data(24);

    static Frame Pptp(bool back, int callId) => new Frame().Ipv4(back ? B : A, back ? A : B).Pptp(callId).Data(24);
}
