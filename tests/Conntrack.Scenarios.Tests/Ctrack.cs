using System.Diagnostics;

namespace Conntrack.Scenarios.Tests;

/// <summary>What one run of the executable left behind. It started (UTC) before the process was there: process ids come round again, times do not.</summary>
sealed record Run(int ExitCode, string Output, string Error, int ProcessId, DateTime Started)
{
    /// <summary>Exit code 0 and nothing on standard error.</summary>
    public Run Succeeded()
    {
        Assert.Equal("", Error);
        Assert.Equal(0, ExitCode);
        return this;
    }

    /// <summary>Exit code 0, and on standard error nothing but notes: what a script says that this product has no use for.</summary>
    public Run SucceededWithNotes()
    {
        Assert.All(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), static line => Assert.Contains(": note: ", line, StringComparison.Ordinal));
        Assert.Equal(0, ExitCode);
        return this;
    }

    /// <summary>Exit code 2, nothing on standard output, one line on standard error that begins with the program's name.</summary>
    /// <returns>The rest of that line.</returns>
    public string Refused()
    {
        Assert.Equal("", Output);
        string line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("ctrack: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", line, StringComparison.Ordinal);
        Assert.Equal(2, ExitCode);
        return line["ctrack: ".Length..];
    }
}

/// <summary>The executable beside these tests, of the same configuration.</summary>
static class Ctrack
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    /// <summary>The top of the repository.</summary>
    public static string Root { get; } = FindRoot();

    public static string Executable { get; } =
        Path.Combine(Root, "artifacts/bin/Conntrack.Daemon", new DirectoryInfo(AppContext.BaseDirectory).Name, "ctrack");

    /// <summary>
    /// How many workers replays have that do not say it themselves: with <c>CTRACK_WORKERS=4</c> every scenario must come out as it does with one.
    /// </summary>
    static readonly string? s_workers = Environment.GetEnvironmentVariable("CTRACK_WORKERS");

    public static Run Replay(params IEnumerable<string> arguments) =>
        Start(Executable, ["replay", .. arguments, .. s_workers == null || arguments.Contains("--workers") ? [] : (string[])["--workers", s_workers]]);

    /// <summary>Runs a program to its end, with a plain environment, both outputs captured.</summary>
    public static Run Start(string program, IEnumerable<string> arguments, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Root,
        };

        // The host found its runtime somewhere; the child need not look for another.
        start.Environment["DOTNET_ROOT"] = RuntimeRoot;
        DateTime started = DateTime.UtcNow;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)}: no end after {s_limit.TotalSeconds} s");
        }

        return new Run(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult(), process.Id, started);
    }

    /// <summary>Where the runtime of this process lives: shared/Microsoft.NETCore.App/VERSION is below it.</summary>
    public static string RuntimeRoot => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));

    static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Conntrack.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("These tests run inside the repository.");
    }
}
