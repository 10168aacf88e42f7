using System.Globalization;

namespace Conntrack.Live;

/// <summary>A row as it ends, and the table at the end.</summary>
sealed class Report(TextWriter output)
{
    readonly List<(string Arrangement, string Scene, string Check, Outcome Outcome)> _rows = [];

    public bool HasFailed => _rows.Exists(row => row.Outcome.Verdict == Verdict.Failed);

    public void Add(Arrangement arrangement, string scene, string check, Outcome outcome)
    {
        _rows.Add((arrangement.ToString(), scene, check, outcome));
        output.WriteLine(Line(_rows[^1]));
    }

    public void Write()
    {
        output.WriteLine($"\n{"through",-24}{"check",-60}{"",-8}measured");
        foreach (var row in _rows)
        {
            output.WriteLine(Line(row));
        }

        int Count(Verdict verdict) => _rows.Count(row => row.Outcome.Verdict == verdict);
        output.WriteLine($"\n{Count(Verdict.Passed)} passed, {Count(Verdict.Failed)} failed, {Count(Verdict.Known)} known, {Count(Verdict.Skipped)} skipped");
    }

    static string Line((string Arrangement, string Scene, string Check, Outcome Outcome) row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Arrangement,-24}{$"{row.Scene}: {row.Check}",-60}{Word(row.Outcome.Verdict),-8}{row.Outcome.Figure.ReplaceLineEndings(" ")} ({row.Outcome.Elapsed.TotalSeconds:0.0} s)");

    static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Passed => "pass",
        Verdict.Failed => "FAIL",
        Verdict.Known => "known",
        _ => "skip",
    };
}
