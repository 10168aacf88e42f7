using System.Globalization;
using System.Text.Json;

namespace Conntrack.Rig;

/// <summary>A table for people and a file for whoever compares runs.</summary>
static class Report
{
    static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower };

    public static void Heading(Machine machine, Setting setting)
    {
        Console.WriteLine($"{machine.Cpu}, {machine.Kernel}, DPDK {machine.Dpdk}");
        Console.WriteLine(
            $"worker on CPU {setting.WorkerCpu}{(setting.RealTime ? " (SCHED_FIFO)" : "")}, bursts of {setting.Burst}, "
            + $"{(setting.Hugepages ? "hugepages" : "no hugepages")}, dataplane {setting.Dataplane}, rules {Rules(setting)}");
        Console.WriteLine("median (quiet: best 90th percentile of 0.1 s windows); worker = ours - testpmd io");
        Console.WriteLine();
        Console.WriteLine(
            $"{"",-26}{"Mpps",16}{"ns/packet",16}{"cycles",8}{"io Mpps",16}{"worker ns",16}{"of io",7}{"of swap",9}{"connections",13}{"B each",8}");
    }

    public static void Row(Result result)
    {
        static string Pair(double median, double quiet) => string.Create(CultureInfo.InvariantCulture, $"{median:F2} ({quiet:F2})");
        static string Nanoseconds(double median, double quiet) => string.Create(CultureInfo.InvariantCulture, $"{median:F1} ({quiet:F1})");

        string io = result.Io == null ? "-" : Pair(result.Io.Median, result.Io.Quiet);
        string worker = result.Io == null ? "-" : Nanoseconds(result.WorkerNs, result.QuietWorkerNs);
        string ofIo = result.Io == null ? "-" : result.RatioToIo.ToString("F3", CultureInfo.InvariantCulture);
        string ofSwap = result.Swap == null ? "-" : result.RatioToSwap.ToString("F3", CultureInfo.InvariantCulture);
        string memory = result.Workload.Kind == TrafficKind.Established && result.End.Connections >= 1_000_000
            ? result.MemoryPerConnection.ToString("F0", CultureInfo.InvariantCulture) : "-";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Workload.Name,-26}{Pair(result.Ours.Median, result.Ours.Quiet),16}{Nanoseconds(result.PacketNs, result.QuietPacketNs),16}")
            + string.Create(CultureInfo.InvariantCulture,
            $"{result.Cycles,8:F0}{io,16}{worker,16}{ofIo,7}{ofSwap,9}{result.End.Connections,13:N0}{memory,8}"));
        if (result.Earlier is Windows earlier && result.Io is Windows source)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{"    the other build",-26}{Pair(earlier.Median, earlier.Quiet),16}{Nanoseconds(1000 / earlier.Median, 1000 / earlier.Quiet),16}{"",24}")
                + string.Create(CultureInfo.InvariantCulture,
                $"{Nanoseconds((1000 / earlier.Median) - (1000 / source.Median), (1000 / earlier.Quiet) - (1000 / source.Quiet)),16}")
                + string.Create(CultureInfo.InvariantCulture,
                $"   ours: {result.Ours.Median / earlier.Median:F3} ({result.Ours.Quiet / earlier.Quiet:F3}) times its packets"));
        }

        foreach (string complaint in result.Complaints)
        {
            Console.WriteLine($"    not to be believed: {complaint}");
        }
    }

    /// <summary>Writes the run to a file named after its time.</summary>
    public static string Write(string folder, Machine machine, Setting setting, IReadOnlyList<Result> results, DateTime time)
    {
        string directory = Path.Combine(folder, machine.Slug);
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, "rig.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            Time = time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            machine.Cpu,
            machine.Kernel,
            machine.Dpdk,
            setting.Dataplane,
            Rules = Rules(setting),
            setting.Burst,
            setting.Hugepages,
            setting.RealTime,
            Rows = results.Select(result => new
            {
                result.Workload.Name,
                Kind = result.Workload.Kind.ToString(),
                Ports = result.Workload.Ports == PortMode.Two ? 2 : 1,
                result.Workload.Family,
                result.Workload.Protocol,
                Flows = result.Workload.Connections,
                Mpps = Round(result.Ours.Median),
                QuietMpps = Round(result.Ours.Quiet),
                PacketNs = Round(result.PacketNs),
                TscCycles = Round(result.Cycles),
                IoMpps = Round(result.Io?.Median),
                QuietIoMpps = Round(result.Io?.Quiet),
                SwapMpps = Round(result.Swap?.Median),
                WorkerNs = result.Io == null ? null : Round(result.WorkerNs),
                QuietWorkerNs = result.Io == null ? null : Round(result.QuietWorkerNs),
                result.End.Connections,
                result.End.Created,
                result.End.Expired,
                result.End.MemoryGrowth,
                result.End.FastTracked,
                result.Complaints,
            }),
        }, s_json) + "\n");
        return path;
    }

    static string Rules(Setting setting) => setting.Rules.Count == 0 ? "none" : string.Join(", ", setting.Rules.Select(Path.GetFileName));

    static double? Round(double? value) => value is double number ? Math.Round(number, 2) : null;
}
