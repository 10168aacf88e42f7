using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests;

/// <summary>Who has a place in a flow cache so small that every connection wants the same two sets.</summary>
public sealed unsafe class FlowCacheTests : IDisposable
{
    /// <summary>One set of two lines for each side.</summary>
    const uint Lines = 4;

    readonly Conversation _conversation = new();
    readonly FlowCache<Connection4> _flows = new(Lines);

    public FlowCacheTests() => _conversation.Connections4.Flows = _flows;

    [Fact]
    public void Two_connections_of_one_set_are_both_there()
    {
        FastTrack(1);
        FastTrack(2);
        Assert.Equal((2, 2), (Directions(1), Directions(2)));
        Assert.Equal(4ul, _flows.View->Installed);
    }

    [Fact]
    public void A_third_one_finds_both_lines_busy_and_stays_outside()
    {
        FastTrack(1);
        FastTrack(2);
        FastTrack(3);
        Assert.Equal((2, 2, 0), (Directions(1), Directions(2), Directions(3)));
        Assert.Equal(0ul, _flows.View->Displaced);
    }

    [Fact]
    public void The_line_that_was_silent_for_longer_gives_way()
    {
        FastTrack(1);
        _conversation.Now += Conversation.Second / 2;
        FastTrack(2);
        _conversation.Now += Conversation.Second;
        FastTrack(3);
        Assert.Equal((0, 2, 2), (Directions(1), Directions(2), Directions(3)));
        Assert.Equal(2ul, _flows.View->Displaced);
    }

    [Fact]
    public void What_a_displaced_line_counted_is_its_connections()
    {
        FastTrack(1);
        FlowState* state = &Line(Question(1))->State;
        state->Packets = 5;
        state->Bytes = 500;
        _conversation.Now += 2 * Conversation.Second;
        FastTrack(2);
        FastTrack(3);
        Assert.Equal(0, Directions(1));
        CounterSnapshot counted = _conversation.Listed()[0].OriginalCounters;
        Assert.Equal((6ul, 528ul), (counted.Packets, counted.Bytes));
    }

    [Fact]
    public void A_line_of_the_second_place_stays_when_the_first_one_goes()
    {
        uint first = FastTrack(1);
        FastTrack(2);
        _flows.Forget(_conversation.Connections4, first);
        Assert.Equal((0, 2), (Directions(1), Directions(2)));
        FastTrack(2);
        Assert.Equal(4ul, _flows.View->Installed);
        FastTrack(3);
        Assert.Equal((2, 2), (Directions(2), Directions(3)));
    }

    [Fact]
    public void An_ended_connection_leaves_no_line()
    {
        uint first = FastTrack(1), second = FastTrack(2);
        Assert.False(_flows.IsEmpty);
        _conversation.Connections4.Remove(second, ConnectionEnd.Closed);
        Assert.Equal((2, 0), (Directions(1), Directions(2)));
        _conversation.Connections4.Remove(first, ConnectionEnd.Closed);
        Assert.True(_flows.IsEmpty);
    }

    public void Dispose()
    {
        _conversation.Dispose();
        _flows.Dispose();
    }

    /// <summary>An answered flow whose answer passes a fasttrack-connection rule; returns its record.</summary>
    uint FastTrack(byte host)
    {
        _conversation.Send(Question(host));
        _conversation.Send(Answer(host));
        uint record = _conversation.Latest->Record;
        _flows.Install(_conversation.Connections4, record, default, (ushort)TimeoutSlot.UdpStream, 18_000, 1, 1, _conversation.Latest->Time);
        return record;
    }

    /// <summary>Directions of a host's flow that the cache would forward.</summary>
    int Directions(byte host) => (Line(Question(host)) != null ? 1 : 0) + (Line(Answer(host)) != null ? 1 : 0);

    FlowLine4* Line(Frame frame)
    {
        Packet* packet = _conversation.Parse(frame.ToBytes());
        var line = (FlowLine4*)FlowCache<Connection4>.LineIn(_flows.SetOf(packet), packet);
        bool matches = line->State.Protocol == packet->Protocol && line->Tuple.Addresses == packet->Tuple.Addresses
            && line->Tuple.Ports == packet->Tuple.Ports;
        return matches ? line : null;
    }

    static Frame Question(byte host) => new Frame().Ipv4($"192.0.2.{host}", "198.51.100.7").Udp(4000, 53);

    static Frame Answer(byte host) => new Frame().Ipv4("198.51.100.7", $"192.0.2.{host}").Udp(53, 4000);
}
