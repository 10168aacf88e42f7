using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>FastTrack from outside: the chapter's two rules, and what they may and may not change.</summary>
public sealed class FastTrackTests : IDisposable
{
    const string Rules =
        """
        /ip firewall filter add chain=forward action=fasttrack-connection connection-state=established,related
        /ip firewall filter add chain=forward action=accept connection-state=established,related
        """;

    const string Slow = "slow", Fast = "fasttrack";

    readonly Scratch _scratch = new();

    [Fact]
    public void An_established_connection_leaves_the_slow_path_and_its_close_comes_back_to_it()
    {
        Results results = Replay(
            Rules,
            (0, Tcp(false, Syn)), (1000, Tcp(true, SynAck)), (2000, Tcp(false, Ack)), (3000, Tcp(false, Ack, data: 100)),
            (4000, Tcp(true, Ack, data: 200)), (5000, Tcp(false, Fin)), (6000, Tcp(true, Ack)), (7000, Tcp(true, Fin)), (8000, Tcp(false, Ack)));
        Assert.Equal([Slow, Slow, Slow, Fast, Fast, Slow, Slow, Slow, Slow], results.Trace.Words("path"));
        Assert.All(results.Trace.Skip(1), line => Assert.Equal("established", line.Word("connection-state")));
        var connection = Assert.Single(results.Connections);
        Assert.Equal("time-wait", connection.Word("tcp-state"));
        Assert.False(connection.Flag("fasttrack"));
        Assert.Equal((5, 4), (connection.Number("orig-packets"), connection.Number("repl-packets")));
        Assert.Equal((1, 1), (connection.Number("orig-fasttrack-packets"), connection.Number("repl-fasttrack-packets")));
        Assert.Equal((140, 240), (connection.Number("orig-fasttrack-bytes"), connection.Number("repl-fasttrack-bytes")));
    }

    [Theory]
    [InlineData(Rst)]
    [InlineData(Fin)]
    public void A_long_stretch_on_the_fast_path_ends_without_an_invalid_packet(int end)
    {
        IEnumerable<(long, Frame)> data = Enumerable.Range(0, 3000).Select(i => (3000L + (i * 2000L), Tcp(i % 3 == 0, Ack, data: 1400)));
        Results results = Replay(
            Rules,
            [(0, Tcp(false, Syn)), (1000, Tcp(true, SynAck)), (2000, Tcp(false, Ack)), .. data, (6_100_000, Tcp(false, end)), (6_200_000, Tcp(true, Ack))]);
        Assert.DoesNotContain("invalid", results.Trace.Words("connection-state"));
        Assert.Equal(Slow, results.Trace[3003].Word("path"));
        var connection = Assert.Single(results.Connections);
        Assert.Equal(end == Rst ? "close" : "close-wait", connection.Word("tcp-state"));
        Assert.Equal(3005, connection.Number("orig-packets") + connection.Number("repl-packets"));

        // A sample of each direction a second, and no more than 2 % of all packets.
        int slow = results.Trace.Count(line => line.Word("path") == Slow);
        Assert.InRange(slow, 5 + 6, 5 + 60);
    }

    /// <summary>The deadline is what it would be without FastTrack: the last packet's time and the timeout, to the microsecond.</summary>
    [Theory]
    [InlineData(179_999_999, 1)]
    [InlineData(180_000_000, 0)]
    public void A_fasttracked_connection_times_out_at_its_instant(long later, int alive)
    {
        Results results = Replay(
            Rules, (0, Udp()), (1000, Udp(back: true)), (2000, Udp()), (3333, Udp(back: true)), (3333 + later, Arp()));
        Assert.Equal(Fast, results.Trace[3].Word("path"));
        Assert.Equal(alive, results.Connections.Count);
    }

    /// <summary>UDP is assured by the first packet more than two seconds after its start, on the fast path as on the slow one.</summary>
    [Fact]
    public void The_packet_that_makes_a_flow_assured_takes_the_slow_path()
    {
        Results results = Replay(
            Rules, (0, Udp()), (1000, Udp(back: true)), (2000, Udp()), (500_000, Udp()), (2_000_001, Udp()), (2_100_000, Udp()));
        Assert.Equal([Slow, Slow, Fast, Fast, Slow, Fast], results.Trace.Words("path"));
        Assert.True(Assert.Single(results.Connections).Flag("assured"));
    }

    /// <summary>RouterOS: only TCP and UDP are really fasttracked; the rule is not asked for IPv6 unless it stands there too.</summary>
    [Fact]
    public void Other_protocols_and_the_other_family_stay_on_the_slow_path()
    {
        Results results = Replay(
            Rules, (0, Ping()), (1, Ping(back: true)), (2, Ping()), (3, Udp6()), (4, Udp6(back: true)), (5, Udp6()), (6, Udp6(back: true)));
        Assert.All(results.Trace, line => Assert.Equal(Slow, line.Word("path")));
        Assert.All(results.Connections, connection => Assert.False(connection.Flag("fasttrack")));
    }

    [Fact]
    public void Ipv6_is_fasttracked_by_its_own_rule()
    {
        Results results = Replay(
            "/ipv6 firewall filter add chain=forward action=fasttrack-connection connection-state=established,related",
            (0, Udp6()), (1, Udp6(back: true)), (2, Udp6()), (3, Udp6(back: true)));
        Assert.Equal([Slow, Slow, Fast, Fast], results.Trace.Words("path"));
        Assert.True(Assert.Single(results.Connections).Flag("fasttrack"));
    }

    /// <summary>Counters, states, timeouts, verdicts and outputs are those of the slow path, whatever the burst.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("32")]
    public void FastTrack_changes_nothing_but_the_way(string burst)
    {
        var random = new Random(20);
        List<(long, Frame)> frames = [];
        long time = 0;
        for (int i = 0; i < 4000; i++)
        {
            time += random.Next(8) switch { 0 => 0, 1 => 400_000, 2 => random.Next(4_000_000), _ => random.Next(3000) };
            int port = 1 + random.Next(6);
            bool back = random.Next(2) == 0;
            frames.Add((time, random.Next(12) switch
            {
                0 => Tcp(back, Syn, port),
                1 => Tcp(back, SynAck, port),
                2 when random.Next(3) == 0 => Tcp(back, random.Next(2) == 0 ? Fin : Rst, port),
                < 6 => Tcp(back, Ack, port, random.Next(100)),
                < 9 => Udp(back, port, random.Next(100)),
                _ => Udp6(back, port, random.Next(100)),
            }));
        }

        // What FastTrack does not see is whether data is acknowledged.
        const string Timeouts = "/ip firewall connection tracking set tcp-unacked-timeout=1d tcp-max-retrans-timeout=1d\n";
        string rules6 = Timeouts + Rules + "\n/ipv6 firewall filter add chain=forward action=fasttrack-connection connection-state=established\n";
        Results plain = Replay(Timeouts, [.. frames]);
        Results fast = ReplayInBursts(rules6, burst, [.. frames]);
        Assert.Contains(Fast, fast.Trace.Words("path"));
        Assert.Equal(plain.Trace.Words("connection-state"), fast.Trace.Words("connection-state"));
        Assert.Equal(plain.Trace.Words("verdict"), fast.Trace.Words("verdict"));
        string[] same = ["src-address", "dst-address", "protocol", "tcp-state", "timeout"];
        foreach (string property in same)
        {
            Assert.Equal(plain.Connections.Words(property), fast.Connections.Words(property));
        }

        foreach (string counter in (string[])["orig-packets", "orig-bytes", "repl-packets", "repl-bytes"])
        {
            Assert.Equal(plain.Connections.Select(c => c.Number(counter)), fast.Connections.Select(c => c.Number(counter)));
        }

        foreach (string flag in (string[])["seen-reply", "assured", "confirmed", "dying"])
        {
            Assert.Equal(plain.Connections.Select(c => c.Flag(flag)), fast.Connections.Select(c => c.Flag(flag)));
        }
    }

    /// <summary>From the packet behind the one that passed the rule on, windows are not measured, though both sit in one burst.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("32")]
    public void What_follows_the_packet_that_enters_is_not_measured(string burst)
    {
        Results results = ReplayInBursts(
            Rules, burst,
            (0, Tcp(false, Syn)), (1000, Tcp(true, SynAck)), (2000, Tcp(false, Ack)),
            (3000, Tcp(false, Ack, data: 100, sequence: 2_000_000_000)), (4000, Tcp(true, Ack, data: 100, acknowledgment: 3_000_000_000)));
        Assert.Equal(["new", "established", "established", "established", "established"], results.Trace.Words("connection-state"));
        var connection = Assert.Single(results.Connections);
        Assert.Equal((3, 2), (connection.Number("orig-packets"), connection.Number("repl-packets")));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("32")]
    public void Without_a_rule_it_is_measured(string burst)
    {
        Results results = ReplayInBursts(
            "", burst,
            (0, Tcp(false, Syn)), (1000, Tcp(true, SynAck)), (2000, Tcp(false, Ack)), (3000, Tcp(false, Ack, data: 100, sequence: 2_000_000_000)));
        Assert.Equal(["new", "established", "established", "invalid"], results.Trace.Words("connection-state"));
    }

    public void Dispose() => _scratch.Dispose();

    Results Replay(string script, params (long Microseconds, Frame Frame)[] frames) => ReplayInBursts(script, "1", frames);

    Results ReplayInBursts(string script, string burst, params (long Microseconds, Frame Frame)[] frames)
    {
        string capture = _scratch.Capture("in.pcap", frames);
        return _scratch.Replay("--in", capture, "--burst", burst, "--config", _scratch.Write("rules.rsc", script + "\n"));
    }
}
