using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>ICMP errors on their way through the router: related, filtered as such, and without any effect on what they are about.</summary>
public sealed class IcmpErrorTests : IDisposable
{
    const string Router = "203.0.113.9", Router6 = "2001:db8:9::9";

    readonly Scratch _scratch = new();

    [Theory]
    [InlineData("1", "1")]
    [InlineData("32", "1")]
    [InlineData("32", "3")]
    public void An_error_sees_a_connection_opened_in_its_own_burst(string burst, string workers)
    {
        string capture = _scratch.Capture(
            "in.pcap",
            (0, About(Udp())), (0, Udp()), (0, About(Udp())), (0, Tcp(false, Syn)), (0, About(Tcp(false, Syn))), (0, Udp6()), (0, About6(Udp6())),
            (0, Ping()), (0, About(Ping())), (0, About(Ping(identifier: 8))), (0, Udp(back: true)), (0, About(Udp(back: true), Server)));
        Results results = _scratch.Replay("--in", capture, "--burst", burst, "--workers", workers);
        Assert.Equal(
            ["invalid", "new", "related", "new", "related", "new", "related", "new", "related", "invalid", "established", "related"],
            results.Trace.Words("connection-state"));
        Assert.Equal([1, 1, 1, 1], results.Connections.Select(connection => connection.Number("orig-packets")));
        Assert.Equal([1, 0, 0, 0], results.Connections.Select(connection => connection.Number("repl-packets")));
    }

    /// <summary>A first packet that a rule drops opens nothing, and an error about it in the same burst knows it.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("32")]
    public void An_error_about_a_packet_that_was_dropped_is_invalid(string burst)
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()), (0, About(Udp())), (0, Udp(port: 5)), (0, About(Udp(port: 5))));
        string script = _scratch.Write("rules.rsc", "/ip firewall filter add chain=forward protocol=udp src-port=40000 action=drop\n");
        Results results = _scratch.Replay("--in", capture, "--config", script, "--burst", burst);
        Assert.Equal(["new", "invalid", "new", "related"], results.Trace.Words("connection-state"));
        Assert.Equal([Client + ":5"], results.Connections.Words("src-address"));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("32")]
    public void Rules_tell_related_from_the_rest(string burst)
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()), (0, About(Udp())), (0, Udp(back: true)), (0, About(Udp(port: 5))));
        string script = _scratch.Write(
            "rules.rsc",
            "/ip firewall filter add chain=forward connection-state=related action=drop\n"
            + "/ip firewall filter add chain=forward connection-state=established,new action=accept\n");
        Results results = _scratch.Replay("--in", capture, "--config", script, "--burst", burst);
        Assert.Equal(["new", "related", "established", "invalid"], results.Trace.Words("connection-state"));
        Assert.Equal(["forward", "drop", "forward", "forward"], results.Trace.Words("verdict"));
        Assert.Equal("filter forward 0", results.Trace[1].Word("reason"));
        JsonElement connection = Assert.Single(results.Connections);
        Assert.Equal((1, 1), (connection.Number("orig-packets"), connection.Number("repl-packets")));
    }

    /// <summary>It neither enters the flow cache for the connection nor drives it out, whatever a rule says to it.</summary>
    [Theory]
    [InlineData("established,related", "1")]
    [InlineData("established,related", "32")]
    [InlineData("established", "1")]
    [InlineData("established", "32")]
    [InlineData("related", "32")]
    public void A_fasttracked_connection_is_not_disturbed(string states, string burst)
    {
        List<(long, Frame)> plain = [(0, Udp()), (1, Udp(back: true)), (2, Udp())];
        List<(long, Frame)> mixed = [.. plain];
        for (int i = 0; i < 10; i++)
        {
            plain.Add((10 + (i * 2), Udp(back: i % 2 != 0)));
            mixed.Add((10 + (i * 2), Udp(back: i % 2 != 0)));
            mixed.Add((10 + (i * 2), About(Udp())));
        }

        string script = _scratch.Write(
            "rules.rsc", $"/ip firewall filter add chain=forward connection-state={states} action=fasttrack-connection\n");
        string[] options = ["--config", script, "--burst", burst, "--connections", "-"];
        string expected = Ctrack.Replay(["--in", _scratch.Capture("plain.pcap", plain), .. options]).Succeeded().Output;
        string capture = _scratch.Capture("mixed.pcap", mixed);
        Assert.Equal(expected, Ctrack.Replay(["--in", capture, .. options]).Succeeded().Output);
        Assert.Equal(10, _scratch.Trace(["--in", capture, .. options[..4]]).Words("connection-state").Count(state => state == "related"));
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>A router in between reports to the client, or to whom the packet came from.</summary>
    static Frame About(Frame packet, string to = Client) => new Frame().Ipv4(Router, to).Icmp(11).Data(packet.ToPacket());

    static Frame About6(Frame packet) => new Frame().Ipv6(Router6, Client6).Icmpv6(3).Data(packet.ToPacket());
}
