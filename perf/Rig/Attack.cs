using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Rig;

/// <summary>
/// Established traffic at a rate that the worker has time for, with and without a flood of connections nobody has seen in between, against a
/// table that it fills: how much of what was offered comes through. Two processes take turns, one of them attacked.
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
    /// <param name="attack">New connections a second.</param>
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
            before += Turn(quiet, schedule);
            during += Turn(attacked, schedule);
        }

        SubjectReport end = attacked.End();
        double ratio = during.Came / before.Came;
        List<string> complaints = Complaints(attacked, workload, full, end);
        double pace = during.EachSecond / before.EachSecond;
        if (!setting.RealTime && pace < LeastShare && ratio >= LeastShare)
        {
            complaints.Add(string.Create(
                CultureInfo.InvariantCulture, $"{during.EachSecond / 1e6:F2} Mpps by the clock, {before.EachSecond / 1e6:F2} when not attacked: the worker stood still"));
        }

        if (ratio < LeastShare)
        {
            complaints.Add(string.Create(CultureInfo.InvariantCulture, $"{ratio:P1} of the established traffic came through, {LeastShare:P0} should"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{workload.Name,-26}{offered / 1e6:F1} Mpps offered: {before.Came:P2} come through; attacked by {attack / 1e6:F2} M {Noun(workload)} a second: {during.Came:P2}, {ratio:P2} of it, {pace:P1} by the clock; "
            + $"{during.Attacks:N0} of the attack taken, {during.AttacksForwarded:N0} forwarded, {during.AttacksMissed:P1} found the ring full; "
            + $"{end.Evicted - full.Evicted:N0} gave way, {end.Expired - full.Expired:N0} expired, {(end.MemoryGrowth - full.MemoryGrowth) / 1e6:F1} MB more since the table was full"));
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
            Turn(router, schedule);
            router.AskPaused();
        }

        Turn(router, schedule);
        return router.AskPaused();
    }

    static string Noun(Workload workload) => workload.Attacker switch
    {
        "udp" => "datagrams",
        "crc" => "SYNs of one CRC32C",
        "toeplitz" => "SYNs of one Toeplitz hash",
        _ => "SYNs",
    };

    static Share Turn(Router router, Schedule schedule)
    {
        SourceCounters from = router.Counters.Read();
        long start = Stopwatch.GetTimestamp();
        router.Resume();
        Thread.Sleep(schedule.Window * schedule.Windows);
        router.Pause();
        return Share.Between(from, router.Counters.Read(), Stopwatch.GetElapsedTime(start));
    }

    static List<string> Complaints(Router router, Workload workload, SubjectReport full, SubjectReport end)
    {
        SourceCounters source = router.Counters.Read();
        List<string> complaints = [];
        ulong refused = end.Dropped.Values.Aggregate(0ul, (sum, count) => sum + count);
        if (end.Created + refused != workload.Connections + source.Attacks)
        {
            complaints.Add($"{end.Created:N0} connections made and {refused:N0} packets refused, of {workload.Connections:N0} established ones and {source.Attacks:N0} of the attack: somebody lost theirs");
        }

        ulong taken = source.Made - source.Attacks, sent = source.Swallowed - source.AttacksSwallowed;
        if (taken != sent)
        {
            complaints.Add($"{taken:N0} established frames taken, {sent:N0} forwarded");
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
    readonly record struct Share(ulong Offered, ulong Forwarded, ulong Attacks, ulong AttacksForwarded, ulong Missed, TimeSpan Length)
    {
        /// <summary>
        /// Established frames forwarded a second. The source takes a worker that has not polled for 10 ms for a stopped one and offers it
        /// nothing meanwhile, so what a worker loses that stands still for long shows here alone. A SCHED_FIFO one also stands still for the 50 ms
        /// of a second that the kernel keeps for others, attacked or not: of that one it proves nothing.
        /// </summary>
        public double EachSecond => Forwarded / Length.TotalSeconds;

        public double Came => Offered == 0 ? 0 : (double)Forwarded / Offered;

        public double AttacksMissed => Attacks + Missed == 0 ? 0 : (double)Missed / (Attacks + Missed);

        public static Share Between(SourceCounters from, SourceCounters to, TimeSpan length)
        {
            ulong made = to.Made - from.Made - (to.Attacks - from.Attacks);
            return new Share(
                made + to.Missed - from.Missed,
                to.Swallowed - from.Swallowed - (to.AttacksSwallowed - from.AttacksSwallowed),
                to.Attacks - from.Attacks,
                to.AttacksSwallowed - from.AttacksSwallowed,
                to.AttacksMissed - from.AttacksMissed,
                length);
        }

        public static Share operator +(Share a, Share b) =>
            new(
                a.Offered + b.Offered,
                a.Forwarded + b.Forwarded,
                a.Attacks + b.Attacks,
                a.AttacksForwarded + b.AttacksForwarded,
                a.Missed + b.Missed,
                a.Length + b.Length);
    }
}
