using System.Globalization;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// Which rules of a table a value names: <c>0</c>, <c>0,2</c> by number, <c>*1a</c> by internal id, <c>[ find comment="x" ]</c> by what
/// they say. Numbers count from 0 in the table as it is at that line.
/// </summary>
sealed class RuleTargets(RuleFamily family, RuleTable table, IReadOnlyList<FirewallRule> rules, DiagnosticSink diagnostics)
{
    public const string Expected = "a number, an id such as *1a, or [ find … ]";

    /// <summary>The positions of the rules, in the order given, each once; null when that is wrong and reported.</summary>
    public IReadOnlyList<int>? Resolve(ScriptValue value, Statement statement)
    {
        switch (value)
        {
            case TextValue { HasVariables: false } text:
                return ResolveList(text);
            case CommandValue command:
                return Find(command, statement);
            default:
                diagnostics.Error(value.Span, "rules that are computed are not supported yet in this version", Expected);
                return null;
        }
    }

    List<int>? ResolveList(TextValue text)
    {
        var found = new List<int>();
        var seen = new HashSet<int>();
        bool known = true;
        int start = 0;
        foreach (string item in text.Text.Split(','))
        {
            int position = PositionOf(item);
            if (position < 0)
            {
                known = false;
                string range = rules.Count == 0
                    ? "a rule, but this table has none"
                    : $"0 to {rules.Count - 1}, an id such as *1a, or [ find … ]";
                diagnostics.Error(
                    item.Length == 0 ? text.Span : text.SpanOf(start, item.Length), $"no rule {DiagnosticSink.Quote(item)}", range);
            }
            else if (seen.Add(position))
            {
                found.Add(position);
            }

            start += item.Length + 1;
        }

        return known ? found : null;
    }

    int PositionOf(string item)
    {
        if (item.StartsWith('*'))
        {
            return ulong.TryParse(item.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
                ? IndexOf(rule => rule.Id == id)
                : -1;
        }

        return int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < rules.Count ? number : -1;
    }

    int IndexOf(Func<FirewallRule, bool> wanted)
    {
        int index = 0;
        foreach (FirewallRule rule in rules)
        {
            if (wanted(rule))
            {
                return index;
            }

            index++;
        }

        return -1;
    }

    List<int>? Find(CommandValue value, Statement statement)
    {
        Statement find = value.Command;
        if (find.Command != "find" || find.Menu != statement.Menu)
        {
            diagnostics.Error(find.HeadSpan, "only find of this menu can say which rules are meant", "[ find comment=\"…\" ]");
            return null;
        }

        Func<NumberedRule, bool>? condition = static _ => true;
        if (FindConditions.SpanOf(find.Arguments) is SourceSpan span)
        {
            condition = RuleFields.ForFind(family, table).Parse(span, diagnostics);
        }

        if (condition is null)
        {
            return null;
        }

        var found = new List<int>();
        int index = 0;
        foreach (FirewallRule rule in rules)
        {
            if (condition(new NumberedRule(index, rule)))
            {
                found.Add(index);
            }

            index++;
        }

        return found;
    }
}
