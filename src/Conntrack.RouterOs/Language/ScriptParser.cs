namespace Conntrack.RouterOs.Language;

/// <summary>
/// Turns a RouterOS script into statements, each with the menu it acts on. Grammar of a line:
/// <code>
///   [/]path command [argument …]        one command; the menu of other lines stays as it is
///   [/]path                             the menu of the lines that follow, up to the end of the enclosing block
///   [/]path { line … }                  that menu inside the braces
///   { line … }                          a scope of its own
///   [:]construct argument …             the language's own commands; do={ line … } holds commands of its own
///   $function argument …                a call
///   # …                                 a comment
/// </code>
/// Lines end at a line break or <c>;</c>. One pass, time proportional to the script's size; blocks nest on a heap stack, brackets and code
/// in arguments at most 32 deep. After an error the parser goes on behind the end of the command, so that every finding comes out at once.
/// </summary>
public static class ScriptParser
{
    /// <summary>
    /// The commands of a script that starts at the menu <paramref name="root"/>, each read when it is asked for and none kept: what
    /// is in memory at a time is one command, however long the script is.
    /// </summary>
    public static IEnumerable<Statement> Read(IMenuNode root, DiagnosticSink diagnostics) => Read(root, root, diagnostics, null);

    /// <summary>
    /// As <see cref="Read(IMenuNode, DiagnosticSink)"/>, from the menu <paramref name="menu"/>; <paramref name="ended"/> is told which one
    /// would be that of the next line, null when that could not be found out.
    /// </summary>
    internal static IEnumerable<Statement> Read(IMenuNode root, IMenuNode menu, DiagnosticSink diagnostics, Action<IMenuNode?>? ended)
    {
        var cursor = new ScriptCursor(diagnostics);
        var lines = new LineReader(cursor, new CommandReader(cursor, root), menu, null, isWhole: true);
        while (lines.Next() is Statement statement)
        {
            yield return statement;
        }

        ended?.Invoke(lines.Menu);
    }

    /// <summary>Parses a whole script that starts at the menu <paramref name="root"/>.</summary>
    public static ParsedScript Parse(SourceText source, IMenuNode root, DiagnosticSink diagnostics) =>
        new(source, [.. Read(root, diagnostics)]);

    /// <summary>
    /// One computed value of a condition, which begins at <paramref name="start"/>; null when it is wrong and reported. A bare word ends
    /// at <paramref name="end"/>. <paramref name="menu"/> is the menu of the command around it.
    /// </summary>
    internal static ScriptValue? ReadValue(IMenuNode root, IMenuNode menu, DiagnosticSink diagnostics, int start, int end)
    {
        var cursor = new ScriptCursor(diagnostics) { Offset = start };
        return new CommandReader(cursor, root).ReadValue(menu, end);
    }
}
