using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>The language's own commands: conditions, loops, errors.</summary>
sealed partial class ScriptRun
{
    /// <summary>What is not done, and why; a script that needs it is refused.</summary>
    static readonly Dictionary<string, string> s_refused = new()
    {
        [":parse"] = "text is not run as commands",
        [":execute"] = "text is not run as commands",
        [":import"] = "a script is one file",
        [":resolve"] = "a configuration does not depend on what a network answers",
        [":ping"] = "a configuration does not depend on what a network answers",
        [":rndnum"] = "a script gives the same configuration each time",
        [":rndstr"] = "a script gives the same configuration each time",
        [":time"] = "a script gives the same configuration each time",
        [":timestamp"] = "a script gives the same configuration each time",
        [":jobname"] = "there are no jobs",
        [":grep"] = "there is no terminal to read from",
        [":convert"] = "it is not supported yet in this version",
        [":serialize"] = "it is not supported yet in this version",
        [":deserialize"] = "it is not supported yet in this version",
    };

    static void Refuse(Statement statement)
    {
        if (s_refused.TryGetValue(statement.Command, out string? reason))
        {
            throw new ScriptError(statement.CommandSpan, $"{statement.Command} is refused: {reason}");
        }
    }

    Flow RunConstruct(Statement statement)
    {
        Refuse(statement);
        switch (statement.Command)
        {
            case ":local":
                DeclareLocal(statement);
                return Flow.Next;
            case ":global":
                DeclareGlobal(statement);
                return Flow.Next;
            case ":set":
                Set(statement);
                return Flow.Next;
            case ":if":
                return If(statement);
            case ":while":
                return While(statement);
            case ":for":
                return For(statement);
            case ":foreach":
                return ForEach(statement);
            case ":do":
                return Do(statement);
            case ":retry":
                return Retry(statement);
            case ":onerror":
                return RunOnError(statement).Flow;
            case ":error":
                throw new ScriptError(statement.Span, "error: " + ErrorText(statement)) { IsAsked = true };
            case ":return":
                new ScriptArguments(statement).Check(1, "value");
                _returned = FirstValue(statement);
                return Flow.Return;
            case ":break":
                return Flow.Break;
            case ":continue":
                return Flow.Continue;
            case ":quit" or ":exit":
                return Flow.Quit;
            case ":put" when _host.Shows:
                string shown = TextOf(FirstValue(statement), statement.Span);
                _budget.Pay(statement.Span, CommandSteps + shown.Length);
                _host.Show(shown);
                return Flow.Next;
            case ":put" or ":log" or ":delay" or ":beep" or ":environment" or ":terminal":
                NoteOnce(statement.CommandSpan, $"{statement.Command} changes nothing and is skipped");
                return Flow.Next;
            default:
                Ask(statement, statement.Span);
                return Flow.Next;
        }
    }

    ScriptData FirstValue(Statement statement)
    {
        var arguments = new ScriptArguments(statement);
        ScriptValue? value = arguments.At(0) ?? arguments.Named("value") ?? arguments.Named("message");
        return value is null ? NothingData.Nil : Evaluate(value);
    }

    string ErrorText(Statement statement)
    {
        string text = TextOf(FirstValue(statement), statement.Span);
        return text.Length == 0 ? "(without a message)" : text;
    }

    Flow If(Statement statement)
    {
        var arguments = new ScriptArguments(statement);
        arguments.Check(1, "do", "else", "condition");
        ScriptValue condition = arguments.Named("condition") ?? arguments.Require(0, "a condition");
        ScriptValue? branch = Truth(condition) ? arguments.Require("do") : arguments.Named("else");
        return branch is null ? Flow.Next : RunBlock(Code(branch), new VariableScope(_variables), branch.Span);
    }

    Flow While(Statement statement)
    {
        var arguments = new ScriptArguments(statement);
        arguments.Check(1, "do", "condition");
        ScriptValue condition = arguments.Named("condition") ?? arguments.Require(0, "a condition");
        ScriptValue body = arguments.Require("do");
        return Loop(() => Truth(condition), body);
    }

    /// <summary>Goes round while <paramref name="more"/> says so and nothing is found wrong.</summary>
    Flow Loop(Func<bool> more, ScriptValue body, Action<VariableScope>? enter = null)
    {
        IReadOnlyList<Statement> commands = Code(body);
        int troubles = Troubles;
        while (Troubles == troubles && more())
        {
            _budget.Pay(body.Span);
            var variables = new VariableScope(_variables);
            enter?.Invoke(variables);
            Flow flow = RunBlock(commands, variables, body.Span);
            if (flow is Flow.Return or Flow.Quit)
            {
                return flow;
            }

            if (flow == Flow.Break)
            {
                break;
            }
        }

        return Flow.Next;
    }

    /// <summary><c>:for i from=1 to=10 [step=2] do={ … }</c>; without a step it counts towards the end, whichever way that is.</summary>
    Flow For(Statement statement)
    {
        var arguments = new ScriptArguments(statement);
        arguments.Check(1, "from", "to", "step", "do", "counter");
        string name = NameOf(arguments.Named("counter") ?? arguments.Require(0, "a name"));
        long from = Number(arguments.Require("from"));
        long to = Number(arguments.Require("to"));
        ScriptValue? stepValue = arguments.Named("step");
        long step = stepValue is null ? from <= to ? 1 : -1 : Number(stepValue);
        if (step == 0)
        {
            throw new ScriptError(stepValue!.Span, "a step of 0 never ends", "a number other than 0");
        }

        Int128 next = from;
        return Loop(() => step > 0 ? next <= to : next >= to, arguments.Require("do"), scope =>
        {
            scope.Declare(name, new Variable(new NumberData((long)next)));
            next += step;
        });
    }

    long Number(ScriptValue value)
    {
        ScriptData data = Evaluate(value);
        return ScriptLiteral.Loose(data) is NumberData number ? number.Value
            : throw new ScriptError(value.Span, $"{ScriptArithmetic.Describe(data)} is no number", "a number");
    }

    /// <summary><c>:foreach value in=… do={ … }</c> or <c>:foreach key,value in=…</c>; what is no array is one element, nothing is none.</summary>
    Flow ForEach(Statement statement)
    {
        var arguments = new ScriptArguments(statement);
        arguments.Check(1, "in", "do", "counter");
        ScriptValue counter = arguments.Named("counter") ?? arguments.Require(0, "a name");
        string[] names = NameOf(counter).Split(',');
        if (names.Length > 2 || names.Any(static name => name.Length == 0))
        {
            throw new ScriptError(counter.Span, ":foreach has one name or two", "value, or key,value");
        }

        ScriptValue source = arguments.Require("in");
        ArrayData array = Elements(Evaluate(source));
        ScriptValue body = arguments.Require("do");
        using IEnumerator<(ScriptData Key, ScriptData Value)> entries = array.Entries.GetEnumerator();
        return Loop(entries.MoveNext, body, scope =>
        {
            (ScriptData key, ScriptData value) = entries.Current;
            if (names.Length == 2)
            {
                scope.Declare(names[0], new Variable(key));
            }

            scope.Declare(names[^1], new Variable(value));
        });
    }

    /// <summary><c>:do { … }</c>, with <c>while=</c> a loop that goes round once at least, with <c>on-error={ … }</c> an attempt.</summary>
    Flow Do(Statement statement)
    {
        var arguments = new ScriptArguments(statement);
        arguments.Check(1, "do", "while", "on-error", "command");
        ScriptValue body = arguments.At(0) ?? arguments.Named("command") ?? arguments.Require("do");
        ScriptValue? condition = arguments.Named("while");
        ScriptValue? handler = arguments.Named("on-error");
        Flow Body()
        {
            bool first = true;
            return condition is null ? RunBlock(Code(body), new VariableScope(_variables), body.Span)
                : Loop(() => first ? !(first = false) : Truth(condition), body);
        }

        return handler is null ? Body()
            : Attempt(Body, body.Span, out _) ?? RunBlock(Code(handler), new VariableScope(_variables), handler.Span);
    }

    /// <summary>The script is the only one that changes anything, so what failed once fails again: one attempt is as good as many.</summary>
    Flow Retry(Statement statement)
    {
        var arguments = new ScriptArguments(statement);
        arguments.Check(0, "command", "delay", "max", "on-error");
        ScriptValue body = arguments.Require("command");
        ScriptValue? handler = arguments.Named("on-error");
        Flow Body() => RunBlock(Code(body), new VariableScope(_variables), body.Span);
        return handler is null ? Body()
            : Attempt(Body, body.Span, out _) ?? RunBlock(Code(handler), new VariableScope(_variables), handler.Span);
    }

    /// <summary><c>:onerror name in={ … } do={ … }</c>: the second runs when the first fails, and finds in the variable why.</summary>
    (Flow Flow, bool Failed) RunOnError(Statement statement)
    {
        var arguments = new ScriptArguments(statement);
        arguments.Check(1, "in", "do", "error");
        string name = NameOf(arguments.Named("error") ?? arguments.Require(0, "a name"));
        ScriptValue body = arguments.Require("in");
        ScriptValue? handler = arguments.Named("do");
        if (Attempt(() => RunBlock(Code(body), new VariableScope(_variables), body.Span), body.Span, out string message) is Flow flow)
        {
            return (flow, false);
        }

        var variables = new VariableScope(_variables);
        variables.Declare(name, new Variable(new TextData(message)));
        return (handler is null ? Flow.Next : RunBlock(Code(handler), variables, handler.Span), true);
    }

    /// <summary>How the attempt ended; null when it failed, which is then as if nobody had found it.</summary>
    Flow? Attempt(Func<Flow> attempt, SourceSpan span, out string message)
    {
        message = "";
        (VariableScope variables, ScriptScope? block, int depth) = (_variables, _block, _budget.Depth);
        _attempts++;
        try
        {
            return attempt();
        }
        catch (ScriptError error) when (!error.IsFinal && !error.IsReported)
        {
            message = error.IsAsked ? error.Message["error: ".Length..] : error.Message;
        }
        finally
        {
            _attempts--;
            (_variables, _block, _budget.Depth) = (variables, block, depth);
        }

        _budget.Pay(span, ScriptBudget.ErrorSteps);
        return null;
    }

    IReadOnlyList<Statement> Code(ScriptValue value) =>
        value is BlockValue { Commands: IReadOnlyList<Statement> commands } ? commands
        : Evaluate(value) is CodeData code ? code.Commands
        : throw new ScriptError(value.Span, "this holds no commands", "{ … }");
}
