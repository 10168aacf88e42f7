using System.Globalization;
using System.Text;

namespace Conntrack.Rig.Table;

/// <summary>The table for people.</summary>
static class MarkdownTable
{
    static readonly (string Name, string Heading)[] s_peers =
    [
        ("testpmd-io", "testpmd io"), ("testpmd-mac", "mac"), ("testpmd-5tswap", "5tswap"), ("openvswitch", "Open vSwitch"), ("linux", "Linux"),
    ];

    public static string Of(ResultFile file)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# Side by side on {file.Cpu}\n\n{file.Kernel}, DPDK {file.Dpdk}. One core, 64-byte frames unless said, ");
        text.Append("flows uniformly random, both directions. `./build.sh bench` writes this file; [how](../../README.md).\n\n");
        text.Append("**Mpps**: median of the turns (worst and best turn). **Worker ns**: ours less testpmd io. **Times**: packets we forward for one of the ");
        text.Append("peer's, turn by turn, median (worst, best). **B**: memory a connection.\n");
        foreach (IGrouping<string, RowResult> section in file.Rows.GroupBy(row => row.Section))
        {
            Append(text, section.Key, [.. section]);
        }

        text.Append("\n## Where and when\n\n| row | measured | revision | turns | SCHED_FIFO |\n|---|---|---|---|---|\n");
        foreach (RowResult row in file.Rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Id} | {row.Time} | {row.Revision} | {row.Turns} | {(row.RealTime ? "yes" : "no")} |\n");
        }

        foreach (RowResult row in file.Rows.Where(row => row.Complaints.Count != 0))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n**{row.Id} is not to be believed**: {string.Join("; ", row.Complaints)}\n");
        }

        return text.ToString();
    }

    static void Append(StringBuilder text, string section, IReadOnlyList<RowResult> rows)
    {
        (string Name, string Heading)[] peers = [.. s_peers.Where(peer => rows.Any(row => row.Speeds.ContainsKey(peer.Name)))];
        text.Append(CultureInfo.InvariantCulture, $"\n## {section}\n\n| | Conntrack Mpps | ns | TSC cycles | worker ns | B |");
        text.Append(string.Concat(peers.Select(peer => $" {peer.Heading} Mpps | times |"))).Append('\n');
        text.Append("|---|---|---|---|---|---|").Append(string.Concat(peers.Select(_ => "---|---|"))).Append('\n');
        foreach (RowResult row in rows)
        {
            Speed ours = row.Speeds[RowResult.Ours];
            text.Append(CultureInfo.InvariantCulture, $"| {row.Title} | **{Mpps(ours.Median)}** ({Mpps(ours.Lowest)}, {Mpps(ours.Highest)}) | {row.PacketNs:F1} ");
            text.Append(CultureInfo.InvariantCulture, $"| {row.Cycles:F0} | {(row.IsFlood ? null : row.WorkerNs)?.ToString("F1", CultureInfo.InvariantCulture) ?? "-"} ");
            text.Append(CultureInfo.InvariantCulture, $"| {(row.IsFlood || row.Connections < 1_000_000 ? null : ours.BytesPerConnection)?.ToString("F0", CultureInfo.InvariantCulture) ?? "-"} |");
            foreach ((string name, _) in peers)
            {
                text.Append(Cells(row, name));
            }

            text.Append('\n');
        }
    }

    static string Cells(RowResult row, string peer)
    {
        if (!row.Speeds.TryGetValue(peer, out Speed? speed))
        {
            return " - | - |";
        }

        Ratio ratio = row.Ratios[peer];
        string memory = speed.BytesPerConnection is double bytes && row.Connections >= 1_000_000
            ? string.Create(CultureInfo.InvariantCulture, $", {bytes:F0} B") : "";
        return string.Create(CultureInfo.InvariantCulture, $" {Mpps(speed.Median)}{memory} | {Times(ratio.Median)} ({Times(ratio.Lowest)}, {Times(ratio.Highest)}) |");
    }

    /// <summary>Three digits that say something.</summary>
    public static string Mpps(double value) => value.ToString(value >= 10 ? "F1" : value >= 1 ? "F2" : "F3", CultureInfo.InvariantCulture);

    public static string Times(double value) => value.ToString(value >= 10 ? "F0" : value >= 2 ? "F1" : "F2", CultureInfo.InvariantCulture);
}
