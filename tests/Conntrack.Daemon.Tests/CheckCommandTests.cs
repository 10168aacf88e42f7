namespace Conntrack.Daemon.Tests;

public sealed class CheckCommandTests : IDisposable
{
    readonly string _script = Path.GetTempFileName();

    public void Dispose() => File.Delete(_script);

    [Fact]
    public void A_script_without_a_fault_says_nothing()
    {
        File.WriteAllText(_script, "/ip firewall filter\n");
        (string, string)? read = null;
        CommandLineRun run = Check(["check", _script], (fileName, text) =>
        {
            read = (fileName, text);
            return [];
        });
        Assert.Equal((_script, "/ip firewall filter\n"), read);
        Assert.Equal((0, "", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void Every_diagnostic_has_its_place_and_an_error_ends_with_2()
    {
        CommandLineRun run = Check(["check", _script], (_, _) =>
        [
            new(1, 77, IsError: false, "the quote is not closed"),
            new(3, 5, IsError: true, "unknown property 'conection-state'"),
        ]);
        Assert.Equal(
            $"{_script}:1:77: warning: the quote is not closed\n{_script}:3:5: error: unknown property 'conection-state'\n", run.Error);
        Assert.Equal("", run.Output);
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public void Warnings_alone_end_with_0() =>
        Assert.Equal(0, Check(["check", _script], (_, _) => [new(1, 1, IsError: false, "x")]).ExitCode);

    [Fact]
    public void A_missing_file_is_named() =>
        Check(["check", _script + ".missing"], (_, _) => []).Refused($"check: {_script}.missing: no such file");

    [Fact]
    public void A_folder_is_no_script() =>
        Check(["check", Path.GetTempPath()], (_, _) => []).Refused($"check: {Path.GetTempPath()}: is a directory");

    [Theory]
    [InlineData("check", "check: FILE.rsc is missing")]
    [InlineData("check a.rsc b.rsc", "unexpected argument 'b.rsc'")]
    [InlineData("check --strict a.rsc", "unknown option '--strict'; see ctrack check --help")]
    public void Wrong_words_are_one_line(string words, string message) => Check(words.Split(' '), (_, _) => []).Refused(message);

    static CommandLineRun Check(string[] words, CheckScript checkScript) => CommandLineRun.Of(words, checkScript: checkScript);
}
