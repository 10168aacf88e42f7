using System.Globalization;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>Answers scripts about the rules of one table; what rules have matched no script knows.</summary>
sealed class RuleQuery(RuleFamily family, RuleTable table) : IMenuQuery
{
    public IEnumerable<string> Names => RuleProperties.Of(family, table).Properties
        .Select(static property => property.Name)
        .Concat([".id", "dynamic", "invalid"]);

    public int Count(Loading loading) => Rules(loading).Count;

    public IReadOnlyList<string>? Find(SourceSpan? condition, Loading loading)
    {
        Func<NumberedRule, bool>? wanted = condition is SourceSpan span
            ? RuleFields.ForFind(family, table).Parse(span, loading.Diagnostics)
            : static _ => true;
        return wanted is null ? null
            : [.. Rules(loading)
                .Where((rule, number) => wanted(new NumberedRule(number, rule)))
                .Select(static rule => IdOf(rule))];
    }

    public MenuAnswer Ask(string entry, string name, Loading loading)
    {
        IReadOnlyList<FirewallRule> rules = Rules(loading);
        FirewallRule? rule = entry.StartsWith('*') ? rules.FirstOrDefault(rule => IdOf(rule) == entry)
            : int.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < rules.Count ? rules[number]
            : null;
        return rule is null ? MenuAnswer.NoSuchEntry : name switch
        {
            ".id" => MenuAnswer.Of(IdOf(rule)),
            "dynamic" or "invalid" => MenuAnswer.Of("no"),
            _ => RuleProperties.Of(family, table).Find(name) is MenuProperty<FirewallRule> property
                ? MenuAnswer.Of(property.Text(rule) ?? "")
                : MenuAnswer.NoSuchProperty,
        };
    }

    IReadOnlyList<FirewallRule> Rules(Loading loading) => loading.Configuration.Rules.Of(family, table);

    static string IdOf(FirewallRule rule) => $"*{rule.Id:x}";
}
