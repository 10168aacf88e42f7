using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>A table at and near its limit, as an operator meets it: what goes, what stays, who always gets in, and what is told of it.</summary>
public sealed class PressureTests : IDisposable
{
    const string Limit = "/ip firewall connection tracking set max-entries=";

    const string TwoNetworks = """
        /ip address add address=10.0.1.1/24 interface=ether1
        /ip address add address=10.0.2.1/24 interface=ether2
        /ip arp add address=10.0.1.9 mac-address=02:00:00:00:00:99 interface=ether1
        /ip arp add address=10.0.2.9 mac-address=02:00:00:00:00:98 interface=ether2

        """;

    readonly Scratch _scratch = new();

    /// <summary>
    /// A hundred places, thirty assured connections, and a SYN flood many times as large with forty more handshakes in the middle of it, all of
    /// them slower than the flood goes round: all seventy are there at the end, whatever worker each came to.
    /// </summary>
    [Fact]
    public void Whatever_floods_a_connection_that_is_to_be_assured_finds_room()
    {
        List<(long Time, Frame Frame)> frames = [];
        for (int n = 0; n < 70; n++)
        {
            long begin = n < 30 ? n * 1000 : 100_000 + ((n - 30) * 20_000);
            string client = $"10.1.{n}.1";
            frames.Add((begin, new Frame().Ipv4(client, Server).Tcp(1000 + n, 80, Syn)));
            frames.Add((begin + 500, new Frame().Ipv4(Server, client).Tcp(80, 1000 + n, SynAck)));
            frames.Add((begin + 700, new Frame().Ipv4(client, Server).Tcp(1000 + n, 80, Ack)));
        }

        for (int n = 0; n < 3000; n++)
        {
            frames.Add((90_000 + (n * 300), new Frame().Ipv4($"172.16.{n / 250}.{n % 250}", Server).Tcp(2000 + n, 80, Syn)));
        }

        JsonElement tracking = SameForAll(Limit + "100", [.. frames.OrderBy(frame => frame.Time)], results =>
        {
            Assert.DoesNotContain("drop", results.Trace.Words("verdict"));
            Assert.Equal(70, results.Connections.Count(connection => connection.Flag("assured")));
        });
        Assert.Equal((100, 3070), (tracking.Number("total-entries"), tracking.Number("created")));
        JsonElement ended = tracking.GetProperty("ended");
        Assert.InRange(ended.Number("evicted-half-open"), 2000, 2970);
        Assert.Equal(2970, ended.Number("evicted-half-open") + ended.Number("evicted-idle"));
    }

    /// <summary>
    /// Seventy-two questions of eighty places, twenty seconds old. Pressure begins at seventy; with six places left a timeout of thirty seconds is
    /// eighteen, and the questions are over, long before the eightieth.
    /// </summary>
    [Fact]
    public void Near_the_limit_timeouts_of_what_is_unassured_are_shorter()
    {
        List<(long Time, Frame Frame)> frames =
        [
            .. Enumerable.Range(0, 72).Select(n => (n * 10L, new Frame().Ipv4($"10.1.{n}.1", Server).Udp(1000, 53))),
            .. Enumerable.Range(0, 3).Select(n => (20_000_000L + n, new Frame().Ipv4($"10.2.{n}.1", Server).Udp(1000, 53))),
        ];
        JsonElement tracking = SameForAll(Limit + "80", frames, results => Assert.Equal(3, results.Connections.Count));
        Assert.Equal((72, 0), (tracking.GetProperty("ended").Number("evicted-idle"), tracking.GetProperty("ended").Number("expired")));

        // Two newcomers leave seven places, and twenty-one seconds: nobody goes.
        tracking = SameForAll(Limit + "80", frames[..^1], results => Assert.Equal(74, results.Connections.Count));
        Assert.Equal(0, tracking.GetProperty("ended").Number("evicted-idle"));
    }

    /// <summary>An answered question is kept where unanswered ones can go, and assured ones stay idle as long as they are allowed.</summary>
    [Fact]
    public void Only_the_class_that_goes_first_has_shorter_timeouts()
    {
        List<(long Time, Frame Frame)> frames = [];
        for (int n = 0; n < 36; n++)
        {
            frames.Add((n * 10L, new Frame().Ipv4($"10.1.{n}.1", Server).Udp(1000, 53)));
            frames.Add((n * 10L, new Frame().Ipv4($"10.3.{n}.1", Server).Udp(1000, 53)));
            frames.Add(((n * 10L) + 5, new Frame().Ipv4(Server, $"10.3.{n}.1").Udp(53, 1000)));
        }

        frames.AddRange(Enumerable.Range(0, 8).Select(n => (25_000_000L + n, new Frame().Ipv4($"10.2.{n}.1", Server).Udp(1000, 53))));
        JsonElement tracking = SameForAll(Limit + "80", frames, results => Assert.Equal(44, results.Connections.Count));
        Assert.Equal(36, tracking.GetProperty("ended").Number("evicted-idle"));
    }

    /// <summary>
    /// Sixty-four places, all that forwarded connections may have are assured: the next forwarded one is refused, sessions to the router and its
    /// answers are not, and what only seems to be for the router because its destination is about to be translated takes no place of theirs.
    /// </summary>
    [Fact]
    public void A_full_table_locks_nobody_out_of_the_router()
    {
        const string Script = TwoNetworks + Limit + """
            64
            /ip firewall nat add chain=dstnat dst-address=10.0.1.1 protocol=tcp dst-port=8080 action=dst-nat to-addresses=10.0.2.9 to-ports=80

            """;
        List<(long Time, int Port, Frame Frame)> frames = [];
        for (int n = 0; n < 60; n++)
        {
            long begin = n * 1000;
            frames.Add((begin, 1, Lan().Ipv4("10.0.1.9", "10.0.2.9").Tcp(1000 + n, 80, Syn)));
            frames.Add((begin + 100, 2, Wan().Ipv4("10.0.2.9", "10.0.1.9").Tcp(80, 1000 + n, SynAck)));
            frames.Add((begin + 200, 1, Lan().Ipv4("10.0.1.9", "10.0.2.9").Tcp(1000 + n, 80, Ack)));
        }

        frames.Add((100_000, 1, Lan().Ipv4("10.0.1.9", "10.0.1.1").Tcp(5000, 8080, Syn)));
        frames.Add((100_100, 1, Lan().Ipv4("10.0.1.9", "10.0.1.1").Tcp(5001, 22, Syn)));
        frames.Add((100_200, 2, Wan().Ipv4("10.0.2.9", "10.0.2.1").Icmp(8, identifier: 3, sequence: 1).Data(8)));
        for (int n = 0; n < 50; n++)
        {
            frames.Add((101_000 + n, 1, Lan().Ipv4("10.0.1.9", "10.0.2.9").Udp(6000 + n, 53)));
        }

        foreach (string more in (string[])["", "--burst 32", "--workers 2", "--workers 4 --burst 32"])
        {
            Results results = Replay(Script, more, frames);
            JsonElement[] sessions = [.. results.Connections.Where(connection => connection.Word("dst-address") is "10.0.1.1:22" or "10.0.2.1")];
            Assert.Equal(2, sessions.Length);
            Assert.Equal("syn-sent", sessions[0].Word("tcp-state"));
            Assert.Equal(1, sessions[1].Number("repl-packets"));
            Assert.Equal(56, results.Connections.Count(connection => connection.Flag("assured")));

            // Four handshakes of three packets, whose later ones are loose beginnings, one translated, and the fifty.
            JsonElement tracking = results.Stats.GetProperty("tracking");
            Assert.Equal((64, 8, 58), (tracking.Number("max-entries"), tracking.Number("reserved-entries"), tracking.Number("total-entries")));
            Assert.Equal((4 * 3) + 1 + 50, results.Stats.GetProperty("dropped").Number("table-full"));
            Assert.Equal((1, 62), (tracking.GetProperty("ended").Number("unconfirmed"), tracking.GetProperty("refused").Number("full")));
            Assert.Equal(0, tracking.GetProperty("removed").Number("evicted"));
        }
    }

    /// <summary>A flood of the router's own address has its share and no more: the sessions of others go on being opened, and so does the last of its own.</summary>
    [Fact]
    public void A_flood_of_the_router_itself_gives_way_as_any_other()
    {
        List<(long Time, int Port, Frame Frame)> frames =
        [
            .. Enumerable.Range(0, 500).Select(n => (n * 100L, 1, Lan().Ipv4("10.0.1.9", "10.0.1.1").Tcp(1000 + n, 22, Syn))),
            .. Enumerable.Range(0, 60).Select(n => (50_000 + (n * 100L), 1, Lan().Ipv4("10.0.1.9", "10.0.2.9").Udp(1000 + n, 53))),
        ];
        foreach (string more in (string[])["", "--workers 3"])
        {
            Results results = Replay(TwoNetworks + Limit + "64\n", more, frames);
            Assert.DoesNotContain("drop", results.Trace.Words("verdict"));
            Assert.Equal(8, results.Connections.Count(connection => connection.Word("dst-address") == "10.0.1.1:22"));
            Assert.Equal($"10.0.1.9:{1000 + 499}", results.Connections.Last(connection => connection.Word("dst-address") == "10.0.1.1:22").Word("src-address"));
        }
    }

    [Fact]
    public void The_console_tells_what_gave_way()
    {
        (long Time, Frame Frame)[] frames = [.. Enumerable.Range(0, 10).Select(n => (n * 20_000L, Udp(port: 1000 + n)))];
        string capture = _scratch.Capture("in.pcap", frames);
        string script = _scratch.Write("settings.rsc", Limit + "4\n");
        string printed = Ctrack.Replay("--in", capture, "--config", script, "--print", "/ip firewall connection tracking print").Succeeded().Output;
        Assert.Contains("evicted-half-open: 6\n", printed, StringComparison.Ordinal);
        Assert.Contains("refused: 0\n", printed, StringComparison.Ordinal);
    }

    public void Dispose() => _scratch.Dispose();

    static Frame Lan() => new([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 0x99]);

    static Frame Wan() => new([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 0x98]);

    /// <summary>With bursts and workers of several numbers: the same to the last counter, and the books balance. The tracking statistics.</summary>
    JsonElement SameForAll(string script, IReadOnlyList<(long Time, Frame Frame)> frames, Action<Results> check)
    {
        string capture = _scratch.Capture("in.pcap", frames);
        string config = _scratch.Write("settings.rsc", script + "\n");
        string? expected = null;
        JsonElement tracking = default;
        foreach (string more in (string[])["--burst 1", "--burst 32", "--workers 2", "--workers 4 --burst 32"])
        {
            Results results = _scratch.Replay(["--in", capture, "--config", config, .. more.Split(' ')]);
            check(results);
            tracking = results.Stats.GetProperty("tracking");
            string told = string.Join('\n', results.Connections.Select(connection => connection.ToString())) + tracking;
            Assert.Equal(expected ??= told, told);
            Assert.Equal(
                tracking.Number("created"),
                tracking.Number("total-entries") + tracking.GetProperty("ended").EnumerateObject().Sum(end => end.Value.GetInt64()));
        }

        return tracking;
    }

    Results Replay(string script, string more, List<(long Time, int Port, Frame Frame)> frames)
    {
        string Of(int port) => _scratch.Capture($"in{port}.pcap", frames.Where(frame => frame.Port == port).Select(frame => (frame.Time, frame.Frame)));
        return _scratch.Replay(
        [
            "--config", _scratch.Write("router.rsc", script), "--in", $"ether1={Of(1)}", "--in", $"ether2={Of(2)}",
            .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ]);
    }
}
