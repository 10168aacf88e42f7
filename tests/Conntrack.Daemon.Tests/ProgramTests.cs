using System.Diagnostics;

namespace Conntrack.Daemon.Tests;

/// <summary>The executable itself: what a shell sees.</summary>
public sealed class ProgramTests
{
    [Theory]
    [InlineData("--version", 0, "^ctrack [0-9.]+\n$", "^$")]
    [InlineData("--help", 0, "^Description:\n", "^$")]
    [InlineData("", 2, "^$", "^ctrack: [^\n]+\n$")]
    [InlineData("--bogus", 2, "^$", "^ctrack: unknown option '--bogus'[^\n]*\n$")]
    [InlineData("bogus", 2, "^$", "^ctrack: unknown command 'bogus'[^\n]*\n$")]
    public async Task Answers_a_shell(string word, int exitCode, string output, string error)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ctrack.dll"));
        if (word.Length > 0)
        {
            start.ArgumentList.Add(word);
        }

        using Process process = Process.Start(start)!;
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        Task<string> written = process.StandardOutput.ReadToEndAsync(cancelled);
        string complaint = await process.StandardError.ReadToEndAsync(cancelled);
        await process.WaitForExitAsync(cancelled);
        Assert.Matches(error, complaint);
        Assert.Matches(output, await written);
        Assert.Equal(exitCode, process.ExitCode);
    }
}
