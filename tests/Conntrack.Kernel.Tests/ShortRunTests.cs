using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Conntrack.Kernel.Tests;

/// <summary>The short run of the comparison with Linux: every scenario that is not slow, and a few thousand random packets.</summary>
public sealed partial class ShortRunTests
{
    const int Agreed = 0;
    const int CannotRun = 2;

    /// <summary>Fewer were not the run that is meant.</summary>
    const int LeastScenarios = 100;

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    [Fact]
    public void The_same_packets_through_linux_and_through_us()
    {
        (int exitCode, string output, string error) = RunShort();
        Assert.SkipWhen(exitCode == CannotRun, error.Trim());
        Assert.True(exitCode == Agreed, $"exit code {exitCode}\n{output}\n{error}");

        Match scenarios = Scenarios().Match(output);
        Assert.True(scenarios.Success, output);
        Assert.InRange(Number(scenarios.Groups["passed"]), LeastScenarios, int.MaxValue);
        Assert.All(Scenarios().Matches(output), passes => Assert.Equal(0, Number(passes.Groups["failed"])));

        // One by one, and in bursts.
        MatchCollection packets = RandomPackets().Matches(output);
        Assert.Equal(2, packets.Count);
        Assert.All(packets, run =>
        {
            Assert.NotEqual(0, Number(run.Groups["wanted"]));
            Assert.Equal(run.Groups["wanted"].Value, run.Groups["agreed"].Value);
        });
    }

    static (int ExitCode, string Output, string Error) RunShort()
    {
        string built = Path.Combine(
            FindRoot(), "artifacts/bin/Conntrack.Kernel", new DirectoryInfo(AppContext.BaseDirectory).Name, "Conntrack.Kernel.dll");
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

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

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

    static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^  all +(?<passed>\d+) +(?<failed>\d+)$", RegexOptions.Multiline)]
    private static partial Regex Scenarios();

    [GeneratedRegex(@"^  agreed on +(?<agreed>\d+) of (?<wanted>\d+),", RegexOptions.Multiline)]
    private static partial Regex RandomPackets();
}
