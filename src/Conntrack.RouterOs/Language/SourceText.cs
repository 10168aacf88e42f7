namespace Conntrack.RouterOs.Language;

/// <summary>A stretch of a script, as offsets into its text (UTF-16 units from zero).</summary>
public readonly record struct SourceSpan(int Start, int Length)
{
    public int End => Start + Length;

    public static SourceSpan Between(int start, int end) => new(start, Math.Max(0, end - start));
}

/// <summary>Where a person looks: line and column, both from 1; a tab counts as one column.</summary>
public readonly record struct SourcePosition(int Line, int Column);

/// <summary>A script and the name its diagnostics carry. Lines end in LF, CR LF or CR, as RouterOS accepts all three.</summary>
public sealed class SourceText
{
    readonly int[] _lineStarts;

    public SourceText(string fileName, string text)
    {
        FileName = fileName;
        Text = text;
        List<int> starts = [0];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')))
            {
                starts.Add(i + 1);
            }
        }

        _lineStarts = [.. starts];
    }

    public string FileName { get; }

    public string Text { get; }

    /// <summary>
    /// While a script runs: what the computed value that begins at an offset comes to, which for a bare word has an end too; null when that
    /// is wrong and reported. Menus read the conditions of <c>find</c> from this text and need nothing else for <c>comment=$x</c> in them.
    /// </summary>
    internal Func<int, int, TextValue?>? Compute { get; set; }

    public SourcePosition PositionOf(int offset)
    {
        int line = Array.BinarySearch(_lineStarts, offset);
        if (line < 0)
        {
            line = ~line - 1;
        }

        return new SourcePosition(line + 1, offset - _lineStarts[line] + 1);
    }

    public ReadOnlySpan<char> Slice(SourceSpan span) => Text.AsSpan(span.Start, span.Length);
}
