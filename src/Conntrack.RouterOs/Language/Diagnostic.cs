using System.Text;

namespace Conntrack.RouterOs.Language;

/// <summary>An error keeps a script from being applied; a warning says what was assumed; a note says what has no effect here.</summary>
public enum Severity
{
    Error,
    Warning,
    Note,
}

/// <summary>One finding about a script.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="File">The script's name as its reader gave it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in characters.</param>
/// <param name="Word">The words of the script it is about, cut to 64 characters; empty where something is missing.</param>
/// <param name="Message">What is the matter, in words, without an end mark.</param>
/// <param name="Expected">What would have been right, null when the message says it all.</param>
/// <param name="Nearest">The valid word most like <paramref name="Word"/>, null when none is near.</param>
public sealed record Diagnostic(
    Severity Severity, string File, int Line, int Column, string Word, string Message, string? Expected = null, string? Nearest = null)
{
    /// <summary><c>FILE:LINE:COLUMN: error: message (expected …; did you mean "…"?)</c>, a form that editors jump to.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(File).Append(':').Append(Line).Append(':').Append(Column).Append(": ").Append(Severity switch
        {
            Severity.Error => "error",
            Severity.Warning => "warning",
            _ => "note",
        }).Append(": ").Append(Message);
        if (Expected is not null)
        {
            text.Append(" (expected ").Append(Expected);
        }

        if (Nearest is not null)
        {
            text.Append(Expected is null ? " (" : "; ").Append("did you mean \"").Append(Nearest).Append("\"?");
        }

        return text.Append(Expected is null && Nearest is null ? "" : ")").ToString();
    }
}
