using Conntrack.Testing;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Events;

/// <summary>What is told of connections: each of their turns once, with the connection as it was.</summary>
public sealed unsafe class ConnectionEventTests : IDisposable
{
    const int Fin = 0x01, Syn = 0x02, Rst = 0x04, Ack = 0x10;

    readonly Conversation _conversation = new();
    readonly EventWatch _watch;

    public ConnectionEventTests() => _watch = new EventWatch(_conversation);

    public void Dispose()
    {
        _watch.Dispose();
        _conversation.Dispose();
    }

    [Fact]
    public void A_connection_is_told_from_its_opening_to_its_end()
    {
        _conversation.Send(Tcp(true, Syn, 100, 0));
        Assert.Equal([(EventKind.Created, null, TcpState.SynSent)], Told());
        _conversation.Send(Tcp(false, Syn | Ack, 500, 101));
        Assert.Equal([(EventKind.Changed, null, TcpState.SynReceived)], Told());
        _conversation.Send(Tcp(true, Ack, 101, 501));
        Assert.Equal([(EventKind.Changed, null, TcpState.Established)], Told());

        // Data tells nothing: nothing per packet.
        _conversation.Send(Tcp(true, Ack, 101, 501).Data(100));
        _conversation.Send(Tcp(false, Ack, 501, 201).Data(100));
        Assert.Empty(Told());
        _conversation.Send(Tcp(true, Fin | Ack, 201, 601));
        _conversation.Send(Tcp(false, Fin | Ack, 601, 202));
        _conversation.Send(Tcp(true, Ack, 202, 602));
        Assert.Equal(
            [
                (EventKind.Changed, null, TcpState.FinWait), (EventKind.Changed, null, TcpState.LastAck),
                (EventKind.Changed, null, TcpState.TimeWait),
            ],
            Told());
        _conversation.Now += 11 * Conversation.Second;
        _watch.Ring->Now = Memory.Timestamp.FromMicroseconds((ulong)_conversation.Now);
        _conversation.Connections4.SweepAll(_watch.Ring->Now);
        var end = Assert.Single(_watch.Read());
        Assert.Equal((EventKind.Ended, ConnectionEnd.Expired, TcpState.TimeWait), (end.Kind, end.End, (TcpState)end.Connection.State));
        Assert.Equal((5ul, 3ul), (end.Connection.OriginalCounters.Packets, end.Connection.ReplyCounters.Packets));
        Assert.Equal(TimeSpan.Zero, end.Connection.Timeout);
    }

    [Fact]
    public void A_reset_that_answers_a_syn_ends_it_and_says_so()
    {
        _conversation.Send(Tcp(true, Syn, 100, 0));
        _conversation.Send(Tcp(false, Rst | Ack, 0, 101));
        Assert.Equal(
            [(EventKind.Created, null), (EventKind.Ended, ConnectionEnd.Closed)],
            _watch.Read().Where(e => e.Kind != EventKind.Changed).Select(e => (e.Kind, e.End)));
    }

    [Fact]
    public void Who_gives_way_is_told_as_evicted()
    {
        for (int port = 1; port <= 1025; port++)
        {
            _conversation.Send(new Frame().Ipv4("10.0.0.1", "192.0.2.1").Udp(port, 53).Data(1));
        }

        var end = Assert.Single(_watch.Read(), told => told.Kind == EventKind.Ended);
        Assert.Equal((ConnectionEnd.EvictedHalfOpen, 1), (end.End, (int)end.Connection.Original.SrcPort));
    }

    [Fact]
    public void What_finds_no_room_is_counted_where_it_would_have_stood()
    {
        void Open(int number) => _conversation.Send(new Frame().Ipv4($"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}", "192.0.2.1").Udp(9, 53).Data(1));

        // Each opens one and, from the 1025th on, evicts one.
        int sent = 0;
        while (_watch.Ring->Lost == 0)
        {
            Open(++sent);
        }

        for (int more = 0; more < 99; more++)
        {
            Open(++sent);
        }

        ulong lost = _watch.Ring->Lost;
        var before = _watch.Read();
        Assert.Equal((int)EventRing.Capacity, before.Count);
        Assert.All(before, told => Assert.Equal(0ul, told.LostBefore));
        Assert.Equal((2 * (ulong)sent) - 1024, EventRing.Capacity + lost);
        Open(++sent);
        Assert.All(_watch.Read(), told => Assert.Equal(lost, told.LostBefore));
        Assert.Equal(lost, _watch.Ring->Lost);
    }

    [Fact]
    public void Nobody_who_does_not_watch_is_told()
    {
        _conversation.Connections4.View->Events = null;
        _conversation.Send(Tcp(true, Syn, 100, 0));
        Assert.Empty(_watch.Read());
        _conversation.Connections4.View->Events = _watch.Ring;
        _conversation.Send(Tcp(false, Syn | Ack, 500, 101));
        Assert.Single(_watch.Read());
    }

    /// <summary>Whatever happens, the connections that events leave are those that are listed, with the states and flags they have there.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Events_leave_what_is_listed(int seed)
    {
        var random = new Random(seed);
        Dictionary<(bool, uint, ushort), ConnectionSnapshot> known = [];
        int[] flags = [Syn, Syn | Ack, Ack, Ack, Ack, Fin | Ack, Rst, Rst | Ack];
        for (int n = 0; n < 4000; n++)
        {
            _conversation.Now += random.Next(20) == 0 ? random.Next(15) * Conversation.Second : random.Next(100_000);
            bool forth = random.Next(3) != 0;
            int port = 1000 + random.Next(12);
            Frame frame = random.Next(4) switch
            {
                0 => Ends(forth, random.Next(3)).Udp(forth ? port : 53, forth ? 53 : port).Data(random.Next(50)),
                1 => Ends6(forth).Udp(forth ? port : 53, forth ? 53 : port).Data(random.Next(50)),
                _ => Tcp(forth, flags[random.Next(flags.Length)], (uint)random.Next(3), (uint)random.Next(3), port),
            };
            _conversation.Send(frame);
            if (random.Next(25) == 0)
            {
                ulong now = Memory.Timestamp.FromMicroseconds((ulong)_conversation.Now);
                _conversation.Connections4.Sweep(now, random.Next(1, 2000));
                _conversation.Connections6.Sweep(now, random.Next(1, 2000));
            }

            if (random.Next(40) == 0 && _conversation.Listed().FirstOrDefault(connection => !connection.IsIpv6) is { Record: not 0 } doomed)
            {
                _conversation.Connections4.Remove(doomed.Record, ConnectionEnd.Deleted);
                _conversation.Connections4.ReleaseRemoved();
            }

            if (n % 97 != 0)
            {
                continue;
            }

            ulong sweep = Memory.Timestamp.FromMicroseconds((ulong)_conversation.Now);
            _conversation.Connections4.SweepAll(sweep);
            _conversation.Connections6.SweepAll(sweep);
            Follow(known);
            Assert.Equal(
                _conversation.Listed().Select(Essence).Order(StringComparer.Ordinal), known.Values.Select(Essence).Order(StringComparer.Ordinal));
        }
    }

    void Follow(Dictionary<(bool, uint, ushort), ConnectionSnapshot> known)
    {
        foreach ((EventKind kind, _, _, ConnectionSnapshot connection) in _watch.Read())
        {
            (bool, uint, ushort) id = (connection.IsIpv6, connection.Record, connection.Generation);
            switch (kind)
            {
                case EventKind.Created:
                    known.Add(id, connection);
                    break;
                case EventKind.Changed:
                    Assert.True(known.ContainsKey(id));
                    known[id] = connection;
                    break;
                default:
                    Assert.True(known.Remove(id));
                    break;
            }
        }
    }

    static string Essence(ConnectionSnapshot connection) =>
        $"{connection.IsIpv6} {connection.Record} {connection.Generation} {connection.Protocol} {connection.Original} {connection.Reply} {connection.State} {connection.Flags} {connection.Mark}";

    IEnumerable<(EventKind, ConnectionEnd?, TcpState)> Told() => _watch.Read().Select(told => (told.Kind, told.End, (TcpState)told.Connection.State));

    static Frame Ends(bool forth, int host) => forth ? new Frame().Ipv4($"10.0.0.{host + 1}", "192.0.2.1") : new Frame().Ipv4("192.0.2.1", $"10.0.0.{host + 1}");

    static Frame Ends6(bool forth) => forth ? new Frame().Ipv6("2001:db8::1", "2001:db8::2") : new Frame().Ipv6("2001:db8::2", "2001:db8::1");

    static Frame Tcp(bool forth, int flags, uint sequence, uint acknowledgment, int port = 4000) => Ends(forth, 0)
        .Tcp(forth ? port : 80, forth ? 80 : port, sequence: sequence, acknowledgment: acknowledgment, flags: flags);
}
