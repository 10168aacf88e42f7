using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Evaluation;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console;

/// <summary>The commands of one line, in order.</summary>
sealed class ConsoleSession(IRouterView router, DiagnosticSink diagnostics, ISet<string>? seen = null) : IScriptHost
{
    const string TrackingPath = "/ip firewall connection tracking";

    readonly Loading _loading = new(router.Configuration, diagnostics);
    readonly List<ConsoleOutput> _outputs = [];
    readonly HashSet<ConnectionReference> _removed = [];
    readonly HashSet<ListedAddressReference> _unlisted = [];
    readonly HashSet<ulong> _reset = [];
    readonly Dictionary<Menu, IMenuQuery> _queries = [];
    PrintRepetition? _repetition;
    (RouterConfiguration From, RouterConfiguration To)? _renamed;

    /// <summary>What the commands work on.</summary>
    public Loading Loading => _loading;

    public bool Shows => true;

    /// <summary>Rules count as changed also where they say the same under other ids: a rule that is new counts from zero.</summary>
    bool Changed =>
        !ReferenceEquals(_loading.Configuration.Rules, router.Configuration.Rules) || _loading.Configuration != router.Configuration;

    /// <summary>The configuration so far, with the names that interfaces have by now.</summary>
    /// <remarks>What is wrong is reported when the last command is through.</remarks>
    RouterConfiguration Shown
    {
        get
        {
            // The same document as long as no command changed it: what was worked out from it is kept with it.
            if (_renamed is not var (from, _) || !ReferenceEquals(from, _loading.Configuration))
            {
                _renamed = (_loading.Configuration, ScriptLoader.Renamed(_loading, new DiagnosticSink(diagnostics.Source)));
            }

            return _renamed.Value.To;
        }
    }

    public bool Acts(Statement statement) =>
        ScriptLoader.Acts((Menu)statement.Menu) || ConnectionsOf(statement.Path) is not null;

    public IMenuQuery? QueryOf(Menu menu) =>
        ConnectionsOf(menu.Path) is RuleFamily family ? new ConnectionListQuery(router, family) : ListingOf(menu) ?? ScriptLoader.QueryOf(menu);

    public void Show(string text) => _outputs.Add(new TextOutput(text));

    public void Execute(Statement statement)
    {
        (RuleFamily Family, RuleTable Table)? rules = RulesOf(statement.Path);
        RuleFamily? connections = ConnectionsOf(statement.Path);
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
                Show(printer.Print(statement, Shown, router, seen, diagnostics));
                break;
            default:
                if (MenuCommands.Shows(statement))
                {
                    diagnostics.Error(statement.HeadSpan, $"{statement.Command} is not supported yet in this version for {statement.Path}");
                }
                else
                {
                    RemoveMadeByRules(statement);
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
                RemovedAddresses = [.. _unlisted],
                ResetCounters = [.. _reset],
                Repetition = _repetition,
            };
    }

    IMenuQuery? ListingOf(Menu menu)
    {
        if (!_queries.TryGetValue(menu, out IMenuQuery? query)
            && MenuPrinters.Of(menu)?.Query(() => Shown, router) is IMenuQuery made)
        {
            _queries.Add(menu, query = made);
        }

        return query;
    }

    void Show(Printed printed)
    {
        _repetition = printed.Repetition ?? _repetition;
        if (printed.Output is ConsoleOutput output)
        {
            _outputs.Add(output);
        }
    }

    void PrintConnections(Statement statement, RuleFamily family)
    {
        Listing<NumberedConnection> listing = SelectionListings.Connections;
        var print = new PrintArguments<NumberedConnection>(ConnectionFields.All, listing.Names, listing.Number, diagnostics);
        print.Read(statement.Arguments);
        if (diagnostics.HasErrors)
        {
            return;
        }

        IEnumerable<NumberedConnection> rows = Connections(family);
        Show(new Printed(
            print.Properties is not null || print.Form == PrintForm.ValueList
                ? ListPrinter<NumberedConnection>.Output(listing, PrintForm.Brief, print, rows, seen)
                : new ConnectionsOutput(
                    family, [.. ListPrinter<NumberedConnection>.Unseen(listing, print.Query.Apply(rows), seen)], print.Form ?? PrintForm.Brief),
            print.Repetition));
    }

    void PrintRules(Statement statement, RuleFamily family, RuleTable table)
    {
        Listing<NumberedRule> listing = SelectionListings.Rules(family, table);
        var print = new PrintArguments<NumberedRule>(RuleFields.ForPrint(family, table), listing.Names, listing.Number, diagnostics);
        print.Read(statement.Arguments);
        if (diagnostics.HasErrors)
        {
            return;
        }

        IEnumerable<NumberedRule> rows = Shown.Rules.Of(family, table)
            .Select((rule, number) => new NumberedRule(number, rule, router.Counters(rule.Id)));
        if (router.FastTracked(family) is { } counters)
        {
            rows = FastTrackCounterRule.Of(family, table, counters).Concat(rows);
        }

        Show(new Printed(
            print.Properties is not null || print.Form == PrintForm.ValueList
                ? ListPrinter<NumberedRule>.Output(listing, PrintForm.Brief, print, rows, seen)
                : new RulesOutput(
                    family, table, [.. ListPrinter<NumberedRule>.Unseen(listing, print.Query.Apply(rows), seen)], print.Form ?? PrintForm.Detail),
            print.Repetition));
    }

    void PrintTracking(Statement statement)
    {
        if (!statement.Arguments.Any(static argument => argument.Name is "proplist"))
        {
            var print = new PrintArguments<TrackingSettings>(new ConditionFields<TrackingSettings>(), [], null, diagnostics);
            print.Read(statement.Arguments);
            Show(new Printed(new TrackingOutput(_loading.Configuration.Tracking, router.Tracking, print.Form ?? PrintForm.Detail), print.Repetition));
            return;
        }

        Show(SettingsPrinter<TrackingSettings>.Print(
            [
                .. TrackingPrinter.Properties(_loading.Configuration.Tracking, router.Tracking).Select(static property => (
                    property.Name,
                    property.Name.EndsWith("-entries", StringComparison.Ordinal) ? ValueKind.Number
                        : property.Name != "enabled" && property.Value is "yes" or "no" ? ValueKind.Flag : ValueKind.Text,
                    property.Value)),
            ],
            statement, diagnostics));
    }

    /// <summary>What <c>remove [ find … ]</c> of a menu of address lists finds besides the menu's own entries.</summary>
    void RemoveMadeByRules(Statement statement)
    {
        RuleFamily? family = statement.Path switch
        {
            "/ip firewall address-list" => RuleFamily.Ipv4,
            "/ipv6 firewall address-list" => RuleFamily.Ipv6,
            _ => null,
        };
        if (statement.Command != "remove" || family is not { } of
            || statement.Arguments is not [{ Name: "" or "numbers", Value: CommandValue { Command: { Command: "find" } find } }]
            || find.Menu != statement.Menu)
        {
            return;
        }

        Listing<EntryRow<ListedAddress, ListedAddressStatus>> listing = FirewallListings.Addresses(of);
        Func<EntryRow<ListedAddress, ListedAddressStatus>, bool>? condition = FindConditions.SpanOf(find.Arguments) is SourceSpan span
            ? listing.Fields.Parse(span, new DiagnosticSink(diagnostics.Source))
            : static _ => true;
        if (condition is not null)
        {
            _unlisted.UnionWith(router.ListedAddresses(of).Where(static status => status.IsDynamic)
                .Where(status => condition(new(null, status.Listed, status)))
                .Select(status => new ListedAddressReference(of, status.Listed.List, status.Listed.First)));
        }
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

    internal static RuleFamily? ConnectionsOf(string path) => path switch
    {
        "/ip firewall connection" => RuleFamily.Ipv4,
        "/ipv6 firewall connection" => RuleFamily.Ipv6,
        _ => null,
    };

    internal static (RuleFamily Family, RuleTable Table)? RulesOf(string path) =>
        path.Split(' ') is [var root, "firewall", var word] && RuleTableWords.TryParse(word, out RuleTable table)
            ? (root == "/ip" ? RuleFamily.Ipv4 : RuleFamily.Ipv6, table)
            : null;
}
