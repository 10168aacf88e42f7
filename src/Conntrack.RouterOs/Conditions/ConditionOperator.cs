namespace Conntrack.RouterOs.Conditions;

/// <summary>How a condition compares a field with a value.</summary>
public enum ConditionOperator : byte
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,

    /// <summary><c>~</c>: a regular expression finds something in the text.</summary>
    Matches,

    /// <summary><c>in</c>: an address lies in a prefix or range.</summary>
    In,
}

static class ConditionOperators
{
    /// <summary>Whether <paramref name="relation"/> holds for two values of which the first compares so to the second.</summary>
    public static bool Holds(this ConditionOperator relation, int comparison) => relation switch
    {
        ConditionOperator.Equal => comparison == 0,
        ConditionOperator.NotEqual => comparison != 0,
        ConditionOperator.Less => comparison < 0,
        ConditionOperator.LessOrEqual => comparison <= 0,
        ConditionOperator.Greater => comparison > 0,
        ConditionOperator.GreaterOrEqual => comparison >= 0,
        _ => throw new ArgumentOutOfRangeException(nameof(relation), relation, "Not an order."),
    };

    public static string Spelling(this ConditionOperator relation) => relation switch
    {
        ConditionOperator.Equal => "=",
        ConditionOperator.NotEqual => "!=",
        ConditionOperator.Less => "<",
        ConditionOperator.LessOrEqual => "<=",
        ConditionOperator.Greater => ">",
        ConditionOperator.GreaterOrEqual => ">=",
        ConditionOperator.Matches => "~",
        _ => "in",
    };
}
