using System.Text.RegularExpressions;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>
/// Comparisons. Values of one type compare as such; text compares with any other value as the text of that, so that <c>"1" = 1</c> and
/// <c>[get 0 disabled] = yes</c> hold. Nothing equals only nothing, and is neither less nor greater than anything.
/// </summary>
static class ScriptComparison
{
    const int MostPatternLength = 256;

    public static bool AreEqual(ScriptData left, ScriptData right)
    {
        if (left.IsNothing || right.IsNothing)
        {
            return left.IsNothing && right.IsNothing;
        }

        if (ScriptLiteral.Truth(left) is bool truth && ScriptLiteral.Truth(right) is bool other)
        {
            return truth == other;
        }

        return left.GetType() == right.GetType() ? left.Equals(right)
            : (left is TextData || right is TextData) && (left.Text == right.Text || ScriptLiteral.Loose(left).Equals(ScriptLiteral.Loose(right)));
    }

    public static bool Holds(ScriptOperator relation, ScriptData left, ScriptData right, SourceSpan span)
    {
        if (relation is ScriptOperator.Equal or ScriptOperator.NotEqual)
        {
            return AreEqual(left, right) == (relation == ScriptOperator.Equal);
        }

        if (left.IsNothing || right.IsNothing)
        {
            return false;
        }

        int order = Order(left, right, span);
        return relation switch
        {
            ScriptOperator.Less => order < 0,
            ScriptOperator.LessOrEqual => order <= 0,
            ScriptOperator.Greater => order > 0,
            _ => order >= 0,
        };
    }

    /// <summary>An address or prefix in a prefix, a value among the elements of an array.</summary>
    public static bool IsIn(ScriptData left, ScriptData right, SourceSpan span) => (ScriptLiteral.Loose(left), ScriptLiteral.Loose(right)) switch
    {
        (AddressData address, PrefixData prefix) => prefix.Contains(address, address.IsIPv6 ? 128 : 32),
        (PrefixData inner, PrefixData prefix) => prefix.Contains(inner.Address, inner.Bits),
        (AddressData address, AddressData other) => address == other,
        (var element, ArrayData array) => array.Entries.Any(entry => AreEqual(element, entry.Value)),
        _ => throw new ScriptError(
            span, $"{ScriptArithmetic.Describe(left)} cannot be in {ScriptArithmetic.Describe(right)}",
            "an address and a prefix, or a value and an array"),
    };

    /// <summary>Compiles the right side of <c>~</c>; searching takes time in proportion to the text, whatever the expression.</summary>
    public static Regex Pattern(ScriptData data, SourceSpan span)
    {
        string pattern = data.Text;
        if (pattern.Length > MostPatternLength)
        {
            throw new ScriptError(span, "the expression is too long", $"at most {MostPatternLength} characters");
        }

        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ScriptError(span, $"{DiagnosticSink.Quote(pattern)} is no regular expression", "such as \"^10\\\\.\"");
        }
    }

    static int Order(ScriptData left, ScriptData right, SourceSpan span)
    {
        if (left is TextData && right is TextData)
        {
            return string.CompareOrdinal(left.Text, right.Text);
        }

        return (ScriptLiteral.Loose(left), ScriptLiteral.Loose(right)) switch
        {
            (NumberData a, NumberData b) => a.Value.CompareTo(b.Value),
            (TimeData a, TimeData b) => a.Value.CompareTo(b.Value),
            (NumberData a, TimeData b) => ((Int128)a.Value * TimeSpan.TicksPerSecond).CompareTo(b.Value.Ticks),
            (TimeData a, NumberData b) => ((Int128)a.Value.Ticks).CompareTo((Int128)b.Value * TimeSpan.TicksPerSecond),
            (AddressData a, AddressData b) when a.IsIPv6 == b.IsIPv6 => a.Number.CompareTo(b.Number),
            (TruthData a, TruthData b) => a.Value.CompareTo(b.Value),
            (TextData a, TextData b) => string.CompareOrdinal(a.Value, b.Value),
            _ => throw new ScriptError(
                span, $"{ScriptArithmetic.Describe(left)} has no order against {ScriptArithmetic.Describe(right)}",
                "two numbers, times, addresses or texts"),
        };
    }
}
