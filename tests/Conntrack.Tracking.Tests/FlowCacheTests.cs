using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests;

/// <summary>Who has a place in a flow cache that holds two connections, and that its memory and its index go with what is fasttracked.</summary>
public sealed unsafe class FlowCacheTests : IDisposable
{
    /// <summary>Two pairs.</summary>
    const uint Lines = 4;

    readonly Conversation _conversation = new();
    readonly FlowCache<Connection4> _flows = new(Lines);

    public FlowCacheTests() => _conversation.Connections4.Flows = _flows;

    [Fact]
    public void As_many_connections_as_it_holds_are_there()
    {
        FastTrack(1);
        FastTrack(2);
        Assert.Equal((2, 2), (Directions(1), Directions(2)));
        Assert.Equal(4ul, _flows.View->Installed);
    }

    [Fact]
    public void Another_one_finds_all_lines_busy_and_stays_outside()
    {
        FastTrack(1);
        FastTrack(2);
        FastTrack(3);
        Assert.Equal((2, 2, 0), (Directions(1), Directions(2), Directions(3)));
        Assert.Equal(0ul, _flows.View->Displaced);
    }

    [Fact]
    public void The_connection_that_was_silent_for_longer_gives_way()
    {
        FastTrack(1);
        _conversation.Now += Conversation.Second / 2;
        FastTrack(2);
        _conversation.Now += Conversation.Second;
        FastTrack(3);
        Assert.Equal((0, 2, 2), (Directions(1), Directions(2), Directions(3)));
        Assert.Equal(2ul, _flows.View->Displaced);
    }

    /// <summary>A download: its acknowledgments may come by another way, and still it is busy.</summary>
    [Fact]
    public void One_busy_direction_keeps_both()
    {
        FastTrack(1);
        _conversation.Now += Conversation.Second / 2;
        FastTrack(2);
        _conversation.Now += 2 * Conversation.Second;
        Line(Answer(1))->State.RefreshedTick = Timestamp.Tick(Timestamp.FromMicroseconds((ulong)_conversation.Now));
        FastTrack(3);
        Assert.Equal((2, 0, 2), (Directions(1), Directions(2), Directions(3)));
    }

    [Fact]
    public void Who_came_in_vain_does_not_ask_again_within_the_tick()
    {
        FastTrack(1);
        FastTrack(2);
        FastTrack(3);
        Line(Question(1))->State.RefreshedTick -= 5 * Timestamp.TicksPerSecond;
        Line(Answer(1))->State.RefreshedTick -= 5 * Timestamp.TicksPerSecond;
        FastTrack(4);
        Assert.Equal((2, 0), (Directions(1), Directions(4)));
        _conversation.Now += Conversation.Second / 100;
        FastTrack(4);
        Assert.Equal((0, 2), (Directions(1), Directions(4)));
    }

    [Fact]
    public void Memory_goes_with_what_is_fasttracked_and_every_connection_finds_its_own_lines()
    {
        const int Connections = 1000;
        using FlowCache<Connection4> flows = new(1 << 22);
        _conversation.Connections4.Flows = flows;
        nuint before = flows.View->CommittedBytes;
        uint buckets = flows.View->Index.Buckets;
        for (int n = 0; n < Connections; n++)
        {
            FastTrack(flows, Numbered(n), Back(n));
            if (n % 100 == 0)
            {
                _conversation.Connections4.View->CommitAhead();
                flows.View->CommitAhead();
            }
        }

        Assert.Equal(2ul * Connections, flows.View->Installed);
        Assert.InRange(flows.View->Index.Buckets, 4 * buckets, 8 * buckets);
        Assert.InRange(flows.View->CommittedBytes, before, before + (2u << 20));
        for (int n = 0; n < Connections; n++)
        {
            Assert.True(Find(flows, Numbered(n)) != null && Find(flows, Back(n)) != null, $"connection {n}");
        }

        foreach (ConnectionSnapshot connection in _conversation.Listed())
        {
            _conversation.Connections4.Remove(connection.Record, ConnectionEnd.Closed);
        }

        Assert.True(flows.IsEmpty);
        Assert.Equal(0u, flows.View->Index.Entries);
        _conversation.Connections4.Flows = _flows;

        static Frame Numbered(int n) => new Frame().Ipv4($"10.{n >> 8}.{n & 255}.1", "198.51.100.7").Udp(4000, 53);

        static Frame Back(int n) => new Frame().Ipv4("198.51.100.7", $"10.{n >> 8}.{n & 255}.1").Udp(53, 4000);
    }

    [Fact]
    public void Samples_that_are_all_due_at_once_wait_for_packets()
    {
        SamplePace pace = new();
        Assert.True(pace.MayTake(1023, 0));
        Assert.False(pace.MayTake(1024, 0));
        Assert.True(pace.MayTake(1024, 128));
        pace.Judge(Timestamp.TicksPerSecond, 1024, 128);
        Assert.True(pace.MayTake(1024 + 1023, 128));
    }

    [Fact]
    public void What_brings_news_does_not_wait()
    {
        _conversation.Send(Question(1));
        uint record = _conversation.Latest->Record;
        _flows.Install(_conversation.Connections4, record, default, (byte)TimeoutSlot.UdpStream, 18_000, 1, 0, _conversation.Latest->Time);
        Assert.True(Line(Question(1))->State.HasNews);
        _flows.View->Samples = 1_000_000;
        Assert.True(_flows.Samples(&Line(Question(1))->State));
        FastTrack(2);
        Line(Question(2))->State.HasNews = false;
        Assert.False(_flows.Samples(&Line(Question(2))->State));
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
    public void The_lines_of_one_stay_when_those_of_another_go()
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
    uint FastTrack(byte host) => FastTrack(_flows, Question(host), Answer(host));

    uint FastTrack(FlowCache<Connection4> flows, Frame question, Frame answer)
    {
        _conversation.Send(question);
        _conversation.Send(answer);
        uint record = _conversation.Latest->Record;
        flows.Install(_conversation.Connections4, record, default, (byte)TimeoutSlot.UdpStream, 18_000, 1, 1, _conversation.Latest->Time);
        return record;
    }

    /// <summary>Directions of a host's flow that the cache would forward.</summary>
    int Directions(byte host) => (Line(Question(host)) != null ? 1 : 0) + (Line(Answer(host)) != null ? 1 : 0);

    FlowLine4* Line(Frame frame) => Find(_flows, frame);

    FlowLine4* Find(FlowCache<Connection4> flows, Frame frame)
    {
        Packet* packet = _conversation.Parse(frame.ToBytes());
        var line = (FlowLine4*)flows.LineOf(flows.BucketOf(packet), packet);
        bool matches = line->State.Protocol == packet->Protocol && line->Tuple.Addresses == packet->Tuple.Addresses
            && line->Tuple.Ports == packet->Tuple.Ports;
        return matches ? line : null;
    }

    static Frame Question(byte host) => new Frame().Ipv4($"192.0.2.{host}", "198.51.100.7").Udp(4000, 53);

    static Frame Answer(byte host) => new Frame().Ipv4("198.51.100.7", $"192.0.2.{host}").Udp(53, 4000);
}
