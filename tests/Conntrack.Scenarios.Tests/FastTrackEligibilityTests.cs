using System.Text.Json;

namespace Conntrack.Scenarios.Tests;

/// <summary>Which connections FastTrack leaves to the rules, and what it tells about itself.</summary>
public sealed class FastTrackEligibilityTests : IDisposable
{
    const string Home = """
        /ip address add address=192.0.2.254/24 interface=ether1
        /ip address add address=198.51.100.254/24 interface=ether2
        /ip firewall filter add chain=forward action=fasttrack-connection
        /ip firewall filter add chain=forward action=accept

        """;

    const string Rules = "/ip firewall filter print stats", Mangle = "/ip firewall mangle print", Settings = "/ip settings print";

    readonly Scratch _scratch = new();

    [Fact]
    public void Its_rules_and_counters_show_what_went_past()
    {
        (int fast, string shown) = Replay(Home, "", Rules, Mangle, Settings);

        Assert.Equal(17, fast);
        Assert.Matches(@"fasttrack counters\n +D forward +passthrough +646 +17\n", shown);
        foreach (string chain in (string[])["prerouting", "forward", "postrouting"])
        {
            Assert.Contains($"D ;;; special dummy rule to show fasttrack counters\n      chain={chain} action=passthrough", shown, StringComparison.Ordinal);
        }

        Assert.Contains("ipv4-fasttrack-active: yes", shown, StringComparison.Ordinal);
        Assert.Contains("ipv4-fasttrack-packets: 17\n", shown, StringComparison.Ordinal);
        Assert.Contains("ipv4-fasttrack-bytes: 646\n", shown, StringComparison.Ordinal);
    }

    /// <summary>The counters of the settings stay: they are since the start.</summary>
    [Fact]
    public void The_dummy_rules_go_with_the_last_connection()
    {
        (_, string shown) = Replay(Home, "--until 200", Rules, Mangle, Settings);

        Assert.DoesNotContain("dummy", shown, StringComparison.Ordinal);
        Assert.Contains("ipv4-fasttrack-active: no", shown, StringComparison.Ordinal);
        Assert.Contains("ipv4-fasttrack-packets: 17\n", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/ip settings set allow-fast-path=no")]
    [InlineData("/ip vrf add name=customer interfaces=ether1,ether2")]
    public void These_are_not_fasttracked(string more)
    {
        (int fast, string shown) = Replay(Home + more + "\n", "", Rules, Settings);

        Assert.Equal(0, fast);
        Assert.DoesNotContain("dummy", shown, StringComparison.Ordinal);
        Assert.Contains("ipv4-fasttrack-active: no", shown, StringComparison.Ordinal);
        Assert.All(Json.Array(File.ReadAllText(_scratch.PathOf("connections.json"))), static connection => Assert.False(connection.Flag("fasttrack")));
        Assert.All(Json.Lines(File.ReadAllText(_scratch.PathOf("trace.jsonl"))), static line => Assert.Equal("forward", line.Word("verdict")));
    }

    [Fact]
    public void Without_rules_and_tracking_it_is_FastPath()
    {
        const string Plain = """
            /ip address add address=192.0.2.254/24 interface=ether1
            /ip address add address=198.51.100.254/24 interface=ether2
            /ip firewall connection tracking set enabled=no

            """;
        (_, string shown) = Replay(Plain, "", Settings);
        Assert.Contains("ipv4-fast-path-active: yes", shown, StringComparison.Ordinal);
        Assert.Contains("ipv4-fast-path-packets: 20\n", shown, StringComparison.Ordinal);
        Assert.Contains("ipv4-fast-path-bytes: 760\n", shown, StringComparison.Ordinal);

        (_, shown) = Replay(Plain + "/ip settings set allow-fast-path=no\n", "", Settings);
        Assert.Contains("ipv4-fast-path-active: no", shown, StringComparison.Ordinal);
        Assert.Contains("ipv4-fast-path-packets: 0\n", shown, StringComparison.Ordinal);
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>Ten datagrams each way, one by one; how many took the FastTrack path, and what the router says at the end.</summary>
    (int Fast, string Shown) Replay(string script, string more, params string[] commands)
    {
        Run run = Ctrack.Replay(
        [
            "--config", _scratch.Write("router.rsc", script), "--in", $"ether1={Capture(back: false)}", "--in", $"ether2={Capture(back: true)}",
            "--trace", _scratch.PathOf("trace.jsonl"), "--connections", _scratch.PathOf("connections.json"),
            .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. commands.SelectMany(static command => (string[])["--print", command]),
        ]).Succeeded();
        IReadOnlyList<JsonElement> frames = Json.Lines(File.ReadAllText(_scratch.PathOf("trace.jsonl")));
        return (frames.Count(static frame => frame.Word("path") == "fasttrack"), run.Output);

        string Capture(bool back) => _scratch.Capture(
            $"{back}.pcap", Enumerable.Range(0, 10).Select(n => ((n * 2000L) + (back ? 1000 : 0), Packets.Udp(back))));
    }
}
