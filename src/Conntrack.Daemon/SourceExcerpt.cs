using Conntrack.RouterOs.Language;

namespace Conntrack.Daemon;

/// <summary>The line of a script that a finding is about, with carets under its words; of a line wider than the terminal the part around them.</summary>
sealed class SourceExcerpt(string script, int width)
{
    const string Margin = "    ";

    readonly string[] _lines = script.ReplaceLineEndings("\n").Split('\n');

    public void Write(TextWriter writer, Diagnostic finding)
    {
        if (finding.Line < 1 || finding.Line > _lines.Length)
        {
            return;
        }

        string line = string.Concat(_lines[finding.Line - 1].Select(static c => char.IsControl(c) ? ' ' : c));
        int room = Math.Max(20, width - Margin.Length - 1);
        int column = Math.Clamp(finding.Column - 1, 0, line.Length);
        int start = line.Length <= room ? 0 : Math.Clamp(column - (room / 2), 0, line.Length - room);
        string shown = line.Substring(start, Math.Min(room, line.Length - start));
        int caret = column - start;
        int length = Math.Clamp(finding.Word.Length, 1, Math.Max(1, shown.Length - caret));
        writer.WriteLine(Margin + shown);
        writer.WriteLine(Margin + new string(' ', caret) + new string('^', length));
    }
}
