using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// What <c>find</c> and <c>print where</c> may name of a rule: its properties, compared in their canonical form, its flags, its id, and in
/// print its counters, which no script knows.
/// </summary>
public static class RuleFields
{
    static readonly (ConditionFields<NumberedRule> Find, ConditionFields<NumberedRule> Print)[] s_fields =
        [.. from family in Enum.GetValues<RuleFamily>() from table in Enum.GetValues<RuleTable>() select Build(family, table)];

    public static ConditionFields<NumberedRule> ForFind(RuleFamily family, RuleTable table) => At(family, table).Find;

    public static ConditionFields<NumberedRule> ForPrint(RuleFamily family, RuleTable table) => At(family, table).Print;

    static (ConditionFields<NumberedRule> Find, ConditionFields<NumberedRule> Print) At(RuleFamily family, RuleTable table) =>
        s_fields[((int)family * Enum.GetValues<RuleTable>().Length) + (int)table];

    static (ConditionFields<NumberedRule> Find, ConditionFields<NumberedRule> Print) Build(RuleFamily family, RuleTable table)
    {
        List<ConditionField<NumberedRule>> fields =
        [
            .. RuleProperties.Of(family, table).Properties
                .Where(static property => property.Name != "disabled")
                .Select(property => OfProperty(property, RuleProperties.Blank(family, table))),
            new FlagField<NumberedRule>("disabled", static row => row.Rule.Disabled),
            new FlagField<NumberedRule>("dynamic", static row => row.IsDynamic),
            // A script that would make an invalid rule is refused.
            new FlagField<NumberedRule>("invalid", static _ => false),
            new WordField<NumberedRule>(".id", static row => $"*{row.Rule.Id:x}", "an id such as *1a", static id => id.ToLowerInvariant()),
        ];
        var find = new ConditionFields<NumberedRule>(fields);
        fields.Add(new NumberField<NumberedRule>("packets", static row => row.Counters.Packets));
        fields.Add(new NumberField<NumberedRule>("bytes", static row => row.Counters.Bytes));
        return (find, new ConditionFields<NumberedRule>(fields));
    }

    /// <summary>Values are read by the property's own grammar, so that <c>protocol=6</c> finds <c>tcp</c>.</summary>
    static WordField<NumberedRule> OfProperty(MenuProperty<FirewallRule> property, FirewallRule blank) =>
        new(
            property.Name, row => property.Text(row.Rule) ?? "", property.Expected, text => Canonical(property, blank, text),
            property.Words);

    static string? Canonical(MenuProperty<FirewallRule> property, FirewallRule blank, string text)
    {
        var source = new SourceText("", text);
        var value = new TextValue(new SourceSpan(0, text.Length), text, true, false, [(0, 0)]);
        return property.TryAssign(blank, value, new DiagnosticSink(source), out FirewallRule rule) ? property.Text(rule) : null;
    }
}
