namespace Conntrack.RouterOs.Printing;

/// <summary>RouterOS's <c>print value-list</c>: a property a line, names right-aligned before a colon, the values of all entries in columns.</summary>
static class PrintValueList
{
    const int Indent = 2;

    /// <summary>Writes the properties that any of the rows has.</summary>
    public static void Write<T>(TextWriter writer, IReadOnlyList<T> rows, IReadOnlyList<(string Name, Func<T, string?> Text)> properties)
    {
        List<(string Name, string[] Values)> lines =
        [
            .. properties.Select(property => (property.Name, Values: rows.Select(row => property.Text(row) ?? "").ToArray()))
                .Where(static line => line.Values.Any(static value => value.Length > 0)),
        ];
        if (lines.Count == 0)
        {
            return;
        }

        int names = Indent + lines.Max(static line => line.Name.Length);
        int[] widths = [.. rows.Select((_, i) => lines.Max(line => line.Values[i].Length))];
        foreach ((string name, string[] values) in lines)
        {
            writer.WriteLine($"{name.PadLeft(names)}: {string.Join(' ', values.Zip(widths, static (value, width) => value.PadRight(width)))}".TrimEnd());
        }
    }
}
