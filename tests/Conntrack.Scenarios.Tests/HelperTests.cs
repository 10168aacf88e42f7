using System.Text.Json;
using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary><c>/ip firewall service-port</c> from outside: RouterOS's default firewall, and an active FTP transfer through it.</summary>
public sealed class HelperTests : IDisposable
{
    const string Client = "192.168.88.10", Server = "198.51.100.2", Wan = "203.0.113.2";

    const string Router =
        """
        /ip address add address=192.168.88.1/24 interface=ether1
        /ip address add address=203.0.113.2/24 interface=ether2
        /ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1
        /ip firewall nat add chain=srcnat action=masquerade out-interface=ether2
        /ip firewall filter add chain=forward action=fasttrack-connection connection-state=established,related
        /ip firewall filter add chain=forward action=accept connection-state=established,related,untracked
        /ip firewall filter add chain=forward action=drop connection-state=invalid
        /ip firewall filter add chain=forward action=drop connection-state=new connection-nat-state=!dstnat in-interface=ether2
        /ip firewall filter add chain=input action=accept connection-state=established,related,untracked
        /ip firewall filter add chain=input action=drop in-interface=ether2
        """;

    readonly Scratch _scratch = new();

    [Theory]
    [InlineData("")]
    [InlineData("--burst 32")]
    [InlineData("--workers 4 --burst 7")]
    public void Active_ftp_is_let_in(string how)
    {
        Results results = Replay(Router, how);
        Assert.Equal(
            ["new", "established", "established", "established", "established", "related", "established", "established"],
            results.Trace.Words("connection-state"));
        Assert.All(results.Trace.Words("verdict"), verdict => Assert.Equal("forward", verdict));
        Assert.Equal(["ftp", "ftp"], results.Connections.Select(c => c.Word("connection-type")));
        Assert.Equal([false, true], results.Connections.Select(c => c.Flag("expected")));
        Assert.False(results.Connections[0].Flag("fasttrack"));
        JsonElement data = results.Connections[1];
        Assert.Equal(
            ($"{Server}:20", $"{Wan}:5001", $"{Client}:5001", $"{Server}:20"),
            (data.Word("src-address"), data.Word("dst-address"), data.Word("reply-src-address"), data.Word("reply-dst-address")));
        Assert.True(data.Flag("dstnat"));
        byte[] command = CaptureFile.Read(_scratch.PathOf("out2.pcap")).Select(frame => frame.Bytes).First(frame => frame.Length > 60 && frame[23] == 6);
        Assert.Equal("PORT 203,0,113,2,19,137\r\n", System.Text.Encoding.ASCII.GetString(command, 54, command.Length - 54));
    }

    [Theory]
    [InlineData("/ip firewall service-port disable ftp")]
    [InlineData("/ip firewall service-port set ftp ports=2121")]
    public void A_service_port_that_is_off_lets_nothing_in(string setting)
    {
        Results results = Replay(Router + "\n" + setting, "");
        Assert.Equal(("new", "drop"), (results.Trace[5].Word("connection-state"), results.Trace[5].Word("verdict")));
        Assert.All(
            results.Connections,
            static connection => Assert.Equal((null, false), (connection.WordOrNull("connection-type"), connection.Flag("expected"))));
    }

    [Fact]
    public void Connection_type_is_that_of_what_was_announced()
    {
        Results results = Replay(
            Router + "\n/ip firewall mangle add chain=forward connection-type=ftp action=passthrough\n/ip firewall mangle add chain=forward connection-type=!ftp action=passthrough",
            "");
        Assert.Equal(
            [("mangle forward 0", 3), ("mangle forward 1", 5)],
            results.Stats.GetProperty("rules").EnumerateArray().Select(rule => (rule.Word("rule")!, (int)rule.Number("packets")))
                .Where(rule => rule.Item1.StartsWith("mangle", StringComparison.Ordinal)));
    }

    /// <summary>A call out: the other end's media are let in at the port that the telephone announced, and stats say what the helper did.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("", "--workers 4 --burst 7")]
    [InlineData("/ip firewall service-port set sip sip-timeout=5m", "")]
    [InlineData("/ip firewall service-port set sip disabled=yes", "")]
    [InlineData("/ip firewall service-port set sip ports=5061", "")]
    public void Media_of_a_call_are_let_in(string setting, string how)
    {
        const string Media = "v=0\r\no=- 1 1 IN IP4 192.168.88.10\r\nc=IN IP4 192.168.88.10\r\nm=audio 4000 RTP/AVP 0\r\n";
        string invite = "INVITE sip:bob@198.51.100.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.88.10:5060;branch=z9\r\nCSeq: 1 INVITE\r\n" +
            $"Contact: <sip:alice@192.168.88.10:5060>\r\nContent-Length: {Media.Length}\r\n\r\n{Media}";
        (long, Frame)[] inside = [(0, new Frame().Ipv4(Client, Server).Udp(5060, 5060).Data(System.Text.Encoding.ASCII.GetBytes(invite)))];
        (long, Frame)[] outside = [(1000, new Frame().Ipv4(Server, Wan).Udp(6000, 4000).Data(100))];
        Results results = Replay(Router + "\n" + setting, how, inside, outside);
        bool isLong = setting.Length == 0, isOn = isLong || setting.Contains("sip-timeout", StringComparison.Ordinal);
        Assert.Equal(isOn ? ("related", "forward") : ("new", "drop"), (results.Trace[1].Word("connection-state"), results.Trace[1].Word("verdict")));
        Assert.Equal(isOn, results.Stats.TryGetProperty("helpers", out JsonElement helpers));
        if (isOn)
        {
            JsonElement sip = helpers.GetProperty("sip");
            Assert.Equal((1, 0, 2, 0, 1, 0), Counts(sip));
            Assert.Equal(["sip", "sip"], results.Connections.Select(c => c.Word("connection-type")));
            Assert.Equal(isLong ? "59m59s" : "4m59s", results.Connections[0].Word("timeout"));
        }

        static (int, int, int, int, int, int) Counts(JsonElement helper) => (
            (int)helper.Number("parsed"), (int)helper.Number("malformed"), (int)helper.Number("expected"), (int)helper.Number("refused"),
            (int)helper.Number("rewritten"), (int)helper.Number("left-alone"));
    }

    public void Dispose() => _scratch.Dispose();

    Results Replay(string script, string how)
    {
        (long, Frame)[] inside =
        [
            (0, new Frame().Ipv4(Client, Server).Tcp(5000, 21, flags: 2, sequence: 99)),
            (2000, new Frame().Ipv4(Client, Server).Tcp(5000, 21, sequence: 100, acknowledgment: 500)),
            (3000, new Frame().Ipv4(Client, Server).Tcp(5000, 21, flags: 0x18, sequence: 100, acknowledgment: 500).Data([.. "PORT 192,168,88,10,19,137\r\n"u8])),
            (6000, new Frame().Ipv4(Client, Server).Tcp(5001, 20, flags: 0x12, sequence: 9, acknowledgment: 2)),
        ];
        (long, Frame)[] outside =
        [
            (1000, new Frame().Ipv4(Server, Wan).Tcp(21, 5000, flags: 0x12, sequence: 499, acknowledgment: 100)),
            (4000, new Frame().Ipv4(Server, Wan).Tcp(21, 5000, flags: 0x18, sequence: 500, acknowledgment: 125).Data([.. "200 OK\r\n"u8])),
            (5000, new Frame().Ipv4(Server, Wan).Tcp(20, 5001, flags: 2, sequence: 1)),
            (7000, new Frame().Ipv4(Server, Wan).Tcp(20, 5001, sequence: 2, acknowledgment: 10).Data(100)),
        ];
        return Replay(script, how, inside, outside);
    }

    Results Replay(string script, string how, (long, Frame)[] inside, (long, Frame)[] outside) => _scratch.Replay(
        [
            "--in", $"ether1={_scratch.Capture("in1.pcap", inside)}", "--in", $"ether2={_scratch.Capture("in2.pcap", outside)}",
            "--out", $"ether1={_scratch.PathOf("out1.pcap")}", "--out", $"ether2={_scratch.PathOf("out2.pcap")}",
            "--config", _scratch.Write("router.rsc", script + "\n"), .. how.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ]);
}
