using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>The settings of <c>/ip firewall connection tracking</c> that are no timeouts.</summary>
public sealed class SettingsTests : IDisposable
{
    readonly Scratch _scratch = new();

    /// <summary>The manual: the second and third part of a handshake whose first was not seen. A stray FIN or RST is invalid either way.</summary>
    [Theory]
    [InlineData("", "new", "new")]
    [InlineData("set loose-tcp-tracking=yes", "new", "new")]
    [InlineData("set loose-tcp-tracking=no", "invalid", "invalid")]
    public void Loose_tcp_tracking_picks_up_midstream(string command, string synAck, string ack)
    {
        string capture = _scratch.Capture(
            "in.pcap",
            (0, Tcp(true, SynAck, port: 1)),
            (1, Tcp(false, Ack, port: 2)),
            (2, Tcp(false, Fin, port: 3)),
            (3, Tcp(false, Rst, port: 4)),
            (4, Tcp(false, Syn, port: 5)));
        Results results = _scratch.Replay("--in", capture, "--config", Tracking(command));
        Assert.Equal([synAck, ack, "invalid", "invalid", "new"], results.Trace.Words("connection-state"));
        Assert.Equal(
            ack == "new" ? ["established", "established", "syn-sent"] : ["syn-sent"], results.Connections.Words("tcp-state"));
    }

    /// <summary>Data far beyond the window, and a RST whose number the client has long acknowledged.</summary>
    [Theory]
    [InlineData("", "invalid", 2)]
    [InlineData("set liberal-tcp-tracking=no", "invalid", 2)]
    [InlineData("set liberal-tcp-tracking=yes", "established", 3)]
    public void Liberal_tcp_tracking_minds_only_a_reset_outside_the_window(string command, string data, int counted)
    {
        string capture = _scratch.Capture(
            "in.pcap",
            (0, Tcp(false, Syn)),
            (1, Tcp(true, SynAck, acknowledgment: 2)),
            (2, Tcp(false, Ack, sequence: 2, acknowledgment: 2)),
            (3, Tcp(false, Ack, data: 100, sequence: 900_000, acknowledgment: 2)),
            (4, Tcp(true, Rst, sequence: 1)));
        Results results = _scratch.Replay("--in", capture, "--config", Tracking(command));
        Assert.Equal(["new", "established", "established", data, "invalid"], results.Trace.Words("connection-state"));
        JsonElement connection = Assert.Single(results.Connections);
        Assert.Equal(("established", counted, 1), (connection.Word("tcp-state"), connection.Number("orig-packets"), connection.Number("repl-packets")));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("set enabled=yes", true)]
    [InlineData("set enabled=no", false)]
    [InlineData("set enabled=auto", true)]
    public void A_wire_tracks_unless_tracking_is_off(string command, bool tracked)
    {
        string one = _scratch.Capture("one.pcap", (0, Udp()), (2, Tcp(false, Syn)), (4, Ping6()));
        string two = _scratch.Capture("two.pcap", (1, Udp(back: true)), (3, Tcp(true, SynAck)), (5, Ping6(back: true)));
        string output = _scratch.PathOf("out.pcap");
        string[] expected = tracked
            ? ["new", "established", "new", "established", "new", "established"]
            : [.. Enumerable.Repeat("untracked", 6)];
        Results results = _scratch.Replay(
            "--in", $"ether1={one}", "--in", $"ether2={two}", "--out", $"ether2={output}", "--config", Tracking(command));
        Assert.Equal(expected, results.Trace.Words("connection-state"));
        Assert.All(results.Trace, line => Assert.Equal("forward", line.Word("verdict")));
        Assert.Equal(3, CaptureFile.Read(output).Count);
        Assert.Equal(tracked ? 3 : 0, results.Connections.Count);
    }

    /// <summary>RouterOS's auto, where it is set: a family is tracked from its first filter rule on. A raw rule needs no connections.</summary>
    [Theory]
    [InlineData("", "new", "new")]
    [InlineData("/ip firewall connection tracking set enabled=auto", "untracked", "untracked")]
    [InlineData("/ip firewall connection tracking set enabled=auto\n/ip firewall filter add chain=forward", "new", "untracked")]
    [InlineData("/ip firewall connection tracking set enabled=auto\n/ipv6 firewall filter add chain=forward", "untracked", "new")]
    [InlineData("/ip firewall connection tracking set enabled=auto\n/ip firewall raw add chain=prerouting", "untracked", "untracked")]
    [InlineData("/ip firewall connection tracking set enabled=auto\n/ip firewall filter add chain=forward disabled=yes", "untracked", "untracked")]
    [InlineData("/ip firewall connection tracking set enabled=yes", "new", "new")]
    [InlineData("/ip firewall connection tracking set enabled=no\n/ip firewall filter add chain=forward", "untracked", "untracked")]
    public void Auto_follows_the_rules_of_each_family(string script, string ipv4, string ipv6)
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()), (1, Udp6()));
        Results results = _scratch.Replay("--in", capture, "--config", _scratch.Write("settings.rsc", script + "\n"));
        Assert.Equal([ipv4, ipv6], results.Trace.Words("connection-state"));
    }

    [Fact]
    public void A_full_table_lets_the_oldest_unanswered_connection_give_way()
    {
        string capture = _scratch.Capture("in.pcap", Enumerable.Range(0, 10).Select(i => ((long)i * 20_000, Udp(port: 1000 + i))));
        Results results = _scratch.Replay("--in", capture, "--config", Tracking("set max-entries=4"));
        Assert.Equal(
            [$"{Client}:1006", $"{Client}:1007", $"{Client}:1008", $"{Client}:1009"], results.Connections.Words("src-address"));
        JsonElement tracking = results.Stats.GetProperty("tracking");
        Assert.Equal((4, 4, 10, 6), (tracking.Number("max-entries"), tracking.Number("total-entries"),
            tracking.Number("created"), tracking.GetProperty("removed").Number("evicted")));
    }

    /// <summary>max-entries is one limit for both families together.</summary>
    [Fact]
    public void Both_families_share_the_limit()
    {
        string capture = _scratch.Capture(
            "in.pcap", (0, Udp(port: 1)), (20_000, Udp6(port: 2)), (40_000, Udp6(port: 3)), (60_000, Udp(port: 4)), (80_000, Udp(port: 5)));
        Results results = _scratch.Replay("--in", capture, "--config", Tracking("set max-entries=3"));
        Assert.Equal(3, results.Connections.Count);
        Assert.Equal(3, results.Stats.GetProperty("tracking").Number("total-entries"));
    }

    [Fact]
    public void A_table_full_of_assured_connections_refuses_the_next()
    {
        string capture = _scratch.Capture(
            "in.pcap",
            [
                .. EndingAt(10_000, Tcp(false, Syn, port: 1), Tcp(true, SynAck, port: 1), Tcp(false, Ack, port: 1)),
                .. EndingAt(20_000, Tcp(false, Syn, port: 2), Tcp(true, SynAck, port: 2), Tcp(false, Ack, port: 2)),
                (30_000, Udp(port: 3)),
                (40_000, Tcp(true, Ack, port: 1, data: 5)),
            ]);
        Results results = _scratch.Replay("--in", capture, "--config", Tracking("set max-entries=2"));
        Assert.Equal(("drop", "table-full"), (results.Trace[6].Word("verdict"), results.Trace[6].Word("reason")));
        Assert.Equal("established", results.Trace[7].Word("connection-state"));
        Assert.Equal([true, true], results.Connections.Select(connection => connection.Flag("assured")));
        Assert.Equal(1, results.Stats.GetProperty("dropped").Number("table-full"));
        Assert.Equal(0, results.Stats.GetProperty("tracking").GetProperty("removed").Number("evicted"));
    }

    public void Dispose() => _scratch.Dispose();

    string Tracking(string command) =>
        _scratch.Write("settings.rsc", command.Length == 0 ? "# nothing\n" : $"/ip firewall connection tracking\n{command}\n");
}
