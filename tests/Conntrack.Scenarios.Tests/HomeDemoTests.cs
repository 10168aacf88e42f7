using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Conntrack.Scenarios.Tests;

/// <summary>
/// The demo of <c>./build.sh demo</c>: a recorded home and its provider through RouterOS's default configuration. What Linux's own tracking and
/// masquerade made of the same packets (linux-conntrack.txt) says what must be listed; nothing of that comes from the product.
/// </summary>
public sealed partial class HomeDemoTests : IDisposable
{
    static readonly string s_home = Path.Combine(Ctrack.Root, "tests/Scenarios/demo/home");

    readonly Scratch _scratch = new();

    [Theory]
    [InlineData]
    [InlineData("--burst", "32")]
    [InlineData("--workers", "2")]
    [InlineData("--workers", "4", "--burst", "7")]
    public void Connections_and_translations_are_Linux_s(params string[] more)
    {
        string file = _scratch.PathOf("connections.json");
        Replay(["--connections", file, .. more]);

        Assert.Equal(
            File.ReadAllLines(Path.Combine(s_home, "linux-conntrack.txt")).Select(OfLinux).Order(StringComparer.Ordinal),
            Json.Array(File.ReadAllText(file)).Select(OfOurs).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_leaves_is_whole_and_right()
    {
        string lan = _scratch.PathOf("lan.pcap"), wan = _scratch.PathOf("wan.pcap");
        Replay(["--out", $"ether2={lan}", "--out", $"ether1={wan}"]);

        Assert.Equal("", Ctrack.Start("bash", [Path.Combine(s_home, "../verify.sh"), lan, wan]).Succeeded().Output);
        Assert.DoesNotContain("192.168.88.", FrameText.OfCapture(wan), StringComparison.Ordinal);
    }

    /// <summary>Three attempts from outside: at the router, at who is behind it, and at who is behind it by IPv6.</summary>
    [Fact]
    public void Only_what_the_default_rules_refuse_is_refused()
    {
        string trace = _scratch.PathOf("trace.jsonl"), stats = _scratch.PathOf("stats.json");
        Replay(["--trace", trace, "--stats", stats]);

        IReadOnlyList<JsonElement> frames = Json.Lines(File.ReadAllText(trace));
        Assert.Equal(
            ["ether1 new filter input 4", "ether1 new filter forward 5", "ether1 new ipv6 filter forward 12"],
            frames.Where(frame => frame.Word("verdict") == "drop")
                .Select(frame => $"{frame.Word("in-interface")} {frame.Word("connection-state")} {frame.Word("reason")}"));
        Assert.DoesNotContain("invalid", frames.Words("connection-state"));
        StatsTests.AssertBalanced(Json.Object(File.ReadAllText(stats)));
    }

    /// <summary>The counters of the dummy rules and of the settings are those of the packets that took the FastTrack path.</summary>
    [Fact]
    public void FastTrack_s_counters_are_the_packets_that_took_it()
    {
        string trace = _scratch.PathOf("trace.jsonl");
        string shown = Replay([.. File.ReadAllLines(Path.Combine(s_home, "commands.txt")).SelectMany(command => (string[])["--print", command])]);
        Replay(["--trace", trace]);

        IReadOnlyList<JsonElement> frames = Json.Lines(File.ReadAllText(trace));
        int fast = frames.Count(frame => frame.Word("path") == "fasttrack");
        int[] packets = [.. Packets().Matches(shown).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.Equal(2, packets.Length);
        Assert.Equal(fast, packets.Sum());
        Assert.True(fast > frames.Count / 2, $"{fast} of {frames.Count} frames took FastTrack");
        Assert.Matches($@";;; special dummy rule to show fasttrack counters\n +D forward +passthrough +[0-9 ]+ {packets[0]}\n", shown);
        Assert.Matches($@";;; special dummy rule to show fasttrack6 counters\n +D forward +passthrough +[0-9 ]+ {packets[1]}\n", shown);
        Assert.Contains("ipv4-fasttrack-active: yes", shown, StringComparison.Ordinal);
        Assert.Contains("ipv4-fast-path-active: no", shown, StringComparison.Ordinal);
        Assert.Matches(@"SAC  d tcp +203\.0\.113\.80:50080 +203\.0\.113\.2:8080 +192\.168\.88\.10:80 +203\.0\.113\.80:50080 ", shown);
        Assert.Matches(@"SACFs  udp +192\.168\.88\.10:40504 +203\.0\.113\.80:5004 +203\.0\.113\.80:5004 +203\.0\.113\.2:40504 ", shown);
    }

    [Theory]
    [InlineData("/ip firewall filter add chain=forward action=drop", "does more than print once")]
    [InlineData("/ip firewall filter remove 0", "does more than print once")]
    [InlineData("/ip firewal print", "--print:")]
    public void A_question_is_no_command(string command, string expected)
    {
        Run run = Ctrack.Replay([.. Inputs, "--print", command]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _scratch.Dispose();

    static string[] Inputs =>
    [
        "--config", Path.Combine(s_home, "default.rsc"), "--in", $"ether1={Path.Combine(s_home, "wan.pcap")}",
        "--in", $"ether2={Path.Combine(s_home, "lan.pcap")}",
    ];

    static string Replay(string[] outputs) => Ctrack.Replay([.. Inputs, .. outputs]).SucceededWithNotes().Output;

    /// <summary>Protocol, both tuples, packets and bytes of both directions, state and flags.</summary>
    static string OfOurs(JsonElement connection)
    {
        string protocol = connection.Word("protocol");
        bool ipv6 = !connection.Word("src-address").Contains('.', StringComparison.Ordinal);
        string Endpoint(string side)
        {
            string address = connection.Word($"{side}-address");
            return ipv6 && connection.TryGetProperty($"{side}-port", out JsonElement port) ? $"{address}:{port}" : address;
        }

        string id = protocol.StartsWith("icmp", StringComparison.Ordinal) ? $" id {connection.Number("icmp-id")}" : "";
        return $"{protocol}{id} {Endpoint("src")} {Endpoint("dst")} {Endpoint("reply-src")} {Endpoint("reply-dst")} {connection.WordOrNull("tcp-state")} "
            + $"{connection.Number("orig-packets")}/{connection.Number("orig-bytes")} {connection.Number("repl-packets")}/{connection.Number("repl-bytes")} "
            + $"S {connection.Flag("seen-reply")} A {connection.Flag("assured")} s {connection.Flag("srcnat")} d {connection.Flag("dstnat")}";
    }

    static string OfLinux(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ILookup<string, string> fields = words.Where(word => word.Contains('=', StringComparison.Ordinal))
            .ToLookup(word => word.Split('=')[0], word => word.Split('=')[1]);
        string protocol = words[2];
        bool icmp = protocol.StartsWith("icmp", StringComparison.Ordinal);
        string Endpoint(string side, int direction)
        {
            string address = IPAddress.Parse(fields[side].ElementAt(direction)).ToString();
            return icmp ? address : $"{address}:{fields[side == "src" ? "sport" : "dport"].ElementAt(direction)}";
        }

        string Counts(int direction) => $"{fields["packets"].ElementAt(direction)}/{fields["bytes"].ElementAt(direction)}";
        string id = icmp ? $" id {fields["id"].First()}" : "";
        string state = protocol == "tcp" ? words[5].Replace('_', '-').ToLowerInvariant() : "";
        return $"{protocol}{id} {Endpoint("src", 0)} {Endpoint("dst", 0)} {Endpoint("src", 1)} {Endpoint("dst", 1)} {state} "
            + $"{Counts(0)} {Counts(1)} S {!words.Contains("[UNREPLIED]")} A {words.Contains("[ASSURED]")} "
            + $"s {Endpoint("src", 0) != Endpoint("dst", 1)} d {Endpoint("dst", 0) != Endpoint("src", 1)}";
    }

    [GeneratedRegex("ipv[46]-fasttrack-packets: ([0-9]+)")]
    private static partial Regex Packets();
}
