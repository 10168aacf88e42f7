using Conntrack.Control.Replay;

namespace Conntrack.Daemon.Tests;

public sealed class ReplayCommandTests
{
    [Fact]
    public void One_bare_capture_is_ether1_with_every_default()
    {
        ReplayOptions options = CommandLineRun.Accepted("replay --in a.pcap");
        Assert.Equal([new InterfaceCapture("ether1", "a.pcap", IsBothDirections: true)], options.Inputs);
        Assert.Empty(options.Outputs);
        Assert.Null(options.ConfigFile);
        Assert.Null(options.Connections);
        Assert.Null(options.Trace);
        Assert.Null(options.Stats);
        Assert.Equal(TimeSpan.Zero, options.Until);
        Assert.Equal(1, options.Workers);
        Assert.Equal(1, options.Burst);
        Assert.Equal(ChecksumHandling.Verify, options.Checksums);
        Assert.True(options.AnswerNeighbours);
        Assert.True(options.PrintsConnections);
    }

    [Fact]
    public void Every_option_arrives()
    {
        ReplayOptions options = CommandLineRun.Accepted(
            "replay --config r.rsc --in ether1=a.pcap --in wan=b.pcap --out ether1=c.pcap --out wan=d.pcap --connections - " +
            "--trace t.jsonl --stats s.json --until 2.5 --workers 64 --burst 32 --checksums ignore --answer-neighbours no");
        Assert.Equal("r.rsc", options.ConfigFile);
        Assert.Equal([new("ether1", "a.pcap"), new("wan", "b.pcap")], options.Inputs);
        Assert.Equal([new("ether1", "c.pcap"), new("wan", "d.pcap")], options.Outputs);
        Assert.Equal(new OutputTarget("--connections", "-"), options.Connections);
        Assert.True(options.Connections!.IsStandardOutput);
        Assert.Equal(new OutputTarget("--trace", "t.jsonl"), options.Trace);
        Assert.Equal(new OutputTarget("--stats", "s.json"), options.Stats);
        Assert.Equal(TimeSpan.FromSeconds(2.5), options.Until);
        Assert.Equal(64, options.Workers);
        Assert.Equal(32, options.Burst);
        Assert.Equal(ChecksumHandling.Ignore, options.Checksums);
        Assert.False(options.AnswerNeighbours);
        Assert.False(options.PrintsConnections);
    }

    [Theory]
    [InlineData("--in=ether2=a.pcap", "ether2", "a.pcap")]
    [InlineData("--in ./a=b.pcap", "ether1", "./a=b.pcap")]
    [InlineData("--in /tmp/x=y/a.pcap", "ether1", "/tmp/x=y/a.pcap")]
    [InlineData("--in ether1=/tmp/x=y.pcap", "ether1", "/tmp/x=y.pcap")]
    [InlineData("--in sfp-sfpplus1=a.pcap", "sfp-sfpplus1", "a.pcap")]
    [InlineData("--in @a.pcap", "ether1", "@a.pcap")]
    public void A_capture_is_split_at_the_first_equals_sign_of_a_name(string words, string name, string file) =>
        Assert.Equal(
            [new InterfaceCapture(name, file, IsBothDirections: name == "ether1" && !words.Contains("ether1=", StringComparison.Ordinal))],
            CommandLineRun.Accepted("replay " + words).Inputs);

    [Fact]
    public void Captures_keep_the_order_they_are_given_in() => Assert.Equal(
        ["ether3", "ether1", "ether2"],
        CommandLineRun.Accepted("replay --in ether3=c.pcap --out x.pcap --in ether1=a.pcap --in ether2=b.pcap")
            .Inputs.Select(input => input.Interface));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("10", 10_000_000)]
    [InlineData("0.000001", 1)]
    [InlineData(".5", 500_000)]
    [InlineData("1000000000", 1_000_000_000_000_000)]
    public void Until_takes_decimal_seconds(string word, long microseconds) =>
        Assert.Equal(TimeSpan.FromMicroseconds(microseconds), CommandLineRun.Accepted("replay --in a.pcap --until " + word).Until);

    [Theory]
    [InlineData("--connections c.json", false)]
    [InlineData("--trace t.jsonl", false)]
    [InlineData("--stats -", false)]
    [InlineData("--out x.pcap", true)]
    public void Asking_for_data_replaces_the_printed_list(string words, bool prints) =>
        Assert.Equal(prints, CommandLineRun.Accepted("replay --in a.pcap " + words).PrintsConnections);

    [Theory]
    [InlineData("", "--in: at least one capture is needed, as NAME=FILE or FILE")]
    [InlineData("--in", "--in: a value is missing")]
    [InlineData("--in --until 3", "--in: a value is missing before '--until'")]
    [InlineData("--until --in a.pcap", "--until: a value is missing before '--in'")]
    [InlineData("--in --bogus", "--in: a value is missing before '--bogus'")]
    [InlineData("--in a.pcap --bogus", "unknown option '--bogus'; see ctrack replay --help")]
    [InlineData("--in a.pcap --bogus 3", "unknown option '--bogus'; see ctrack replay --help")]
    [InlineData("--in a.pcap --bogus=3", "unknown option '--bogus=3'; see ctrack replay --help")]
    [InlineData("--in a.pcap -x", "unknown option '-x'; see ctrack replay --help")]
    [InlineData("--in a.pcap --version", "unknown option '--version'; see ctrack replay --help")]
    [InlineData("a.pcap", "unexpected argument 'a.pcap'; a capture is given with --in")]
    [InlineData("--in a.pcap b.pcap", "unexpected argument 'b.pcap'; a capture is given with --in")]
    [InlineData("--in =a.pcap", "--in: '=a.pcap' has no interface name before the =")]
    [InlineData("--in ether1=", "--in: 'ether1=' has no file name behind the =")]
    [InlineData("--in -", "--in: - is no file here; only --connections, --trace and --stats take it")]
    [InlineData("--in ether1=-", "--in: - is no file here; only --connections, --trace and --stats take it")]
    [InlineData("--in a.pcap --out -", "--out: - is no file here; only --connections, --trace and --stats take it")]
    [InlineData("--in a.pcap --config -", "--config: - is no file here; only --connections, --trace and --stats take it")]
    [InlineData("--in ether1=a.pcap --in ether1=b.pcap", "--in: interface ether1 is given twice")]
    [InlineData("--in a.pcap --in a.pcap", "--in: interface ether1 is given twice")]
    [InlineData("--in a.pcap --in ether1=b.pcap", "--in: interface ether1 is given twice")]
    [InlineData("--in a.pcap --out wan=b.pcap --out wan=c.pcap", "--out: interface wan is given twice")]
    [InlineData("--in a.pcap --connections - --trace -", "--connections and --trace cannot both be standard output")]
    [InlineData("--in a.pcap --stats - --trace -", "--trace and --stats cannot both be standard output")]
    [InlineData("--in a.pcap --stats x --trace ./x", "--trace and --stats cannot both write x")]
    [InlineData("--in a.pcap --out e=x --out f=x", "--out and --out cannot both write x")]
    [InlineData("--in a.pcap --out ./a.pcap", "--out cannot write ./a.pcap, which --in reads")]
    [InlineData("--in a.pcap --config r.rsc --stats r.rsc", "--stats cannot write r.rsc, which --config reads")]
    [InlineData("--in a.pcap --connections x --connections y", "--connections: given 2 times, once is enough")]
    [InlineData("--in a.pcap --burst 1 --burst 2 --burst 3", "--burst: given 3 times, once is enough")]
    [InlineData("--in a.pcap --until", "--until: a value is missing")]
    [InlineData("--in a.pcap --until x", "--until: 'x' is not a number of seconds from 0 to 1000000000, such as 10 or 2.5")]
    [InlineData("--in a.pcap --until -1", "--until: '-1' is not a number of seconds from 0 to 1000000000, such as 10 or 2.5")]
    [InlineData("--in a.pcap --until 5s", "--until: '5s' is not a number of seconds from 0 to 1000000000, such as 10 or 2.5")]
    [InlineData("--in a.pcap --until 1e3", "--until: '1e3' is not a number of seconds from 0 to 1000000000, such as 10 or 2.5")]
    [InlineData("--in a.pcap --until 1,5", "--until: '1,5' is not a number of seconds from 0 to 1000000000, such as 10 or 2.5")]
    [InlineData("--in a.pcap --until 1000000001", "--until: '1000000001' is not a number of seconds from 0 to 1000000000, such as 10 or 2.5")]
    [InlineData("--in a.pcap --workers 0", "--workers: '0' is not a whole number from 1 to 64")]
    [InlineData("--in a.pcap --workers 65", "--workers: '65' is not a whole number from 1 to 64")]
    [InlineData("--in a.pcap --workers two", "--workers: 'two' is not a whole number from 1 to 64")]
    [InlineData("--in a.pcap --workers 1.5", "--workers: '1.5' is not a whole number from 1 to 64")]
    [InlineData("--in a.pcap --workers 99999999999", "--workers: '99999999999' is not a whole number from 1 to 64")]
    [InlineData("--in a.pcap --burst 0", "--burst: '0' is not a whole number from 1 to 32")]
    [InlineData("--in a.pcap --burst 33", "--burst: '33' is not a whole number from 1 to 32")]
    [InlineData("--in a.pcap --burst -1", "--burst: '-1' is not a whole number from 1 to 32")]
    [InlineData("--in a.pcap --checksums yes", "--checksums: 'yes' is neither verify nor ignore")]
    [InlineData("--in a.pcap --checksums Verify", "--checksums: 'Verify' is neither verify nor ignore")]
    [InlineData("--in a.pcap --answer-neighbours maybe", "--answer-neighbours: 'maybe' is neither yes nor no")]
    public void What_makes_no_sense_is_one_line_and_exit_code_2(string words, string message) =>
        CommandLineRun.Of("replay " + words).Refused(message);

    [Fact]
    public void An_empty_word_is_no_value() =>
        CommandLineRun.Of(["replay", "--in", ""]).Refused("--in: a value is missing");

    [Fact]
    public void The_terminals_width_reaches_the_engine()
    {
        int? seen = null;
        var commandLine = new CommandLine((options, _, _) => (seen = options.TerminalWidth) is null ? 1 : 0, terminalWidth: () => 132);
        Assert.Equal(0, commandLine.Run(["replay", "--in", "a.pcap"], TextWriter.Null, TextWriter.Null));
        Assert.Equal(132, seen);
        Assert.Null(CommandLineRun.Accepted("replay --in a.pcap").TerminalWidth);
    }

    [Fact]
    public void Devices_may_be_shared() =>
        Assert.NotNull(CommandLineRun.Accepted("replay --in a.pcap --trace /dev/null --stats /dev/null").Stats);

    [Fact]
    public void Data_stands_alone_on_standard_output_and_logs_on_standard_error()
    {
        CommandLineRun run = CommandLineRun.Of(
            ["replay", "--in", "a.pcap", "--stats", "-"],
            (options, output, error) =>
            {
                error.WriteLine("12 packets");
                using Stream stream = options.Stats!.Open(output);
                ReplayStatsWriter.Write(stream, new ReplayStats());
                return 0;
            });
        Assert.StartsWith("{\"rx\":0,", run.Output, StringComparison.Ordinal);
        Assert.Equal("12 packets\n", run.Error);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void The_engines_user_error_is_one_line_and_exit_code_2() => CommandLineRun.Of(
        ["replay", "--in", "a.pcap"],
        (_, _, _) => throw new UserErrorException("a.pcap: packet 17: the file ends inside the packet")).Refused(
        "a.pcap: packet 17: the file ends inside the packet");

    [Fact]
    public void A_fault_of_ours_is_one_line_and_exit_code_1()
    {
        CommandLineRun run = CommandLineRun.Of(
            ["replay", "--in", "a.pcap"], (_, _, _) => throw new InvalidOperationException("books do not balance\r\nsecond line"));
        Assert.Equal("ctrack: internal error: InvalidOperationException: books do not balance  second line\n", run.Error);
        Assert.Equal("", run.Output);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void The_engines_exit_code_is_the_processs() =>
        Assert.Equal(2, CommandLineRun.Of(["replay", "--in", "a.pcap"], (_, _, _) => 2).ExitCode);

    [Fact]
    public void Control_characters_of_an_argument_never_reach_the_terminal() =>
        CommandLineRun.Of(["replay", "--in", "a.pcap", "--burst", "1\n\u001b[2J"]).Refused(
            "--burst: '1  [2J' is not a whole number from 1 to 32");
}
