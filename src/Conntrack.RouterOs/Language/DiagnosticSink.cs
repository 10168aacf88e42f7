using System.Text;

namespace Conntrack.RouterOs.Language;

/// <summary>
/// Collects the findings about one script, in one pass over all of it. Past <see cref="MaxPerSeverity"/> of one severity findings are only
/// counted, so a megabyte of noise costs neither a gigabyte of messages nor a search for the nearest word at every byte of it.
/// </summary>
public sealed class DiagnosticSink(SourceText source)
{
    public const int MaxPerSeverity = 1000;
    const int MaxShownWord = 64;

    readonly List<(int Offset, Diagnostic Diagnostic)> _found = [];
    readonly int[] _counts = new int[3];

    public SourceText Source { get; } = source;

    public bool HasErrors => _counts[(int)Severity.Error] > 0;

    /// <summary>Whether one more finding would still be kept: worth asking before composing an expensive one.</summary>
    public bool Keeps(Severity severity) => _counts[(int)severity] < MaxPerSeverity;

    /// <summary>Adds one finding. Of <paramref name="candidates"/>, the words valid here, the nearest is suggested.</summary>
    public void Report(Severity severity, SourceSpan span, string message, string? expected = null, IEnumerable<string>? candidates = null)
    {
        bool kept = Keeps(severity);
        _counts[(int)severity]++;
        if (!kept)
        {
            return;
        }

        ReadOnlySpan<char> word = Source.Slice(span);
        string? nearest = candidates is null ? null : NearestWord.Find(word, candidates);
        SourcePosition position = Source.PositionOf(span.Start);
        string shown = word[..Math.Min(word.Length, MaxShownWord)].ToString();
        _found.Add((span.Start, new Diagnostic(
            severity, Source.FileName, position.Line, position.Column, shown, message, expected, nearest)));
    }

    public void Error(SourceSpan span, string message, string? expected = null, IEnumerable<string>? candidates = null) =>
        Report(Severity.Error, span, message, expected, candidates);

    public void Warning(SourceSpan span, string message) => Report(Severity.Warning, span, message);

    public void Note(SourceSpan span, string message) => Report(Severity.Note, span, message);

    /// <summary>Everything found, in the order of the script; findings at one place keep the order in which they were made.</summary>
    public IReadOnlyList<Diagnostic> ToList()
    {
        List<Diagnostic> list = [.. _found.OrderBy(static entry => entry.Offset).Select(static entry => entry.Diagnostic)];
        foreach (Severity severity in Enum.GetValues<Severity>())
        {
            int more = _counts[(int)severity] - MaxPerSeverity;
            if (more > 0)
            {
                SourcePosition end = Source.PositionOf(Source.Text.Length);
                list.Add(new Diagnostic(severity, Source.FileName, end.Line, end.Column, "", $"{more} more of this kind are not shown"));
            }
        }

        return list;
    }

    /// <summary>A word of the script fit for a message: quoted, cut, its control characters harmless to a terminal.</summary>
    public static string Quote(ReadOnlySpan<char> word)
    {
        var text = new StringBuilder("\"");
        foreach (char c in word[..Math.Min(word.Length, MaxShownWord)])
        {
            if (char.IsControl(c))
            {
                text.Append('\\').Append(((int)c).ToString("X2", null));
            }
            else
            {
                text.Append(c);
            }
        }

        return text.Append(word.Length > MaxShownWord ? "…\"" : "\"").ToString();
    }
}
