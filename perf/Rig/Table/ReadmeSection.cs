using System.Globalization;
using System.Text;

namespace Conntrack.Rig.Table;

/// <summary>The few rows that README.md shows, between two markers.</summary>
static class ReadmeSection
{
    const string Begin = "<!-- figures: written by ./build.sh bench --readme -->";
    const string End = "<!-- end of figures -->";

    static readonly string[] s_rows =
    [
        "default-udp-64k", "default-udp-1M", "default-tcp-1M", "nat-udp-1M", "fasttrack-nat-udp-64k", "new", "new-nat",
    ];

    /// <exception cref="RigException">There are no markers, or nothing was measured.</exception>
    public static void Write(string readme, ResultFile file)
    {
        string text = File.ReadAllText(readme);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal), end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new RigException($"{readme}: no line {Begin} with {End} behind it");
        }

        File.WriteAllText(readme, text[..(begin + Begin.Length)] + "\n" + Of(file) + text[end..]);
    }

    public static string Of(ResultFile file)
    {
        RowResult[] rows = [.. s_rows.Select(id => file.Rows.FirstOrDefault(row => row.Id == id)).OfType<RowResult>().Where(row => row.Complaints.Count == 0)];
        if (rows.Length == 0)
        {
            throw new RigException($"none of {string.Join(", ", s_rows)} was measured on this machine");
        }

        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"One core of {file.Cpu}, {rows.Max(row => row.Time)![..10]}; everyone in turns on the same core and the same packet source, 64-byte\n");
        text.Append("frames, medians in millions of packets a second; in brackets how many times their packets we forward.\n\n");
        text.Append("| | Conntrack | worker ns | testpmd 5tswap | Open vSwitch | Linux |\n|---|---|---|---|---|---|\n");
        foreach (RowResult row in rows)
        {
            string worker = row is { IsFlood: false, WorkerNs: double ns } ? ns.ToString("F0", CultureInfo.InvariantCulture) : "-";
            text.Append(CultureInfo.InvariantCulture, $"| {Title(row)} | **{MarkdownTable.Mpps(row.Speeds[RowResult.Ours].Median)}** | {worker} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(row, "testpmd-5tswap")} | {Cell(row, "openvswitch")} | {Cell(row, "linux")} |\n");
        }

        return text.ToString();
    }

    static string Title(RowResult row) => row.IsFlood ? $"New connections: {row.Title}" : $"{row.Section}: {row.Title}";

    static string Cell(RowResult row, string peer) =>
        row.Speeds.TryGetValue(peer, out Speed? speed) ? $"{MarkdownTable.Mpps(speed.Median)} ({MarkdownTable.Times(row.Ratios[peer].Median)} ×)" : "-";
}
