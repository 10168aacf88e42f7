using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>Every action over a wire: what becomes of a packet that a rule does it to, byte for byte where it changes the packet.</summary>
public sealed class ActionPairTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void What_is_written_into_packets()
    {
        byte[] mss = [2, 4, 0x05, 0xb4], lower = [2, 4, 0x04, 0xb0];
        byte[] alert = [148, 4, 0, 0], stripped = [1, 1, 1, 1];
        (string Rule, Frame In, Frame Out)[] rows =
        [
            ("protocol=udp dst-port=1 action=change-dscp new-dscp=46", Udp4(1), Udp4(1, service: 46 << 2)),
            ("protocol=udp dst-port=2 action=change-ttl new-ttl=set:9", Udp4(2), Udp4(2, hops: 9)),
            ("protocol=udp dst-port=3 action=change-ttl new-ttl=increment:5", Udp4(3), Udp4(3, hops: 69)),
            ("protocol=udp dst-port=4 action=change-ttl new-ttl=decrement:5", Udp4(4), Udp4(4, hops: 59)),
            ("protocol=udp dst-port=5 action=clear-df", Udp4(5, stays: true), Udp4(5)),
            ("protocol=udp dst-port=6 action=strip-ipv4-options", Udp4(6, options: alert), Udp4(6, options: stripped)),
            ("protocol=tcp tcp-flags=syn dst-port=7 action=change-mss new-mss=1200", Syn4(7, mss), Syn4(7, lower)),
            ("protocol=tcp tcp-flags=syn dst-port=8 action=change-mss new-mss=1500", Syn4(8, mss), Syn4(8, mss)),
            ("protocol=udp dst-port=9 action=passthrough", Udp4(9), Udp4(9)),
        ];
        string script = "/ip firewall mangle\n" + string.Concat(rows.Select(row => $"add chain=forward {row.Rule}\n"));
        Wire(script, [.. rows.Select(row => row.In)]);
        Assert.Equal(
            rows.Select(row => Convert.ToHexString(row.Out.ToBytes())),
            CaptureFile.Read(_scratch.PathOf("out2.pcap")).Select(frame => Convert.ToHexString(frame.Bytes)));
    }

    [Fact]
    public void What_ends_goes_on_and_comes_back()
    {
        const string Script = """
            /ip firewall raw
            add chain=prerouting protocol=udp dst-port=1 action=notrack
            add chain=prerouting protocol=udp dst-port=2 action=drop
            /ip firewall filter
            add chain=forward protocol=udp dst-port=3 action=accept
            add chain=forward protocol=udp dst-port=4 action=drop
            add chain=forward protocol=udp dst-port=5 action=reject reject-with=icmp-port-unreachable
            add chain=forward protocol=tcp dst-port=6 action=tarpit
            add chain=forward protocol=udp dst-port=7 action=jump jump-target=own
            add chain=forward protocol=udp dst-port=8 action=add-dst-to-address-list address-list=seen address-list-timeout=none-dynamic
            add chain=forward protocol=udp dst-port=9 dst-address-list=seen action=drop
            add chain=forward protocol=udp dst-port=10 action=fasttrack-connection
            add chain=forward action=passthrough
            add chain=own protocol=udp action=return
            add chain=own action=drop
            """;
        Results results = Wire(Script, [.. Enumerable.Range(1, 10).Select(port => port == 6 ? Syn4(6, []) : Udp4(port)), Udp4(10), Udp4(10)]);
        Assert.Equal(
            [
                "forward - untracked filter forward 8", "drop raw prerouting 1 raw prerouting 1", "forward filter forward 0 new filter forward 0",
                "drop filter forward 1 new filter forward 1", "reject filter forward 2 new filter forward 2",
                "tarpit filter forward 3 new filter forward 3", "forward - new filter forward 8", "forward - new filter forward 8",
                "drop filter forward 6 new filter forward 6", "forward - new filter forward 8", "forward - new filter forward 8",
                "forward - new filter forward 8",
            ],
            results.Trace.Select(line => string.Join(
                ' ', new[] { line.Word("verdict"), line.WordOrNull("reason") ?? "-", line.WordOrNull("connection-state"), line.Names().Last() }.OfType<string>())));
        Assert.Equal(["filter forward 4", "filter own 0", "filter forward 8"], results.Trace[6].Names());
        Assert.Contains(results.Trace, line => line.Names().Contains("filter forward 7"));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("4")]
    public void What_is_logged_is_told_on_standard_error_in_RouterOS_words(string workers)
    {
        string script = _scratch.Write("log.rsc", """
            /ip firewall filter
            add chain=forward protocol=tcp action=log log-prefix="web"
            add chain=forward protocol=icmp action=accept log=yes
            add chain=forward dst-port=99 protocol=udp action=drop
            /ip firewall nat
            add chain=srcnat action=jump jump-target=out
            add chain=out protocol=udp action=src-nat to-addresses=198.51.100.9 log=yes
            /ipv6 firewall filter add chain=forward action=drop log=yes log-prefix=six
            """);
        Run run = Ctrack.Replay(
            "--config", script, "--in", "ether1=" + _scratch.Capture("in.pcap", (0, Tcp(false, Syn)), (1, Ping()), (2, Udp4(53)), (3, Udp4(99)), (4, Udp6())),
            "--out", "ether2=" + _scratch.PathOf("out.pcap"), "--connections", _scratch.PathOf("c.json"), "--workers", workers, "--burst", "32");
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal(
            """
            web forward: in:ether1 out:ether2, connection-state:new src-mac 02:00:00:00:00:aa, proto TCP (SYN), 192.0.2.1:40000->198.51.100.2:80, len 40
            forward: in:ether1 out:ether2, connection-state:new src-mac 02:00:00:00:00:aa, proto ICMP (type 8, code 0), 192.0.2.1->198.51.100.2, len 84
            out: in:ether1 out:ether2, connection-state:new src-mac 02:00:00:00:00:aa, proto UDP, 192.0.2.1:40000->198.51.100.2:53, len 38
            six forward: in:ether1 out:ether2, connection-state:new src-mac 02:00:00:00:00:aa, proto UDP, [2001:db8::1]:40000->[2001:db8:1::2]:53, len 58

            """,
            run.Error);
    }

    Results Wire(string script, Frame[] frames) => _scratch.Replay(
        "--config", _scratch.Write("actions.rsc", script), "--in",
        "ether1=" + _scratch.Capture("in1.pcap", frames.Select((frame, n) => (n * 1000L, frame))),
        "--out", "ether1=" + _scratch.PathOf("out1.pcap"), "--out", "ether2=" + _scratch.PathOf("out2.pcap"));

    static Frame Udp4(int port, int service = 0, int hops = 64, bool stays = false, byte[]? options = null) =>
        new Frame().Ipv4(Client, Server, options, dontFragment: stays, timeToLive: hops, service: service).Udp(40000, port).Data(10);

    static Frame Syn4(int port, byte[] options) => new Frame().Ipv4(Client, Server).Tcp(40000, port, Syn, options: options);
}
