using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>Filter and raw rules from outside: what matches, what counts, what the trace says.</summary>
public sealed class RuleTests : IDisposable
{
    readonly Scratch _scratch = new();

    [Fact]
    public void A_new_packet_dropped_in_forward_leaves_no_connection()
    {
        Results results = Replay("/ip firewall filter add chain=forward protocol=udp dst-port=53 action=drop", (0, Udp()), (1, Tcp(false, Syn)));
        Assert.Equal(["drop", "forward"], results.Trace.Words("verdict"));
        Assert.Equal(["filter forward 0", null], results.Trace.Words("reason"));
        Assert.Equal(["new", "new"], results.Trace.Words("connection-state"));
        Assert.Equal("tcp", Assert.Single(results.Connections).Word("protocol"));
        Assert.Equal(1, results.Stats.GetProperty("dropped").Number("filter"));
    }

    /// <summary>As nf_conntrack does it: tracking comes before the filter, which only decides what becomes of the packet.</summary>
    [Fact]
    public void A_dropped_packet_of_a_connection_still_counts_and_refreshes_it()
    {
        Results results = Replay(
            "/ip firewall filter add chain=forward connection-state=established action=drop", (0, Udp()), (20_000_000, Udp(back: true)), (40_000_000, Arp()));
        Assert.Equal(["forward", "drop", "forward"], results.Trace.Words("verdict"));
        JsonElement connection = Assert.Single(results.Connections);
        Assert.Equal((1, 1), (connection.Number("orig-packets"), connection.Number("repl-packets")));
        Assert.Equal("2m40s", connection.Word("timeout"));
    }

    [Fact]
    public void Rules_count_in_order_and_the_trace_names_them()
    {
        Results results = Replay(
            """
            /ip firewall filter
            add chain=forward action=passthrough
            add chain=input action=drop
            add chain=forward action=passthrough protocol=tcp
            add chain=forward action=accept src-address=192.0.2.0/24 disabled=yes
            add chain=forward action=accept src-address=192.0.2.0/24
            add chain=forward action=drop
            """,
            (0, Udp()), (1, Udp(back: true)), (2, Tcp(false, Syn)));
        Assert.Equal(["filter forward 3", "filter forward 4", "filter forward 3"], results.Trace.Words("reason"));
        Assert.Equal(
            ["filter forward 0", "filter forward 1", "filter forward 3"],
            results.Trace[2].GetProperty("rules").EnumerateArray().Select(rule => rule.GetString()));
        Assert.Equal(
            [("filter forward 0", 3), ("filter input 0", 0), ("filter forward 1", 1), ("filter forward 3", 2), ("filter forward 4", 1)],
            results.Stats.GetProperty("rules").EnumerateArray().Select(rule => (rule.Word("rule")!, (int)rule.Number("packets"))));
    }

    [Fact]
    public void Raw_rules_come_before_tracking()
    {
        Results results = Replay(
            """
            /ip firewall raw add chain=prerouting action=notrack protocol=udp
            /ip firewall raw add chain=prerouting action=drop protocol=icmp
            /ip firewall filter add chain=forward action=drop connection-state=untracked src-address=198.51.100.2
            """,
            (0, Udp()), (1, Udp(back: true)), (2, Ping()), (3, Tcp(false, Syn)));
        Assert.Equal(["untracked", "untracked", null, "new"], results.Trace.Words("connection-state"));
        Assert.Equal(["forward", "drop", "drop", "forward"], results.Trace.Words("verdict"));
        Assert.Equal([null, "filter forward 0", "raw prerouting 1", null], results.Trace.Words("reason"));
        Assert.Single(results.Connections);
    }

    [Theory]
    [InlineData("in-interface=ether1", "drop", "forward")]
    [InlineData("in-interface=!ether1", "forward", "drop")]
    [InlineData("out-interface=ether1", "forward", "drop")]
    [InlineData("out-interface=ether7", "forward", "forward")]
    [InlineData("out-interface=!ether7", "drop", "drop")]
    [InlineData("protocol=udp src-port=53", "forward", "drop")]
    [InlineData("protocol=udp dst-port=!53,99", "forward", "drop")]
    [InlineData("protocol=!udp", "forward", "forward")]
    [InlineData("dst-address=198.51.100.0-198.51.100.2", "drop", "forward")]
    [InlineData("src-address=!192.0.2.1", "forward", "drop")]
    [InlineData("connection-state=!new", "forward", "drop")]
    public void Matchers_decide_by_what_the_packet_is(string matcher, string there, string back)
    {
        string one = _scratch.Capture("one.pcap", (0, Udp()));
        string two = _scratch.Capture("two.pcap", (1, Udp(back: true)));
        string rules = _scratch.Write("rules.rsc", $"/ip firewall filter add chain=forward action=passthrough {matcher} comment=counts\n");
        Results counted = _scratch.Replay("--in", $"ether1={one}", "--in", $"ether2={two}", "--config", rules);
        string[] expected = [there, back];
        Assert.Equal(
            expected.Select(verdict => verdict == "drop" ? 1 : 0), counted.Trace.Select(line => line.GetProperty("rules").GetArrayLength()));
    }

    [Fact]
    public void Ipv6_has_its_own_tables()
    {
        Results results = Replay(
            "/ipv6 firewall filter add chain=forward action=drop src-address=2001:db8::/64", (0, Udp6()), (1, Udp6(back: true)), (2, Udp()));
        Assert.Equal(["drop", "forward", "forward"], results.Trace.Words("verdict"));
        Assert.Equal("ipv6 filter forward 0", results.Trace[0].Word("reason"));
    }

    [Fact]
    public void A_rule_that_cannot_be_obeyed_is_an_error_with_its_place()
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()));
        string rules = _scratch.Write("bad.rsc", "/ip firewall filter\nadd chain=forward hotspot=auth action=drop\n");
        Run run = Ctrack.Replay("--in", capture, "--config", rules);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("bad.rsc:2:19: error:", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    public void Dispose() => _scratch.Dispose();

    Results Replay(string script, params (long Microseconds, Frame Frame)[] frames) =>
        _scratch.Replay("--in", _scratch.Capture("in.pcap", frames), "--config", _scratch.Write("rules.rsc", script + "\n"));
}
