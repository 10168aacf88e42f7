using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Conntrack.Live.Tests;

/// <summary>The short run of the live suite: a few megabytes and the checks that a change is most likely to break.</summary>
public sealed partial class ShortRunTests
{
    const int CannotRun = 2;

    /// <summary>Fewer were not the run that is meant.</summary>
    const int LeastPassed = 30;

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    [Fact]
    public void Real_programs_through_the_router()
    {
        (int id, int exitCode, string output, string error) = RunShort();
        Assert.SkipWhen(exitCode == CannotRun, error.Trim());
        Assert.True(exitCode == 0, $"exit code {exitCode}\n{output}\n{error}");
        Match totals = Totals().Match(output);
        Assert.True(totals.Success, output);
        Assert.InRange(int.Parse(totals.Groups["passed"].Value, CultureInfo.InvariantCulture), LeastPassed, int.MaxValue);
        Assert.Empty(LeftNamespaces(id));
    }

    static (int Id, int ExitCode, string Output, string Error) RunShort()
    {
        string built = Path.Combine(
            FindRoot(), "artifacts/bin/Conntrack.Live", new DirectoryInfo(AppContext.BaseDirectory).Name, "Conntrack.Live.dll");
        Assert.True(File.Exists(built), $"{built} is not built");
        ProcessStartInfo start = new(Dotnet, ["exec", built, "--short"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            Assert.Fail($"no end after {s_limit.TotalMinutes} minutes\n{output.GetAwaiter().GetResult()}\n{error.GetAwaiter().GetResult()}");
        }

        return (process.Id, process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Of the run that was started here; others may be under way.</summary>
    static string[] LeftNamespaces(int id) =>
        Directory.Exists("/run/netns") ? Directory.GetFiles("/run/netns", $"ctlive-{id}-*") : [];

    /// <summary>The host of the runtime these tests run on.</summary>
    static string Dotnet =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../../dotnet"));

    static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Conntrack.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("These tests run inside the repository.");
    }

    [GeneratedRegex(@"^(?<passed>\d+) passed, 0 failed, \d+ known, \d+ skipped$", RegexOptions.Multiline)]
    private static partial Regex Totals();
}
