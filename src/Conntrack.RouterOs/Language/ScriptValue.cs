namespace Conntrack.RouterOs.Language;

/// <summary>What stands after <c>=</c> or alone as an argument; <see cref="Span"/> covers it with its quotes and brackets.</summary>
public abstract class ScriptValue(SourceSpan span)
{
    public SourceSpan Span { get; } = span;
}

/// <summary>
/// A bare word or a quoted string, escapes resolved and continuation lines joined. A leading <c>!</c> is kept: whether it negates the value
/// or the first member of a set is the property's own grammar.
/// </summary>
public sealed class TextValue : ScriptValue
{
    readonly IReadOnlyList<(int Index, int Offset)>? _runs;
    readonly int _start;

    /// <summary>
    /// <paramref name="runs"/>: where runs of unchanged characters begin, as index in the text and offset in the script, ascending. An
    /// escape or a joined line begins a new run.
    /// </summary>
    internal TextValue(
        SourceSpan span, string text, bool isQuoted, bool hasVariables, IReadOnlyList<(int Index, int Offset)> runs)
        : this(span, text, isQuoted)
    {
        HasVariables = hasVariables;
        _runs = runs;
    }

    /// <summary>Text that stands in the script as it is, from <paramref name="start"/> on: what nearly every value is.</summary>
    internal TextValue(SourceSpan span, string text, bool isQuoted, int start)
        : this(span, text, isQuoted) => _start = start;

    /// <summary>Text that an expression of the script has come to; each part of it stands where the expression does.</summary>
    internal TextValue(SourceSpan span, string text)
        : this(span, text, isQuoted: true) => _start = -1;

    TextValue(SourceSpan span, string text, bool isQuoted)
        : base(span)
    {
        Text = text;
        IsQuoted = isQuoted;
    }

    public string Text { get; }

    public bool IsQuoted { get; }

    /// <summary>Whether an unescaped <c>$name</c>, <c>$(…)</c> or <c>$[…]</c> stands in it, so that the text is not final.</summary>
    public bool HasVariables { get; }

    /// <summary>With variables, what the text is computed from.</summary>
    internal Expression? Computed { get; init; }

    /// <summary>Where a part of <see cref="Text"/> stands in the script, for pointing at one member of a list.</summary>
    public SourceSpan SpanOf(int index, int length)
    {
        if (_start < 0)
        {
            return Span;
        }

        int start = OffsetOf(index);
        return SourceSpan.Between(start, length == 0 ? start : OffsetOf(index + length - 1) + 1);
    }

    int OffsetOf(int index)
    {
        if (_runs is null)
        {
            return Math.Min(Span.End, _start + index);
        }

        int low = 0;
        int high = _runs.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_runs[middle].Index <= index)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return Math.Min(Span.End, _runs[low].Offset + (index - _runs[low].Index));
    }
}

/// <summary><c>[ find default-name=ether1 ]</c>: one command whose result is the value.</summary>
public sealed class CommandValue(SourceSpan span, Statement command) : ScriptValue(span)
{
    public Statement Command { get; } = command;
}

/// <summary>
/// <c>( … )</c>, computed where the script is run. In conditions it is kept as source, for there it may name what the entries of a menu have.
/// </summary>
public sealed class ExpressionValue(SourceSpan span, Expression? expression = null) : ScriptValue(span)
{
    public Expression? Expression { get; } = expression;
}

/// <summary>
/// <c>{ … }</c> as an argument. Behind words such as <c>do=</c> it holds commands; elsewhere it is kept as source, for it may be code for a
/// menu that runs scripts.
/// </summary>
public sealed class BlockValue(SourceSpan span, IReadOnlyList<Statement>? commands = null) : ScriptValue(span)
{
    public IReadOnlyList<Statement>? Commands { get; } = commands;
}
