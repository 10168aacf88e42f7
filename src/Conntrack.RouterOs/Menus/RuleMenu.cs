using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Properties;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// <c>/ip firewall filter</c>, <c>mangle</c>, <c>nat</c>, <c>raw</c> and the same below <c>/ipv6</c>. Order is meaning: <c>add</c> appends unless
/// <c>place-before</c> says otherwise, and <c>move</c> changes it.
/// </summary>
public sealed class RuleMenu(RuleFamily family, RuleTable table) : IMenuActions
{
    static readonly string[] s_commands =
        ["add", "set", "remove", "enable", "disable", "move", "comment", "unset", "reset-counters", "reset-counters-all"];

    public string Path { get; } = $"{family.Word()}/firewall/{table.Word()}";

    public IMenuQuery Query { get; } = new RuleQuery(family, table);

    PropertyTable<FirewallRule> Properties => RuleProperties.Of(family, table);

    public void Execute(Statement statement, Loading loading)
    {
        switch (statement.Command)
        {
            case "add":
                Add(statement, loading);
                break;
            case "set" or "comment":
                Change(statement, loading, static rule => rule);
                break;
            case "enable":
                Change(statement, loading, static rule => rule with { Disabled = false });
                break;
            case "disable":
                Change(statement, loading, static rule => rule with { Disabled = true });
                break;
            case "unset":
                Unset(statement, loading);
                break;
            case "remove":
                Remove(statement, loading);
                break;
            case "move":
                Move(statement, loading);
                break;
            case "reset-counters" or "reset-counters-all":
                loading.Diagnostics.Note(statement.CommandSpan, $"{statement.Command} changes no settings and is skipped");
                break;
            default:
                MenuCommands.Refuse(statement, loading.Diagnostics, s_commands);
                break;
        }
    }

    public RouterConfiguration Rename(RouterConfiguration configuration, Loading loading, DiagnosticSink diagnostics)
    {
        FirewallRules rules = configuration.Rules;
        int index = 0;
        foreach (FirewallRule rule in configuration.Rules.Of(family, table))
        {
            FirewallRule renamed = rule;
            foreach (NameReference<FirewallRule> reference in RuleProperties.References)
            {
                renamed = loading.Uses.Rename(Path, renamed, rule.Id, reference, loading, diagnostics);
            }

            rules = ReferenceEquals(renamed, rule) ? rules : rules.Replace(index, renamed);
            index++;
        }

        return ReferenceEquals(rules, configuration.Rules) ? configuration : configuration with { Rules = rules };
    }

    /// <summary>A packet that came in by a bridge's port has the bridge for its interface, as in RouterOS.</summary>
    public void Complete(Loading loading)
    {
        IReadOnlyList<FirewallRule> rules = loading.Configuration.Rules.Of(family, table);
        if (!ReferenceEquals(rules, loading.Base.Rules.Of(family, table)))
        {
            new ChainChecks(Path, table, rules, loading).Report();
        }

        foreach (FirewallRule rule in rules)
        {
            if (!rule.Disabled && loading.Written.TryGetValue((Path, rule.Id), out Statement? statement))
            {
                RuleChecks.ReportSlaves(rule, statement, loading);
            }
        }
    }

    public IEnumerable<string> Export(RouterConfiguration configuration) =>
        configuration.Rules.Of(family, table).Select(static rule => "add" + RuleProperties.Export(rule));

    void Add(Statement statement, Loading loading)
    {
        List<Argument> rest = [.. statement.Arguments];
        int position = TakeOne(rest, "place-before", statement, loading) ?? loading.Configuration.Rules.Of(family, table).Count;
        FirewallRule start = TakeOne(rest, "copy-from", statement, loading) is int copied
            ? loading.Configuration.Rules.Of(family, table)[copied]
            : RuleProperties.Blank(family, table);
        start = start with { Id = loading.Configuration.Rules.NextId };
        FirewallRule rule = Properties.Apply(start, rest, loading.Noted, loading.Diagnostics);
        if (rule.Chain.Length == 0 && !rest.Exists(static argument => argument.Name == "chain"))
        {
            loading.Diagnostics.Error(
                statement.CommandSpan, "add does not say which chain the rule belongs to", "chain=" + Properties.Find("chain")!.Expected);
        }

        rule = Checked(rule, statement, loading, loading.Diagnostics);
        foreach (NameReference<FirewallRule> reference in RuleProperties.References)
        {
            loading.Uses.Assign(Path, rule, rule.Id, reference, statement, loading);
        }

        loading.Written[(Path, rule.Id)] = statement;

        // Also a rule with an error takes its place, so that the numbers of the lines that follow mean what their author meant.
        Update(loading, loading.Configuration.Rules.Insert(position, rule));
    }

    void Change(Statement statement, Loading loading, Func<FirewallRule, FirewallRule> command)
    {
        List<Argument> rest = [.. statement.Arguments];
        IReadOnlyList<int>? positions = TakeTargets(rest, statement, loading);
        DiagnosticSink diagnostics = loading.Diagnostics;
        if (positions is null or [])
        {
            // The properties can be judged all the same, so that every finding comes out in one pass.
            Properties.Apply(RuleProperties.Blank(family, table), rest, loading.Noted, diagnostics);
            return;
        }

        foreach (int position in positions)
        {
            FirewallRules rules = loading.Configuration.Rules;
            FirewallRule rule = command(Properties.Apply(rules.Of(family, table)[position], rest, loading.Noted, diagnostics));
            rule = Checked(rule, statement, loading, diagnostics);
            foreach (NameReference<FirewallRule> reference in RuleProperties.References)
            {
                if (rest.Exists(argument => argument.Name == reference.Property))
                {
                    loading.Uses.Assign(Path, rule, rule.Id, reference, statement, loading);
                }
            }

            loading.Written[(Path, rule.Id)] = statement;
            Update(loading, rules.Replace(position, rule));

            // What is wrong with a property is wrong for every rule; once is enough. Contradictions are each rule's own.
            diagnostics = diagnostics == loading.Diagnostics && loading.Diagnostics.HasErrors
                ? new DiagnosticSink(loading.Diagnostics.Source)
                : diagnostics;
        }
    }

    void Unset(Statement statement, Loading loading)
    {
        List<Argument> rest = [.. statement.Arguments];
        IReadOnlyList<int>? positions = TakeTargets(rest, statement, loading);
        Argument? named = rest.Find(static argument => argument.Name is "" or "value-name");
        if (rest.Count != 1 || named?.Value is not TextValue text || Properties.Find(text.Text) is not MenuProperty<FirewallRule> property)
        {
            loading.Diagnostics.Error(
                named?.Span ?? statement.CommandSpan, "unset does not say which property is to go",
                "numbers and value-name=, a property of this menu", Properties.Names);
            return;
        }

        foreach (int position in positions ?? [])
        {
            FirewallRules rules = loading.Configuration.Rules;
            if (!property.TryUnset(rules.Of(family, table)[position], out FirewallRule rule))
            {
                loading.Diagnostics.Error(text.Span, $"{property.Name} always has a value and cannot be unset");
                return;
            }

            Update(loading, rules.Replace(position, Checked(rule, statement, loading, loading.Diagnostics)));
        }
    }

    void Remove(Statement statement, Loading loading)
    {
        List<Argument> rest = [.. statement.Arguments];
        IReadOnlyList<int>? positions = TakeTargets(rest, statement, loading);
        RefuseRest(rest, statement, loading);
        FirewallRules rules = loading.Configuration.Rules;
        foreach (int position in (positions ?? []).OrderDescending())
        {
            rules = rules.RemoveAt(family, table, position);
        }

        Update(loading, rules);
    }

    /// <summary>
    /// <c>move 3 destination=0</c> or <c>move 3 0</c>: in front of the rule named second; without one, to the end.
    /// </summary>
    void Move(Statement statement, Loading loading)
    {
        List<Argument> rest = [.. statement.Arguments];
        IReadOnlyList<int>? positions = TakeTargets(rest, statement, loading);
        Argument? unnamed = rest.Find(static argument => argument.Operator == ArgumentOperator.None);
        string name = unnamed is null ? "destination" : "";
        int? destination = TakeOne(rest, name, statement, loading);
        RefuseRest(rest, statement, loading);
        if (positions is not null)
        {
            FirewallRules rules = loading.Configuration.Rules;
            Update(loading, rules.Move(family, table, positions, destination ?? rules.Of(family, table).Count));
        }
    }

    /// <summary>Takes the argument that says which rules are meant: numbers=, or the first without a name.</summary>
    IReadOnlyList<int>? TakeTargets(List<Argument> rest, Statement statement, Loading loading)
    {
        int index = rest.FindIndex(static argument => argument is { Name: "numbers", Value: not null });
        index = index >= 0 ? index : rest.FindIndex(static argument => argument.Operator == ArgumentOperator.None);
        if (index < 0)
        {
            loading.Diagnostics.Error(
                statement.CommandSpan, $"{statement.Command} does not say which rules it means", RuleTargets.Expected);
            return null;
        }

        ScriptValue value = rest[index].Value!;
        rest.RemoveAt(index);
        return Targets(loading).Resolve(value, statement);
    }

    /// <summary>Takes the argument of that name, which says one rule; of several the first counts.</summary>
    int? TakeOne(List<Argument> rest, string name, Statement statement, Loading loading)
    {
        int index = rest.FindIndex(argument => argument.Name == name && argument.Value is not null);
        if (index < 0)
        {
            return null;
        }

        Argument argument = rest[index];
        rest.RemoveAt(index);
        IReadOnlyList<int>? positions = Targets(loading).Resolve(argument.Value!, statement);
        if (positions is [])
        {
            loading.Diagnostics.Error(argument.Span, "there is no such rule", RuleTargets.Expected);
        }

        return positions is [int first, ..] ? first : null;
    }

    RuleTargets Targets(Loading loading) => new(family, table, loading.Configuration.Rules.Of(family, table), loading.Diagnostics);

    static void RefuseRest(List<Argument> rest, Statement statement, Loading loading)
    {
        foreach (Argument argument in rest)
        {
            string shown = DiagnosticSink.Quote(loading.Diagnostics.Source.Slice(argument.Span));
            loading.Diagnostics.Error(argument.Span, $"unexpected {shown}: {statement.Command} takes no properties");
        }
    }

    /// <summary>The rule as it can stand, and what contradicts itself in it reported.</summary>
    static FirewallRule Checked(FirewallRule rule, Statement statement, Loading loading, DiagnosticSink diagnostics)
    {
        rule = ArgumentChecks.Settle(rule, statement, diagnostics);
        RuleChecks.Report(rule, statement, diagnostics);
        if (!loading.ActsOnAll)
        {
            foreach ((string property, string message) in RuleActs.Idle(rule, RuleProperties.Assignments(rule).Select(static entry => entry.Name)))
            {
                diagnostics.Error(statement.SpanOf(property), message);
            }
        }

        return rule;
    }

    static void Update(Loading loading, FirewallRules rules)
    {
        if (!ReferenceEquals(rules, loading.Configuration.Rules))
        {
            loading.Configuration = loading.Configuration with { Rules = rules };
        }
    }
}
