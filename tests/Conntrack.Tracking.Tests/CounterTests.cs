using System.Runtime.InteropServices;
using Conntrack.Testing;

namespace Conntrack.Tracking.Tests;

/// <summary>Packets and bytes of a connection: from the IP header on, both directions apart, beyond the width of a record's counters.</summary>
public sealed unsafe class CounterTests
{
    [Fact]
    public void Bytes_count_from_the_IP_header_on_without_link_padding()
    {
        using var conversation = new Conversation();
        conversation.Send(new Frame().Vlan(7).Ipv4("192.0.2.1", "198.51.100.2").Udp(1, 2).Data(3).Padding(15));
        conversation.Send(new Frame().Ipv4("192.0.2.1", "198.51.100.2", options: [1, 1, 1, 1]).Udp(1, 2).Data(100));
        conversation.Send(new Frame().Ipv4("198.51.100.2", "192.0.2.1").Udp(2, 1));
        conversation.Send(new Frame().Ipv6("2001:db8::1", "2001:db8::2").HopByHop(5, 2, 0, 0).Udp(1, 2).Data(11).Padding(2));
        Assert.Equal(
            [(2ul, 20ul + 8 + 3 + 24 + 8 + 100, 1ul, 28ul), (1ul, 40ul + 8 + 8 + 11, 0ul, 0ul)],
            conversation.Listed().Select(connection => (connection.OriginalCounters.Packets, connection.OriginalCounters.Bytes,
                connection.ReplyCounters.Packets, connection.ReplyCounters.Bytes)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Packets_go_on_beyond_32_bits(int direction)
    {
        using var conversation = new Conversation();
        conversation.Send(Packet(0));
        conversation.Send(Packet(1));
        Record(conversation)->Packets[direction] = uint.MaxValue - 1;
        for (ulong more = 0; more < 4; more++)
        {
            conversation.Send(Packet(direction));
            Assert.Equal((1ul << 32) - 1 + more, Counters(conversation, direction).Packets);
        }

        Assert.Equal(1ul, Counters(conversation, 1 - direction).Packets);
        Assert.Equal(128ul, Counters(conversation, 1 - direction).Bytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Bytes_go_on_beyond_48_bits(int direction)
    {
        using var conversation = new Conversation();
        conversation.Send(Packet(0));
        conversation.Send(Packet(1));
        SetBytes(Record(conversation), direction, (1ul << 48) - 200);
        ulong bytes = (1ul << 48) - 200;
        for (int more = 0; more < 4; more++)
        {
            conversation.Send(Packet(direction));
            Assert.Equal(bytes += 128, Counters(conversation, direction).Bytes);
        }

        Assert.Equal(5ul, Counters(conversation, direction).Packets);
        Assert.Equal(128ul, Counters(conversation, 1 - direction).Bytes);
        Assert.Equal(1ul, Counters(conversation, 1 - direction).Packets);
    }

    static CounterSnapshot Counters(Conversation conversation, int direction)
    {
        ConnectionSnapshot connection = Assert.Single(conversation.Listed());
        return direction == 0 ? connection.OriginalCounters : connection.ReplyCounters;
    }

    static Connection* Record(Conversation conversation) =>
        conversation.Connections4.ConnectionAt(Assert.Single(conversation.Listed()).Record);

    /// <summary>Writes the six bytes at the offset the record's layout gives them.</summary>
    static void SetBytes(Connection* connection, int direction, ulong bytes) =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in bytes))[..6].CopyTo(new Span<byte>((byte*)connection + 92 + (6 * direction), 6));

    static Frame Packet(int direction) => direction == 0
        ? new Frame().Ipv4("192.0.2.1", "198.51.100.2").Udp(1, 2).Data(100)
        : new Frame().Ipv4("198.51.100.2", "192.0.2.1").Udp(2, 1).Data(100);
}
