using System.Globalization;
using Conntrack.Rig.Peers;

namespace Conntrack.Rig.Table;

/// <summary>Runs a row: everyone who takes part is started and opens its connections, then all have turns on the one core.</summary>
/// <param name="setting">Where; its rules are the row's.</param>
/// <param name="schedule">How long.</param>
/// <param name="peers">Who besides us: the beginnings of names.</param>
sealed class SideBySide(Setting setting, Schedule schedule, IReadOnlyCollection<string> peers)
{
    const int MostAttempts = 40;

    static readonly string s_rules = Path.Combine(AppContext.BaseDirectory, "rules");

    public RowResult Measure(Row row)
    {
        Setting own = setting with { Rules = Scripts(row) };
        List<Contender> contenders = [Router.Ours(own, row.Workload)];
        try
        {
            contenders.AddRange(Peers(row, own));
            foreach (Contender contender in contenders)
            {
                contender.Launch();
            }

            return TakeTurns(row, (Router)contenders[0], contenders);
        }
        finally
        {
            foreach (Contender contender in contenders)
            {
                contender.Dispose();
            }
        }
    }

    /// <summary>Where the row's scripts are.</summary>
    public static IReadOnlyList<string> Scripts(Row row) => [.. row.Scripts.Select(script => Path.Combine(s_rules, script))];

    RowResult TakeTurns(Row row, Router router, List<Contender> contenders)
    {
        SubjectReport before = row.Workload.Kind == TrafficKind.Flood ? Comparison.UntilSteady(router) : UntilComplete(row, router);
        for (int turn = 0; turn < schedule.Turns; turn++)
        {
            foreach (Contender contender in contenders)
            {
                contender.TakeTurn(schedule.Windows, schedule.Window);
            }
        }

        IReadOnlyDictionary<string, double> stages = router.Profile(schedule.Window * schedule.Windows);
        SubjectReport end = router.End();
        List<string> complaints = Comparison.Complaints(router, before, end);
        complaints.AddRange(contenders.OfType<LinuxRouter>().SelectMany(linux => linux.Complaints()));
        complaints.AddRange(OwnComplaints(row, router, before, end));
        return new RowResult
        {
            Id = row.Id,
            Section = row.Section,
            Title = row.Title,
            Time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            Revision = Revision(),
            Turns = schedule.Turns,
            RealTime = setting.RealTime,
            TscFrequency = end.TscFrequency,
            Connections = row.Workload.Connections,
            IsFlood = row.Workload.Kind == TrafficKind.Flood,
            Speeds = contenders.ToDictionary(contender => contender.Name, Speed.Of),
            Ratios = contenders.Skip(1).ToDictionary(contender => contender.Name, contender => Ratio.Of(router.Windows, contender.Windows)),
            StageCycles = stages,
            Complaints = complaints,
        };
    }

    /// <summary>
    /// While tables grow from nothing some connections may be refused, memory not being committed as fast on a busy machine; the next packet
    /// of each opens it. What counts begins when all are there and nothing is refused any more.
    /// </summary>
    SubjectReport UntilComplete(Row row, Router router)
    {
        SubjectReport before = router.AskPaused();
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            router.Resume();
            Thread.Sleep(schedule.Window * schedule.Windows);
            router.Pause();
            SubjectReport now = router.AskPaused();
            if (Refused(now) == Refused(before) && now.Connections == ExpectedConnections(row))
            {
                return now;
            }

            before = now;
        }

        return before;

        static ulong Refused(SubjectReport report) => report.Dropped.Values.Aggregate(0ul, (sum, count) => sum + count);
    }

    static uint ExpectedConnections(Row row) => row.Scripts.Contains("untracked.rsc") ? 0 : row.Workload.Connections;

    static IEnumerable<string> OwnComplaints(Row row, Router router, SubjectReport before, SubjectReport end)
    {
        uint connections = ExpectedConnections(row);
        if (row.Workload.Kind == TrafficKind.Flood)
        {
            if (end.Expired <= before.Expired)
            {
                yield return "nothing expired";
            }
        }
        else if (end.Connections != connections)
        {
            yield return Comparison.Missing(end, connections);
        }

        SourceCounters source = router.Counters.Read();
        if (row.Workload.Translated && source.Translated < source.Sampled * 9 / 10)
        {
            yield return $"{source.Translated:N0} of {source.Sampled:N0} frames left translated";
        }

        ulong fast = end.FastTracked - before.FastTracked, all = end.Received - before.Received;
        if (row.Id.StartsWith("fasttrack", StringComparison.Ordinal) && fast < all * 9 / 10)
        {
            yield return $"{fast:N0} of {all:N0} packets took the flow cache";
        }
    }

    IEnumerable<Contender> Peers(Row row, Setting own)
    {
        if (Wanted("testpmd"))
        {
            foreach (string mode in new[] { "io", "mac", "5tswap" })
            {
                yield return new Testpmd(mode, own, row.Workload);
            }
        }

        if (row.Alone)
        {
            yield break;
        }

        if (Wanted("openvswitch") && OpenVSwitch.IsInstalled)
        {
            yield return new OpenVSwitch(own, row.Workload, row.Work);
        }

        // The source of Linux's packets knows one size and one order.
        if (Wanted("linux") && LinuxRouter.IsInstalled && row.Workload is { Order: "uniform", FrameBytes: null })
        {
            yield return new LinuxRouter(own, row.Workload, row.Work);
        }
    }

    bool Wanted(string peer) => peers.Any(name => peer.StartsWith(name, StringComparison.Ordinal));

    static string Revision()
    {
        try
        {
            string Ask(params string[] words) => Tool.Run("git", ["-C", AppContext.BaseDirectory, .. words]).Trim();
            return Ask("rev-parse", "--short=10", "HEAD") + (Ask("status", "--porcelain", "--untracked-files=no", "--", ":/src", ":/native") == "" ? "" : "+");
        }
        catch (Exception failure) when (failure is RigException or System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }
}
