using System.Text;
using System.Text.RegularExpressions;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>What expressions come to.</summary>
sealed partial class ScriptRun
{
    const int MostPatterns = 64;

    readonly Dictionary<string, Regex> _patterns = [];
    readonly HashSet<string> _undefined = [];

    internal ScriptData Evaluate(ScriptValue value) => value switch
    {
        TextValue { HasVariables: true, Computed: Expression computed } => Evaluate(computed),
        TextValue text => text.IsQuoted ? new TextData(text.Text) : ScriptLiteral.Of(text.Text),
        CommandValue command => Ask(command.Command, command.Span),
        ExpressionValue { Expression: Expression expression } => Evaluate(expression),
        BlockValue { Commands: IReadOnlyList<Statement> commands } => new CodeData(commands),
        BlockValue => throw new ScriptError(value.Span, "braces are no value here", "a word, a text or a variable"),
        _ => throw new ScriptError(value.Span, "this is no value here", "a word, a text or a variable"),
    };

    ScriptData Evaluate(Expression expression)
    {
        _budget.Pay(expression.Span);
        switch (expression)
        {
            case WordExpression word:
                return word.IsQuoted ? new TextData(word.Text) : ScriptLiteral.Of(word.Text);
            case VariableExpression variable:
                return Read(variable);
            case CommandExpression command:
                return Ask(command.Command, command.Span);
        }

        _budget.Enter(expression.Span);
        ScriptData data = expression switch
        {
            JoinedExpression joined => Join(joined),
            ArrayExpression array => MakeArray(array),
            UnaryExpression unary => Unary(unary),
            _ => Chain((ChainExpression)expression),
        };
        _budget.Leave();
        return data;
    }

    ScriptData Read(VariableExpression variable)
    {
        Variable? found = Find(variable.Name, variable.Span);
        if (found is null)
        {
            if (_function is null && _undefined.Add(variable.Name))
            {
                Diagnostics.Warning(variable.Span, $"${variable.Name} is not defined here and is taken as nothing");
            }

            return NothingData.Nothing;
        }

        return found.Value is FailedData ? throw AlreadyReported(variable.Span) : found.Value;
    }

    static ScriptError AlreadyReported(SourceSpan span) => new(span, "failed") { IsReported = true };

    TextData Join(JoinedExpression joined)
    {
        var text = new StringBuilder();
        foreach (Expression part in joined.Parts)
        {
            text.Append(TextOf(Evaluate(part), part.Span));
            _budget.PayText(joined.Span, text.Length);
        }

        return new TextData(text.ToString());
    }

    ArrayData MakeArray(ArrayExpression expression)
    {
        _budget.PayElements(expression.Span, expression.Items.Count);
        ArrayData array = ArrayData.Of(expression.Items.Where(static item => item.Key is null).Select(item => Evaluate(item.Value)));
        foreach (ArrayItem item in expression.Items.Where(static item => item.Key is not null))
        {
            array = array.With(new TextData(item.Key!), Evaluate(item.Value))!;
        }

        return Checked(array, expression.Span);
    }

    static ArrayData Checked(ArrayData array, SourceSpan span)
    {
        return array.Length <= ScriptBudget.MostElements && array.Depth <= ArrayData.MostDepth ? array
            : throw new ScriptError(
                span, "the array is too large",
                $"at most {ScriptBudget.MostElements} elements, and arrays at most {ArrayData.MostDepth} deep in each other");
    }

    ScriptData Unary(UnaryExpression unary)
    {
        ScriptData operand = Evaluate(unary.Operand);
        return unary.Operator switch
        {
            ScriptOperator.Not => TruthData.Of(operand.IsNothing || !Truth(operand, unary.Operand.Span)),
            ScriptOperator.Negate => ScriptArithmetic.Negate(operand, unary.Span),
            _ => ScriptArithmetic.Invert(operand, unary.Span),
        };
    }

    ScriptData Chain(ChainExpression chain)
    {
        ScriptData left = Evaluate(chain.First);
        foreach (ChainLink link in chain.Links)
        {
            if (link.Operator is ScriptOperator.And or ScriptOperator.Or)
            {
                bool ends = link.Operator == ScriptOperator.Or;
                bool truth = !left.IsNothing && Truth(left, chain.First.Span);
                if (truth == ends)
                {
                    return TruthData.Of(truth);
                }

                ScriptData last = Evaluate(link.Operand);
                left = TruthData.Of(!last.IsNothing && Truth(last, link.Operand.Span));
                continue;
            }

            ScriptData right = Evaluate(link.Operand);
            _budget.Pay(link.OperatorSpan);
            left = Apply(link.Operator, left, right, SourceSpan.Between(chain.Span.Start, link.Operand.Span.End));
        }

        return left;
    }

    ScriptData Apply(ScriptOperator relation, ScriptData left, ScriptData right, SourceSpan span)
    {
        switch (relation)
        {
            case ScriptOperator.Matches:
                return TruthData.Of(Pattern(right, span).IsMatch(TextOf(left, span)));
            case ScriptOperator.In:
                _budget.Pay(span, right is ArrayData ? right.Length : 0);
                return TruthData.Of(ScriptComparison.IsIn(left, right, span));
            case ScriptOperator.Element:
                return left is ArrayData array
                    ? array.Find(right is TextData ? right : ScriptLiteral.Loose(right)) ?? NothingData.Nothing
                    : NothingData.Nothing;
            case ScriptOperator.Concatenate:
                string text = TextOf(left, span) + TextOf(right, span);
                _budget.PayText(span, text.Length);
                return new TextData(text);
            case ScriptOperator.List:
                ArrayData added = Elements(right);
                _budget.PayElements(span, added.Length + 1);
                return Checked(Elements(left).Append(added), span);
            case <= ScriptOperator.GreaterOrEqual:
                if (left is ArrayData || right is ArrayData)
                {
                    // "[find …] = \"\"" asks whether nothing was found.
                    (left, right) = (AsText(left, span), AsText(right, span));
                }

                return TruthData.Of(ScriptComparison.Holds(relation, left, right, span));
            default:
                return ScriptArithmetic.Apply(relation, left, right, span);
        }
    }

    ScriptData AsText(ScriptData data, SourceSpan span) => data is ArrayData ? new TextData(TextOf(data, span)) : data;

    static ArrayData Elements(ScriptData data) =>
        data as ArrayData ?? (data.IsNothing ? ArrayData.Empty : ArrayData.Of([data]));

    Regex Pattern(ScriptData data, SourceSpan span)
    {
        string key = data.Text;
        if (!_patterns.TryGetValue(key, out Regex? pattern))
        {
            _budget.Pay(span, ScriptBudget.PatternSteps);
            pattern = ScriptComparison.Pattern(data, span);
            if (_patterns.Count == MostPatterns)
            {
                _patterns.Clear();
            }

            _patterns.Add(key, pattern);
        }

        return pattern;
    }

    bool Truth(ScriptValue value) => Truth(Evaluate(value), value.Span);

    static bool Truth(ScriptData data, SourceSpan span) =>
        ScriptLiteral.Truth(data)
        ?? throw new ScriptError(span, $"{ScriptArithmetic.Describe(data)} is neither true nor false", "a condition such as ($x = 1)");

    /// <summary>What a command in brackets answers.</summary>
    ScriptData Ask(Statement command, SourceSpan span)
    {
        _budget.Pay(span);
        if (command.IsBroken)
        {
            throw AlreadyReported(span);
        }

        if (command.Command[0] == '$')
        {
            return Call(command);
        }

        if (command.Command == ":onerror")
        {
            return TruthData.Of(RunOnError(command) is (_, true));
        }

        if (command.Command[0] != ':')
        {
            return AskMenu(command, span);
        }

        Refuse(command);
        if (!DataCommands.Contains(command.Command))
        {
            throw new ScriptError(span, $"{command.Command} gives no value", "a command that does, such as :len");
        }

        var arguments = new List<ScriptData>();
        foreach (Argument argument in command.Arguments)
        {
            if (argument.Value is null || argument.Name is not ("" or "value" or "from" or "to" or "start" or "end" or "key"))
            {
                throw new ScriptError(argument.Span, $"{command.Command} does not take this", "a value without a name");
            }

            arguments.Add(Evaluate(argument.Value));
        }

        return DataCommands.Apply(command.Command, arguments, span, _budget);
    }

    ScriptData AskMenu(Statement command, SourceSpan span)
    {
        if (_questions.TryAnswer(command, span, out ScriptData? answer))
        {
            return answer;
        }

        if (!_host.Acts(command))
        {
            throw new ScriptError(span, $"{command.Path} {command.Command} gives no value here", "find, get or print count-only of a menu that acts");
        }

        return _questions.Added(command, span, () => RunCommand(command));
    }
}
