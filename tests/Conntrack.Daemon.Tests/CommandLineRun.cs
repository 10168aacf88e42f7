using Conntrack.Control.Replay;

namespace Conntrack.Daemon.Tests;

/// <summary>One run of the command line with everything that could be seen of it.</summary>
sealed record CommandLineRun(int ExitCode, string Output, string Error, ReplayOptions? Options)
{
    /// <summary>Runs <paramref name="words"/> (apart by spaces) with an engine that takes the options and ends well.</summary>
    public static CommandLineRun Of(string words) => Of(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    public static CommandLineRun Of(string[] words, RunReplay? replay = null)
    {
        ReplayOptions? taken = null;
        replay ??= (options, _, _) =>
        {
            taken = options;
            return 0;
        };
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = new CommandLine(replay).Run(words, output, error);
        return new CommandLineRun(exitCode, output.ToString(), error.ToString(), taken);
    }

    /// <summary>The options of a command line that must be good.</summary>
    public static ReplayOptions Accepted(string words)
    {
        CommandLineRun run = Of(words);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        return Assert.IsType<ReplayOptions>(run.Options);
    }

    /// <summary>Asserts exit code 2, silence on standard output and exactly this one line on standard error.</summary>
    public void Refused(string message)
    {
        Assert.Equal($"ctrack: {message}\n", Error);
        Assert.Equal("", Output);
        Assert.Equal(2, ExitCode);
        Assert.Null(Options);
    }
}
