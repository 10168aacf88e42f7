using System.Globalization;
using System.Text;

namespace Conntrack.Rig.Table;

/// <summary>A line for every row and contender, for programs.</summary>
static class CsvTable
{
    public static string Of(ResultFile file)
    {
        StringBuilder text = new();
        text.Append("row,contender,connections,mpps,mpps_lowest,mpps_highest,mpps_quiet,ns,cycles,ours_to_it,ours_to_it_lowest,ours_to_it_highest,bytes_per_connection,turns,time,revision,believed\n");
        foreach (RowResult row in file.Rows)
        {
            foreach ((string name, Speed speed) in row.Speeds)
            {
                Ratio? ratio = row.Ratios.GetValueOrDefault(name);
                string line = string.Join(',',
                    row.Id, name, Number(row.Connections), Number(speed.Median), Number(speed.Lowest), Number(speed.Highest), Number(speed.Quiet),
                    Number(Math.Round(1000 / speed.Median, 2)), Number(Math.Round(1000 / speed.Median * row.TscFrequency / 1e9, 1)),
                    Number(ratio?.Median), Number(ratio?.Lowest), Number(ratio?.Highest), Number(speed.BytesPerConnection),
                    Number(row.Turns), row.Time, row.Revision, row.Complaints.Count == 0 ? "yes" : "no");
                text.Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    static string Number(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture) ?? "";
}
