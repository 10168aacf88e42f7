using System.Text.Encodings.Web;
using System.Text.Json;

namespace Conntrack.Rig.Table;

/// <summary>
/// Everything measured on one kind of machine, <c>results/CPU/table.json</c>; the other files are made from it. A row that is measured
/// again takes the place of what it was before, so rows may come from different days, each with its time and revision.
/// </summary>
sealed record ResultFile
{
    public static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public required string Cpu { get; init; }
    public required string Kernel { get; init; }
    public required string Dpdk { get; init; }
    public IReadOnlyList<RowResult> Rows { get; init; } = [];

    /// <summary>What is there for this machine so far.</summary>
    public static ResultFile Read(string folder, Machine machine)
    {
        string path = Path.Combine(folder, machine.Slug, "table.json");
        ResultFile known = File.Exists(path) ? JsonSerializer.Deserialize<ResultFile>(File.ReadAllText(path), Json)! : Empty(machine);
        return known with { Cpu = machine.Cpu, Kernel = machine.Kernel, Dpdk = machine.Dpdk };
    }

    static ResultFile Empty(Machine machine) => new() { Cpu = machine.Cpu, Kernel = machine.Kernel, Dpdk = machine.Dpdk };

    /// <summary>With a row measured now, in the order of the catalog.</summary>
    public ResultFile With(RowResult row)
    {
        List<string> order = [.. RowCatalog.All.Select(known => known.Id)];
        return this with { Rows = [.. Rows.Where(other => other.Id != row.Id).Append(row).OrderBy(other => order.IndexOf(other.Id))] };
    }

    /// <summary>Writes it, and what is made from it. Returns the folder.</summary>
    public string Write(string folder, Machine machine)
    {
        string own = Path.Combine(folder, machine.Slug);
        Directory.CreateDirectory(own);
        File.WriteAllText(Path.Combine(own, "table.json"), JsonSerializer.Serialize(this, Json) + "\n");
        File.WriteAllText(Path.Combine(own, "table.csv"), CsvTable.Of(this));
        File.WriteAllText(Path.Combine(own, "table.md"), MarkdownTable.Of(this));
        File.WriteAllText(Path.Combine(own, "table.svg"), BarChart.Of(this));
        return own;
    }
}
