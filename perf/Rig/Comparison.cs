using Conntrack.Rig.Peers;

namespace Conntrack.Rig;

/// <summary>How long a row takes.</summary>
/// <param name="Turns">Times every contender has the core.</param>
/// <param name="Windows">Windows of a turn.</param>
/// <param name="Window">Length of a window.</param>
sealed record Schedule(int Turns, int Windows, TimeSpan Window);

/// <summary>Runs one workload on all contenders in turns, and checks that everyone did all of it.</summary>
static class Comparison
{
    /// <summary>Windows of testpmd for one of ours: it does the same thing all the time.</summary>
    const int PeerShare = 2;

    /// <summary>How often a flood gets another <see cref="s_while"/> to become steady; several timeouts of its connections each.</summary>
    const int MostAttempts = 8;

    static readonly TimeSpan s_while = TimeSpan.FromSeconds(0.6);

    public static Result Established(Workload workload, Setting setting, Schedule schedule)
    {
        using var router = Router.Ours(setting, workload);
        using Testpmd io = new("io", setting, workload);
        using Testpmd swap = new("5tswap", setting, workload);
        using Router? earlier = setting.Earlier == null ? null : new Router(setting, workload, setting.Earlier);
        PollingProcess[] contenders = earlier == null ? [router, io, swap] : [router, earlier, io, swap];
        foreach (PollingProcess contender in contenders)
        {
            contender.Launch();
        }

        SubjectReport before = router.AskPaused();
        for (int turn = 0; turn < schedule.Turns; turn++)
        {
            foreach (PollingProcess contender in contenders)
            {
                int windows = contender is Router ? schedule.Windows : Math.Max(1, schedule.Windows / PeerShare);
                contender.TakeTurn(windows, schedule.Window);
            }
        }

        SubjectReport end = router.End();
        List<string> complaints = Complaints(router, before, end);
        if (end.Connections != workload.Connections)
        {
            complaints.Add(Missing(end, workload.Connections));
        }

        return new Result(workload, router.Windows, io.Windows, swap.Windows, earlier?.Windows, end, complaints);
    }

    public static Result Flood(Workload workload, Setting setting, Schedule schedule)
    {
        using var router = Router.Ours(setting, workload);
        router.Launch();

        SubjectReport before = UntilSteady(router);
        for (int turn = 0; turn < schedule.Turns; turn++)
        {
            router.TakeTurn(schedule.Windows, schedule.Window);
        }

        SubjectReport end = router.End();
        List<string> complaints = Complaints(router, before, end);
        if (end.Expired <= before.Expired)
        {
            complaints.Add("nothing expired");
        }

        if (end.Evicted != 0)
        {
            complaints.Add($"{end.Evicted:N0} connections evicted before their time");
        }

        ulong refused = end.Dropped.Values.Aggregate(0ul, (sum, count) => sum + count);
        if (end.Created + refused != end.Received)
        {
            complaints.Add($"{end.Created:N0} connections from {end.Received - refused:N0} packets");
        }

        return new Result(workload, router.Windows, null, null, null, end, complaints);
    }

    /// <summary>
    /// Tables grow to what the flood needs, and refuse connections where memory is not committed as fast; once the first ones have expired
    /// and a while has passed without a refusal, what is given back is what is taken.
    /// </summary>
    public static SubjectReport UntilSteady(Router router)
    {
        SubjectReport before = router.Report;
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            router.Resume();
            Thread.Sleep(s_while);
            router.Pause();
            SubjectReport now = router.AskPaused();
            ulong refused = Sum(now) - Sum(before);
            if (before.Expired != 0 && refused == 0)
            {
                return now;
            }

            before = now;
        }

        return before;

        static ulong Sum(SubjectReport report) => report.Dropped.Values.Aggregate(0ul, (sum, count) => sum + count);
    }

    /// <summary>How many connections there are not, and what their packets were dropped for, at whatever time.</summary>
    public static string Missing(SubjectReport end, uint wanted)
    {
        string reasons = string.Join(", ", end.Dropped.Where(reason => reason.Value != 0).Select(reason => $"{reason.Value:N0} {reason.Key}"));
        return $"{end.Connections:N0} connections instead of {wanted:N0}; {end.Created:N0} were made, {end.Evicted:N0} gave way, "
            + $"{end.Expired:N0} expired, dropped since the start: {(reasons.Length == 0 ? "none" : reasons)}";
    }

    /// <summary>What no run may show. A table that grows from nothing may refuse connections, so drops count from the first turn on.</summary>
    public static List<string> Complaints(Router router, SubjectReport before, SubjectReport end)
    {
        SourceCounters source = router.Counters.Read();
        List<string> complaints = [];
        if (end.Balance != 0)
        {
            complaints.Add($"books off by {end.Balance:N0} packets");
        }

        if (end.Received != source.Made || end.Sent != source.Swallowed)
        {
            complaints.Add($"counted {end.Received:N0} in, {end.Sent:N0} out; the source {source.Made:N0} and {source.Swallowed:N0}");
        }

        if (end.BuffersLost != 0)
        {
            complaints.Add($"{end.BuffersLost:N0} buffers lost");
        }

        if (end.WorkerAllocated != 0)
        {
            complaints.Add($"the worker allocated {end.WorkerAllocated:N0} bytes");
        }

        if (source.Bad != 0)
        {
            complaints.Add($"{source.Bad:N0} of {source.Sampled:N0} frames left with a wrong checksum");
        }

        if (source.NoMbuf != 0)
        {
            complaints.Add($"{source.NoMbuf:N0} polls without a buffer");
        }

        if (source.Sampled == 0)
        {
            complaints.Add("no frame was verified");
        }

        foreach ((string reason, ulong count) in end.Dropped)
        {
            ulong since = count - before.Dropped.GetValueOrDefault(reason);
            if (since != 0)
            {
                complaints.Add($"dropped {since:N0} {reason}");
            }
        }

        return complaints;
    }
}
