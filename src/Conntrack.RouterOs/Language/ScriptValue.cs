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
    readonly IReadOnlyList<(int Index, int Offset)> _runs;

    /// <summary>
    /// <paramref name="runs"/>: where runs of unchanged characters begin, as index in the text and offset in the script, ascending. An
    /// escape or a joined line begins a new run.
    /// </summary>
    internal TextValue(
        SourceSpan span, string text, bool isQuoted, bool hasVariables, IReadOnlyList<(int Index, int Offset)> runs)
        : base(span)
    {
        Text = text;
        IsQuoted = isQuoted;
        HasVariables = hasVariables;
        _runs = runs;
    }

    public string Text { get; }

    public bool IsQuoted { get; }

    /// <summary>Whether an unescaped <c>$name</c>, <c>$(…)</c> or <c>$[…]</c> stands in it, so that the text is not final.</summary>
    public bool HasVariables { get; }

    /// <summary>Where a part of <see cref="Text"/> stands in the script, for pointing at one member of a list.</summary>
    public SourceSpan SpanOf(int index, int length)
    {
        int start = OffsetOf(index);
        return SourceSpan.Between(start, length == 0 ? start : OffsetOf(index + length - 1) + 1);
    }

    int OffsetOf(int index)
    {
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

/// <summary><c>( … )</c>, kept as source: it is evaluated where scripts are run, not where settings are read.</summary>
public sealed class ExpressionValue(SourceSpan span) : ScriptValue(span);

/// <summary><c>{ … }</c> as an argument (<c>do={ … }</c>, arrays), kept as source like an expression.</summary>
public sealed class BlockValue(SourceSpan span) : ScriptValue(span);
