using System.Globalization;

namespace Conntrack.Rig;

/// <summary>
/// Established traffic at a rate that the worker has time for, with and without SYNs of connections nobody has seen in between, against a table
/// that they fill: how much of what was offered comes through. Two processes take turns, one of them attacked.
/// </summary>
static class Attack
{
    /// <summary>What has to come through under attack, of what does without.</summary>
    const double LeastShare = 0.95;

    /// <summary>Bytes that a full table may still grow by: what the control thread commits ahead for the last time.</summary>
    const long MostGrowth = 8 << 20;

    /// <summary>Turns it may take to fill the table.</summary>
    const int MostFillingTurns = 30;

    /// <summary>Runs and says one row.</summary>
    /// <param name="workload">Established connections.</param>
    /// <param name="setting">Where.</param>
    /// <param name="schedule">How long.</param>
    /// <param name="offered">Established frames a second over both ports.</param>
    /// <param name="attack">SYNs a second.</param>
    /// <returns>False when the goal was missed or the run is not to be believed.</returns>
    public static bool Run(Workload workload, Setting setting, Schedule schedule, double offered, double attack)
    {
        Workload quietLoad = workload with { FramesPerSecond = (ulong)(offered / 2) };
        Workload attackedLoad = quietLoad with { AttackPerSecond = (ulong)attack };
        using var quiet = Router.Ours(setting, quietLoad);
        using var attacked = Router.Ours(setting, attackedLoad);
        quiet.Launch();
        attacked.Launch();
        SubjectReport full = UntilFull(attacked, schedule);
        Share before = default, during = default;
        for (int turn = 0; turn < schedule.Turns; turn++)
        {
            before += Turns(quiet, schedule, 1);
            during += Turns(attacked, schedule, 1);
        }

        SubjectReport end = attacked.End();
        double ratio = during.Came / before.Came;
        List<string> complaints = Complaints(attacked, workload, full, end);
        if (ratio < LeastShare)
        {
            complaints.Add(string.Create(CultureInfo.InvariantCulture, $"{ratio:P1} of the established traffic came through, {LeastShare:P0} should"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{workload.Name,-26}{offered / 1e6:F1} Mpps offered: {before.Came:P2} come through; attacked by {attack / 1e6:F2} M SYNs a second: {during.Came:P2}, {ratio:P2} of it; "
            + $"{end.Evicted:N0} gave way, {during.AttacksMissed:P1} of the SYNs found the ring full, {(end.MemoryGrowth - full.MemoryGrowth) / 1e6:F1} MB more since the table was full"));
        foreach (string complaint in complaints)
        {
            Console.WriteLine($"    not met, or not to be believed: {complaint}");
        }

        return complaints.Count == 0;
    }

    /// <summary>Until somebody had to give way, and a turn more.</summary>
    static SubjectReport UntilFull(Router router, Schedule schedule)
    {
        for (int turn = 0; turn < MostFillingTurns && router.Report.Evicted == 0; turn++)
        {
            Turns(router, schedule, 1);
            router.AskPaused();
        }

        Turns(router, schedule, 1);
        return router.AskPaused();
    }

    static Share Turns(Router router, Schedule schedule, int turns)
    {
        SourceCounters from = router.Counters.Read();
        for (int turn = 0; turn < turns; turn++)
        {
            router.Resume();
            Thread.Sleep(schedule.Window * schedule.Windows);
            router.Pause();
        }

        return Share.Between(from, router.Counters.Read());
    }

    static List<string> Complaints(Router router, Workload workload, SubjectReport full, SubjectReport end)
    {
        SourceCounters source = router.Counters.Read();
        List<string> complaints = [];
        ulong refused = end.Dropped.Values.Aggregate(0ul, (sum, count) => sum + count);
        if (end.Created + refused != workload.Connections + source.Attacks)
        {
            complaints.Add($"{end.Created:N0} connections made and {refused:N0} packets refused, of {workload.Connections:N0} established ones and {source.Attacks:N0} SYNs: somebody lost theirs");
        }

        if (end.Evicted == full.Evicted)
        {
            complaints.Add("the table was not full");
        }

        if (end.MemoryGrowth - full.MemoryGrowth > MostGrowth)
        {
            complaints.Add($"{end.MemoryGrowth - full.MemoryGrowth:N0} bytes more with a full table");
        }

        if (end.Balance != 0 || end.BuffersLost != 0 || source.NoMbuf != 0 || source.Bad != 0)
        {
            complaints.Add($"books off by {end.Balance:N0}, {end.BuffersLost:N0} buffers lost, {source.NoMbuf:N0} polls without one, {source.Bad:N0} wrong checksums");
        }

        return complaints;
    }

    /// <summary>Frames of a while.</summary>
    readonly record struct Share(ulong Offered, ulong Forwarded, ulong Attacks, ulong Missed)
    {
        public double Came => Offered == 0 ? 0 : (double)Forwarded / Offered;

        public double AttacksMissed => Attacks + Missed == 0 ? 0 : (double)Missed / (Attacks + Missed);

        public static Share Between(SourceCounters from, SourceCounters to)
        {
            ulong made = to.Made - from.Made - (to.Attacks - from.Attacks);
            return new Share(
                made + to.Missed - from.Missed,
                to.Swallowed - from.Swallowed - (to.AttacksSwallowed - from.AttacksSwallowed),
                to.Attacks - from.Attacks,
                to.AttacksMissed - from.AttacksMissed);
        }

        public static Share operator +(Share a, Share b) =>
            new(a.Offered + b.Offered, a.Forwarded + b.Forwarded, a.Attacks + b.Attacks, a.Missed + b.Missed);
    }
}
