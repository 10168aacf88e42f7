using System.CommandLine;
using System.Globalization;

namespace Conntrack.Rig.Table;

/// <summary><c>rig table</c>: rows side by side.</summary>
static class TableCommand
{
    static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(100);

    public static Command Create()
    {
        Option<string[]> rows = new("--rows")
        {
            Description = "Names of rows, or their beginnings with a star behind; several with commas. All of them unless given",
            DefaultValueFactory = _ => [],
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string[]> peers = new("--peers")
        {
            Description = "testpmd, openvswitch, linux",
            DefaultValueFactory = _ => ["testpmd", "openvswitch", "linux"],
            AllowMultipleArgumentsPerToken = true,
        };
        Option<bool> quick = new("--quick") { Description = "The rows that say most, in short turns" };
        Option<bool> list = new("--list") { Description = "Prints the rows and measures nothing" };
        Option<int?> turns = new("--turns") { Description = "Turns of everyone in a row; 5, quick 3" };
        Option<int?> windows = new("--windows") { Description = "Windows of 0.1 s in a turn; 6, quick 3" };
        Option<int> core = new("--core") { Description = "The measured core", DefaultValueFactory = _ => Environment.ProcessorCount - 1 };
        Option<bool> plain = new("--no-fifo") { Description = "The measured thread is one among others on its core, and not SCHED_FIFO" };
        Option<bool> noHuge = new("--no-huge") { Description = "Reserve no hugepages" };
        Option<string?> output = new("--output") { Description = "Folder that gets CPU/table.json, .csv, .md and .svg; what it has of other rows stays" };
        Option<string?> readme = new("--readme") { Description = "README.md whose figures are written anew, from what was measured now and before" };
        Command command = new("table", "Measures us, testpmd, Open vSwitch and Linux in turns, row by row")
        {
            rows, peers, quick, list, turns, windows, core, plain, noHuge, output, readme,
        };
        command.SetAction(parsed =>
        {
            string[] names = Words(parsed.GetValue(rows)!);
            bool isQuick = parsed.GetValue(quick);
            return Session.Run(parsed.GetValue(core), parsed.GetValue(noHuge), null, (place, plugin, hugepages) =>
            {
                IReadOnlyList<Row> selected = names.Length != 0 ? RowCatalog.Select(names) : [.. RowCatalog.All.Where(row => row.IsQuick || !isQuick)];
                if (parsed.GetValue(list))
                {
                    foreach (Row row in selected)
                    {
                        Console.WriteLine($"{row.Id,-22} {row.Section}: {row.Title}");
                    }

                    return 0;
                }

                Setting setting = new(
                    place.Worker, place.Control, hugepages.Available, !parsed.GetValue(plain), Burst: 32, plugin.Location, "aot", [], FlowLines: 1 << 21, Earlier: null);
                Schedule schedule = new(parsed.GetValue(turns) ?? (isQuick ? 3 : 5), parsed.GetValue(windows) ?? (isQuick ? 3 : 6), s_window);
                return Measure(selected, new SideBySide(setting, schedule, Words(parsed.GetValue(peers)!)), parsed.GetValue(output), parsed.GetValue(readme));
            });
        });
        return command;
    }

    static string[] Words(string[] values) =>
        [.. values.SelectMany(some => some.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    static int Measure(IReadOnlyList<Row> rows, SideBySide sides, string? output, string? readme)
    {
        Machine machine = Machine.This();
        Console.WriteLine($"{machine.Cpu}, {machine.Kernel}, DPDK {machine.Dpdk}");
        Console.WriteLine("Mpps, medians of the turns; in brackets our packets for one of theirs, worst and best turn");
        ResultFile results = output == null ? new ResultFile { Cpu = machine.Cpu, Kernel = machine.Kernel, Dpdk = machine.Dpdk } : ResultFile.Read(output, machine);
        bool isGood = true;
        foreach (Row row in rows)
        {
            RowResult result = sides.Measure(row);
            Print(result);
            isGood &= result.Complaints.Count == 0;
            results = results.With(result);
            if (output != null)
            {
                // After every row: what was measured stays when the next one fails or is interrupted.
                results.Write(output, machine);
            }
        }

        if (readme != null)
        {
            ReadmeSection.Write(readme, results);
        }

        return isGood ? 0 : 1;
    }

    static void Print(RowResult result)
    {
        Speed ours = result.Speeds[RowResult.Ours];
        string worker = result is { IsFlood: false, WorkerNs: double ns } ? string.Create(CultureInfo.InvariantCulture, $", worker {ns:F1} ns") : "";
        string memory = !result.IsFlood && result.Connections >= 1_000_000 && ours.BytesPerConnection is double bytes
            ? string.Create(CultureInfo.InvariantCulture, $", {bytes:F0} B each") : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Id,-22} {MarkdownTable.Mpps(ours.Median),6} ({MarkdownTable.Mpps(ours.Lowest)} to {MarkdownTable.Mpps(ours.Highest)}), {result.PacketNs:F1} ns{worker}{memory}"));
        foreach ((string peer, Ratio ratio) in result.Ratios)
        {
            Speed speed = result.Speeds[peer];
            Console.WriteLine($"    {peer,-18} {MarkdownTable.Mpps(speed.Median),6} ({MarkdownTable.Times(ratio.Median)}: {MarkdownTable.Times(ratio.Lowest)} to {MarkdownTable.Times(ratio.Highest)})");
        }

        foreach (string complaint in result.Complaints)
        {
            Console.WriteLine($"    not to be believed: {complaint}");
        }
    }
}
