using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console;

/// <summary>The commands of one line, in order.</summary>
sealed class ConsoleSession(IRouterView router, DiagnosticSink diagnostics)
{
    const string TrackingPath = "/ip firewall connection tracking";

    readonly Loading _loading = new(router.Configuration, diagnostics);
    readonly List<ConsoleOutput> _outputs = [];
    readonly HashSet<ConnectionReference> _removed = [];
    readonly HashSet<ulong> _reset = [];

    /// <summary>Rules count as changed also where they say the same under other ids: a rule that is new counts from zero.</summary>
    bool Changed =>
        !ReferenceEquals(_loading.Configuration.Rules, router.Configuration.Rules) || _loading.Configuration != router.Configuration;

    /// <summary>The configuration so far, with the names that interfaces have by now.</summary>
    /// <remarks>What is wrong is reported when the last command is through.</remarks>
    RouterConfiguration Shown => ScriptLoader.Renamed(_loading, new DiagnosticSink(diagnostics.Source));

    public void Execute(Statement statement)
    {
        (RuleFamily Family, RuleTable Table)? rules = RulesOf(statement.Path);
        RuleFamily? connections = statement.Path switch
        {
            "/ip firewall connection" => RuleFamily.Ipv4,
            "/ipv6 firewall connection" => RuleFamily.Ipv6,
            _ => null,
        };
        switch (statement.Command)
        {
            case "export":
                _outputs.Add(new ScriptOutput(ScriptExporter.Export(Shown, (Menu)statement.Menu)));
                break;
            case "print" when connections is { } family:
                PrintConnections(statement, family);
                break;
            case "remove" when connections is { } family:
                RemoveConnections(statement, family);
                break;
            case "print" when rules is var (family, table):
                PrintRules(statement, family, table);
                break;
            case "reset-counters" or "reset-counters-all" when rules is var (family, table):
                ResetCounters(statement, family, table);
                break;
            case "print" when statement.Path == TrackingPath:
                PrintTracking(statement);
                break;
            case "print" when MenuPrinters.Of((Menu)statement.Menu) is MenuPrinter printer:
                _outputs.AddRange(printer.Print(statement, Shown, router, diagnostics));
                break;
            default:
                if (MenuCommands.Shows(statement))
                {
                    diagnostics.Error(statement.HeadSpan, $"{statement.Command} is not supported yet in this version for {statement.Path}");
                }
                else
                {
                    ScriptLoader.Execute(statement, _loading);
                }

                break;
        }
    }

    public ConsoleReply Complete()
    {
        ScriptLoader.Complete(_loading);
        IReadOnlyList<Diagnostic> findings = diagnostics.ToList();
        return diagnostics.HasErrors
            ? new ConsoleReply { Findings = findings }
            : new ConsoleReply
            {
                Findings = findings,
                Outputs = _outputs,
                Configuration = Changed ? _loading.Configuration : null,
                RemovedConnections = [.. _removed],
                ResetCounters = [.. _reset],
            };
    }

    void PrintConnections(Statement statement, RuleFamily family)
    {
        var print = new PrintArguments<NumberedConnection>(ConnectionFields.All, diagnostics);
        print.Read(statement.Arguments);
        if (!diagnostics.HasErrors)
        {
            _outputs.Add(new ConnectionsOutput(family, [.. print.Query.Apply(Connections(family))], print.Form ?? PrintForm.Brief));
        }
    }

    void PrintRules(Statement statement, RuleFamily family, RuleTable table)
    {
        var print = new PrintArguments<NumberedRule>(RuleFields.ForPrint(family, table), diagnostics);
        print.Read(statement.Arguments);
        if (!diagnostics.HasErrors)
        {
            IEnumerable<NumberedRule> rows = Shown.Rules.Of(family, table)
                .Select((rule, number) => new NumberedRule(number, rule, router.Counters(rule.Id)));
            if (table == RuleTable.Filter && router.FastTracked(family) is { } counters)
            {
                rows = rows.Prepend(FastTrackCounterRule.Of(family, counters));
            }

            _outputs.Add(new RulesOutput(family, table, [.. print.Query.Apply(rows)], print.Form ?? PrintForm.Detail));
        }
    }

    void PrintTracking(Statement statement)
    {
        var print = new PrintArguments<TrackingSettings>(new ConditionFields<TrackingSettings>(), diagnostics);
        print.Read(statement.Arguments);
        _outputs.Add(new TrackingOutput(_loading.Configuration.Tracking, router.Tracking, print.Form ?? PrintForm.Detail));
    }

    /// <summary><c>remove [ find … ]</c>, <c>remove 0,3</c> by number, <c>remove *1a</c> by id.</summary>
    void RemoveConnections(Statement statement, RuleFamily family)
    {
        const string Expected = "[ find … ], numbers, or ids such as *1a";
        switch (statement.Arguments)
        {
            case [{ Name: "" or "numbers", Value: CommandValue { Command: { Command: "find" } find } }] when find.Menu == statement.Menu:
                Func<NumberedConnection, bool>? condition = FindConditions.SpanOf(find.Arguments) is SourceSpan span
                    ? ConnectionFields.All.Parse(span, diagnostics)
                    : static _ => true;
                RemoveWhere(family, condition);
                break;
            case [{ Name: "" or "numbers", Value: TextValue { HasVariables: false } list }]:
                RemoveListed(family, list, Expected);
                break;
            default:
                SourceSpan place = statement.Arguments is [Argument first, ..] ? first.Span : statement.CommandSpan;
                diagnostics.Error(place, "remove does not say which connections it means", Expected);
                break;
        }
    }

    void RemoveWhere(RuleFamily family, Func<NumberedConnection, bool>? condition)
    {
        if (condition is not null && !diagnostics.HasErrors)
        {
            _removed.UnionWith(Connections(family).Where(condition).Select(row => new ConnectionReference(family, row.Connection.Id)));
        }
    }

    void RemoveListed(RuleFamily family, TextValue list, string expected)
    {
        var wanted = new Dictionary<string, (int Index, bool Found)>();
        int start = 0;
        foreach (string item in list.Text.Split(','))
        {
            wanted[item.ToLowerInvariant()] = (start, false);
            start += item.Length + 1;
        }

        foreach ((int number, Connection connection) in Connections(family))
        {
            foreach (string name in (string[])[NumberText.Plain((ulong)number), $"*{connection.Id:x}"])
            {
                if (wanted.TryGetValue(name, out (int Index, bool Found) entry))
                {
                    wanted[name] = entry with { Found = true };
                    _removed.Add(new ConnectionReference(family, connection.Id));
                }
            }
        }

        foreach ((string name, (int index, bool found)) in wanted)
        {
            if (!found)
            {
                SourceSpan span = name.Length == 0 ? list.Span : list.SpanOf(index, name.Length);
                diagnostics.Error(span, $"no connection {DiagnosticSink.Quote(name)}", expected);
            }
        }
    }

    void ResetCounters(Statement statement, RuleFamily family, RuleTable table)
    {
        IReadOnlyList<FirewallRule> rules = _loading.Configuration.Rules.Of(family, table);
        bool all = statement.Command == "reset-counters-all";
        switch (statement.Arguments)
        {
            case [] when all:
                _reset.UnionWith(rules.Select(static rule => rule.Id));
                break;
            case [{ Name: "" or "numbers", Value: ScriptValue value }] when !all:
                IReadOnlyList<int>? positions = new RuleTargets(family, table, rules, diagnostics).Resolve(value, statement);
                _reset.UnionWith((positions ?? []).Select(position => rules[position].Id));
                break;
            default:
                diagnostics.Error(statement.HeadSpan, all
                    ? "reset-counters-all takes no arguments"
                    : "reset-counters does not say which rules it means", all ? null : RuleTargets.Expected);
                break;
        }
    }

    IEnumerable<NumberedConnection> Connections(RuleFamily family) =>
        router.Connections(family).Select(static (connection, number) => new NumberedConnection(number, connection));

    static (RuleFamily Family, RuleTable Table)? RulesOf(string path) => path switch
    {
        "/ip firewall filter" => (RuleFamily.Ipv4, RuleTable.Filter),
        "/ip firewall raw" => (RuleFamily.Ipv4, RuleTable.Raw),
        "/ipv6 firewall filter" => (RuleFamily.Ipv6, RuleTable.Filter),
        "/ipv6 firewall raw" => (RuleFamily.Ipv6, RuleTable.Raw),
        _ => null,
    };
}
