using System.Text.Json;
using System.Text.RegularExpressions;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary><c>--trace</c>: a line for every input frame, whatever it holds.</summary>
public sealed class TraceTests : IDisposable
{
    readonly Scratch _scratch = new();

    [Fact]
    public void A_line_has_these_keys_in_this_order_and_no_others()
    {
        string one = _scratch.Capture("one.pcap", (0, Udp()), (1_250_000, Arp()));
        string two = _scratch.Capture("two.pcap", (3_000_001, Udp(back: true)));
        string trace = _scratch.PathOf("trace.jsonl");
        Ctrack.Replay("--in", $"ether1={one}", "--in", $"ether2={two}", "--trace", trace).Succeeded();
        Assert.Equal(
            """
            {"time":0.000000,"in-interface":"ether1","number":1,"connection-state":"new","path":"slow","verdict":"forward","out-interface":"ether2","rules":[]}
            {"time":1.250000,"in-interface":"ether1","number":2,"path":"slow","verdict":"forward","out-interface":"ether2","rules":[]}
            {"time":3.000001,"in-interface":"ether2","number":1,"connection-state":"established","path":"slow","verdict":"forward","out-interface":"ether1","rules":[]}

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(trace));
    }

    /// <summary>What each malformed or unusual frame is called, in both JSON files, and that the books balance over all of them.</summary>
    [Fact]
    public void Every_frame_gets_its_verdict_and_the_books_balance()
    {
        (Frame Frame, string State, string Verdict, string Reason)[] frames =
        [
            (Udp(), "new", "forward", ""),
            (new Frame().Ipv4(Client, Server, checksum: 0x1234).Udp(1, 2), "", "drop", "bad-ip-checksum"),
            (new Frame().Ipv4(Client, Server, version: 5).Udp(1, 2), "", "drop", "bad-ip-header"),
            (new Frame().Ipv4(Client, Server, totalLength: 2000).Udp(1, 2), "", "drop", "bad-ip-header"),
            (new Frame().Ipv6(Client6, Server6, payloadLength: 2000).Udp(1, 2), "", "drop", "bad-ip-header"),
            (new Frame().Ipv4(Client, Server).Udp(1, 2, checksum: 0x1234), "invalid", "forward", ""),
            (new Frame().Ipv6(Client6, Server6).Icmpv6(135).Data(16), "untracked", "forward", ""),
            (new Frame().Ipv4(Client, Server).Icmp(0), "invalid", "forward", ""),
            (Arp(), "", "forward", ""),
            (new Frame().Type(0x88cc).Data(20), "", "forward", ""),
            (new Frame().Vlan(100).Vlan(200).Ipv4(Client, Server).Udp(7, 8), "new", "forward", ""),
        ];
        string capture = _scratch.Write("in.pcap", CaptureFormat.Pcap(
        [
            .. frames.Select((frame, index) => Scratch.Captured(index, frame.Frame)),
            new CapturedFrame(Scratch.Epoch + 50_000, new Frame().ToBytes()[..13]),
            new CapturedFrame(Scratch.Epoch + 50_000, Udp(port: 9).ToBytes()[..30], 52),
            new CapturedFrame(Scratch.Epoch + 50_000, []),
        ]));

        (_, IReadOnlyList<JsonElement> trace, JsonElement stats) = _scratch.Replay("--in", capture);
        IEnumerable<(string, string, string)> expected =
        [
            .. frames.Select(frame => (frame.State, frame.Verdict, frame.Reason)),
            ("", "drop", "bad-ethernet-header"), ("", "drop", "truncated-capture"), ("", "drop", "bad-ethernet-header"),
        ];
        Assert.Equal(
            expected,
            trace.Select(line => (line.WordOrNull("connection-state") ?? "", line.Word("verdict"), line.WordOrNull("reason") ?? "")));
        Assert.Equal(Enumerable.Range(1, trace.Count).Select(i => (long)i), trace.Select(line => line.Number("number")));

        JsonElement dropped = stats.GetProperty("dropped");
        Assert.Equal(
            new Dictionary<string, long>
            {
                ["bad-ip-checksum"] = 1,
                ["bad-ip-header"] = 3,
                ["bad-ethernet-header"] = 2,
                ["truncated-capture"] = 1,
            },
            dropped.EnumerateObject().Where(reason => reason.Value.GetInt64() != 0)
                .ToDictionary(reason => reason.Name, reason => reason.Value.GetInt64()));
        Assert.Equal(frames.Length + 3, stats.Number("rx"));
        StatsTests.AssertBalanced(stats);
    }

    /// <summary>Virtual time ends a timeout before the packet that comes at its instant.</summary>
    [Fact]
    public void What_is_due_runs_before_the_next_packet()
    {
        string capture = _scratch.Capture(
            "in.pcap", (0, Udp()), (29_999_999, Udp()), (59_999_998, Udp(back: true)), (239_999_998, Udp(back: true)), (239_999_999, Udp()));
        Assert.Equal(["new", "new", "established", "new", "established"], _scratch.Trace("--in", capture).Words("connection-state"));
    }

    [Fact]
    public void Times_have_six_decimals_however_long_the_capture()
    {
        long[] times = [0, 1, 1_000_000, 86_400_000_000, 31_536_000_123_456];
        string capture = _scratch.Capture("in.pcap", times.Select(time => (time, Arp())));
        string trace = _scratch.PathOf("trace.jsonl");
        Ctrack.Replay("--in", capture, "--trace", trace).Succeeded();
        Assert.Equal(
            ["0.000000", "0.000001", "1.000000", "86400.000000", "31536000.123456"],
            Regex.Matches(File.ReadAllText(trace), "\"time\":([0-9.]+),").Select(match => match.Groups[1].Value));
    }

    /// <summary>More frames than one step of the trace buffer, or one read-ahead of the captures, holds.</summary>
    [Fact]
    public void A_long_capture_is_traced_to_its_last_frame()
    {
        const int count = 5000;
        string one = _scratch.Capture("one.pcap", Enumerable.Range(0, count).Select(i => (i * 20L, Udp(port: 1024 + i))));
        string two = _scratch.Capture("two.pcap", Enumerable.Range(0, count).Select(i => ((i * 20L) + 10, Udp(back: true, port: 1024 + i))));
        IReadOnlyList<JsonElement> trace = _scratch.Trace("--in", $"ether1={one}", "--in", $"ether2={two}", "--burst", "7");
        Assert.Equal(2 * count, trace.Count);
        for (int i = 0; i < trace.Count; i++)
        {
            JsonElement line = trace[i];
            Assert.Equal((i * 10 / 1e6, i % 2 == 0 ? "ether1" : "ether2", (i / 2) + 1, i % 2 == 0 ? "new" : "established"),
                (line.GetProperty("time").GetDouble(), line.Word("in-interface"), line.Number("number"), line.Word("connection-state")));
        }
    }

    public void Dispose() => _scratch.Dispose();
}
