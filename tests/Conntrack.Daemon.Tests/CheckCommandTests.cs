namespace Conntrack.Daemon.Tests;

public sealed class CheckCommandTests : IDisposable
{
    readonly string _script = Path.GetTempFileName();

    public void Dispose() => File.Delete(_script);

    [Fact]
    public void A_good_script_says_nothing()
    {
        CommandLineRun run = Check("/ip firewall connection tracking set tcp-established-timeout=1h\n");
        Assert.Equal((0, "", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void Every_finding_stands_on_a_line_with_its_place_and_an_error_ends_with_2()
    {
        CommandLineRun run = Check(
            """
            /ip firewall connection tracking
            set udp-timeuot=10s
            set tcp-close-timeout=soon
            """);
        string[] lines = run.Error.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith($"{_script}:2:5: error: ", lines[0], StringComparison.Ordinal);
        Assert.Contains("udp-timeout", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"{_script}:3:", lines[1], StringComparison.Ordinal);
        Assert.Equal("", lines[2]);
        Assert.Equal("", run.Output);
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public void What_only_warns_ends_with_0()
    {
        CommandLineRun run = Check("/ip dns set allow-remote-requests=yes\n");
        Assert.StartsWith($"{_script}:1:", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("error:", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void A_terminal_sees_the_line_and_its_wrong_word()
    {
        File.WriteAllText(_script, "/ip firewall connection tracking\n\tset udp-timeuot=10s\nset tcp-close-timeout=soon " + new string('x', 200));
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(2, new CommandLine(null, errorWidth: static () => 60).Run(["check", _script], output, error));
        string[] lines = error.ToString().Split('\n');
        Assert.Equal(["     set udp-timeuot=10s", "         ^^^^^^^^^^^"], lines[1..3]);
        Assert.All(lines.Where(static line => line.StartsWith("    ", StringComparison.Ordinal)), static line => Assert.True(line.Length < 60));
    }

    [Fact]
    public void A_missing_file_is_named() =>
        CommandLineRun.Of(["check", _script + ".missing"]).Refused($"check: {_script}.missing: no such file");

    [Fact]
    public void A_folder_is_no_script() =>
        CommandLineRun.Of(["check", Path.GetTempPath()]).Refused($"check: {Path.GetTempPath()}: is a directory");

    [Theory]
    [InlineData("check", "check: FILE.rsc is missing")]
    [InlineData("check a.rsc b.rsc", "unexpected argument 'b.rsc'")]
    [InlineData("check --strict a.rsc", "unknown option '--strict'; see ctrack check --help")]
    public void Wrong_words_are_one_line(string words, string message) => CommandLineRun.Of(words).Refused(message);

    CommandLineRun Check(string script)
    {
        File.WriteAllText(_script, script);
        return CommandLineRun.Of(["check", _script]);
    }
}
