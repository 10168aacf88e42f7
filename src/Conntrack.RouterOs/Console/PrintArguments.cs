using System.Globalization;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Console;

/// <summary>
/// The arguments of <c>print</c>: a form, <c>where</c> and a condition up to the end, <c>order-by=</c>, <c>proplist=</c>, <c>from=</c>,
/// how often to ask again; a property before <c>where</c> is a condition too, as in <c>print chain=forward</c>.
/// </summary>
/// <param name="fields">What conditions may name.</param>
/// <param name="names">What <c>proplist</c> may name.</param>
/// <param name="number">A row's number, for <c>from</c>; null where there are no rows.</param>
/// <param name="diagnostics">Where findings go.</param>
sealed class PrintArguments<T>(
    ConditionFields<T> fields, IEnumerable<string> names, Func<T, int?>? number, DiagnosticSink diagnostics)
{
    const string Forever = "a time from 100ms on, such as 1s or 500ms";

    static readonly HashSet<string> s_notYet = ["append", "file", "group-by", "show-ids"];

    readonly List<Func<T, bool>> _conditions = [];
    Comparison<T>? _order;

    /// <summary>Null when the command names none.</summary>
    public PrintForm? Form { get; private set; }

    /// <summary>The properties that are wanted, in that order; null for all.</summary>
    public IReadOnlyList<string>? Properties { get; private set; }

    /// <summary>How often the print is to be repeated; null for once.</summary>
    public PrintRepetition? Repetition { get; private set; }

    public ListQuery<T> Query
    {
        get
        {
            Func<T, bool>[] all = [.. _conditions];
            return new ListQuery<T>(all.Length == 0 ? null : entry => Array.TrueForAll(all, condition => condition(entry)), _order);
        }
    }

    /// <summary>Reads all of them; findings say what is wrong.</summary>
    public void Read(IReadOnlyList<Argument> arguments)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            Argument argument = arguments[i];
            if (FindConditions.IsWhere(argument))
            {
                if (i + 1 < arguments.Count)
                {
                    AddCondition(SourceSpan.Between(arguments[i + 1].Span.Start, arguments[^1].Span.End));
                }

                return;
            }

            ReadOne(argument);
        }
    }

    void ReadOne(Argument argument)
    {
        string word = argument is { Operator: ArgumentOperator.None, Value: TextValue text } ? text.Text : argument.Name;
        if (argument.Operator == ArgumentOperator.None && PrintFormWords.TryParse(word, out PrintForm form))
        {
            // "print stats count-only" counts.
            Form = Form == PrintForm.CountOnly ? Form : form;
            return;
        }

        switch (argument)
        {
            case { Name: "order-by", Value: TextValue order }:
                _order = fields.ParseOrder(order, diagnostics);
                break;
            case { Name: "proplist", Value: TextValue list }:
                ReadProperties(list);
                break;
            case { Name: "from", Value: TextValue from } when number is not null:
                ReadFrom(from, number);
                break;
            case { Name: "interval", Value: TextValue interval }:
                ReadInterval(interval);
                break;
            case { Operator: ArgumentOperator.None } when word is "follow" or "follow-only":
                Repetition = new PrintRepetition(Repetition?.Interval ?? PrintRepetition.Usual, word == "follow" ? PrintFollow.All : PrintFollow.New);
                break;
            default:
                ReadOther(argument, word);
                break;
        }
    }

    void ReadOther(Argument argument, string word)
    {
        if (s_notYet.Contains(word))
        {
            diagnostics.Error(argument.Span, $"{word} is not supported yet in this version");
        }
        else if (argument.Name.Length > 0)
        {
            AddCondition(argument.Span);
        }
        else if (word != "without-paging")
        {
            string shown = DiagnosticSink.Quote(diagnostics.Source.Slice(argument.Span));
            diagnostics.Error(argument.Span, $"unexpected {shown}", "a form such as detail, or where and a condition", PrintWords.All);
        }
    }

    void ReadProperties(TextValue list)
    {
        List<string> known = [.. names];
        string[] wanted = list.Text.Split(',');
        int start = 0;
        foreach (string name in wanted)
        {
            if (!known.Contains(name))
            {
                SourceSpan span = name.Length == 0 ? list.Span : list.SpanOf(start, name.Length);
                diagnostics.Error(span, $"unknown property {DiagnosticSink.Quote(name)}", "properties of this menu with commas between them", known);
            }

            start += name.Length + 1;
        }

        Properties = [.. wanted.Distinct()];
    }

    void ReadFrom(TextValue list, Func<T, int?> number)
    {
        HashSet<string> wanted = [.. list.Text.Split(',')];
        ConditionField<T>? id = fields.Find(".id");
        ConditionField<T>? name = fields.Find("name");
        _conditions.Add(row =>
            (number(row) is int own && wanted.Contains(own.ToString(CultureInfo.InvariantCulture)))
            || (id is not null && wanted.Contains(id.Text(row))) || (name is not null && wanted.Contains(name.Text(row))));
    }

    void ReadInterval(TextValue value)
    {
        if (!RouterOsTime.TryParse(value.Text, out TimeSpan interval) || interval < PrintRepetition.Least)
        {
            diagnostics.Error(value.Span, $"interval: {DiagnosticSink.Quote(value.Text)} is no time to wait", Forever);
            return;
        }

        Repetition = new PrintRepetition(interval, Repetition?.Follow ?? PrintFollow.No);
    }

    void AddCondition(SourceSpan span)
    {
        if (fields.Parse(span, diagnostics) is Func<T, bool> condition)
        {
            _conditions.Add(condition);
        }
    }
}

/// <summary>The words of a <c>print</c>, each with what it does.</summary>
static class PrintWords
{
    public static IReadOnlyList<(string Word, string Does)> Described { get; } =
    [
        ("brief", "a table of the most wanted properties"), ("detail", "every property"), ("terse", "every property, a line an entry"),
        ("stats", "a table of the counters"), ("count-only", "the number of entries"), ("as-value", "the array a script gets"),
        ("value-list", "a property a line, entries side by side"), ("where", "a condition follows"),
        ("order-by", "properties to sort by, - in front turns round"), ("proplist", "the properties to show"),
        ("from", "numbers, names or ids of the entries to show"), ("follow", "shows entries, and new ones as they come"),
        ("follow-only", "shows entries that are new"), ("interval", "shows it again after each such time"), ("without-paging", "all at once"),
    ];

    public static IReadOnlyList<string> All { get; } = [.. Described.Select(static entry => entry.Word)];

    /// <summary>Words that take a value.</summary>
    public static bool TakesValue(string word) => word is "order-by" or "proplist" or "from" or "interval";
}
