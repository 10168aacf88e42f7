using Conntrack.V1;

namespace Conntrack.Gaps;

/// <summary>A while of one kind, as the worker measured it.</summary>
/// <param name="Hammered">Whether the host was hammered.</param>
/// <param name="Seconds">How long the worker measured.</param>
/// <param name="Packets">What it received.</param>
/// <param name="Stalls">Gaps of more than 100 µs.</param>
/// <param name="LongestMicroseconds">The longest one.</param>
/// <param name="Dropped">Packets dropped meanwhile, for whatever reason.</param>
/// <param name="Blows">What was asked of the host.</param>
sealed record Phase(bool Hammered, double Seconds, ulong Packets, ulong Stalls, double LongestMicroseconds, ulong Dropped, Blows? Blows)
{
    public double Mpps => Packets / Seconds / 1e6;

    public double StallsPerSecond => Stalls / Seconds;

    public static async Task<Phase> MeasureAsync(RouterUnderTest router, TimeSpan duration, Hammer? hammer)
    {
        Blows? before = hammer?.Blows;
        ulong dropped = Sum(router.Stats());
        GetStatsResponse stats = await router.ProfileAsync(duration);
        WorkerProfile profile = stats.Workers.Single().Profile;
        return new Phase(
            hammer != null,
            profile.MeasuredNanoseconds / 1e9,
            profile.Stages.Single(stage => stage.Stage == "receive").Packets,
            profile.Stalls,
            profile.LongestGapNanoseconds / 1e3,
            Sum(stats) - dropped,
            hammer == null ? null : hammer.Blows + Negative(before!));

        static ulong Sum(GetStatsResponse stats) => stats.Dropped.Values.Aggregate(0ul, (sum, count) => sum + count);
        static Blows Negative(Blows b) => new(-b.Connections, -b.Lists, -b.Counts, -b.RuleSwaps, -b.Settings, -b.Metrics, -b.Collections);
    }
}

/// <summary>Both kinds in turns on one router, idle first and last.</summary>
/// <param name="Dataplane">aot or jit.</param>
/// <param name="Phases">In order of time.</param>
/// <param name="Complaints">Why the run is not to be believed; empty for a good one.</param>
sealed record Run(string Dataplane, IReadOnlyList<Phase> Phases, IReadOnlyList<string> Complaints)
{
    /// <summary>Most of its packets that a worker may lose to a hammered host, and stalls a second it may have more.</summary>
    const double MostLoss = 0.03;

    const double MostStalls = 5;

    static readonly TimeSpan s_settling = TimeSpan.FromSeconds(0.5);

    public IEnumerable<Phase> Idle => Phases.Where(phase => !phase.Hammered);

    public IEnumerable<Phase> Hammered => Phases.Where(phase => phase.Hammered);

    /// <summary>Packets a second, hammered over the idle times before and after, the median of all turns: what else the machine does comes and goes.</summary>
    public double Ratio
    {
        get
        {
            double[] ratios =
            [
                .. Enumerable.Range(1, Phases.Count - 2).Where(n => Phases[n].Hammered)
                    .Select(n => Phases[n].Mpps / ((Phases[n - 1].Mpps + Phases[n + 1].Mpps) / 2)).Order(),
            ];
            return ratios[ratios.Length / 2];
        }
    }

    public bool MeetsGoal => Ratio >= 1 - MostLoss && StallsPerSecond(Hammered) <= StallsPerSecond(Idle) + MostStalls;

    public static double StallsPerSecond(IEnumerable<Phase> phases) => phases.Sum(phase => (double)phase.Stalls) / phases.Sum(phase => phase.Seconds);

    public static async Task<Run> TakeAsync(RouterSetting setting, int turns, TimeSpan idle, TimeSpan hammered)
    {
        Phase? growing = null;
        using RouterUnderTest router = RouterUnderTest.Start(
            setting, router => growing = Phase.MeasureAsync(router, GrowingTime(setting), null).GetAwaiter().GetResult());
        Console.WriteLine(FormattableString.Invariant(
            $"{setting.Dataplane,-10}{"growing",-10}{growing!.Seconds,7:F2}{growing.Mpps,8:F2}{growing.StallsPerSecond,10:F1}{growing.LongestMicroseconds,12:F0}"));
        await Task.Delay(s_settling);
        List<Phase> phases = [await Phase.MeasureAsync(router, idle, null)];
        for (int turn = 0; turn < turns; turn++)
        {
            await using (Hammer hammer = new(router, setting.Blows))
            {
                await Task.Delay(s_settling);
                phases.Add(await Phase.MeasureAsync(router, hammered, hammer));
            }

            await Task.Delay(s_settling);
            phases.Add(await Phase.MeasureAsync(router, idle, null));
        }

        return new Run(setting.Dataplane, phases, Check(router.Stats(), setting, phases));
    }

    /// <summary>Most of the time that connections are opened in, and the table grows.</summary>
    static TimeSpan GrowingTime(RouterSetting setting) => TimeSpan.FromSeconds(Math.Clamp(0.8 * setting.Connections / RouterUnderTest.Pace, 0.1, 10));

    /// <summary>What no run may show: packets or connections lost, or a host that was not asked for anything.</summary>
    static List<string> Check(GetStatsResponse stats, RouterSetting setting, List<Phase> phases)
    {
        List<string> complaints = [];
        ulong dropped = phases.Aggregate(0ul, (sum, phase) => sum + phase.Dropped);
        if (dropped != 0)
        {
            complaints.Add($"{dropped:N0} packets dropped");
        }

        if (stats.Tracking.TotalEntries != setting.Connections)
        {
            complaints.Add($"{stats.Tracking.TotalEntries:N0} connections instead of {setting.Connections:N0}");
        }

        foreach (Blows blows in phases.Select(phase => phase.Blows).OfType<Blows>())
        {
            (string Kind, bool Hardly)[] each =
            [
                ("lists", blows.Connections < setting.Connections / 2), ("counts", blows.Counts == 0), ("rules", blows.RuleSwaps == 0),
                ("settings", blows.Settings == 0), ("metrics", blows.Metrics == 0), ("collections", blows.Collections == 0),
            ];
            if (each.Any(kind => kind.Hardly && setting.Blows.Contains(kind.Kind)))
            {
                complaints.Add($"hardly hammered: {blows}");
            }
        }

        return complaints;
    }
}
