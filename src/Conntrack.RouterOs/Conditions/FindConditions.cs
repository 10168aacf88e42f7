using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Conditions;

/// <summary>Where the condition stands in the arguments of <c>find</c>: all of them, with or without <c>where</c> in front.</summary>
static class FindConditions
{
    /// <summary>Null when nothing is asked for, which every entry meets.</summary>
    public static SourceSpan? SpanOf(IReadOnlyList<Argument> arguments)
    {
        int first = arguments.Count > 0 && IsWhere(arguments[0]) ? 1 : 0;
        return first == arguments.Count ? null : SourceSpan.Between(arguments[first].Span.Start, arguments[^1].Span.End);
    }

    public static bool IsWhere(Argument argument) =>
        argument is { Operator: ArgumentOperator.None, Value: TextValue { Text: "where", IsQuoted: false } };
}
