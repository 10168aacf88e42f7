using System.Text;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>How a command ends.</summary>
enum Flow
{
    Next,
    Break,
    Continue,
    Return,
    Quit,
}

/// <summary>
/// Runs a script, statement by statement: computes what is to be computed and hands commands of menus to its host as plain text. It knows
/// no clock, no network and no chance, so that a script gives the same configuration each time. A run-time error ends the command it
/// happens in; the script goes on, to find everything in one pass, but a loop does not go round again.
/// </summary>
sealed partial class ScriptRun
{
    /// <summary>What a command of a menu costs against a step of the language.</summary>
    const int CommandSteps = 50;

    readonly Loading _loading;
    readonly IScriptHost _host;
    readonly ScriptBudget _budget;
    readonly MenuQuestions _questions;
    readonly HashSet<int> _noted = [];

    VariableScope _variables = new(null);
    ScriptScope? _block;

    /// <summary>The menu of the command being carried out.</summary>
    IMenuNode _menu = MenuTree.Root;

    /// <summary>How many <c>on-error</c> are waiting around the command.</summary>
    int _attempts;

    /// <summary>How many commands have failed, also those that failed because of what was reported before.</summary>
    int _failed;

    public ScriptRun(Loading loading, IScriptHost host)
    {
        _loading = loading;
        _host = host;
        _budget = new ScriptBudget(loading.Diagnostics.Source.Text.Length);
        _questions = new MenuQuestions(loading, host, _budget, this);
        loading.Diagnostics.Source.Compute = ComputeAt;

        // What RouterOS tells its own default configuration: that it is to be made, not taken back.
        _variables.Declare("action", new Variable(new TextData("apply")));
    }

    /// <summary>Whether the script has ended before its last line: by itself, or because it used up what it may.</summary>
    public bool IsOver { get; private set; }

    DiagnosticSink Diagnostics => _loading.Diagnostics;

    /// <summary>Grows with everything that goes wrong: a loop that sees it grow does not go round again.</summary>
    int Troubles => Diagnostics.ErrorCount + _failed;

    /// <summary>Carries out one statement of the script's own lines.</summary>
    public void Execute(Statement statement)
    {
        if (IsOver)
        {
            return;
        }

        try
        {
            EnterBlock(statement.Scope);
            IsOver |= Run(statement) is Flow.Return or Flow.Quit;
        }
        catch (ScriptError error)
        {
            _budget.Depth = 0;
            Report(error);
        }
    }

    Flow Run(Statement statement)
    {
        if (statement.IsBroken)
        {
            _failed++;
            Spoil(statement);
            return Flow.Next;
        }

        _budget.Pay(statement.CommandSpan);
        _menu = statement.Menu;
        switch (statement.Command[0])
        {
            case ':':
                return RunConstruct(statement);
            case '$':
                Call(statement);
                return Flow.Next;
            case 'q' when statement.Command == "quit":
                return Flow.Quit;
            default:
                RunCommand(statement);
                return Flow.Next;
        }
    }

    /// <summary>The commands of a <c>do={ … }</c> with variables of their own.</summary>
    Flow RunBlock(IReadOnlyList<Statement> commands, VariableScope variables, SourceSpan span)
    {
        (VariableScope outer, ScriptScope? block) = (_variables, _block);
        (_variables, _block) = (variables, null);
        _budget.Enter(span);
        try
        {
            foreach (Statement statement in commands)
            {
                EnterBlock(statement.Scope);
                Flow flow = RunOrReport(statement);
                if (flow != Flow.Next)
                {
                    return flow;
                }
            }

            return Flow.Next;
        }
        finally
        {
            _budget.Leave();
            (_variables, _block) = (outer, block);
        }
    }

    Flow RunOrReport(Statement statement)
    {
        int depth = _budget.Depth;
        try
        {
            return Run(statement);
        }
        catch (ScriptError error) when (_attempts == 0 && !error.IsFinal && !error.IsAsked)
        {
            _budget.Depth = depth;
            Report(error);
            return Flow.Next;
        }
    }

    void Report(ScriptError error)
    {
        _failed++;
        if (!error.IsReported)
        {
            Diagnostics.Error(error.Span, error.Message, error.Expected, error.Candidates);
        }

        IsOver |= error.IsFinal || error.IsAsked;
    }

    /// <summary>A command of a menu: its arguments become text, and its host carries it out.</summary>
    void RunCommand(Statement statement)
    {
        if (!_host.Acts(statement))
        {
            _host.Execute(statement);
            return;
        }

        // Conditions stay as they are: the menu reads them, and what is computed in them when it comes to it.
        Statement? plain = statement.IsPlain || statement.Command is "print" or "find" ? statement : Plain(statement);
        if (plain is null)
        {
            return;
        }

        if (_budget.Depth > 0)
        {
            // What stands in the script's own lines is carried out once; only what is in code may come round again and again.
            _budget.Pay(statement.CommandSpan, CommandSteps + plain.Arguments.Count + _questions.CostOf(plain));
        }

        (RouterConfiguration before, SinkMark mark) = (_loading.Configuration, Diagnostics.Mark());
        _menu = statement.Menu;
        _host.Execute(plain);
        if (_attempts > 0 && Diagnostics.ErrorCount > mark.Errors
            && Diagnostics.TryTakeBack(mark, span => DependsOnState(statement, span), out SourceSpan span, out Diagnostic failure))
        {
            _loading.Configuration = before;
            throw new ScriptError(span, failure.Message, failure.Expected);
        }
    }

    /// <summary>
    /// Whether what stands there says which entries are meant, or is computed: what is wrong with it depends on what is there, and
    /// <c>on-error</c> may catch it. A wrong word in a rule is wrong always and never gets lost.
    /// </summary>
    static bool DependsOnState(Statement statement, SourceSpan span)
    {
        foreach (Argument argument in statement.Arguments)
        {
            if (span.Start >= argument.Span.Start && span.Start <= argument.Span.End)
            {
                return IsTarget(argument) || argument.Value is not (null or TextValue { HasVariables: false });
            }
        }

        return false;
    }

    static bool IsTarget(Argument argument) =>
        argument.Name is "" or "numbers" or "place-before" or "copy-from" or "destination";

    /// <summary>The statement with its arguments as text; null when it names no entries, so that nothing is to be done.</summary>
    Statement? Plain(Statement statement)
    {
        var arguments = new List<Argument>(statement.Arguments.Count);
        foreach (Argument argument in statement.Arguments)
        {
            bool target = IsTarget(argument);
            if (argument.Value is null or TextValue { HasVariables: false }
                || (target && argument.Value is CommandValue { Command.Command: "find" }))
            {
                arguments.Add(argument);
                continue;
            }

            ScriptData data = Evaluate(argument.Value);
            if (target && argument.Name is "" or "numbers" && data is ArrayData { Length: 0 })
            {
                return null;
            }

            if (data.IsNothing || data is CodeData or ArrayData { Length: 0 })
            {
                string name = argument.Name.Length == 0 ? statement.Command : argument.Name;
                throw new ScriptError(
                    argument.Value.Span, $"{name}: {ScriptArithmetic.Describe(data)} is no value here", "something that has a value");
            }

            arguments.Add(argument with { Value = new TextValue(argument.Value.Span, TextOf(data, argument.Value.Span, ',')) });
        }

        return statement.With(arguments);
    }

    /// <summary>What a computed value of a condition comes to, for the menu that reads the condition.</summary>
    TextValue? ComputeAt(int start, int end)
    {
        ScriptValue? value = ScriptParser.ReadValue(MenuTree.Root, _menu, Diagnostics, start, end);
        if (value is null)
        {
            return null;
        }

        _budget.Pay(value.Span, 1 + (value.Span.Length / ScriptBudget.TextPerStep));
        return new TextValue(value.Span, TextOf(Evaluate(value), value.Span, ','));
    }

    /// <summary>The text of a value, the elements of arrays with <paramref name="separator"/> between them.</summary>
    internal string TextOf(ScriptData data, SourceSpan span, char separator = ';')
    {
        if (data is not ArrayData)
        {
            return data.Text;
        }

        var text = new StringBuilder();
        bool written = data.TryWrite(text, separator, ScriptBudget.MostText);
        _budget.PayText(span, written ? text.Length : ScriptBudget.MostText + 1);
        return text.ToString();
    }

    /// <summary>Variables of a block end with it; those of the blocks around it live on.</summary>
    void EnterBlock(ScriptScope? target)
    {
        if (ReferenceEquals(_block, target))
        {
            return;
        }

        while (_block is not null && !IsWithin(target, _block))
        {
            _block = _block.Outer;
            _variables = _variables.Outer!;
        }

        for (int missing = (target?.Depth ?? 0) - (_block?.Depth ?? 0); missing > 0; missing--)
        {
            _variables = new VariableScope(_variables);
        }

        _block = target;
    }

    static bool IsWithin(ScriptScope? inner, ScriptScope outer)
    {
        while (inner is not null && inner.Depth > outer.Depth)
        {
            inner = inner.Outer;
        }

        return ReferenceEquals(inner, outer);
    }

    /// <summary>Once for each place, however often a loop comes by.</summary>
    void NoteOnce(SourceSpan span, string message)
    {
        if (_noted.Add(span.Start))
        {
            Diagnostics.Note(span, message);
        }
    }
}
