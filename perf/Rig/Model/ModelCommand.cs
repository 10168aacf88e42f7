using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Conntrack.Rig.Table;

namespace Conntrack.Rig.Model;

/// <summary><c>rig model</c>: from what was measured with one worker and two to how many a line rate takes.</summary>
static class ModelCommand
{
    /// <summary>Testpmd's io engine forwards 60 to 90 million packets a second on one core with the vector drivers of 100G NICs.</summary>
    const double UsualNicNs = 14;
    const double UsualUse = 0.8;

    /// <summary>Bytes between memory and cache for a packet of a table that no cache holds: bucket read; two record lines and a deadline's read and written.</summary>
    const double MemoryBytes = 7 * 64;

    const string PlainRow = "tracked-udp-64k";
    const string TranslatedRow = "nat-udp-64k";

    static readonly string[] s_works = ["tracked-udp-64k", "default-udp-64k", "default-udp-1M", "default-tcp-1M", "nat-udp-64k", "nat-udp-1M", "fasttrack-nat-udp-64k"];
    static readonly string[] s_checked = [PlainRow, TranslatedRow, "tracked-udp-1M", "default-udp-64k", "nat-udp-1M"];
    static readonly int[] s_gigabits = [10, 25, 100];

    public static Command Create()
    {
        Option<string> output = new("--results") { Description = "Folder that has CPU/table.json", DefaultValueFactory = _ => "perf/results" };
        Option<bool> measure = new("--measure") { Description = "First measures one worker and two in turns: results/CPU/scaling.json" };
        Option<double> nic = new("--nic-ns") { Description = "Nanoseconds a packet that the NIC's driver takes to receive and send", DefaultValueFactory = _ => UsualNicNs };
        Option<double> use = new("--use") { Description = "Share of a worker's time in use at line rate", DefaultValueFactory = _ => UsualUse };
        Option<int> turns = new("--turns") { Description = "Turns of both", DefaultValueFactory = _ => 5 };
        Command command = new("model", "How many cores a line rate takes") { output, measure, nic, use, turns };
        command.SetAction(parsed =>
        {
            Machine machine = Machine.This();
            string folder = parsed.GetValue(output)!, path = Path.Combine(folder, machine.Slug, "scaling.json");
            if (parsed.GetValue(measure))
            {
                Scaling? measured = null;
                int status = Session.Run(0, noHuge: false, null, (place, plugin, hugepages) =>
                {
                    measured = Measure(place, plugin, hugepages, parsed.GetValue(turns));
                    return 0;
                });
                if (measured == null)
                {
                    return status;
                }

                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, JsonSerializer.Serialize(measured, ResultFile.Json) + "\n");
            }

            Scaling scaling = File.Exists(path) ? JsonSerializer.Deserialize<Scaling>(File.ReadAllText(path), ResultFile.Json)! : Scaling.Unmeasured;
            Print(ResultFile.Read(folder, machine), scaling, new CoreCount(scaling, parsed.GetValue(nic), parsed.GetValue(use)));
            return 0;
        });
        return command;
    }

    /// <summary>Both workers want a CPU each, so what else is to run shares them; neither goes before everything else.</summary>
    static Scaling Measure(Place place, SourcePlugin plugin, Hugepages hugepages, int turns)
    {
        Setting setting = new(place.Worker, [.. place.Control, place.Worker], hugepages.Available, false, Burst: 32, plugin.Location, "aot", [], FlowLines: 1 << 21, Earlier: null);
        List<TwoWorkers> runs = [.. RowCatalog.Select(s_checked).Select(row => OneAndTwo(row, setting, turns))];
        return Scaling.From(runs.First(run => run.Row == PlainRow), runs.First(run => run.Row == TranslatedRow), runs);
    }

    static TwoWorkers OneAndTwo(Row row, Setting setting, int turns)
    {
        Setting own = setting with { Rules = SideBySide.Scripts(row) };
        using var one = Router.Ours(own, row.Workload);
        using var two = Router.Ours(own with { Workers = 2 }, row.Workload);
        one.Launch();
        two.Launch();
        SubjectReport before = two.AskPaused();
        for (int turn = 0; turn < turns; turn++)
        {
            one.TakeTurn(6, TimeSpan.FromMilliseconds(100));
            two.TakeTurn(6, TimeSpan.FromMilliseconds(100));
        }

        SubjectReport end = two.End();
        double handedOver = (double)(end.HandedOver - before.HandedOver) / Math.Max(1, end.Received - before.Received);
        return new TwoWorkers(row.Id, Math.Round(one.Windows.Quiet, 3), Math.Round(two.Windows.Quiet, 3), Math.Round(handedOver, 4));
    }

    static void Print(ResultFile results, Scaling scaling, CoreCount cores)
    {
        static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

        Console.WriteLine($"{results.Cpu}: each further worker adds {Text(scaling.Sharing * 100, "F1")} %, handing a packet over costs {Text(scaling.HandingNs, "F0")} ns;");
        Console.WriteLine($"the NIC's driver {Text(cores.NicNs, "F0")} ns a packet, workers {Text(cores.Use * 100, "F0")} % in use.\n");
        if (scaling.Runs.Count != 0)
        {
            Console.WriteLine("| two workers | one, Mpps | two, Mpps | handed over | model | off by |\n|---|---|---|---|---|---|");
            foreach (TwoWorkers run in scaling.Runs)
            {
                double model = 2000 / scaling.PacketNs(run.OneNs, 2, run.HandedOver);
                string how = run.Row is PlainRow or TranslatedRow ? "fitted" : $"{Text(((model / run.Two) - 1) * 100, "+0.0;-0.0")} %";
                Console.WriteLine($"| {run.Row} | {Text(run.One, "F1")} | {Text(run.Two, "F1")} | {Text(run.HandedOver * 100, "F1")} % | {Text(model, "F1")} | {how} |");
            }

            Console.WriteLine();
        }

        foreach (FrameMix mix in FrameMix.All)
        {
            Console.WriteLine($"| {mix.Name} | worker ns |{string.Concat(s_gigabits.Select(rate => $" {rate}G: {Text(mix.Mpps(rate), "F2")} Mpps |"))} memory at 100G |");
            Console.WriteLine($"|---|---|{string.Concat(s_gigabits.Select(_ => "---|"))}---|");
            foreach (RowResult row in s_works.Select(id => results.Rows.FirstOrDefault(row => row.Id == id)).OfType<RowResult>())
            {
                bool translated = row.Id.Contains("nat", StringComparison.Ordinal);
                double workerNs = row.WorkerNs ?? row.PacketNs;
                IEnumerable<string> needed = s_gigabits.Select(rate => cores.For(workerNs, translated, mix.Mpps(rate)) is int count ? $" {count} |" : " more than 64 |");
                string memory = row.Connections < 1_000_000 ? "in the caches" : $"{Text(mix.Mpps(100) * MemoryBytes / 1000, "F0")} GB/s";
                Console.WriteLine($"| {row.Section}: {row.Title} | {Text(workerNs, "F0")} |{string.Concat(needed)} {memory} |");
            }

            Console.WriteLine();
        }
    }
}
