using System.Diagnostics;
using Conntrack.Live.Bed;

namespace Conntrack.Live;

/// <summary>Plays scenes in arrangements, one after the other: a machine may have two cores, and figures are measured.</summary>
sealed class Suite(IReadOnlyList<Scene> scenes, Options options, Report report, string? only, bool isShort)
{
    public async Task RunAsync(IEnumerable<Arrangement> arrangements, CancellationToken stop)
    {
        foreach (Arrangement arrangement in arrangements)
        {
            foreach (Scene scene in scenes)
            {
                await PlayAsync(arrangement, scene, stop);
            }
        }
    }

    async Task PlayAsync(Arrangement arrangement, Scene scene, CancellationToken stop)
    {
        Check[] checks = [.. scene.Checks.Where(check => IsWanted(arrangement, scene, check))];
        if (checks.Length > 0 && scene.Obstacle(arrangement) is { } none)
        {
            string row = checks.Length == 1 ? checks[0].Name : $"{checks.Length} checks";
            report.Add(arrangement, scene.Name, row, new Outcome(Verdict.Skipped, none, TimeSpan.Zero));
            return;
        }

        List<Check> possible = [];
        foreach (Check check in checks)
        {
            if ((check.Obstacle(arrangement) ?? Missing(check)) is { } reason)
            {
                Add(check, new Outcome(Verdict.Skipped, reason, TimeSpan.Zero));
            }
            else
            {
                possible.Add(check);
            }
        }

        if (possible.Count == 0)
        {
            return;
        }

        var clock = Stopwatch.StartNew();
        Site site;
        try
        {
            site = await Site.CreateAsync(arrangement, scene.Layout, options, stop);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            bool isFailure = exception is not CheckSkippedException;
            if (isFailure)
            {
                report.Add(arrangement, scene.Name, "the site comes up", new Outcome(Verdict.Failed, Check.Told(exception), clock.Elapsed));
            }

            string reason = isFailure ? "there is no site" : exception.Message;
            report.Add(arrangement, scene.Name, $"{possible.Count} checks", new Outcome(Verdict.Skipped, reason, TimeSpan.Zero));
            return;
        }

        await using (site)
        {
            foreach (Check check in possible)
            {
                Add(check, await check.RunAsync(site, stop));
            }

            foreach ((string name, Outcome outcome) in await site.Router.EndAsync())
            {
                report.Add(arrangement, scene.Name, name, outcome);
            }
        }

        void Add(Check check, Outcome outcome) => report.Add(arrangement, scene.Name, check.Name, outcome);
    }

    bool IsWanted(Arrangement arrangement, Scene scene, Check check) =>
        (!isShort || check.IsShort)
        && (only == null || $"{arrangement}: {scene.Name}: {check.Name}".Contains(only, StringComparison.OrdinalIgnoreCase));

    static string? Missing(Check check) => check.Tools.FirstOrDefault(tool => !Command.Exists(tool)) is { } tool ? $"{tool} is not installed" : null;
}
