using System.Globalization;
using System.Text.Json;
using Conntrack.Rig;

namespace Conntrack.Gaps;

/// <summary>A table for people and a file for whoever compares runs.</summary>
static class Report
{
    static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower };

    public static void Heading(Machine machine, RouterSetting setting, bool hugepages)
    {
        Console.WriteLine($"{machine.Cpu}, {machine.Kernel}, DPDK {machine.Dpdk}");
        Console.WriteLine(
            $"worker on CPU {setting.WorkerCpu}{(setting.RealTime ? " (SCHED_FIFO)" : "")}, host and clients on CPU {setting.HostCpu}, {(hugepages ? "hugepages" : "no hugepages")}, "
            + $"{setting.Connections:N0} connections, rules {Path.GetFileName(setting.Rules)}, "
            + $"hammered with {string.Join(", ", setting.Blows)}");
        Console.WriteLine();
        Console.WriteLine(
            $"{"dataplane",-10}{"host",-10}{"s",7}{"Mpps",8}{"stalls/s",10}{"longest µs",12}   {"listed",10}{"lists",7}{"counts",8}{"swaps",8}{"settings",10}{"metrics",9}{"collected",11}");
    }

    public static void Rows(Run run)
    {
        foreach (Phase phase in run.Phases)
        {
            Console.WriteLine(
                $"{run.Dataplane,-10}{(phase.Hammered ? "hammered" : "idle"),-10}"
                + string.Create(CultureInfo.InvariantCulture, $"{phase.Seconds,7:F2}{phase.Mpps,8:F2}{phase.StallsPerSecond,10:F1}{phase.LongestMicroseconds,12:F0}")
                + (phase.Blows is { } b
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"   {b.Connections,10}{b.Lists,7}{b.Counts,8}{b.RuleSwaps,8}{b.Settings,10}{b.Metrics,9}{b.Collections,11}")
                    : ""));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Dataplane,-10}{"",-10}hammered: {100 * Math.Abs(1 - run.Ratio):F1} % {(run.Ratio < 1 ? "fewer" : "more")} packets, stalls a second {Run.StallsPerSecond(run.Hammered):F1} against {Run.StallsPerSecond(run.Idle):F1} idle"));
        foreach (string complaint in run.Complaints)
        {
            Console.WriteLine($"    not to be believed: {complaint}");
        }

        Console.WriteLine();
    }

    /// <summary>Writes the run to the CPU's folder.</summary>
    public static string Write(string folder, Machine machine, RouterSetting setting, bool hugepages, IReadOnlyList<Run> runs, DateTime time)
    {
        string directory = Path.Combine(folder, machine.Slug);
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, "gaps.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            Time = time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            machine.Cpu,
            machine.Kernel,
            machine.Dpdk,
            setting.Connections,
            setting.Blows,
            Rules = Path.GetFileName(setting.Rules),
            Hugepages = hugepages,
            setting.RealTime,
            Runs = runs.Select(run => new
            {
                run.Dataplane,
                FewerPackets = Round(1 - run.Ratio),
                IdleStallsPerSecond = Round(Run.StallsPerSecond(run.Idle)),
                HammeredStallsPerSecond = Round(Run.StallsPerSecond(run.Hammered)),
                run.MeetsGoal,
                Phases = run.Phases.Select(phase => new
                {
                    phase.Hammered,
                    Seconds = Round(phase.Seconds),
                    Mpps = Round(phase.Mpps),
                    StallsPerSecond = Round(phase.StallsPerSecond),
                    LongestMicroseconds = Round(phase.LongestMicroseconds),
                    phase.Dropped,
                    phase.Blows,
                }),
                run.Complaints,
            }),
        }, s_json) + "\n");
        return path;
    }

    static double Round(double value) => Math.Round(value, 3);
}
