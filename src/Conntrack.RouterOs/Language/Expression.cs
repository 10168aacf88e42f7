namespace Conntrack.RouterOs.Language;

/// <summary>What is computed when a script runs; <see cref="Span"/> covers it as it is written.</summary>
public abstract class Expression(SourceSpan span)
{
    public SourceSpan Span { get; } = span;
}

/// <summary>A bare word or a quoted string that says what it is. A bare word may mean a number, an address, a time; quoted it is text.</summary>
public sealed class WordExpression(SourceSpan span, string text, bool isQuoted) : Expression(span)
{
    public string Text { get; } = text;

    public bool IsQuoted { get; } = isQuoted;
}

/// <summary><c>"a $b $[c]"</c>, <c>ether$i</c>: parts whose texts follow each other.</summary>
public sealed class JoinedExpression(SourceSpan span, IReadOnlyList<Expression> parts) : Expression(span)
{
    public IReadOnlyList<Expression> Parts { get; } = parts;
}

/// <summary><c>$name</c> or <c>$"any name"</c>.</summary>
public sealed class VariableExpression(SourceSpan span, string name) : Expression(span)
{
    public string Name { get; } = name;
}

/// <summary><c>[ command ]</c>: what the command answers.</summary>
public sealed class CommandExpression(SourceSpan span, Statement command) : Expression(span)
{
    public Statement Command { get; } = command;
}

/// <summary>One element of an array; a key where one is written.</summary>
public readonly record struct ArrayItem(string? Key, Expression Value);

/// <summary><c>{ 1; "b"; key=3 }</c>.</summary>
public sealed class ArrayExpression(SourceSpan span, IReadOnlyList<ArrayItem> items) : Expression(span)
{
    public IReadOnlyList<ArrayItem> Items { get; } = items;
}

/// <summary><c>!a</c>, <c>-a</c>, <c>~a</c>.</summary>
public sealed class UnaryExpression(SourceSpan span, ScriptOperator relation, Expression operand) : Expression(span)
{
    public ScriptOperator Operator { get; } = relation;

    public Expression Operand { get; } = operand;
}

/// <summary>One operator of a chain with what stands behind it.</summary>
public readonly record struct ChainLink(ScriptOperator Operator, SourceSpan OperatorSpan, Expression Operand);

/// <summary>
/// Operators of one precedence, worked off from left to right: <c>a + b - c</c>. A list and not a tree, for a script may chain a hundred
/// thousand of them.
/// </summary>
public sealed class ChainExpression(SourceSpan span, Expression first, IReadOnlyList<ChainLink> links) : Expression(span)
{
    public Expression First { get; } = first;

    public IReadOnlyList<ChainLink> Links { get; } = links;
}
