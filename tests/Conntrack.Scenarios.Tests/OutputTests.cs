using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>What goes to standard output, and what happens when it, or a file, does not take it.</summary>
public sealed class OutputTests : IDisposable
{
    readonly Scratch _scratch = new();

    [Fact]
    public void Without_options_the_connections_are_printed_as_RouterOS_prints_them()
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp(port: 40001)), (1, Udp(back: true, port: 40001)), (2, Tcp(false, Syn)));
        Assert.Equal(
            """
            Flags: S - SEEN-REPLY; C - CONFIRMED
            Columns: PROTOCOL, SRC-ADDRESS, DST-ADDRESS, TCP-STATE, TIMEOUT, ORIG-PACKETS, REPL-PACKETS, ORIG-BYTES, REPL-BYTES
            #    PROTOCOL  SRC-ADDRESS      DST-ADDRESS      TCP-STATE  TIMEOUT  ORIG-PACKETS  REPL-PACKETS  ORIG-BYTES  REPL-BYTES
            0 SC udp       192.0.2.1:40001  198.51.100.2:53             2m59s               1             1          38          38
            1  C tcp       192.0.2.1:40000  198.51.100.2:80  syn-sent   5s                  1             0          40           0

            """.ReplaceLineEndings("\n"),
            Ctrack.Replay("--in", capture).Succeeded().Output);
    }

    [Theory]
    [InlineData("--connections")]
    [InlineData("--trace")]
    [InlineData("--stats")]
    public void Data_asked_for_with_a_dash_is_alone_on_standard_output(string option)
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()), (1, Tcp(false, Syn)));
        string file = _scratch.PathOf("file.json"), script = _scratch.Write("warned.rsc", "/queue simple add name=x target=ether1\n");
        Ctrack.Replay("--in", capture, option, file).Succeeded();
        Assert.Equal(File.ReadAllText(file), Ctrack.Replay("--in", capture, option, "-").Succeeded().Output);

        // What the script's reader has to say goes the other way.
        Run warned = Ctrack.Replay("--in", capture, "--config", script, option, "-");
        Assert.Equal((0, File.ReadAllText(file)), (warned.ExitCode, warned.Output));
        Assert.StartsWith($"{script}:1:1: warning: ", warned.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_one_of_them_may_have_standard_output()
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()));
        string message = Ctrack.Replay("--in", capture, "--connections", "-", "--trace", "-").Refused();
        Assert.Equal("--connections and --trace cannot both be standard output", message);
    }

    [Theory]
    [InlineData("--connections")]
    [InlineData("--trace")]
    [InlineData("--stats")]
    public void A_full_disk_is_told_with_option_and_file(string option)
    {
        string message = Ctrack.Replay("--in", _scratch.Capture("in.pcap", (0, Udp())), option, "/dev/full").Refused();
        Assert.Equal($"{option}: /dev/full: No space left on device", message);
    }

    [Fact]
    public void A_full_disk_under_a_capture_is_told_with_the_file()
    {
        string one = _scratch.Capture("in.pcap", (0, Udp()));
        string many = _scratch.Capture("many.pcap", Enumerable.Range(0, 2000).Select(i => ((long)i, Udp(data: 1000))));
        Assert.Equal("/dev/full: No space left on device", Ctrack.Replay("--in", one, "--out", "ether2=/dev/full").Refused());
        Assert.Equal("/dev/full: No space left on device", Ctrack.Replay("--in", many, "--out", "ether2=/dev/full").Refused());
    }

    [Theory]
    [InlineData("")]
    [InlineData("--connections -")]
    [InlineData("--trace -")]
    [InlineData("--stats -")]
    public void A_full_disk_under_standard_output_is_told(string options)
    {
        string capture = _scratch.Capture("in.pcap", Enumerable.Range(0, 1000).Select(i => ((long)i, Udp(port: 1000 + i))));
        Run run = Ctrack.Start("/bin/sh", ["-c", $"exec '{Ctrack.Executable}' replay --in '{capture}' {options} > /dev/full"]);
        Assert.Equal("standard output: No space left on device", run.Refused());
    }

    /// <summary>Whoever reads may stop reading: <c>ctrack replay … | head</c> is no error and no crash.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("--connections -")]
    [InlineData("--trace -")]
    public void A_reader_that_goes_away_is_no_crash(string options)
    {
        string capture = _scratch.Capture("in.pcap", Enumerable.Range(0, 2000).Select(i => ((long)i, Udp(port: 1000 + i))));
        string code = _scratch.PathOf("code");
        Run run = Ctrack.Start("/bin/sh", ["-c", $"{{ '{Ctrack.Executable}' replay --in '{capture}' {options}; echo $? > '{code}'; }} | head -n 1"]);
        Assert.Equal("", run.Error);
        Assert.Single(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("0\n", File.ReadAllText(code));
    }

    [Fact]
    public void An_input_that_is_not_there_costs_no_earlier_result()
    {
        string earlier = _scratch.Write("earlier.json", "precious"), capture = _scratch.Write("earlier.pcap", "precious");
        Ctrack.Replay("--in", _scratch.PathOf("missing.pcap"), "--connections", earlier, "--out", $"ether1={capture}").Refused();
        Assert.Equal(("precious", "precious"), (File.ReadAllText(earlier), File.ReadAllText(capture)));
    }

    [Theory]
    [InlineData("--connections", "in.pcap")]
    [InlineData("--trace", "script.rsc")]
    [InlineData("--out", "ether1=in.pcap")]
    public void No_output_overwrites_an_input(string option, string value)
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp())), script = _scratch.Write("script.rsc", "# nothing\n");
        byte[] before = File.ReadAllBytes(capture);
        string target = value.Replace("in.pcap", capture, StringComparison.Ordinal).Replace("script.rsc", script, StringComparison.Ordinal);
        Assert.Contains("cannot write", Ctrack.Replay("--in", capture, "--config", script, option, target).Refused(), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(capture));
        Assert.Equal("# nothing\n", File.ReadAllText(script));
    }

    public void Dispose() => _scratch.Dispose();
}
