using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>Variables and functions.</summary>
sealed partial class ScriptRun
{
    readonly Dictionary<string, Variable> _globals = [];

    /// <summary>What the function being run was called with, by name; null outside of functions.</summary>
    HashSet<string>? _function;

    ScriptData _returned = NothingData.Nil;

    Variable? Find(string name, SourceSpan span)
    {
        Variable? found = _variables.Find(name, out int visited);
        _budget.Pay(span, visited / 8);
        return found;
    }

    /// <summary><c>:local name [value]</c>, and with <c>do={ … }</c> a function.</summary>
    void DeclareLocal(Statement statement)
    {
        (string name, ScriptData? value) = Declaration(statement);
        _variables.Declare(name, new Variable(value ?? NothingData.Nothing));
    }

    /// <summary>
    /// <c>:global name [value]</c>: makes the name known here. In a function that was called with an argument of that name it is ignored, as
    /// on a router.
    /// </summary>
    void DeclareGlobal(Statement statement)
    {
        (string name, ScriptData? value) = Declaration(statement);
        if (_function?.Contains(name) == true)
        {
            return;
        }

        if (!_globals.TryGetValue(name, out Variable? variable))
        {
            variable = new Variable(NothingData.Nothing);
            _globals.Add(name, variable);
        }

        variable.Value = value ?? variable.Value;
        _variables.Declare(name, variable);
    }

    (string Name, ScriptData? Value) Declaration(Statement statement)
    {
        var arguments = new ScriptArguments(statement);
        arguments.Check(2, "do");
        string name = NameOf(arguments.Require(0, "a name"));
        ScriptValue? value = arguments.Named("do") ?? arguments.At(1);
        try
        {
            return (name, value is null ? null : Evaluate(value));
        }
        catch (ScriptError) when (_attempts == 0)
        {
            // What uses it need not be reported again.
            _variables.Declare(name, new Variable(FailedData.Instance));
            throw;
        }
    }

    static string NameOf(ScriptValue value) =>
        value is TextValue { HasVariables: false, Text.Length: > 0 } name ? name.Text
            : throw new ScriptError(value.Span, "this is no name of a variable", "letters and digits without $, or any name in quotes");

    /// <summary><c>:set name [value]</c>, or <c>:set ($array-&gt;"key") value</c>; without a value the variable is nothing again.</summary>
    void Set(Statement statement)
    {
        var arguments = new ScriptArguments(statement);
        arguments.Check(2, "do");
        ScriptValue target = arguments.Require(0, "a name");
        ScriptValue? value = arguments.Named("do") ?? arguments.At(1);
        if (target is ExpressionValue { Expression: ChainExpression { First: VariableExpression array } path }
            && path.Links.All(static link => link.Operator == ScriptOperator.Element))
        {
            Variable whole = Require(array.Name, array.Span);
            ScriptData element = value is null ? NothingData.Nothing : Evaluate(value);
            whole.Value = WithElement(Read(array), path, 0, element);
            return;
        }

        Variable variable = Require(NameOf(target), target.Span);
        try
        {
            variable.Value = value is null ? NothingData.Nothing : Evaluate(value);
        }
        catch (ScriptError) when (_attempts == 0)
        {
            variable.Value = FailedData.Instance;
            throw;
        }
    }

    ArrayData WithElement(ScriptData whole, ChainExpression path, int link, ScriptData element)
    {
        if (link == ArrayData.MostDepth)
        {
            throw new ScriptError(path.Span, "arrays are nested too deep", $"at most {ArrayData.MostDepth} in each other");
        }

        Expression keyExpression = path.Links[link].Operand;
        ScriptData key = Evaluate(keyExpression);
        ArrayData array = whole as ArrayData
            ?? (whole.IsNothing ? ArrayData.Empty
                : throw new ScriptError(path.Span, $"{ScriptArithmetic.Describe(whole)} has no elements", "an array"));
        key = key is TextData ? key : ScriptLiteral.Loose(key);
        ScriptData inner = link + 1 == path.Links.Count ? element
            : WithElement(array.Find(key) ?? NothingData.Nothing, path, link + 1, element);
        _budget.Pay(path.Span);
        return Checked(
            array.With(key, inner)
                ?? throw new ScriptError(keyExpression.Span, $"the array has no position {key.Text}", $"0 to {array.Items.Count}"),
            path.Span);
    }

    Variable Require(string name, SourceSpan span) =>
        Find(name, span) ?? throw new ScriptError(
            span, $"{DiagnosticSink.Quote(name)} has not been declared", ":local or :global and the name before it is set", _variables.Names);

    /// <summary>The names that a broken declaration was to make are known all the same, so that their uses are not reported too.</summary>
    void Spoil(Statement statement)
    {
        if (statement.Command is ":local" or ":global" or ":set"
            && statement.Arguments is [{ Value: TextValue { HasVariables: false } name }, ..])
        {
            _variables.Declare(name.Text, new Variable(FailedData.Instance));
        }
    }

    /// <summary>
    /// <c>$name argument name=argument</c>: arguments are <c>$1</c>, <c>$2</c> and those with a name. The function sees nothing of what is
    /// around it but what it declares with <c>:global</c>.
    /// </summary>
    ScriptData Call(Statement call)
    {
        string name = call.Command[1..];
        Variable? found = Find(name, call.CommandSpan);
        if (found?.Value is FailedData)
        {
            throw AlreadyReported(call.CommandSpan);
        }

        if (found?.Value is not CodeData code)
        {
            string what = found is null ? "is not defined here" : $"is {ScriptArithmetic.Describe(found.Value)} and no function";
            throw new ScriptError(
                call.CommandSpan, $"${name} {what}", ":local or :global, a name and do={ … } before it is called",
                found is null ? _variables.Names : null);
        }

        var variables = new VariableScope(null);
        var names = new HashSet<string>();
        int position = 0;
        foreach (Argument argument in call.Arguments.Where(static argument => argument.Value is not null))
        {
            string parameter = argument.Name.Length > 0 ? argument.Name
                : (++position).ToString(System.Globalization.CultureInfo.InvariantCulture);
            names.Add(parameter);
            variables.Declare(parameter, new Variable(Evaluate(argument.Value!)));
        }

        HashSet<string>? outer = _function;
        int troubles = Troubles;
        _function = names;
        _returned = NothingData.Nil;
        try
        {
            Flow flow = RunBlock(code.Commands, variables, call.CommandSpan);
            ScriptData returned = flow == Flow.Return ? _returned : NothingData.Nil;
            return flow == Flow.Quit ? throw new ScriptError(call.CommandSpan, "quit") { IsReported = true, IsFinal = true }
                : Troubles > troubles && returned.IsNothing ? throw AlreadyReported(call.CommandSpan)
                : returned;
        }
        finally
        {
            _function = outer;
            _returned = NothingData.Nil;
        }
    }
}
