using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Conditions;

/// <summary>Everything conditions may name of a list's entries.</summary>
public sealed class ConditionFields<T>
{
    readonly Dictionary<string, ConditionField<T>> _byName;

    public ConditionFields(params IEnumerable<ConditionField<T>> fields) =>
        _byName = fields.ToDictionary(static field => field.Name);

    public IEnumerable<string> Names => _byName.Keys;

    /// <summary>The field of that name, or null.</summary>
    public ConditionField<T>? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>
    /// Reads a condition such as <c>protocol=tcp &amp;&amp; !assured &amp;&amp; (timeout&lt;30s || orig-bytes&gt;1000)</c> from a part of
    /// a script. Comparisons that only follow each other must all hold. Null when anything is wrong; findings say what.
    /// </summary>
    public Func<T, bool>? Parse(SourceSpan span, DiagnosticSink diagnostics) => new ConditionParser<T>(this, span, diagnostics).Parse();

    /// <summary>
    /// Reads <c>order-by</c>: names, several with commas, a <c>-</c> in front of one to turn it round. Null when anything is wrong;
    /// findings say what.
    /// </summary>
    public Comparison<T>? ParseOrder(TextValue value, DiagnosticSink diagnostics)
    {
        var keys = new List<(ConditionField<T> Field, int Sign)>();
        bool known = true;
        int start = 0;
        foreach (string item in value.Text.Split(','))
        {
            int sign = item.StartsWith('-') ? -1 : 1;
            string name = sign < 0 ? item[1..] : item;
            if (Find(name) is ConditionField<T> field)
            {
                keys.Add((field, sign));
            }
            else
            {
                known = false;
                SourceSpan span = name.Length == 0 ? value.Span : value.SpanOf(start + (sign < 0 ? 1 : 0), name.Length);
                diagnostics.Error(span, $"unknown property {DiagnosticSink.Quote(name)}", "a property to order by", Names);
            }

            start += item.Length + 1;
        }

        return !known ? null : (left, right) =>
        {
            foreach ((ConditionField<T> field, int sign) in keys)
            {
                int order = field.Compare(left, right);
                if (order != 0)
                {
                    return sign * order;
                }
            }

            return 0;
        };
    }
}
