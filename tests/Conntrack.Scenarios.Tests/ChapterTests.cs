using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>Both rule examples of RouterOS's chapter on connection tracking, letter by letter, its missing slash and quote included.</summary>
public sealed class ChapterTests : IDisposable
{
    const string Home = """
        /ip address add address=192.0.2.254/24 interface=ether1
        /ip address add address=198.51.100.254/24 interface=ether2

        """;

    const string Input = """
        ip firewall filter
        add chain=input connection-state=invalid action=drop comment="Drop Invalid connections"
        add chain=input connection-state=established,related,untracked action=accept comment="Allow Established/Related/Untracked connections
        """;

    const string FastTrack = """
        /ip firewall filter add chain=forward action=fasttrack-connection connection-state=established,related
        /ip firewall filter add chain=forward action=accept connection-state=established,related
        """;

    readonly Scratch _scratch = new();

    [Fact]
    public void Invalid_is_dropped_and_what_is_known_accepted_at_the_router_s_input()
    {
        (Run run, string shown) = Replay(
            Home + Input, "/ip firewall filter print stats",
            To("192.0.2.254", frame => frame.Tcp(5000, 22, flags: 4)),
            To("192.0.2.254", frame => frame.Icmp(8, identifier: 3).Data(8)),
            To("192.0.2.254", frame => frame.Udp(5000, 53)),
            To("192.0.2.254", frame => frame.Udp(5000, 53)));

        Assert.Contains("warning: ", run.Error, StringComparison.Ordinal);
        Assert.Equal("drop filter input 0|local|local|local", Fates());
        Assert.Matches(@";;; Drop Invalid connections\n0 +input +drop +40 +1\n", shown);
        Assert.Matches(@";;; Allow Established/Related/Untracked connections\n1 +input +accept +0 +0\n", shown);
    }

    [Fact]
    public void Established_is_fasttracked_and_what_is_not_is_accepted_by_the_same_rule_again()
    {
        (_, string shown) = Replay(
            Home + FastTrack, "/ip firewall filter print stats",
            [.. Enumerable.Range(0, 8).Select(static n => Packets.Udp(back: n % 2 == 1))]);

        Assert.Equal("forward|forward filter forward 1|forward filter forward 1|forward|forward|forward|forward|forward", Fates());
        Assert.Matches(
            @";;; special dummy rule to show fasttrack counters\n +D forward +passthrough +190 +5\n"
            + @"0 +forward +fasttrack-connection +76 +2\n1 +forward +accept +76 +2\n",
            shown);
    }

    public void Dispose() => _scratch.Dispose();

    static Frame To(string address, Func<Frame, Frame> with) => with(new Frame().Ipv4(Packets.Client, address));

    (Run Run, string Shown) Replay(string script, string command, params Frame[] frames)
    {
        string[] sources = ["192.0.2.", "198.51.100."];
        string[] arguments =
        [
            "--config", _scratch.Write("chapter.rsc", script + "\n"),
            "--in", $"ether1={Capture(1)}", "--in", $"ether2={Capture(2)}", "--trace", _scratch.PathOf("trace.jsonl"), "--print", command,
        ];
        Run run = Ctrack.Replay(arguments);
        Assert.Equal(0, run.ExitCode);
        return (run, run.Output);

        string Capture(int port) => _scratch.Capture($"in{port}.pcap", frames
            .Select((frame, n) => (Time: n * 1000L, Frame: frame))
            .Where(frame => new Endpoint(frame.Frame).Source.StartsWith(sources[port - 1], StringComparison.Ordinal)));
    }

    /// <summary>What became of each frame, in the order they came.</summary>
    string Fates() => string.Join('|', Json.Lines(File.ReadAllText(_scratch.PathOf("trace.jsonl")))
        .Select(static line => $"{line.Word("verdict")} {line.WordOrNull("reason")}".Trim()));

    /// <summary>Who sent a frame.</summary>
    readonly record struct Endpoint(string Source)
    {
        public Endpoint(Frame frame)
            : this(new System.Net.IPAddress(frame.ToBytes().AsSpan(26, 4)).ToString())
        {
        }
    }
}
