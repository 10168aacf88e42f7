using System.Diagnostics;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>Programs of the machine.</summary>
static class Shell
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> TryAsync(string program, params string[] words)
    {
        using Process process = Process.Start(Info(program, words))!;
        using var late = new CancellationTokenSource(s_patience);
        Task<string> output = process.StandardOutput.ReadToEndAsync(late.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(late.Token);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs a program that must end well, and returns what it wrote.</summary>
    public static async Task<string> RunAsync(string program, params string[] words)
    {
        (int exitCode, string output, string error) = await TryAsync(program, words);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', words)}: exit code {exitCode}\n{output}{error}");
        return output;
    }

    /// <summary>Starts a program that runs until it is killed.</summary>
    public static Process Start(string program, params string[] words) => Process.Start(Info(program, words))!;

    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    static ProcessStartInfo Info(string program, string[] words)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string word in words)
        {
            start.ArgumentList.Add(word);
        }

        return start;
    }
}
