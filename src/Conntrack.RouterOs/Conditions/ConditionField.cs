using System.Text.RegularExpressions;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Conditions;

/// <summary>
/// What conditions and <c>order-by</c> may name of an entry of a list. Its type decides what values it compares with; each kind of field
/// is a class.
/// </summary>
public abstract class ConditionField<T>(string name)
{
    /// <summary>Longer expressions are refused: what they cost to prepare grows with them.</summary>
    const int MostPatternLength = 256;

    public string Name { get; } = name;

    /// <summary>Whether the name alone is a condition.</summary>
    public virtual bool IsFlag => false;

    /// <summary>Completes "expected …" for values it compares with.</summary>
    public abstract string Expected { get; }

    /// <summary>Words worth suggesting, where values are a closed list.</summary>
    public virtual IReadOnlyList<string>? Words => null;

    /// <summary>The value as printed, numbers ungrouped; empty when the entry has none.</summary>
    public abstract string Text(T entry);

    /// <summary>The order of two entries by this field; an entry without a value comes first.</summary>
    public abstract int Compare(T left, T right);

    /// <summary>The condition this field, operator and value make; null when that is wrong and reported.</summary>
    internal Func<T, bool>? Compile(ConditionOperator relation, TextValue value, DiagnosticSink diagnostics)
    {
        if (relation == ConditionOperator.Matches)
        {
            return CompilePattern(value, diagnostics);
        }

        if (value.Text.Length == 0 && relation is (ConditionOperator.Equal or ConditionOperator.NotEqual))
        {
            bool empty = relation == ConditionOperator.Equal;
            return entry => Text(entry).Length == 0 == empty;
        }

        return CompileComparison(relation, value, diagnostics);
    }

    internal abstract Func<T, bool>? CompileComparison(ConditionOperator relation, TextValue value, DiagnosticSink diagnostics);

    private protected Func<T, bool>? Refuse(TextValue value, string message, DiagnosticSink diagnostics)
    {
        diagnostics.Error(value.Span, $"{Name}: {DiagnosticSink.Quote(value.Text)} {message}", Expected, Words);
        return null;
    }

    private protected Func<T, bool>? RefuseOperator(ConditionOperator relation, TextValue value, DiagnosticSink diagnostics)
    {
        diagnostics.Error(value.Span, $"{Name} cannot be compared by {DiagnosticSink.Quote(relation.Spelling())}", Expected);
        return null;
    }

    Func<T, bool>? CompilePattern(TextValue value, DiagnosticSink diagnostics)
    {
        if (value.Text.Length > MostPatternLength)
        {
            diagnostics.Error(value.Span, $"{Name}: the expression is too long", $"at most {MostPatternLength} characters");
            return null;
        }

        try
        {
            // Time in proportion to the text, whatever the expression: it comes from whoever may ask.
            var pattern = new Regex(value.Text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return entry => pattern.IsMatch(Text(entry));
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            diagnostics.Error(value.Span, $"{Name}: {DiagnosticSink.Quote(value.Text)} is no regular expression", "such as \"^10\\\\.\"");
            return null;
        }
    }
}
