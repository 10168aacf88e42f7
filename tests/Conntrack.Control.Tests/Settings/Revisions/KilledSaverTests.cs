using System.Diagnostics;
using System.Globalization;
using Conntrack.Control.Settings.Revisions;

namespace Conntrack.Control.Tests.Settings.Revisions;

/// <summary>
/// Processes that do nothing but change configurations, on a real disk, are killed 25 times, four configurations at a time: a hundred ends,
/// each somewhere in the middle of changes that follow one another.
/// </summary>
public sealed class KilledSaverTests : IDisposable
{
    const int Kills = 25;
    const int Savers = 4;

    readonly string _folder = Directory.CreateTempSubdirectory("ctrack-").FullName;
    readonly string[] _states;

    /// <summary>Started and waiting: starting takes longer than everything else.</summary>
    Process _saver;

    public KilledSaverTests()
    {
        _states = [.. Enumerable.Range(0, Savers).Select(k => Path.Combine(_folder, $"{k}"))];
        _saver = StartSaver();
    }

    public void Dispose()
    {
        _saver.Kill();
        _saver.WaitForExit();
        _saver.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_last_acknowledged_configuration_or_the_one_after_it_is_found()
    {
        var random = new Random(1);
        ulong total = 0, unheard = 0;
        for (int n = 0; n < Kills; n++)
        {
            ulong[] acknowledged = KillInTheMiddle(TimeSpan.FromMilliseconds(random.NextDouble() * 60));
            for (int k = 0; k < Savers; k++)
            {
                ulong found = Judge(_states[k], acknowledged[k]);
                unheard += found - acknowledged[k];
                total += n == Kills - 1 ? found : 0;
            }
        }

        Assert.True(total > Kills * Savers, $"only {total} changes were made");
        Assert.True(unheard > 0, "no kill met a change between its file and its acknowledgment");
    }

    [Fact]
    public void Two_processes_do_not_share_a_directory()
    {
        Go(_saver);
        IOException refused = Assert.Throws<IOException>(() => DiskFiles.Open(_states[0]));
        Assert.Equal("is in use, another router runs", refused.Message);
        _saver.Kill();
        _saver.WaitForExit();
        DiskFiles.Open(_states[0]).Dispose();
    }

    /// <summary>Returns the revision that is found.</summary>
    static ulong Judge(string state, ulong acknowledged)
    {
        using var files = DiskFiles.Open(state);
        using var history = new RevisionHistory(files);
        Assert.Empty(history.Damaged);
        Revision newest = history.Revisions[^1];
        Assert.InRange(newest.Number, acknowledged, acknowledged + 1);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $" max-entries={1000 + newest.Number}\n"), history.ScriptOf(newest.Number),
            StringComparison.Ordinal);

        // The one being saved may not be confirmed yet; one that was acknowledged is.
        Assert.True(newest.Trial is null || newest.Number > acknowledged);
        Assert.InRange(history.Revisions.Count, 1, RevisionHistory.MostRevisions + 1);
        return newest.Number;
    }

    /// <summary>Returns the last revision of each that was said to be durable.</summary>
    ulong[] KillInTheMiddle(TimeSpan after)
    {
        using Process saver = _saver;
        _saver = StartSaver();
        List<string> said = Go(saver);
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < after;)
        {
            Thread.SpinWait(100);
        }

        // SIGKILL; what it said before is still in the pipe.
        saver.Kill();
        said.AddRange(saver.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        saver.WaitForExit();
        ulong[] last = new ulong[Savers];
        foreach (string[] words in said.Select(line => line.Split(' ')))
        {
            last[int.Parse(words[0], CultureInfo.InvariantCulture)] = ulong.Parse(words[1], CultureInfo.InvariantCulture);
        }

        return last;
    }

    /// <summary>Lets it begin; what it says comes back once every configuration has changed.</summary>
    static List<string> Go(Process saver)
    {
        saver.StandardInput.WriteLine("go");
        List<string> said = [];
        while (said.Select(line => line[0]).Distinct().Count() < Savers)
        {
            string? line = saver.StandardOutput.ReadLine();
            Assert.True(line is not null, $"the saver did not start: {(line is null ? saver.StandardError.ReadToEnd() : "")}");
            said.Add(line!);
        }

        return said;
    }

    Process StartSaver() => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Conntrack.Saver.dll"), .. _states])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
