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

    readonly List<(SourceSpan Span, bool IsFailure, Diagnostic Diagnostic)> _found = [];
    readonly int[] _counts = new int[3];

    public SourceText Source { get; } = source;

    public bool HasErrors => ErrorCount > 0;

    public int ErrorCount => _counts[(int)Severity.Error];

    /// <summary>Whether one more finding would still be kept: worth asking before composing an expensive one.</summary>
    public bool Keeps(Severity severity) => _counts[(int)severity] < MaxPerSeverity;

    /// <summary>Adds one finding. Of <paramref name="candidates"/>, the words valid here, the nearest is suggested.</summary>
    public void Report(
        Severity severity, SourceSpan span, string message, string? expected = null, IEnumerable<string>? candidates = null) =>
        Add(severity, span, message, expected, candidates, isFailure: false);

    void Add(
        Severity severity, SourceSpan span, string message, string? expected, IEnumerable<string>? candidates, bool isFailure)
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
        _found.Add((span, isFailure, new Diagnostic(
            severity, Source.FileName, position.Line, position.Column, shown, message, expected, nearest)));
    }

    public void Error(SourceSpan span, string message, string? expected = null, IEnumerable<string>? candidates = null) =>
        Report(Severity.Error, span, message, expected, candidates);

    /// <summary>
    /// An error that depends on what is there when the command is carried out: no such entry, already such an entry. A script's
    /// <c>on-error</c> catches it; what is wrong whatever is there, it does not.
    /// </summary>
    public void Failure(SourceSpan span, string message, string? expected = null, IEnumerable<string>? candidates = null) =>
        Add(Severity.Error, span, message, expected, candidates, isFailure: true);

    public void Warning(SourceSpan span, string message) => Report(Severity.Warning, span, message);

    public void Note(SourceSpan span, string message) => Report(Severity.Note, span, message);

    /// <summary>Everything found, in the order of the script; findings at one place keep the order in which they were made.</summary>
    public IReadOnlyList<Diagnostic> ToList()
    {
        List<Diagnostic> list = [.. _found.OrderBy(static entry => entry.Span.Start).Select(static entry => entry.Diagnostic)];
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

    /// <summary>Everything found up to now, to come back to with <see cref="TryTakeBack"/>.</summary>
    internal SinkMark Mark() => new(_found.Count, _counts[0], _counts[1], _counts[2]);

    /// <summary>
    /// Forgets what was found since <paramref name="mark"/> when each error of it is a failure, or lies in what
    /// <paramref name="isFailure"/> says depends on what is there. The first one is what failed.
    /// </summary>
    internal bool TryTakeBack(SinkMark mark, Func<SourceSpan, bool> isFailure, out SourceSpan span, out Diagnostic first)
    {
        List<(SourceSpan Span, bool IsFailure, Diagnostic Diagnostic)> errors =
            [.. _found.Skip(mark.Found).Where(static entry => entry.Diagnostic.Severity == Severity.Error)];
        (span, first) = errors.Count > 0 ? (errors[0].Span, errors[0].Diagnostic) : (default, null!);
        bool all = errors.Count > 0 && errors.Count == ErrorCount - mark.Errors
            && errors.TrueForAll(entry => entry.IsFailure || isFailure(entry.Span));
        if (all)
        {
            _found.RemoveRange(mark.Found, _found.Count - mark.Found);
            (_counts[0], _counts[1], _counts[2]) = (mark.Errors, mark.Warnings, mark.Notes);
        }

        return all;
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

/// <summary>How much a <see cref="DiagnosticSink"/> had found at some time.</summary>
readonly record struct SinkMark(int Found, int Errors, int Warnings, int Notes);
