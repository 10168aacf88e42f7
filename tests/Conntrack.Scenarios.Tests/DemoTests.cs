using System.Globalization;
using System.Text.Json;
using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>
/// The recorded demo, real programs over real stacks, as a wire. What tshark counted in the captures (flows.tsv) says what the connections
/// must be; nothing of that comes from the product.
/// </summary>
public sealed class DemoTests : IDisposable
{
    static readonly string s_demo = Path.Combine(Ctrack.Root, "tests/Scenarios/demo");

    readonly Scratch _scratch = new();
    readonly string _lan = Path.Combine(s_demo, "lan.pcap");
    readonly string _wan = Path.Combine(s_demo, "wan.pcap");

    [Fact]
    public void What_leaves_is_what_came_and_tshark_finds_nothing_wrong()
    {
        string one = _scratch.PathOf("out1.pcap"), two = _scratch.PathOf("out2.pcap");
        Replay("--out", $"ether1={one}", "--out", $"ether2={two}");
        foreach ((string sent, string received) in new[] { (two, _lan), (one, _wan) })
        {
            Assert.Equal(CaptureFile.Read(received), CaptureFile.Read(sent));
        }

        Assert.Equal("", Ctrack.Start("bash", [Path.Combine(s_demo, "verify.sh"), one, two]).Succeeded().Output);
    }

    /// <summary>A test of the test above: a single wrong bit in a payload is found.</summary>
    [Fact]
    public void Tshark_would_find_a_bad_checksum()
    {
        byte[] capture = File.ReadAllBytes(_wan);
        capture[^1] ^= 1;
        Run run = Ctrack.Start("bash", [Path.Combine(s_demo, "verify.sh"), _scratch.Write("bad.pcap", capture)]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("checksum", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Every flow, its packets and bytes both ways, and what is left of its timeout when the last frame has passed.</summary>
    [Fact]
    public void The_connections_are_the_flows_tshark_counted()
    {
        string file = _scratch.PathOf("connections.json");
        Replay("--connections", file);
        long end = Length();
        IEnumerable<string> expected = Flows().Where(flow => flow.EndsAt > end).Select(flow => flow.Expected(end));
        Assert.Equal(expected.Order(), Json.Array(File.ReadAllText(file)).Select(Seen).Order());
    }

    [Fact]
    public void The_books_agree_with_the_captures()
    {
        string file = _scratch.PathOf("stats.json");
        Replay("--stats", file);
        JsonElement stats = Json.Object(File.ReadAllText(file)), tracking = stats.GetProperty("tracking");
        Flow[] flows = [.. Flows()];
        long end = Length();
        Assert.Equal(CaptureFile.Read(_lan).Count + CaptureFile.Read(_wan).Count, stats.Number("rx"));
        Assert.Equal(stats.Number("rx"), stats.Number("tx"));
        StatsTests.AssertBalanced(stats);
        Assert.Equal(flows.Length, tracking.Number("created"));
        Assert.Equal(flows.Count(flow => flow.EndsAt > end), tracking.Number("total-entries"));
        Assert.Equal(flows.Count(flow => flow.End == "refused"), tracking.GetProperty("removed").Number("closed"));
    }

    /// <summary>Nothing the stacks exchanged is invalid; what is not IP, and neighbour discovery, makes no connection.</summary>
    [Fact]
    public void No_packet_is_invalid_or_dropped()
    {
        string file = _scratch.PathOf("trace.jsonl");
        Replay("--trace", file);
        IReadOnlyList<JsonElement> trace = Json.Lines(File.ReadAllText(file));
        Assert.All(trace, line => Assert.Equal("forward", line.Word("verdict")));
        Assert.DoesNotContain("invalid", trace.Words("connection-state"));
        Assert.Equal(
            Flows().Sum(flow => flow.Packets), trace.Count(line => line.WordOrNull("connection-state") is "new" or "established"));
    }

    public void Dispose() => _scratch.Dispose();

    void Replay(params string[] outputs) => Ctrack.Replay(["--in", $"ether1={_lan}", "--in", $"ether2={_wan}", .. outputs]).Succeeded();

    /// <summary>Microseconds from the first frame of both captures to the last.</summary>
    long Length()
    {
        long[] times = [.. CaptureFile.Read(_lan).Concat(CaptureFile.Read(_wan)).Select(frame => frame.Nanoseconds)];
        return (times.Max() - times.Min()) / 1000;
    }

    static string Seen(JsonElement connection)
    {
        string protocol = connection.Word("protocol");
        (string from, string to) = (connection.Word("src-address"), connection.Word("dst-address"));
        string key = protocol is "icmp" or "icmpv6" ? $"{from} {to} id {connection.Number("icmp-id")}"
            : connection.TryGetProperty("src-port", out _) ? $"{from}:{connection.Number("src-port")} {to}:{connection.Number("dst-port")}"
            : $"{from} {to}";
        return $"{protocol} {key} {connection.WordOrNull("tcp-state")} {connection.Word("timeout")} "
            + $"{connection.Number("orig-packets")}/{connection.Number("orig-bytes")} "
            + $"{connection.Number("repl-packets")}/{connection.Number("repl-bytes")} "
            + $"seen-reply {connection.Flag("seen-reply")} assured {connection.Flag("assured")}";
    }

    static IEnumerable<Flow> Flows()
    {
        string[][] rows = [.. File.ReadAllLines(Path.Combine(s_demo, "flows.tsv")).Select(line => line.Split('\t'))];
        return rows[1..].Select(row => new Flow(rows[0].Zip(row).ToDictionary(cell => cell.First, cell => cell.Second)));
    }

    /// <summary>A row of flows.tsv, and what the manual's timeouts make of it.</summary>
    sealed class Flow(Dictionary<string, string> row)
    {
        public string End => row["end"];

        public long Packets => Number("orig-packets") + Number("repl-packets");

        /// <summary>Microseconds since the first frame.</summary>
        public long EndsAt => Microseconds("last") + (Timeout * 1_000_000);

        string Protocol => row["protocol"];

        long Timeout => (Protocol, End) switch
        {
            (_, "refused") => -Microseconds("last"),
            ("tcp", "open") => 86_400,
            ("tcp", "unanswered") => 5,
            ("udp", "unanswered") => 30,
            ("udp", _) => 180,
            _ => 10,
        };

        public string Expected(long now)
        {
            string source = row["src-address"], destination = row["dst-address"];
            string key = Protocol is "icmp" or "icmpv6" ? $"{source} {destination} id {row["icmp-id"]}"
                : $"{source}:{row["src-port"]} {destination}:{row["dst-port"]}";
            string tcpState = Protocol != "tcp" ? "" : End switch
            {
                "closed" => "time-wait",
                "reset" => "close",
                "open" => "established",
                _ => "syn-sent",
            };
            bool answered = Number("repl-packets") > 0;

            // TCP: the handshake was completed. UDP: a packet more than two seconds after the first. ICMP: never.
            bool assured = answered && (Protocol == "tcp" || (Protocol == "udp" && Microseconds("last") - Microseconds("first") > 2_000_000));
            return $"{Protocol} {key} {tcpState} {Words((EndsAt - now) / 1_000_000)} {row["orig-packets"]}/{row["orig-bytes"]} "
                + $"{row["repl-packets"]}/{row["repl-bytes"]} seen-reply {answered} assured {assured}";
        }

        static string Words(long seconds) => string.Concat(
            new (long Count, string Unit)[] { (seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s") }
                .Where(part => part.Count > 0).Select(part => $"{part.Count}{part.Unit}"));

        long Number(string column) => long.Parse(row[column], CultureInfo.InvariantCulture);

        long Microseconds(string column) => (long)(decimal.Parse(row[column], CultureInfo.InvariantCulture) * 1_000_000);
    }
}
