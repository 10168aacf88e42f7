using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Tests.Language;

/// <summary>A parsed script in one line a statement, for tables: <c>/ip address|add|address=1.1.1.1/24</c>.</summary>
static class Parsed
{
    public static (ParsedScript Script, IReadOnlyList<Diagnostic> Diagnostics) Parse(string text)
    {
        var source = new SourceText("t.rsc", text);
        var diagnostics = new DiagnosticSink(source);
        return (ScriptParser.Parse(source, MenuTree.Root, diagnostics), diagnostics.ToList());
    }

    /// <summary>The statements of a script that has to parse without any finding.</summary>
    public static string[] Clean(string text)
    {
        (ParsedScript script, IReadOnlyList<Diagnostic> diagnostics) = Parse(text);
        Assert.Empty(diagnostics);
        return [.. script.Statements.Select(statement => Show(statement, script.Source))];
    }

    public static string Show(Statement statement, SourceText source) =>
        string.Join('|', [statement.Path, statement.Command, .. statement.Arguments.Select(argument => Show(argument, source))]);

    static string Show(Argument argument, SourceText source) => argument.Operator switch
    {
        ArgumentOperator.Unset => "!" + argument.Name,
        ArgumentOperator.None => Show(argument.Value!, source),
        _ => argument.Name + argument.Operator switch
        {
            ArgumentOperator.Assign => "=",
            ArgumentOperator.NotEqual => "!=",
            ArgumentOperator.Matches => "~",
            ArgumentOperator.Less => "<",
            ArgumentOperator.LessOrEqual => "<=",
            ArgumentOperator.Greater => ">",
            _ => ">=",
        } + Show(argument.Value!, source),
    };

    static string Show(ScriptValue value, SourceText source) => value switch
    {
        TextValue text => text.IsQuoted ? $"'{text.Text}'" : text.Text,
        CommandValue command => $"[{Show(command.Command, source)}]",
        _ => source.Slice(value.Span).ToString(),
    };
}
