using System.Text;

namespace Conntrack.RouterOs.Printing;

/// <summary>A column of a brief print.</summary>
/// <param name="Title">The property's name in capitals.</param>
/// <param name="RightAligned">True for numbers.</param>
/// <param name="Cell">An entry's value; empty for one it does not have.</param>
public readonly record struct PrintColumn<T>(string Title, bool RightAligned, Func<T, string> Cell);

/// <summary>
/// RouterOS 7's brief print: a legend of the flags and a line of the columns that occur, then the rows. Flags stand in one place each, only
/// those that occur; a column nobody has a value for is left out. Cells are asked for twice, to measure and to write, rather than kept: a
/// list may have a million rows.
/// </summary>
/// <param name="number">An entry's number in its menu; null for one that has none.</param>
/// <param name="flags">Every flag of the menu.</param>
/// <param name="flagSet">An entry's flags: bit n stands for the flag n.</param>
/// <param name="columns">Every column, in order.</param>
public sealed class PrintTable<T>(
    Func<T, int?> number, IReadOnlyList<PrintFlag> flags, Func<T, ulong> flagSet, IReadOnlyList<PrintColumn<T>> columns)
{
    const string Gap = "  ";

    /// <summary>An entry's comment, which stands on a line of its own in front of the entry; empty for none.</summary>
    public Func<T, string>? Comment { get; init; }

    /// <summary>Whether flags that say so share a column; else each that occurs has its own.</summary>
    public bool SharesColumns { get; init; }

    /// <summary>Writes the table; nothing at all without rows.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="rows">In the order they are to stand.</param>
    /// <param name="width">Characters a line of the terminal has; null when the output is no terminal and may be as wide as it wants.</param>
    public void Write(TextWriter writer, IReadOnlyList<T> rows, int? width = null)
    {
        if (rows.Count == 0)
        {
            return;
        }

        Shape shape = Measure(rows, width);
        if (shape.Flags.Length > 0)
        {
            writer.Write("Flags: ");
            writer.WriteLine(string.Join("; ", shape.Flags.Select(column => string.Join(
                ", ", column.Select(flag => $"{flags[flag].Letter} - {flags[flag].Word.ToUpperInvariant()}")))));
        }

        writer.Write("Columns: ");
        writer.WriteLine(string.Join(", ", shape.Columns.Select(column => columns[column.Index].Title)));

        var line = new StringBuilder();
        line.Append((shape.NumberWidth == 0 ? "" : "#").PadLeft(shape.NumberWidth)).Append(' ', shape.Margin - shape.NumberWidth);
        AppendCells(line, shape, column => column.Title);
        WriteTrimmed(writer, line);
        foreach (T row in rows)
        {
            if (Comment?.Invoke(row) is { Length: > 0 } comment)
            {
                writer.WriteLine(";;; " + PrintComment.OneLine(comment));
            }

            line.Append(NumberOf(row).PadLeft(shape.NumberWidth)).Append(shape.NumberWidth == 0 ? "" : " ");
            ulong set = flagSet(row);
            foreach (int[] column in shape.Flags)
            {
                line.Append(PrintFlags.Letter(flags, column, set));
            }

            line.Append(' ', shape.Margin - line.Length);
            AppendCells(line, shape, column => column.Cell(row));
            WriteTrimmed(writer, line);
        }
    }

    Shape Measure(IReadOnlyList<T> rows, int? width)
    {
        int numberWidth = 0;
        ulong anyFlag = 0;
        int[] contents = new int[columns.Count];
        foreach (T row in rows)
        {
            numberWidth = Math.Max(numberWidth, NumberOf(row).Length);
            anyFlag |= flagSet(row);
            for (int i = 0; i < contents.Length; i++)
            {
                contents[i] = Math.Max(contents[i], columns[i].Cell(row).Length);
            }
        }

        int[][] shownFlags =
        [
            .. PrintFlags.Columns(flags, SharesColumns).Select(column => column.Where(flag => IsSet(anyFlag, flag)).ToArray())
                .Where(static column => column.Length > 0),
        ];
        int[] shownColumns = [.. Enumerable.Range(0, contents.Length).Where(i => contents[i] > 0)];
        int margin = numberWidth + (numberWidth > 0 ? 1 : 0) + (shownFlags.Length > 0 ? shownFlags.Length + 1 : 0);
        int[] widths = ColumnWidths(shownColumns, contents, width - margin);
        return new Shape(numberWidth, margin, shownFlags, [.. shownColumns.Zip(widths)]);
    }

    /// <summary>
    /// A column is as wide as its title or its widest value. When that is more than the line has, RouterOS cuts titles down to their values,
    /// the one that saves most first and the rightmost of equals: <c>REPL-PACKETS</c> over a column of zeros becomes <c>R</c>.
    /// </summary>
    int[] ColumnWidths(int[] shown, int[] contents, int? available)
    {
        int[] widths = [.. shown.Select(column => Math.Max(columns[column].Title.Length, contents[column]))];
        while (widths.Sum() + (Gap.Length * (widths.Length - 1)) > available)
        {
            int best = 0;
            for (int i = 1; i < widths.Length; i++)
            {
                best = widths[i] - contents[shown[i]] >= widths[best] - contents[shown[best]] ? i : best;
            }

            if (widths[best] == contents[shown[best]])
            {
                break;
            }

            widths[best] = contents[shown[best]];
        }

        return widths;
    }

    string NumberOf(T row) => number(row) is int shown ? NumberText.Plain((ulong)shown) : "";

    void AppendCells(StringBuilder line, Shape shape, Func<PrintColumn<T>, string> cell)
    {
        string gap = "";
        foreach ((int index, int width) in shape.Columns)
        {
            string text = cell(columns[index]);
            text = text.Length > width ? text[..width] : text;
            line.Append(gap).Append(columns[index].RightAligned ? text.PadLeft(width) : text.PadRight(width));
            gap = Gap;
        }
    }

    static bool IsSet(ulong set, int flag) => (set >> flag & 1) != 0;

    static void WriteTrimmed(TextWriter writer, StringBuilder line)
    {
        writer.WriteLine(line.ToString().TrimEnd());
        line.Clear();
    }

    /// <summary>What is shown and how wide; the margin holds number and flags.</summary>
    sealed record Shape(int NumberWidth, int Margin, int[][] Flags, (int Index, int Width)[] Columns);
}
