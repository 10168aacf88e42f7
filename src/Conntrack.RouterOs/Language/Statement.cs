namespace Conntrack.RouterOs.Language;

/// <summary>How an argument relates its name to its value. All but <see cref="Assign"/> occur only in conditions (find, where).</summary>
public enum ArgumentOperator
{
    /// <summary>No name: an id, a word of a condition, a flag.</summary>
    None,
    /// <summary><c>name=value</c>; in a condition the same spelling compares.</summary>
    Assign,
    NotEqual,
    Matches,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// <summary><c>!name</c>: unset the property, or in a condition "is not so".</summary>
    Unset,
}

/// <summary>
/// One argument of a command. The name is empty for an unnamed argument, the value null for <see cref="ArgumentOperator.Unset"/>; the span
/// covers name, operator and value.
/// </summary>
public sealed record Argument(string Name, SourceSpan NameSpan, ArgumentOperator Operator, ScriptValue? Value, SourceSpan Span);

/// <summary>One command of a script with the menu it acts on, wherever the path was written.</summary>
public sealed class Statement
{
    internal Statement(
        IMenuNode menu, SourceSpan pathSpan, string command, SourceSpan commandSpan, IReadOnlyList<Argument> arguments, SourceSpan span,
        bool isBroken)
    {
        Menu = menu;
        PathSpan = pathSpan;
        Command = command;
        CommandSpan = commandSpan;
        Arguments = arguments;
        Span = span;
        IsBroken = isBroken;
    }

    public IMenuNode Menu { get; }

    /// <summary><c>/ip firewall filter</c>.</summary>
    public string Path => Menu.Path;

    /// <summary>The path as written in this statement; empty when an earlier line or an enclosing block set the menu.</summary>
    public SourceSpan PathSpan { get; }

    /// <summary><c>add</c>, <c>set</c>, …; with its colon for the language's own commands: <c>:if</c>.</summary>
    public string Command { get; }

    public SourceSpan CommandSpan { get; }

    public IReadOnlyList<Argument> Arguments { get; }

    public SourceSpan Span { get; }

    /// <summary>Whether the parser has reported an error inside it; what it holds may be incomplete.</summary>
    public bool IsBroken { get; }

    /// <summary>Path and command as written here: what a finding about the whole statement points at.</summary>
    public SourceSpan HeadSpan => SourceSpan.Between(PathSpan.Length > 0 ? PathSpan.Start : CommandSpan.Start, CommandSpan.End);

    /// <summary>The argument that sets the property of that name; the head where there is none.</summary>
    public SourceSpan SpanOf(string property) =>
        Arguments.LastOrDefault(argument => argument.Name == property)?.Span ?? HeadSpan;
}

/// <summary>A parsed script: every command it holds, in order. Findings are in the sink given to the parser.</summary>
public sealed record ParsedScript(SourceText Source, IReadOnlyList<Statement> Statements);
