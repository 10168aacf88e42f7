using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;
using static Conntrack.Testing.FragmentCut;

namespace Conntrack.Scenarios.Tests;

/// <summary>Fragments through the executable: what a user reads of them, and what another program thinks of what leaves.</summary>
public sealed class FragmentTests : IDisposable
{
    readonly Scratch _scratch = new();

    /// <summary>A fragment's line comes when its fate is known: right before the one that completed its datagram, or when time is over.</summary>
    [Fact]
    public void Lines_are_written_when_the_fate_is_known()
    {
        byte[][] whole = Every(56, Udp(data: 100).ToBytes(), 1), six = Every(56, Udp6(data: 100).ToBytes(), 1);
        byte[] lost = Every(56, Udp(port: 7, data: 100).ToBytes(), 2)[0];
        string one = Capture("one.pcap", (0, lost), (1_000_000, whole[1]), (2_000_000, six[0]), (2_000_001, whole[1]), (2_500_000, whole[0]), (40_000_000, six[1]));
        string two = _scratch.Capture("two.pcap", (2_400_000, Udp(back: true)), (30_000_000, Arp()));
        string trace = _scratch.PathOf("trace.jsonl");
        string stats = _scratch.PathOf("stats.json");
        Ctrack.Replay("--in", $"ether1={one}", "--in", $"ether2={two}", "--trace", trace, "--stats", stats, "--until", "10", "--burst", "5").Succeeded();
        Assert.Equal(
            """
            {"time":2.000001,"in-interface":"ether1","number":4,"path":"slow","verdict":"drop","reason":"fragment-duplicate","rules":[]}
            {"time":2.400000,"in-interface":"ether2","number":1,"connection-state":"new","path":"slow","verdict":"forward","out-interface":"ether1","rules":[]}
            {"time":1.000000,"in-interface":"ether1","number":2,"path":"slow","verdict":"consume","reason":"reassembled","rules":[]}
            {"time":2.500000,"in-interface":"ether1","number":5,"connection-state":"established","path":"slow","verdict":"forward","out-interface":"ether2","rules":[]}
            {"time":0.000000,"in-interface":"ether1","number":1,"path":"slow","verdict":"drop","reason":"fragment-timeout","rules":[]}
            {"time":30.000000,"in-interface":"ether2","number":2,"path":"slow","verdict":"forward","out-interface":"ether1","rules":[]}
            {"time":2.000000,"in-interface":"ether1","number":3,"path":"slow","verdict":"consume","reason":"reassembled","rules":[]}
            {"time":40.000000,"in-interface":"ether1","number":6,"connection-state":"new","path":"slow","verdict":"forward","out-interface":"ether2","rules":[]}

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(trace));
        StatsTests.AssertBalanced(Json.Object(File.ReadAllText(stats)));
    }

    /// <summary>Time runs on after the last frame; what still waits then is held, in the books and in the trace.</summary>
    [Theory]
    [InlineData("0", "held held", 2, 0)]
    [InlineData("29.999999", "held held", 2, 0)]
    [InlineData("30", "fragment-timeout held", 1, 1)]
    [InlineData("60", "fragment-timeout fragment-timeout", 0, 2)]
    public void What_waits_at_the_end(string until, string reasons, int held, int timedOut)
    {
        string capture = Capture("in.pcap", (0, Every(56, Udp(data: 100).ToBytes())[0]), (0, Every(56, Udp6(data: 100).ToBytes())[1]));
        Results results = _scratch.Replay("--in", capture, "--until", until);
        Assert.Equal(reasons.Split(' '), results.Trace.Words("reason"));
        Assert.Equal(reasons.Split(' ').Select(reason => reason == "held" ? "consume" : "drop"), results.Trace.Words("verdict"));
        Assert.Equal((held, 0), (results.Stats.Number("held"), results.Stats.Number("consumed")));
        Assert.Equal(timedOut, results.Stats.GetProperty("dropped").TryGetProperty("fragment-timeout", out JsonElement count) ? count.GetInt32() : 0);
        StatsTests.AssertBalanced(results.Stats);
        Assert.Empty(results.Connections);
    }

    /// <summary>64 KB of UDP, a ping of 4000 bytes and a TCP segment in eight-byte pieces: tshark puts together what leaves and finds it right.</summary>
    [Fact]
    public void Tshark_reassembles_what_leaves()
    {
        (byte[] Frame, int Payload)[] datagrams =
        [
            (Udp(data: 65_507).ToBytes(), 1480), (Udp6(data: 65_000).ToBytes(), 1448), (Ping(data: 4000).ToBytes(), 1480),
            (Ping6(data: 4000).ToBytes(), 1232), (Tcp(false, Syn, data: 0).ToBytes(), 8), (Udp(port: 9, data: 2000).ToBytes(), 552),
        ];
        (long Microseconds, byte[] Frame)[] frames =
        [
            .. datagrams.SelectMany((datagram, i) =>
                Every(datagram.Payload, datagram.Frame, 77).Reverse().Select(piece => (i * 1000L, piece))),
        ];
        string capture = Capture("in.pcap", frames), output = _scratch.PathOf("out.pcap");
        Results results = _scratch.Replay("--in", $"ether1={capture}", "--out", $"ether2={output}", "--burst", "32");
        Assert.Equal(datagrams.Length, results.Trace.Count(line => line.Word("verdict") == "forward"));
        Assert.Equal(datagrams.SelectMany(d => Every(d.Payload, d.Frame, 77)), CaptureFile.Read(output).Select(frame => frame.Bytes));
        Assert.Equal(
            datagrams.Select(datagram => (1L, (long)datagram.Frame.Length - 14)),
            results.Connections.Select(line => (line.Number("orig-packets"), line.Number("orig-bytes"))));

        Run tshark = Ctrack.Start("tshark",
        [
            "-n", "-r", output, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
            "-Y", "udp or icmp or icmpv6 or tcp", "-T", "fields", "-e", "udp.length", "-e", "ip.checksum.status", "-e", "udp.checksum.status",
            "-e", "icmp.checksum.status", "-e", "icmpv6.checksum.status", "-e", "tcp.checksum.status",
        ]);
        Assert.Equal(0, tshark.ExitCode);
        Assert.Equal(
            ["65515|1|1||| ", "65008||1||| ", "|1||1|| ", "||||1| ", "|1||||1 ", "2008|1|1||| "],
            tshark.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Replace('\t', '|') + " "));
    }

    /// <summary>Rules see a datagram once, with its ports and its whole size; raw rules see every fragment, and later ones have no ports.</summary>
    [Fact]
    public void Rules_see_the_whole_and_raw_rules_the_pieces()
    {
        byte[][] pieces = Every(56, Udp(data: 100).ToBytes());
        Results results = Configured(
            """
            /ip firewall raw add chain=prerouting action=accept protocol=udp dst-port=53
            /ip firewall raw add chain=prerouting action=accept protocol=udp
            /ip firewall filter add chain=forward action=drop protocol=udp dst-port=54
            /ip firewall filter add chain=forward action=accept protocol=udp dst-port=53
            """,
            (0, pieces[0]), (1, pieces[1]));
        Assert.Equal(
            ["raw prerouting 0", "raw prerouting 1,filter forward 1"],
            results.Trace.Select(line => string.Join(',', line.GetProperty("rules").EnumerateArray().Select(rule => rule.GetString()))));
        Assert.Equal(["reassembled", "filter forward 1"], results.Trace.Words("reason"));
        Assert.Equal(
            [("raw prerouting 0", 1L, 76L), ("raw prerouting 1", 1L, 72L), ("filter forward 0", 0L, 0L), ("filter forward 1", 1L, 128L)],
            results.Stats.GetProperty("rules").EnumerateArray().Select(rule => (rule.Word("rule"), rule.Number("packets"), rule.Number("bytes"))));
    }

    /// <summary>A drop of the whole is one drop; its other fragments were consumed.</summary>
    [Fact]
    public void A_dropped_datagram_leaves_nothing()
    {
        byte[][] pieces = Every(24, Udp(data: 100).ToBytes());
        Results results = Configured("/ip firewall filter add chain=forward action=drop protocol=udp dst-port=53", [.. pieces.Select((piece, i) => ((long)i, piece))]);
        Assert.Equal((pieces.Length - 1, 1), (results.Stats.Number("consumed"), results.Stats.GetProperty("dropped").Number("filter")));
        Assert.Equal((0, 0), (results.Stats.Number("tx"), results.Stats.Number("generated")));
        Assert.Empty(results.Connections);
        StatsTests.AssertBalanced(results.Stats);
    }

    /// <summary>What is not tracked is not reassembled: it passes as it comes, in any order.</summary>
    [Theory]
    [InlineData("/ip firewall raw add chain=prerouting action=notrack protocol=udp")]
    [InlineData("/ip firewall connection tracking set enabled=no")]
    public void Untracked_fragments_pass_one_by_one(string script)
    {
        byte[][] pieces = [.. Every(24, Udp(data: 100).ToBytes()).Reverse()];
        string output = _scratch.PathOf("out.pcap");
        Results results = Configured(script, [.. pieces.Select((piece, i) => ((long)i, piece))], "--out", $"ether2={output}");
        Assert.All(results.Trace, line => Assert.Equal(("untracked", "forward"), (line.WordOrNull("connection-state"), line.Word("verdict"))));
        Assert.Equal(pieces, CaptureFile.Read(output).Select(frame => frame.Bytes));
    }

    /// <summary>A first fragment that a port matcher exempts does not wait; the others do, for they have no ports.</summary>
    [Fact]
    public void Notrack_by_port_exempts_the_first_fragment_alone()
    {
        byte[][] pieces = Every(56, Udp(data: 100).ToBytes());
        Results results = Configured(
            "/ip firewall raw add chain=prerouting action=notrack protocol=udp dst-port=53", (0, pieces[0]), (1, pieces[1]));
        Assert.Equal(["untracked", null], results.Trace.Words("connection-state"));
        Assert.Equal([null, "held"], results.Trace.Words("reason"));
    }

    /// <summary>Fragments of a fasttracked connection go the slow way, and what comes behind them in a burst as well.</summary>
    [Fact]
    public void Fragments_are_never_fasttracked()
    {
        byte[][] pieces = Every(56, Udp(data: 100).ToBytes());
        const string script = "/ip firewall filter add chain=forward action=fasttrack-connection connection-state=established";
        (long, byte[])[] frames =
        [
            (0, Udp().ToBytes()), (1, Udp(back: true).ToBytes()), (2, Udp(back: true).ToBytes()), (3, Udp().ToBytes()), (4, Udp().ToBytes()),
            (5, pieces[0]), (6, pieces[1]), (7, Udp().ToBytes()),
        ];
        foreach (string burst in new[] { "1", "32" })
        {
            Results results = Configured(script, frames, "--burst", burst);
            Assert.Equal("slow", results.Trace[^2].Word("path"));
            Assert.Equal("established", results.Trace[^2].Word("connection-state"));
            Assert.Equal(5, results.Connections.Single().Number("orig-packets"));
            Assert.Equal((4 * 38) + 128, results.Connections.Single().Number("orig-bytes"));
        }
    }

    public void Dispose() => _scratch.Dispose();

    string Capture(string name, params IEnumerable<(long Microseconds, byte[] Frame)> frames) => _scratch.Write(
        name, CaptureFormat.Pcap(frames.Select(frame => new CapturedFrame(Scratch.Epoch + (frame.Microseconds * 1000), frame.Frame))));

    Results Configured(string script, params (long Microseconds, byte[] Frame)[] frames) => Configured(script, frames, []);

    Results Configured(string script, (long Microseconds, byte[] Frame)[] frames, params string[] arguments) => _scratch.Replay(
        ["--config", _scratch.Write("config.rsc", script), "--in", $"ether1={Capture("in.pcap", frames)}", .. arguments]);
}
