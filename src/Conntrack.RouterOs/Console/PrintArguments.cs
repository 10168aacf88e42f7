using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Console;

/// <summary>
/// The arguments of <c>print</c>: a form, <c>where</c> and a condition up to the end, <c>order-by=</c>; a property before <c>where</c> is
/// a condition too, as in <c>print chain=forward</c>.
/// </summary>
sealed class PrintArguments<T>(ConditionFields<T> fields, DiagnosticSink diagnostics)
{
    static readonly HashSet<string> s_notYet =
        ["append", "file", "follow", "follow-only", "from", "group-by", "interval", "proplist", "show-ids", "value-list"];

    static readonly string[] s_words =
        [.. Enum.GetValues<PrintForm>().Select(PrintFormWords.Word), "where", "order-by", "without-paging"];

    readonly List<Func<T, bool>> _conditions = [];
    Comparison<T>? _order;

    /// <summary>Null when the command names none.</summary>
    public PrintForm? Form { get; private set; }

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
        }
        else if (argument is { Name: "order-by", Value: TextValue order })
        {
            _order = fields.ParseOrder(order, diagnostics);
        }
        else if (s_notYet.Contains(word))
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
            diagnostics.Error(argument.Span, $"unexpected {shown}", "a form such as detail, or where and a condition", s_words);
        }
    }

    void AddCondition(SourceSpan span)
    {
        if (fields.Parse(span, diagnostics) is Func<T, bool> condition)
        {
            _conditions.Add(condition);
        }
    }
}
