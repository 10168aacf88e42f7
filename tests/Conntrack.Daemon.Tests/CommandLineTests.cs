namespace Conntrack.Daemon.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("", "a command is missing; see ctrack --help")]
    [InlineData("run", "unknown command 'run'; see ctrack --help")]
    [InlineData("rpelay --in a.pcap", "unknown command 'rpelay'; see ctrack --help")]
    [InlineData("--bogus", "unknown option '--bogus'; see ctrack --help")]
    [InlineData("[suggest] replay", "unknown command '[suggest]'; see ctrack --help")]
    [InlineData("--version replay", "--version: stands alone")]
    [InlineData("@words", "unknown command '@words'; see ctrack --help")]
    public void What_is_no_command_is_one_line_and_exit_code_2(string words, string message) => CommandLineRun.Of(words).Refused(message);

    [Fact]
    public void Version_is_the_products()
    {
        CommandLineRun run = CommandLineRun.Of("--version");
        Assert.Equal($"ctrack {CommandLine.Version}\n", run.Output);
        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+$", CommandLine.Version);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_lists_the_commands_there_are(string word)
    {
        CommandLineRun run = CommandLineRun.Of(word);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", run.Error);
        Assert.Contains("  replay ", run.Output, StringComparison.Ordinal);
        Assert.Contains("  check <FILE.rsc>", run.Output, StringComparison.Ordinal);
        Assert.Contains("  console <COMMAND>", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_of_replay_names_every_option()
    {
        CommandLineRun run = CommandLineRun.Of("replay --help");
        Assert.Equal(0, run.ExitCode);
        Assert.All(
            (string[])
            [
                "--config <FILE.rsc>", "--in <NAME=FILE>", "--out <NAME=FILE>", "--connections <FILE>", "--trace <FILE>", "--stats <FILE>",
                "--until <SECONDS>", "--workers <N>", "--burst <N>", "--checksums <verify|ignore>", "--answer-neighbours <yes|no>",
            ],
            option => Assert.Contains(option, run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void A_command_nobody_carries_out_is_not_there()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var commandLine = new CommandLine(replay: null);
        Assert.Equal(0, commandLine.Run(["--help"], output, error));
        Assert.DoesNotContain("replay", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, commandLine.Run(["replay"], output, error));
        Assert.Equal("ctrack: unknown command 'replay'; see ctrack --help\n", error.ToString());
    }
}
