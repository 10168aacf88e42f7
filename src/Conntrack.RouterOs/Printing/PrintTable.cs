using System.Text;

namespace Conntrack.RouterOs.Printing;

/// <summary>A column of a brief print; its title is the property's name in capitals.</summary>
public readonly record struct PrintColumn(string Title, bool RightAligned);

/// <summary>
/// RouterOS 7's brief print: a legend of the flags and a line of the columns that occur, then the rows. Flags stand in one place each, only
/// those that occur; a column nobody has a value for is left out.
/// </summary>
public sealed class PrintTable(IReadOnlyList<PrintFlag> flags, IReadOnlyList<PrintColumn> columns)
{
    const string Gap = "  ";

    readonly List<Row> _rows = [];

    /// <summary>Adds a row. <paramref name="flagSet"/>: bit n stands for the flag n; an empty cell is a value the entry does not have.</summary>
    public void Add(int number, ulong flagSet, string[] cells)
    {
        if (cells.Length != columns.Count)
        {
            throw new ArgumentException($"A row of {cells.Length} cells does not fit {columns.Count} columns.", nameof(cells));
        }

        _rows.Add(new Row(NumberText.Plain((ulong)number), flagSet, cells));
    }

    /// <summary>Writes the table; nothing at all without rows.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="width">Characters a line of the terminal has; null when the output is no terminal and may be as wide as it wants.</param>
    public void Write(TextWriter writer, int? width = null)
    {
        if (_rows.Count == 0)
        {
            return;
        }

        int[] shownFlags = [.. Enumerable.Range(0, flags.Count).Where(flag => _rows.Exists(row => row.HasFlag(flag)))];
        int[] shownColumns = [.. Enumerable.Range(0, columns.Count).Where(column => _rows.Exists(row => row.Cells[column].Length > 0))];
        if (shownFlags.Length > 0)
        {
            writer.Write("Flags: ");
            writer.WriteLine(string.Join("; ", shownFlags.Select(flag => $"{flags[flag].Letter} - {flags[flag].Word.ToUpperInvariant()}")));
        }

        writer.Write("Columns: ");
        writer.WriteLine(string.Join(", ", shownColumns.Select(column => columns[column].Title)));

        int numberWidth = _rows.Max(row => row.Number.Length);
        int margin = numberWidth + 1 + (shownFlags.Length > 0 ? shownFlags.Length + 1 : 0);
        int[] widths = ColumnWidths(shownColumns, width - margin);

        var line = new StringBuilder();
        line.Append('#'.ToString().PadLeft(numberWidth)).Append(' ', margin - numberWidth);
        AppendCells(line, shownColumns, widths, column => columns[column].Title);
        WriteTrimmed(writer, line);
        foreach (Row row in _rows)
        {
            line.Append(row.Number.PadLeft(numberWidth)).Append(' ');
            foreach (int flag in shownFlags)
            {
                line.Append(row.HasFlag(flag) ? flags[flag].Letter : ' ');
            }

            line.Append(' ', margin - line.Length);
            AppendCells(line, shownColumns, widths, column => row.Cells[column]);
            WriteTrimmed(writer, line);
        }
    }

    /// <summary>
    /// A column is as wide as its title or its widest value. When that is more than the line has, RouterOS cuts titles down to their values,
    /// the one that saves most first and the rightmost of equals: <c>REPL-PACKETS</c> over a column of zeros becomes <c>R</c>.
    /// </summary>
    int[] ColumnWidths(int[] shown, int? available)
    {
        int[] contents = [.. shown.Select(column => _rows.Max(row => row.Cells[column].Length))];
        int[] widths = [.. shown.Select((column, i) => Math.Max(columns[column].Title.Length, contents[i]))];
        while (widths.Sum() + (Gap.Length * (widths.Length - 1)) > available)
        {
            int best = 0;
            for (int i = 1; i < widths.Length; i++)
            {
                best = widths[i] - contents[i] >= widths[best] - contents[best] ? i : best;
            }

            if (widths[best] == contents[best])
            {
                break;
            }

            widths[best] = contents[best];
        }

        return widths;
    }

    void AppendCells(StringBuilder line, int[] shown, int[] widths, Func<int, string> cell)
    {
        for (int i = 0; i < shown.Length; i++)
        {
            string text = cell(shown[i]);
            text = text.Length > widths[i] ? text[..widths[i]] : text;
            line.Append(i == 0 ? "" : Gap);
            line.Append(columns[shown[i]].RightAligned ? text.PadLeft(widths[i]) : text.PadRight(widths[i]));
        }
    }

    static void WriteTrimmed(TextWriter writer, StringBuilder line)
    {
        writer.WriteLine(line.ToString().TrimEnd());
        line.Clear();
    }

    readonly record struct Row(string Number, ulong FlagSet, string[] Cells)
    {
        public bool HasFlag(int flag) => (FlagSet >> flag & 1) != 0;
    }
}
