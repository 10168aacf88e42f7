using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Routing;

/// <summary><c>/routing table</c>.</summary>
public sealed class RoutingTableMenu : ListMenu<RoutingTableSettings>
{
    static readonly PropertyTable<RoutingTableSettings> s_properties = new(
        EntryProperties.Name<RoutingTableSettings>(static t => t.Name, static (t, name) => t with { Name = name }),
        new SwitchMenuProperty<RoutingTableSettings>("fib", static t => t.Fib, static (t, fib) => t with { Fib = fib }),
        EntryProperties.Disabled<RoutingTableSettings>(),
        EntryProperties.Comment<RoutingTableSettings>())
    {
        ReadOnly = new HashSet<string> { "dynamic", "invalid", "used" },
    };

    public override string Path => "routing/table";

    public override PropertyTable<RoutingTableSettings> Properties => s_properties;

    protected internal override RoutingTableSettings Blank { get; } = new() { Name = "" };

    protected internal override string Noun => "routing table";

    protected override IReadOnlyList<string> Required { get; } = ["name"];

    protected internal override NameKind? Names => NameKind.RoutingTable;

    protected internal override EntryList<RoutingTableSettings> Entries(RouterConfiguration configuration) => configuration.RoutingTables;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<RoutingTableSettings> entries) =>
        configuration with { RoutingTables = entries };
}

/// <summary><c>/routing rule</c>. Order is meaning.</summary>
public sealed class RoutingRuleMenu : ListMenu<RoutingRuleSettings>
{
    static readonly NetworkGrammar s_network = new(null);

    static readonly WordGrammar<RoutingRuleAction> s_action = new(
        ("lookup", RoutingRuleAction.Lookup), ("lookup-only-in-table", RoutingRuleAction.LookupOnlyInTable),
        ("drop", RoutingRuleAction.Drop), ("unreachable", RoutingRuleAction.Unreachable));

    static readonly PropertyTable<RoutingRuleSettings> s_properties = new(
        new OptionMenuProperty<RoutingRuleSettings, AddressPrefix>(
            "src-address", "", s_network, static r => r.SrcAddress, static (r, from) => r with { SrcAddress = from }),
        new OptionMenuProperty<RoutingRuleSettings, AddressPrefix>(
            "dst-address", "", s_network, static r => r.DstAddress, static (r, to) => r with { DstAddress = to }),
        Text("interface", static r => r.Interface, static (r, name) => r with { Interface = name }),
        Text("routing-mark", static r => r.RoutingMark, static (r, mark) => r with { RoutingMark = mark }),
        new MenuProperty<RoutingRuleSettings, RoutingRuleAction>(
            "action", s_action, static r => r.Action, static (r, action) => r with { Action = action ?? RoutingRuleAction.Lookup },
            canUnset: true),
        Text("table", static r => r.Table, static (r, table) => r with { Table = table }),
        EntryProperties.Disabled<RoutingRuleSettings>(),
        EntryProperties.Comment<RoutingRuleSettings>())
    {
        ReadOnly = new HashSet<string> { "inactive", "invalid", "default" },
        NotYet = new HashSet<string> { "chain", "min-prefix", "realm", "vrf" },
    };

    public override string Path => "routing/rule";

    public override PropertyTable<RoutingRuleSettings> Properties => s_properties;

    protected internal override RoutingRuleSettings Blank { get; } = new();

    protected internal override string Noun => "rule";

    protected override IReadOnlySet<string> AlwaysWritten { get; } = new HashSet<string> { "action" };

    protected override bool IsOrdered => true;

    protected override IReadOnlyList<NameReference<RoutingRuleSettings>> References { get; } =
    [
        NameReference<RoutingRuleSettings>.One(
            "interface", NameScope.Interface, static r => r.Interface, static (r, name) => r with { Interface = name }),
        NameReference<RoutingRuleSettings>.One(
            "table", NameScope.RoutingTable, static r => r.Table, static (r, name) => r with { Table = name }),
        NameReference<RoutingRuleSettings>.One(
            "routing-mark", NameScope.RoutingTable, static r => r.RoutingMark, static (r, name) => r with { RoutingMark = name }),
    ];

    protected internal override EntryList<RoutingRuleSettings> Entries(RouterConfiguration configuration) => configuration.RoutingRules;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<RoutingRuleSettings> entries) =>
        configuration with { RoutingRules = entries };

    protected override RoutingRuleSettings Checked(RoutingRuleSettings rule, Statement statement, DiagnosticSink diagnostics)
    {
        if (rule is { SrcAddress: { } from, DstAddress: { } to } && from.Family != to.Family)
        {
            diagnostics.Error(
                statement.SpanOf("dst-address"), "src-address and dst-address are of two families", "two of IPv4 or two of IPv6");
        }

        bool looks = rule.Action is RoutingRuleAction.Lookup or RoutingRuleAction.LookupOnlyInTable;
        if (looks && rule.Table is null)
        {
            diagnostics.Error(
                statement.SpanOf("action"), $"{s_action.Format(rule.Action)} needs the table to look in", "table= with " + s_tables);
        }
        else if (!looks && rule.Table is not null)
        {
            diagnostics.Error(statement.SpanOf("table"), $"{s_action.Format(rule.Action)} looks in no table", "action=lookup");
        }

        return rule;
    }

    static readonly string s_tables = NameScope.RoutingTable.Expected();

    /// <summary>A matcher by name; empty it matches everything.</summary>
    static TextMenuProperty<RoutingRuleSettings> Text(
        string name, Func<RoutingRuleSettings, string?> read, Func<RoutingRuleSettings, string?, RoutingRuleSettings> write) =>
        new(
            name, new TextGrammar(0, ConfigurationEntry.MostNameLength), rule => read(rule) ?? "",
            (rule, value) => write(rule, value.Length == 0 ? null : value), canUnset: true);
}

/// <summary><c>/ip vrf</c>. The first of several that name an interface has it, so order is meaning.</summary>
public sealed class VrfMenu : ListMenu<VrfSettings>
{
    static readonly PropertyTable<VrfSettings> s_properties = new(
        EntryProperties.Name<VrfSettings>(static v => v.Name, static (v, name) => v with { Name = name }),
        new MenuProperty<VrfSettings, ValueList<string>>(
            "interfaces", new NamesGrammar(NameScope.Interface, "none"), static v => v.Interfaces,
            static (v, names) => v with { Interfaces = names!.Value }),
        EntryProperties.Disabled<VrfSettings>(),
        EntryProperties.Comment<VrfSettings>())
    {
        ReadOnly = new HashSet<string> { "builtin" },
        Impossible = new Dictionary<string, string>
        {
            ["route-distinguisher"] = "route-distinguisher belongs to BGP VPNs, which this router does not have",
            ["routing-mark"] = "a VRF has a name since RouterOS 7, which is also that of its table",
        },
    };

    public override string Path => "ip/vrf";

    public override PropertyTable<VrfSettings> Properties => s_properties;

    protected internal override VrfSettings Blank { get; } = new() { Name = "" };

    protected internal override string Noun => "VRF";

    protected override IReadOnlyList<string> Required { get; } = ["name", "interfaces"];

    protected override IReadOnlySet<string> AlwaysWritten { get; } = new HashSet<string> { "interfaces" };

    protected override bool IsOrdered => true;

    protected override IReadOnlyList<NameReference<VrfSettings>> References { get; } =
    [
        NameReference<VrfSettings>.Many(
            "interfaces", NameScope.Interface, static v => v.Interfaces, static (v, names) => v with { Interfaces = names }),
    ];

    protected internal override NameKind? Names => NameKind.Vrf;

    protected internal override EntryList<VrfSettings> Entries(RouterConfiguration configuration) => configuration.Vrfs;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<VrfSettings> entries) =>
        configuration with { Vrfs = entries };

    public override void Complete(Loading loading)
    {
        foreach ((VrfSettings vrf, Statement statement) in Written(loading).Where(static written => !written.Entry.Disabled))
        {
            foreach (string name in vrf.Interfaces)
            {
                string owner = loading.Configuration.VrfOf(name);
                if (owner != vrf.Name)
                {
                    loading.Diagnostics.Warning(
                        statement.SpanOf("interfaces"),
                        $"{DiagnosticSink.Quote(name)} belongs to the VRF {DiagnosticSink.Quote(owner)}, which names it before");
                }
            }
        }
    }
}
