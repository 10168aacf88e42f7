namespace Conntrack.RouterOs.Printing;

/// <summary>
/// RouterOS 7's <c>print detail</c>: a legend of every flag the menu has, then an entry's properties as <c>name=value</c>, continued in the
/// column of its first property, a blank line behind each entry. Every flag keeps its place, so scripts can cut by column.
/// </summary>
public sealed class PrintDetail
{
    /// <summary>What RouterOS assumes of a terminal that does not say how wide it is.</summary>
    const int DefaultWidth = 80;

    readonly TextWriter _writer;
    readonly IReadOnlyList<PrintFlag> _flags;
    readonly int _numberWidth;
    readonly int _flagColumns;
    readonly int _width;

    /// <param name="writer">Where to; the legend is written at once.</param>
    /// <param name="flags">Every flag of the menu.</param>
    /// <param name="lastNumber">The highest number of a row, for the width of the number column.</param>
    /// <param name="width">Characters of a line; null for RouterOS's 80.</param>
    /// <param name="capitals">Whether the words of the legend are written in capitals, as newer menus do.</param>
    public PrintDetail(TextWriter writer, IReadOnlyList<PrintFlag> flags, int lastNumber, int? width = null, bool capitals = false)
    {
        _writer = writer;
        _flags = flags;
        _numberWidth = Math.Max(2, NumberText.Plain((ulong)lastNumber).Length);
        _width = width ?? DefaultWidth;
        _flagColumns = flags.Count(flag => !flag.SharesColumn);
        string separator = "Flags: ";
        foreach (PrintFlag flag in flags)
        {
            _writer.Write(flag.SharesColumn ? ", " : separator);
            _writer.Write($"{flag.Letter} - {(capitals ? flag.Word.ToUpperInvariant() : flag.Word)}");
            separator = "; ";
        }

        _writer.WriteLine();
    }

    /// <summary>
    /// Writes one entry, without a number where it has none; <paramref name="flagSet"/>: bit n stands for the flag n. A comment takes the line of number and flags for itself.
    /// </summary>
    public void Write(int? number, ulong flagSet, IEnumerable<string> properties, string comment = "")
    {
        _writer.Write((number is int shown ? NumberText.Plain((ulong)shown) : "").PadLeft(_numberWidth));
        _writer.Write(' ');
        WriteFlags(flagSet);
        int margin = _numberWidth + 1 + _flagColumns;
        if (comment.Length > 0)
        {
            _writer.Write(" ;;; ");
            _writer.WriteLine(PrintComment.OneLine(comment));
            _writer.Write(new string(' ', margin));
        }

        int used = margin;
        bool first = true;
        foreach (string property in properties)
        {
            if (!first && used + 1 + property.Length > _width)
            {
                _writer.WriteLine();
                _writer.Write(new string(' ', margin));
                used = margin;
            }

            _writer.Write(' ');
            _writer.Write(property);
            used += 1 + property.Length;
            first = false;
        }

        _writer.WriteLine();
        _writer.WriteLine();
    }

    void WriteFlags(ulong flagSet)
    {
        for (int flag = 0; flag < _flags.Count;)
        {
            char letter = ' ';
            do
            {
                letter = (flagSet >> flag & 1) != 0 ? _flags[flag].Letter : letter;
                flag++;
            }
            while (flag < _flags.Count && _flags[flag].SharesColumn);

            _writer.Write(letter);
        }
    }
}
