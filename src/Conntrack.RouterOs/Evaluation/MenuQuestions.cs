using System.Diagnostics.CodeAnalysis;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>
/// What a script asks of menus: <c>[find …]</c>, <c>[get …]</c>, <c>[print count-only]</c>, <c>[print as-value]</c>. Menus that this product
/// has no use for have no entries.
/// </summary>
sealed class MenuQuestions(Loading loading, IScriptHost host, ScriptBudget budget, ScriptRun run)
{
    /// <summary>Entries that a menu looks through for an id in the time of one step.</summary>
    const int EntriesPerStep = 16;

    /// <summary>What it costs to hold a condition against one entry.</summary>
    const int StepsPerCondition = 2;

    /// <summary>What it costs to show one entry, which is kept until all is through.</summary>
    const int StepsPerRow = 50;

    readonly HashSet<int> _unknown = [];

    /// <summary>What a command costs that looks for entries of its menu.</summary>
    public long CostOf(Statement statement)
    {
        if (statement.Command == "add" || host.QueryOf((Menu)statement.Menu) is not IMenuQuery query)
        {
            return 0;
        }

        long entries = query.Count(loading);
        return statement.Command == "print" ? ConditionCost(statement.Span) + (entries * StepsPerRow)
            : statement.IsPlain ? entries / EntriesPerStep
            : ConditionCost(statement.Span) + (entries * StepsPerCondition);
    }

    /// <summary>A condition is read, and its expressions are compiled, each time it is asked.</summary>
    long ConditionCost(SourceSpan span) =>
        span.Length + (ScriptBudget.PatternSteps * loading.Diagnostics.Source.Slice(span).Count('~'));

    /// <summary>False when the command asks nothing.</summary>
    public bool TryAnswer(Statement command, SourceSpan span, [NotNullWhen(true)] out ScriptData? answer)
    {
        answer = null;
        if (command.Command is not ("find" or "get" or "print"))
        {
            return false;
        }

        var menu = (Menu)command.Menu;
        if (host.QueryOf(menu) is IMenuQuery query)
        {
            long entries = query.Count(loading);
            budget.Pay(
                span, ConditionCost(command.Span) + (command.Command == "get" ? entries / EntriesPerStep : entries * StepsPerCondition));
            answer = command.Command switch
            {
                "find" => Ids(query, FindConditions.SpanOf(command.Arguments), span),
                "get" => Get(query, command, span),
                _ => Print(query, command, span),
            };
        }
        else
        {
            answer = menu.Support == MenuSupport.NotApplicable ? AnswerWithoutUse(command, span)
                : throw new ScriptError(span, $"{menu.Path} cannot be asked by scripts yet in this version");
        }

        return true;
    }

    /// <summary>The id of the entry that <paramref name="add"/> adds; nothing where none is added, or the menu cannot tell.</summary>
    public ScriptData Added(Statement command, SourceSpan span, Action add)
    {
        IMenuQuery? query = command.Command == "add" ? host.QueryOf((Menu)command.Menu) : null;
        if (query is null)
        {
            add();
            return NothingData.Nil;
        }

        budget.Pay(span, query.Count(loading));
        HashSet<string> before = [.. query.Find(null, loading) ?? []];
        add();
        string? added = (query.Find(null, loading) ?? []).FirstOrDefault(id => !before.Contains(id));
        return added is null ? NothingData.Nil : new IdData(added);
    }

    ArrayData Ids(IMenuQuery query, SourceSpan? condition, SourceSpan span)
    {
        IReadOnlyList<string> found = query.Find(condition, loading) ?? throw new ScriptError(span, "failed") { IsReported = true };
        budget.PayElements(span, found.Count);
        return ArrayData.Of(found.Select(static id => new IdData(id)));
    }

    ScriptData AnswerWithoutUse(Statement command, SourceSpan span)
    {
        if (command.Command == "get")
        {
            if (_unknown.Add(span.Start))
            {
                loading.Diagnostics.Warning(span, $"{command.Path} is not applicable here, so what it has is taken as nothing");
            }

            return NothingData.Nothing;
        }

        return command.Command == "print" && Has(command, "count-only") ? new NumberData(0) : ArrayData.Empty;
    }

    /// <summary><c>get entry property</c>, <c>get property</c> of a menu with one set of settings.</summary>
    ScriptData Get(IMenuQuery query, Statement command, SourceSpan span)
    {
        var arguments = new ScriptArguments(command);
        arguments.Check(2, "number", "numbers", "value-name");
        List<ScriptValue> unnamed = [.. arguments.Unnamed];
        ScriptValue? property = arguments.Named("value-name");
        ScriptValue? entry = arguments.Named("number") ?? arguments.Named("numbers");
        if (entry is null && (unnamed.Count == 2 || (unnamed.Count == 1 && property is not null)))
        {
            entry = unnamed[0];
            unnamed.RemoveAt(0);
        }

        property ??= unnamed.FirstOrDefault()
            ?? throw new ScriptError(command.CommandSpan, "get does not say which property it means", "a property of this menu", query.Names);
        string target = entry is null ? "" : Target(run.Evaluate(entry), entry.Span);
        string name = property is TextValue { HasVariables: false } word ? word.Text : run.TextOf(run.Evaluate(property), property.Span);
        MenuAnswer answer = query.Ask(target, name, loading);
        return answer.Kind switch
        {
            MenuAnswerKind.Value => Typed(answer.Text),
            MenuAnswerKind.NoSuchEntry => throw new ScriptError(
                entry?.Span ?? span, $"{command.Path} has no entry {DiagnosticSink.Quote(target)}", "an id such as *1a, or a number"),
            _ => throw new ScriptError(
                property.Span, $"unknown property {DiagnosticSink.Quote(name)}", "a property of this menu", query.Names),
        };
    }

    string Target(ScriptData data, SourceSpan span) => data switch
    {
        ArrayData { Items: [ScriptData only], Keyed.Count: 0 } => only.Text,
        ArrayData array => throw new ScriptError(
            span, array.Length == 0 ? "no entry was found" : $"{array.Length} entries were found where one is meant", "one entry"),
        { IsNothing: true } => throw new ScriptError(span, "nothing is no entry", "one entry"),
        _ => run.TextOf(data, span),
    };

    /// <summary>Flags are true or false; what is not set is nothing; all else is text, which counts as what it means where it matters.</summary>
    static ScriptData Typed(string text) => text switch
    {
        "" => NothingData.Nothing,
        "yes" => TruthData.True,
        "no" => TruthData.False,
        ['*', ..] => ScriptLiteral.Id(text) ?? new TextData(text),
        _ => new TextData(text),
    };

    /// <summary><c>print count-only [where …]</c> is a number, <c>print as-value [where …]</c> an array of arrays with a key for each property.</summary>
    ScriptData Print(IMenuQuery query, Statement command, SourceSpan span)
    {
        int where = command.Arguments.ToList().FindIndex(
            static argument => argument.Name.Length > 0 || argument.Operator != ArgumentOperator.None || FindConditions.IsWhere(argument));
        SourceSpan? condition = where < 0 ? null : FindConditions.SpanOf([.. command.Arguments.Skip(where)]);
        ArrayData ids = Ids(query, condition, span);
        if (Has(command, "count-only"))
        {
            return new NumberData(ids.Length);
        }

        if (!Has(command, "as-value"))
        {
            throw new ScriptError(span, "print gives no value without count-only or as-value", "print count-only or print as-value");
        }

        List<string> names = [.. query.Names];
        budget.PayElements(span, ids.Length * names.Count);
        return ArrayData.Of(ids.Items.Select(id => names
            .Select(name => (Name: name, Answer: query.Ask(id.Text, name, loading)))
            .Where(static property => property.Answer is { Kind: MenuAnswerKind.Value, Text.Length: > 0 })
            .Aggregate(
                ArrayData.Empty.With(new TextData(".id"), id)!,
                static (entry, property) => entry.With(new TextData(property.Name), Typed(property.Answer.Text))!)));
    }

    static bool Has(Statement command, string word) => command.Arguments.Any(
        argument => argument is { Operator: ArgumentOperator.None, Value: TextValue text } && text.Text == word);
}
