using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Conntrack.Fuzz.Tests;

/// <summary>Every target over its corpus, and some seconds of inputs made of it, the same ones every time but for how many there are.</summary>
public sealed partial class CorpusTests
{
    const int LeastMutations = 500;
    const string Seconds = "2.5", Seed = "20240229";

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("packet")]
    [InlineData("tcp-options")]
    [InlineData("quotation")]
    [InlineData("reassembly")]
    [InlineData("ftp")]
    [InlineData("tftp")]
    [InlineData("irc")]
    [InlineData("pptp")]
    [InlineData("sip")]
    [InlineData("h323")]
    public void Nothing_a_stranger_writes_breaks(string target)
    {
        string corpus = Path.Combine(Root, "tests/Fuzz/Corpus", target);
        string last = Path.GetTempFileName();
        try
        {
            (int exitCode, string output, string error) = Run("mutate", target, corpus, Seconds, Seed, last);
            Assert.True(exitCode == 0, $"exit code {exitCode}\n{output}\n{error}\nthe last input: {LastInput(last)}");
            Match counted = Counted().Match(output);
            Assert.True(counted.Success, output);
            Assert.Equal(Directory.GetFiles(corpus).Length, Number(counted.Groups["files"]));
            Assert.InRange(Number(counted.Groups["mutations"]), LeastMutations, int.MaxValue);
        }
        finally
        {
            File.Delete(last);
        }
    }

    /// <summary>The run above is worth something: a read of one byte too many ends the child, and its input is known.</summary>
    [Fact]
    public void A_read_beyond_the_input_is_seen()
    {
        string folder = Directory.CreateTempSubdirectory("ctrack-fuzz-").FullName;
        string last = Path.Combine(folder, "last");
        try
        {
            string corpus = Directory.CreateDirectory(Path.Combine(folder, "corpus")).FullName;
            File.WriteAllBytes(Path.Combine(corpus, "one"), [1, 2, 3]);
            (int exitCode, _, string error) = Run("mutate", "out-of-bounds", corpus, "0", "0", last);
            Assert.NotEqual(0, exitCode);
            Assert.Contains("OutOfBoundsTarget", error, StringComparison.Ordinal);
            Assert.Equal("010203", LastInput(last));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static (int ExitCode, string Output, string Error) Run(params IEnumerable<string> arguments)
    {
        string built = Path.Combine(
            Root, "artifacts/bin/Conntrack.Fuzz", new DirectoryInfo(AppContext.BaseDirectory).Name, "Conntrack.Fuzz.dll");
        Assert.True(File.Exists(built), $"{built} is not built");
        string dotnet = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../../dotnet"));
        ProcessStartInfo start = new(dotnet, ["exec", built, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"no end after {s_limit.TotalSeconds} s: {string.Join(' ', arguments)}");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>A length of four bytes, then the input.</summary>
    static string LastInput(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return bytes.Length < sizeof(int) ? "none" : Convert.ToHexString(bytes, sizeof(int), BitConverter.ToInt32(bytes));
    }

    static string Root { get; } = FindRoot();

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

    [GeneratedRegex(@": (?<files>\d+) files and (?<mutations>\d+) mutations")]
    private static partial Regex Counted();
}
