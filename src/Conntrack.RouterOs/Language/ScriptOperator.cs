namespace Conntrack.RouterOs.Language;

/// <summary>The operators of expressions.</summary>
public enum ScriptOperator
{
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// <summary><c>~</c> between two values: a regular expression finds something.</summary>
    Matches,
    In,
    /// <summary><c>,</c>: the elements of both.</summary>
    List,
    /// <summary><c>.</c>: one text behind the other.</summary>
    Concatenate,
    BitOr,
    BitXor,
    BitAnd,
    ShiftLeft,
    ShiftRight,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    /// <summary><c>-&gt;</c>: the element of that key or position.</summary>
    Element,
    Not,
    Negate,
    /// <summary><c>~</c> before a value: every bit the other way.</summary>
    Invert,
}

/// <summary>
/// Spelling and precedence. RouterOS publishes no table of precedences; this one is that of its manual's examples, from what binds least:
/// or, and, comparisons, lists, joined text, bits, shifts, sums, products, elements.
/// </summary>
static class ScriptOperators
{
    public const int LeastPrecedence = 0;
    public const int MostPrecedence = 9;

    public static int Precedence(this ScriptOperator relation) => relation switch
    {
        ScriptOperator.Or => 0,
        ScriptOperator.And => 1,
        <= ScriptOperator.In => 2,
        ScriptOperator.List => 3,
        ScriptOperator.Concatenate => 4,
        <= ScriptOperator.BitAnd => 5,
        <= ScriptOperator.ShiftRight => 6,
        <= ScriptOperator.Subtract => 7,
        <= ScriptOperator.Modulo => 8,
        _ => MostPrecedence,
    };

    /// <summary>The operator between two values that stands at the cursor, and how many characters it has; null when there is none.</summary>
    public static (ScriptOperator Operator, int Length)? At(ScriptCursor cursor)
    {
        char next = cursor.CharAt(cursor.Offset + 1);
        return cursor.Current switch
        {
            '|' => next == '|' ? (ScriptOperator.Or, 2) : (ScriptOperator.BitOr, 1),
            '&' => next == '&' ? (ScriptOperator.And, 2) : (ScriptOperator.BitAnd, 1),
            '=' => (ScriptOperator.Equal, 1),
            '!' when next == '=' => (ScriptOperator.NotEqual, 2),
            '<' => next == '=' ? (ScriptOperator.LessOrEqual, 2) : next == '<' ? (ScriptOperator.ShiftLeft, 2) : (ScriptOperator.Less, 1),
            '>' => next == '=' ? (ScriptOperator.GreaterOrEqual, 2)
                : next == '>' ? (ScriptOperator.ShiftRight, 2) : (ScriptOperator.Greater, 1),
            '~' => (ScriptOperator.Matches, 1),
            ',' => (ScriptOperator.List, 1),
            '.' => (ScriptOperator.Concatenate, 1),
            '^' => (ScriptOperator.BitXor, 1),
            '+' => (ScriptOperator.Add, 1),
            '-' => next == '>' ? (ScriptOperator.Element, 2) : (ScriptOperator.Subtract, 1),
            '*' => (ScriptOperator.Multiply, 1),
            '/' => (ScriptOperator.Divide, 1),
            '%' => (ScriptOperator.Modulo, 1),
            'a' when IsWord(cursor, "and") => (ScriptOperator.And, 3),
            'o' when IsWord(cursor, "or") => (ScriptOperator.Or, 2),
            'i' when IsWord(cursor, "in") => (ScriptOperator.In, 2),
            _ => null,
        };
    }

    static bool IsWord(ScriptCursor cursor, string word) =>
        string.CompareOrdinal(cursor.Text, cursor.Offset, word, 0, word.Length) == 0
        && cursor.NameEnd(cursor.Offset) == cursor.Offset + word.Length;
}
