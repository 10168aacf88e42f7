using System.Text.Json;
using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>The nat table from outside: a router at home, its script as RouterOS exports it, two captures in and two out.</summary>
public sealed class NatTests : IDisposable
{
    const string Client = "192.168.88.10", Server = "198.51.100.2", Wan = "203.0.113.2", Inside = "192.168.88.20";

    const string Router =
        """
        /interface list add name=WAN
        /interface list add name=LAN
        /interface list member add list=LAN interface=ether1
        /interface list member add list=WAN interface=ether2
        /ip address add address=192.168.88.1/24 interface=ether1
        /ip address add address=203.0.113.2/24 interface=ether2
        /ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1
        /ip firewall nat add chain=srcnat action=masquerade out-interface-list=WAN
        /ip firewall nat add chain=dstnat action=dst-nat in-interface-list=WAN protocol=tcp dst-port=8080 to-addresses=192.168.88.20 to-ports=80
        /ip firewall nat add chain=dstnat action=redirect in-interface-list=LAN protocol=udp dst-port=53
        """;

    readonly Scratch _scratch = new();

    [Fact]
    public void Masquerade_over_the_list_of_outside_interfaces()
    {
        Results results = Replay(
            Router,
            [(0, new Frame().Ipv4(Client, Server).Tcp(5000, 80, flags: 2)), (2000, new Frame().Ipv4(Client, Server).Tcp(5000, 80, sequence: 2, acknowledgment: 2))],
            [(1000, new Frame().Ipv4(Server, Wan).Tcp(80, 5000, flags: 0x12, acknowledgment: 2))]);
        Assert.Equal(["new", "established", "established"], results.Trace.Words("connection-state"));
        Assert.Equal(["forward", "forward", "forward"], results.Trace.Words("verdict"));
        Assert.Equal(["ether2", "ether1", "ether2"], results.Trace.Words("out-interface"));
        Assert.Equal([["nat srcnat 0"], [], []], results.Trace.Select(RulesOf));
        JsonElement connection = Assert.Single(results.Connections);
        Assert.Equal(
            ($"{Client}:5000", $"{Server}:80", $"{Server}:80", $"{Wan}:5000"),
            (connection.Word("src-address"), connection.Word("dst-address"), connection.Word("reply-src-address"), connection.Word("reply-dst-address")));
        Assert.True(connection.Flag("srcnat"));
        Assert.False(connection.Flag("dstnat"));
        Assert.Equal((2, 1), (connection.Number("orig-packets"), connection.Number("repl-packets")));
        Assert.Equal([$"{Wan} > {Server}", $"{Wan} > {Server}"], Sent("out2.pcap"));
        Assert.Equal([$"{Server} > {Client}"], Sent("out1.pcap"));
        Assert.Equal(
            [("nat srcnat 0", 1), ("nat dstnat 0", 0), ("nat dstnat 1", 0)],
            results.Stats.GetProperty("rules").EnumerateArray().Select(rule => (rule.Word("rule")!, (int)rule.Number("packets"))));
    }

    [Fact]
    public void Dst_nat_lets_in_what_the_filter_asks_for_by_its_nat_state()
    {
        Results results = Replay(
            Router + "\n/ip firewall filter add chain=forward action=drop connection-state=new connection-nat-state=!dstnat in-interface-list=WAN",
            [(1000, new Frame().Ipv4(Inside, Server).Tcp(80, 6000, flags: 0x12, acknowledgment: 2))],
            [(0, new Frame().Ipv4(Server, Wan).Tcp(6000, 8080, flags: 2)), (2000, new Frame().Ipv4(Server, Inside).Tcp(6000, 80, flags: 2))]);
        Assert.Equal(["forward", "forward", "drop"], results.Trace.Words("verdict"));
        Assert.Equal(["nat dstnat 0"], RulesOf(results.Trace[0]));
        JsonElement connection = Assert.Single(results.Connections);
        Assert.True(connection.Flag("dstnat"));
        Assert.Equal($"{Inside}:80", connection.Word("reply-src-address"));
        Assert.Equal([$"{Wan} > {Server}"], Sent("out2.pcap"));
        Assert.Equal([$"{Server} > {Inside}"], Sent("out1.pcap"));
    }

    [Fact]
    public void Redirect_brings_questions_to_the_router()
    {
        Results results = Replay(Router, [(0, new Frame().Ipv4(Client, Server).Udp(5000, 53).Data(20))], []);
        Assert.Equal(["local"], results.Trace.Words("verdict"));
        Assert.Equal("192.168.88.1:53", Assert.Single(results.Connections).Word("reply-src-address"));
    }

    [Fact]
    public void Ipv6_is_masqueraded_as_well()
    {
        Results results = Replay(
            """
            /ipv6 address add address=2001:db8:1::1/64 interface=ether1 advertise=no
            /ipv6 address add address=2001:db8:2::1/64 interface=ether2 advertise=no
            /ipv6 route add dst-address=::/0 gateway=2001:db8:2::2
            /ipv6 firewall nat add chain=srcnat action=masquerade out-interface=ether2
            """,
            [(0, new Frame().Ipv6("2001:db8:1::2", "2001:db8:9::9").Udp(5000, 53).Data(20))],
            [(1000, new Frame().Ipv6("2001:db8:9::9", "2001:db8:2::1").Udp(53, 5000).Data(20))]);
        Assert.Equal(["forward", "forward"], results.Trace.Words("verdict"));
        Assert.Equal(["ipv6 nat srcnat 0"], RulesOf(results.Trace[0]));
        JsonElement connection = Assert.Single(results.Connections);
        Assert.Equal("2001:db8:2::1", connection.Word("reply-dst-address"));
        Assert.True(connection.Flag("srcnat") & connection.Flag("seen-reply"));
    }

    /// <summary>A checksum that nobody verified is no base to reckon from.</summary>
    [Fact]
    public void With_checksums_ignored_what_is_translated_gets_a_right_one()
    {
        Replay(
            Router, [(0, new Frame().Ipv4(Client, Server).Tcp(5000, 80, flags: 2, checksum: 0x1234)), (1, new Frame().Ipv4(Client, Server).Udp(5000, 123, checksum: 1).Data(9))],
            [], "--checksums", "ignore");
        byte[][] sent = [.. Packets("out2.pcap")];
        Assert.Equal(new Frame().Ipv4(Wan, Server).Tcp(5000, 80, flags: 2).ToPacket()[20..], sent[0][34..]);
        Assert.Equal(new Frame().Ipv4(Wan, Server).Udp(5000, 123).Data(9).ToPacket()[20..], sent[1][34..]);
    }

    [Fact]
    public void What_is_no_network_is_no_netmap()
    {
        string rules = _scratch.Write("bad.rsc", "/ip firewall nat add chain=srcnat action=netmap to-addresses=203.0.113.2-203.0.113.4 out-interface=ether2\n");
        Run run = Ctrack.Replay("--in", $"ether1={_scratch.Capture("in.pcap")}", "--config", rules);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("netmap maps one network to another", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _scratch.Dispose();

    static IEnumerable<string> RulesOf(JsonElement line) => line.GetProperty("rules").EnumerateArray().Select(rule => rule.GetString()!);

    Results Replay(string script, (long, Frame)[] first, (long, Frame)[] second, params string[] more) => _scratch.Replay(
        [
            "--in", $"ether1={_scratch.Capture("in1.pcap", first)}", "--in", $"ether2={_scratch.Capture("in2.pcap", second)}",
            "--out", $"ether1={_scratch.PathOf("out1.pcap")}", "--out", $"ether2={_scratch.PathOf("out2.pcap")}",
            "--config", _scratch.Write("router.rsc", script + "\n"), .. more,
        ]);

    /// <summary>Source and destination of every packet of IPv4 in a capture.</summary>
    IEnumerable<string> Sent(string file) =>
        Packets(file).Select(frame => $"{new System.Net.IPAddress(frame.AsSpan(26, 4))} > {new System.Net.IPAddress(frame.AsSpan(30, 4))}");

    /// <summary>What is IPv4 among frames; the router also asks for its neighbours.</summary>
    IEnumerable<byte[]> Packets(string file) =>
        CaptureFile.Read(_scratch.PathOf(file)).Select(frame => frame.Bytes).Where(frame => frame[12] == 8 && frame[13] == 0);
}
