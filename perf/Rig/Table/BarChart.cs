using System.Globalization;
using System.Text;

namespace Conntrack.Rig.Table;

/// <summary>
/// The table as a picture: for every row a bar for each contender, as long as the packets it forwards. One scale for all, from zero: what
/// is ten times as fast is ten times as long.
/// </summary>
static class BarChart
{
    const int Width = 980;
    const int Left = 330;
    const int Right = 70;
    const int BarHeight = 11;
    const int BarGap = 3;
    const int RowGap = 14;
    const int SectionGap = 30;
    const int Top = 96;

    static readonly double[] s_steps = [1, 2, 4, 6, 8, 10];

    static readonly (string Name, string Label, string Color)[] s_contenders =
    [
        (RowResult.Ours, "Conntrack", "#d1495b"),
        ("testpmd-io", "testpmd io", "#c9d1d9"),
        ("testpmd-5tswap", "testpmd 5tswap", "#9aa7b3"),
        ("openvswitch", "Open vSwitch", "#3d7ea6"),
        ("linux", "Linux", "#4f9d69"),
    ];

    public static string Of(ResultFile file)
    {
        RowResult[] rows = [.. file.Rows.Where(row => row.Complaints.Count == 0)];
        double most = Nice(rows.SelectMany(Bars).Select(bar => bar.Mpps).DefaultIfEmpty(1).Max());
        StringBuilder body = new();
        int y = Top;
        string section = "";
        foreach (RowResult row in rows)
        {
            if (row.Section != section)
            {
                section = row.Section;
                y += SectionGap - RowGap;
                Text(body, 24, y, section, "section");
                y += RowGap;
            }

            y = Bars(body, row, y, most) + RowGap;
        }

        int height = y + 30;
        StringBuilder picture = new();
        picture.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" role="img">
            <title>Packets a second, side by side</title>
            <style>
            text {"{"} font: 12px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #24292f {"}"}
            .title {"{"} font-size: 19px; font-weight: 600 {"}"}
            .quiet {"{"} fill: #6e7781 {"}"}
            .section {"{"} font-size: 13.5px; font-weight: 600; paint-order: stroke; stroke: #ffffff; stroke-width: 6 {"}"}
            .value {"{"} font-size: 10.5px {"}"}
            .ours {"{"} font-size: 11px; font-weight: 600 {"}"}
            .grid {"{"} stroke: #d8dee4; stroke-width: 1 {"}"}
            </style>
            <rect width="100%" height="100%" fill="#ffffff"/>

            """);
        Text(picture, 24, 32, "Millions of packets a second on one core", "title");
        Text(picture, 24, 52, $"{file.Cpu}; {file.Kernel}; DPDK {file.Dpdk}; bars are medians, whiskers the worst and the best turn", "quiet");
        Legend(picture);
        Grid(picture, most, y);
        picture.Append(body).Append("</svg>\n");
        return picture.ToString();
    }

    static IEnumerable<(string Label, string Color, double Mpps, double Low, double High, bool IsOurs)> Bars(RowResult row) =>
        from contender in s_contenders
        let speed = row.Speeds.GetValueOrDefault(contender.Name)
        where speed != null && !(row.IsFlood && contender.Name.StartsWith("testpmd", StringComparison.Ordinal))
        select (contender.Label, contender.Color, speed.Median, speed.Lowest, speed.Highest, contender.Name == RowResult.Ours);

    static int Bars(StringBuilder picture, RowResult row, int y, double most)
    {
        var bars = Bars(row).ToList();
        int height = (bars.Count * (BarHeight + BarGap)) - BarGap;
        Text(picture, Left - 12, y + (height / 2) + 4, row.Title, "", "end");
        foreach ((_, string color, double mpps, double low, double high, bool isOurs) in bars)
        {
            double length = Math.Max(1, Scale(mpps, most)), from = Left + Scale(low, most), to = Left + Scale(high, most), middle = y + (BarHeight / 2.0);
            picture.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y}\" width=\"{length:F1}\" height=\"{BarHeight}\" rx=\"1.5\" fill=\"{color}\"/>\n");
            picture.Append(CultureInfo.InvariantCulture, $"<path d=\"M{from:F1} {middle:F1}H{to:F1}M{from:F1} {middle - 2.5:F1}v5M{to:F1} {middle - 2.5:F1}v5\" stroke=\"#24292f\" stroke-opacity=\".45\"/>\n");
            Text(picture, Left + Math.Max(length, Scale(high, most)) + 6, y + BarHeight - 1.5, MarkdownTable.Mpps(mpps), isOurs ? "ours" : "value quiet");
            y += BarHeight + BarGap;
        }

        return y - BarGap;
    }

    static void Legend(StringBuilder picture)
    {
        double x = Left;
        foreach ((_, string label, string color) in s_contenders)
        {
            picture.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:F0}\" y=\"66\" width=\"11\" height=\"11\" rx=\"1.5\" fill=\"{color}\"/>\n");
            Text(picture, x + 16, 76, label, "");
            x += 34 + (label.Length * 6.6);
        }
    }

    static void Grid(StringBuilder picture, double most, int bottom)
    {
        for (int step = 0; step <= 4; step++)
        {
            double value = most * step / 4, x = Left + Scale(value, most);
            picture.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{x:F1} {Top - 8}V{bottom}\"/>\n");
            Text(picture, x, bottom + 16, value.ToString("0.#", CultureInfo.InvariantCulture), "quiet", "middle");
        }
    }

    static double Scale(double mpps, double most) => mpps / most * (Width - Left - Right);

    /// <summary>The next round number.</summary>
    static double Nice(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return s_steps.Select(step => step * power).First(step => step >= value);
    }

    static void Text(StringBuilder picture, double x, double y, string text, string style, string anchor = "start")
    {
        string safe = text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
        picture.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:F1}\" y=\"{y:F1}\" class=\"{style}\" text-anchor=\"{anchor}\">{safe}</text>\n");
    }
}
