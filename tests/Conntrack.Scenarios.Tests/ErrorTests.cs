using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>What the user gave is wrong: exit code 2, one line that says what and where, nothing on standard output.</summary>
public sealed class ErrorTests : IDisposable
{
    readonly Scratch _scratch = new();

    [Fact]
    public void A_missing_capture()
    {
        string missing = _scratch.PathOf("missing.pcap");
        Assert.Equal($"{missing}: No such file or directory", Ctrack.Replay("--in", missing).Refused());
    }

    [Fact]
    public void A_directory_instead_of_a_capture()
    {
        string folder = _scratch.PathOf("");
        string message = Ctrack.Replay("--in", folder).Refused();
        Assert.StartsWith($"{folder}: ", message, StringComparison.Ordinal);
        Assert.Contains("directory", message, StringComparison.Ordinal);
    }

    /// <summary>Raw IP, Linux cooked, 802.11, PPP.</summary>
    [Theory]
    [InlineData(101, false)]
    [InlineData(113, false)]
    [InlineData(276, false)]
    [InlineData(105, false)]
    [InlineData(9, false)]
    [InlineData(101, true)]
    public void Another_link_type(int linkType, bool pcapng)
    {
        CapturedFrame[] frames = [Scratch.Captured(0, Udp())];
        string capture = _scratch.Write(
            "in", pcapng ? CaptureFormat.Pcapng(frames, linkType: linkType) : CaptureFormat.Pcap(frames, linkType: linkType));
        string message = Ctrack.Replay("--in", capture).Refused();
        Assert.StartsWith($"{capture}: link type ", message, StringComparison.Ordinal);
        Assert.EndsWith("only Ethernet is read", message, StringComparison.Ordinal);
    }

    /// <summary>Cut at every place of the third of five frames: in its header, behind it, in its bytes.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(67)]
    public void A_capture_cut_in_a_frame_names_the_packet(int kept)
    {
        byte[] file = CaptureFormat.Pcap(Enumerable.Range(0, 5).Select(i => Scratch.Captured(i, Udp())));
        string capture = _scratch.Write("cut.pcap", file[..(24 + (2 * (16 + 52)) + kept)]);
        Assert.StartsWith($"{capture}: packet 3: truncated", Ctrack.Replay("--in", capture).Refused(), StringComparison.Ordinal);
        Assert.StartsWith($"{capture}: packet 3: truncated", Ctrack.Replay("--in", capture, "--burst", "32").Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_packet_is_named_however_far_in_the_file_and_whichever_file()
    {
        byte[] file = CaptureFormat.Pcap(Enumerable.Range(0, 1000).Select(i => Scratch.Captured(i, Udp())));
        string cut = _scratch.Write("cut.pcap", file[..^1]), whole = _scratch.Write("whole.pcap", file);
        string message = Ctrack.Replay("--in", $"ether1={whole}", "--in", $"ether2={cut}", "--burst", "7").Refused();
        Assert.StartsWith($"{cut}: packet 1000: truncated", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_pcapng()
    {
        byte[] file = CaptureFormat.Pcapng([Scratch.Captured(0, Udp()), Scratch.Captured(1, Udp())]);
        string capture = _scratch.Write("cut.pcapng", file[..^5]);
        Assert.StartsWith($"{capture}: packet 2: ", Ctrack.Replay("--in", capture).Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(23)]
    public void A_file_too_short_for_a_header(int length)
    {
        string capture = _scratch.Write("short.pcap", CaptureFormat.Pcap([])[..length]);
        Assert.StartsWith($"{capture}: truncated", Ctrack.Replay("--in", capture).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_longer_than_any_can_be()
    {
        byte[] file = CaptureFormat.Pcap([Scratch.Captured(0, Udp())]);
        file[24 + 8 + 3] = 0x7f;
        string capture = _scratch.Write("long.pcap", file);
        Assert.StartsWith($"{capture}: packet 1: ", Ctrack.Replay("--in", capture).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Garbage()
    {
        string capture = _scratch.Write("garbage", new byte[4096].Select((_, i) => (byte)((i * 31) ^ 0x5a)).ToArray());
        Assert.StartsWith($"{capture}: unknown file format", Ctrack.Replay("--in", capture).Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eth0")]
    [InlineData("ether0")]
    [InlineData("ether01")]
    [InlineData("ether251")]
    [InlineData("Ether1")]
    [InlineData("bridge")]
    public void An_unknown_interface(string name)
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()));
        string tail = $": no interface is named {name}; they are ether1 to ether250 unless the script renames them";
        Assert.Equal("--in" + tail, Ctrack.Replay("--in", $"{name}={capture}").Refused());
        Assert.Equal("--out" + tail, Ctrack.Replay("--in", capture, "--out", $"{name}={_scratch.PathOf("out.pcap")}").Refused());
        Assert.False(File.Exists(_scratch.PathOf("out.pcap")));
    }

    public static TheoryData<string, string> CommandLines => new()
    {
        { "replay", "--in: at least one capture is needed, as NAME=FILE or FILE" },
        { "replay --in IN --bogus", "unknown option '--bogus'; see ctrack replay --help" },
        { "replay --in IN -x", "unknown option '-x'; see ctrack replay --help" },
        { "replay --in", "--in: a value is missing" },
        { "replay --in IN --until", "--until: a value is missing" },
        { "replay --in IN --trace --stats -", "--trace: a value is missing before '--stats'" },
        { "replay --in IN --burst 0", "--burst: '0' is not a whole number from 1 to 32" },
        { "replay --in IN --burst 33", "--burst: '33' is not a whole number from 1 to 32" },
        { "replay --in IN --burst 1.5", "--burst: '1.5' is not a whole number from 1 to 32" },
        { "replay --in IN --workers 0", "--workers: '0' is not a whole number from 1 to 64" },
        { "replay --in IN --workers many", "--workers: 'many' is not a whole number from 1 to 64" },
        { "replay --in IN --until -1", "--until: '-1' is not a number of seconds from 0 to 1000000000, such as 10 or 2.5" },
        { "replay --in IN --until 1e9", "--until: '1e9' is not a number of seconds from 0 to 1000000000, such as 10 or 2.5" },
        { "replay --in IN --until 5s", "--until: '5s' is not a number of seconds from 0 to 1000000000, such as 10 or 2.5" },
        { "replay --in IN --checksums maybe", "--checksums: 'maybe' is neither verify nor ignore" },
        { "replay --in IN --answer-neighbours maybe", "--answer-neighbours: 'maybe' is neither yes nor no" },
        { "replay --in IN --in IN", "--in: interface ether1 is given twice" },
        { "replay --in IN IN", "unexpected argument 'IN'; a capture is given with --in" },
        { "replay --in ether1=", "--in: 'ether1=' has no file name behind the =" },
        { "replay --in =IN", "--in: '=IN' has no interface name before the =" },
        { "replay --in -", "--in: - is no file here; only --connections, --trace and --stats take it" },
        { "replay --in IN --trace same.json --stats same.json", "--trace and --stats cannot both write same.json" },
        { "replay --in IN --config missing.rsc", "--config: missing.rsc: no such file" },
        { "replay --in IN --config /tmp", "--config: /tmp: is a directory" },
        { "replay --in IN --connections /nonexistent/x.json", "--connections: /nonexistent/x.json: no such directory" },
        { "replay --in IN --trace /tmp", "--trace: /tmp: is a directory" },
        { "replay --in IN --out ether1=/nonexistent/x.pcap", "/nonexistent/x.pcap: No such file or directory" },
        { "replay --in IN --out ether1=/tmp", "/tmp: Is a directory" },
        { "bogus", "unknown command 'bogus'; see ctrack --help" },
        { "", "a command is missing; see ctrack --help" },
        { "check", "check: FILE.rsc is missing" },
    };

    [Theory, MemberData(nameof(CommandLines))]
    public void A_command_line_that_is_wrong(string line, string message)
    {
        // IN has no slash: relative to the directory the run starts in.
        _scratch.Capture("IN", (0, Udp()));
        Run run = Ctrack.Start(Ctrack.Executable, line.Split(' ', StringSplitOptions.RemoveEmptyEntries), _scratch.PathOf(""));
        Assert.Equal(message, run.Refused());
    }

    [Fact]
    public void A_script_that_is_wrong_is_told_line_by_line()
    {
        string script = _scratch.Write(
            "bad.rsc",
            """
            # a comment
            /ip firewall connection tracking
            set udp-timeout=soon
            set tcp-establised-timeout=1h
            set enabled=perhaps max-entries=0
            /ip bogus
            add x=1

            """);
        Run run = Ctrack.Replay("--in", _scratch.Capture("in.pcap", (0, Udp())), "--config", script);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        string[] lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] places = ["3:17", "4:5", "5:13", "5:33", "6:5"];
        Assert.Equal(
            places.Select(place => $"{script}:{place}: error"), lines[..^1].Select(line => string.Join(": ", line.Split(": ")[..2])));
        Assert.Equal($"ctrack: --config: {script}: 5 errors, nothing was replayed", lines[^1]);
        Assert.Contains("did you mean \"tcp-established-timeout\"?", lines[1], StringComparison.Ordinal);
    }

    /// <summary>A menu that decides what happens to packets cannot be left out without saying so.</summary>
    [Fact]
    public void A_menu_that_is_not_supported()
    {
        string script = _scratch.Write("rules.rsc", "/interface bonding add name=bond1\n");
        Run run = Ctrack.Replay("--in", _scratch.Capture("in.pcap", (0, Udp())), "--config", script);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        string[] lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith($"{script}:1:1: error: the menu /interface bonding is not supported", lines[0], StringComparison.Ordinal);
        Assert.Equal($"ctrack: --config: {script}: 1 error, nothing was replayed", lines[1]);
    }

    [Fact]
    public void Check_says_the_same_and_replays_nothing()
    {
        string good = _scratch.Write("good.rsc", "/ip firewall connection tracking set enabled=yes\n");
        Assert.Equal("", Ctrack.Start(Ctrack.Executable, ["check", good]).Succeeded().Output);
        string bad = _scratch.Write("bad.rsc", "/ip firewall connection tracking set enabled=perhaps\n");
        Run run = Ctrack.Start(Ctrack.Executable, ["check", bad]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"{bad}:1:46: error: ", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _scratch.Dispose();
}
