using Conntrack.Control.Settings;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Menus;

namespace Conntrack.Control.Firewall;

/// <summary>The firewall's rules as a control plane works with them: listed by table, made from properties, removed by id.</summary>
/// <param name="configuration">Holds the rules; every change is one of its transactions.</param>
/// <param name="counters">What rules have counted; null as long as nobody counts.</param>
public sealed class RuleStore(ConfigurationStore configuration, RuleCounterBook? counters)
{
    /// <summary>Whether rules have counters.</summary>
    public bool Counts => counters is not null;

    /// <summary>The rules of one table in their order, which is also their number, with what each had counted while they were in force.</summary>
    public IReadOnlyList<NumberedRule> List(RuleFamily family, RuleTable table)
    {
        while (true)
        {
            FirewallRules rules = configuration.Current.Rules;
            NumberedRule[] listed = [.. rules.Of(family, table).Select(Numbered)];

            // A rule removed meanwhile would be listed without its counters.
            if (ReferenceEquals(rules, configuration.Current.Rules))
            {
                return listed;
            }
        }
    }

    /// <summary>The rule with this id and its number; null when there is none.</summary>
    public NumberedRule? Find(ulong id) => Find(configuration.Current.Rules, id);

    /// <summary>Makes a rule, checked by the menu's own grammar.</summary>
    /// <param name="family">Which menu.</param>
    /// <param name="table">Which menu.</param>
    /// <param name="properties">RouterOS's names, and values as a script spells them: <c>!</c> in front negates.</param>
    /// <param name="before">Id of the rule it goes in front of; null for the end.</param>
    /// <exception cref="ConfigurationRefusedException">Something is wrong with a property, or what they say together.</exception>
    public NumberedRule Create(RuleFamily family, RuleTable table, IEnumerable<(string Name, string Value)> properties, ulong? before)
    {
        PropertyTable<FirewallRule> grammar = RuleProperties.Of(family, table);
        var command = new MenuCommand($"/{family.Word()} firewall {table.Word()}", "add");
        foreach ((string name, string value) in properties)
        {
            command.Add(name, value, grammar.Find(name)?.IsNegatable ?? false);
        }

        if (before is { } id)
        {
            command.Add("place-before", InternalId.Format(id));
        }

        // Ids count up: the last one given is this rule's.
        FirewallRules rules = configuration.Change(command).Rules;
        return Find(rules, rules.NextId - 1)!.Value;
    }

    /// <summary>Removes a rule.</summary>
    /// <exception cref="KeyNotFoundException">No rule has that id.</exception>
    public void Delete(ulong id) => configuration.Change(current => current with
    {
        Rules = current.Rules.Find(id) is { } rule
            ? current.Rules.Remove(rule.Family, rule.Table, id)
            : throw new KeyNotFoundException($"there is no rule {InternalId.Format(id)}"),
    });

    /// <summary>Lets rules count from zero again.</summary>
    /// <exception cref="KeyNotFoundException">No rule has one of the ids; no counter was touched.</exception>
    /// <exception cref="ConfigurationRefusedException">Nobody counts.</exception>
    public void ResetCounters(IReadOnlyCollection<ulong> ids)
    {
        FirewallRules rules = configuration.Current.Rules;
        if (ids.FirstOrDefault(id => rules.Find(id) is null) is not 0 and ulong missing)
        {
            throw new KeyNotFoundException($"there is no rule {InternalId.Format(missing)}");
        }

        (counters ?? throw new ConfigurationRefusedException([new PropertyProblem("", "rules are not counted")])).Reset(ids, rules);
    }

    NumberedRule? Find(FirewallRules rules, ulong id)
    {
        if (rules.Find(id) is not { } rule)
        {
            return null;
        }

        int number = rules.Of(rule.Family, rule.Table).TakeWhile(other => other.Id != id).Count();
        return Numbered(rule, number);
    }

    NumberedRule Numbered(FirewallRule rule, int number) => new(number, rule, counters?.Of(rule.Id) ?? default);
}
