using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Settings;

/// <summary>
/// A configuration that was read as a whole has rules with ids of its own. Here they become those of the rules in force that say the same,
/// so that these go on counting; all others are new rules, under ids that nobody has had.
/// </summary>
static class RuleIdentity
{
    public static RouterConfiguration Keep(RouterConfiguration current, RouterConfiguration target)
    {
        if (target == current)
        {
            return current;
        }

        FirewallRules rules = current.Rules;
        foreach (RuleFamily family in Enum.GetValues<RuleFamily>())
        {
            foreach (RuleTable table in Enum.GetValues<RuleTable>())
            {
                rules = Keep(rules, family, table, target.Rules.Of(family, table));
            }
        }

        return target with { Rules = rules };
    }

    static FirewallRules Keep(FirewallRules rules, RuleFamily family, RuleTable table, IReadOnlyList<FirewallRule> target)
    {
        IReadOnlyList<FirewallRule> before = rules.Of(family, table);
        if (before.Count == target.Count && before.Zip(target).All(pair => pair.First.SaysTheSameAs(pair.Second)))
        {
            return rules;
        }

        // By what a script says of them; of several that say the same the first comes first.
        Dictionary<string, Queue<int>> positions = before.Select((rule, position) => (rule, position))
            .GroupBy(entry => RuleProperties.Export(entry.rule), entry => entry.position)
            .ToDictionary(group => group.Key, group => new Queue<int>(group));
        int?[] sources =
        [
            .. target.Select(rule => positions.TryGetValue(RuleProperties.Export(rule), out Queue<int>? same) && same.TryDequeue(out int position)
                ? position
                : (int?)null),
        ];

        // Those that stay go behind all others, in their new order; then the others go, and what is new takes its place between.
        int[] staying = [.. sources.OfType<int>()];
        int count = before.Count;
        rules = rules.Move(family, table, staying, count);
        for (int gone = count - staying.Length; gone > 0; gone--)
        {
            rules = rules.RemoveAt(family, table, 0);
        }

        for (int position = 0; position < sources.Length; position++)
        {
            rules = sources[position] is null ? rules.Insert(position, target[position]) : rules;
        }

        return rules;
    }
}
