using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Routing;

/// <summary><c>/ip route</c> and <c>/ipv6 route</c>: the routes of RouterOS 7, and the <c>type=</c> and <c>routing-mark=</c> of 6.</summary>
public sealed class RouteMenu(RuleFamily family) : ListMenu<RouteSettings>
{
    static readonly WordGrammar<RouteType> s_type = new(
        ("unicast", RouteType.Unicast), ("blackhole", RouteType.Blackhole), ("unreachable", RouteType.Unreachable),
        ("prohibit", RouteType.Prohibit));

    static readonly WordGrammar<GatewayCheck> s_check = new(
        ("none", GatewayCheck.None), ("ping", GatewayCheck.Ping), ("arp", GatewayCheck.Arp));

    static readonly NumberGrammar<int> s_scope = new(0, 255);

    static readonly PropertyTable<RouteSettings>[] s_properties = [Build(RuleFamily.Ipv4), Build(RuleFamily.Ipv6)];

    public override string Path { get; } = $"{family.Word()}/route";

    public override PropertyTable<RouteSettings> Properties => s_properties[(int)family];

    protected internal override RouteSettings Blank { get; } = new() { Family = family, DstAddress = AddressPrefix.Everything(family) };

    protected internal override string Noun => "route";

    protected override IReadOnlySet<string> AlwaysWritten { get; } = new HashSet<string> { "dst-address", "gateway" };

    protected override IReadOnlyList<NameReference<RouteSettings>> References { get; } =
    [
        new(
            "gateway", NameScope.Interface, static r => [.. r.Gateways.Select(static g => g.Interface).OfType<string>()],
            static (r, names) => r with { Gateways = WithInterfaces(r.Gateways, names) })
        {
            CanSpell = GatewaysGrammar.CanSpell,
            Misspelt = "a route names this interface as gateway, so its name can hold no \",\", \"%\" or \"@\" and be no address",
        },
        NameReference<RouteSettings>.One(
            "vrf-interface", NameScope.Interface, static r => r.VrfInterface, static (r, name) => r with { VrfInterface = name }),
        NameReference<RouteSettings>.One(
            "routing-table", NameScope.RoutingTable, static r => r.RoutingTable, static (r, name) => r with { RoutingTable = name }),
        new(
            "gateway", NameScope.RoutingTable, static r => [.. r.Gateways.Select(static g => g.Table).OfType<string>()],
            static (r, names) => r with { Gateways = WithTables(r.Gateways, names) })
        {
            Slot = "gateway@",
            CanSpell = static name => !name.Contains(','),
            Misspelt = "a route names this table in its gateway, so its name cannot hold a comma",
        },
    ];

    protected internal override EntryList<RouteSettings> Entries(RouterConfiguration configuration) => configuration.RoutesOf(family);

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<RouteSettings> entries) =>
        family == RuleFamily.Ipv4 ? configuration with { Ipv4Routes = entries } : configuration with { Ipv6Routes = entries };

    protected override RouteSettings Checked(RouteSettings route, Statement statement, DiagnosticSink diagnostics)
    {
        bool gatewayGiven = statement.Arguments.Any(static argument => argument.Name == "gateway");
        if (route.Type != RouteType.Unicast)
        {
            if (gatewayGiven && route.Gateways.Count > 0)
            {
                diagnostics.Error(
                    statement.SpanOf("gateway"), $"a {s_type.Format(route.Type)} route has no gateway", "one of the two");
            }

            return route with { Gateways = [] };
        }

        if (route.Gateways.Count == 0 && !(gatewayGiven && diagnostics.HasErrors))
        {
            diagnostics.Error(statement.HeadSpan, $"{statement.Command} leaves the route without a gateway", "gateway=, or blackhole");
        }

        return route;
    }

    public override void Complete(Loading loading)
    {
        HashSet<UInt128> own =
        [
            .. loading.Configuration.AddressesOf(family).Where(static address => !address.Disabled && !address.Eui64)
                .Select(static address => address.Address.Address),
        ];
        foreach ((RouteSettings route, Statement statement) in Written(loading))
        {
            foreach (Gateway gateway in route.Gateways.Where(_ => !route.Disabled))
            {
                if (gateway.Address is { } address && own.Contains(address))
                {
                    string shown = DiagnosticSink.Quote(new HostAddressGrammar(family).Format(address));
                    loading.Diagnostics.Error(
                        statement.SpanOf("gateway"), $"gateway: {shown} is this router's own address", "the address of another router");
                }
            }

            if (route.PrefSrc is { } source && !own.Contains(source))
            {
                loading.Diagnostics.Warning(
                    statement.SpanOf("pref-src"), "pref-src: the router does not have this address, so the route stays inactive");
            }
        }
    }

    static PropertyTable<RouteSettings> Build(RuleFamily family) => new(
        new MenuProperty<RouteSettings, AddressPrefix>(
            "dst-address", new NetworkGrammar(family), static r => r.DstAddress, static (r, to) => r with { DstAddress = to!.Value }),
        new TextMenuProperty<RouteSettings>(
            "routing-table", new NameGrammar(NameScope.RoutingTable), static r => r.RoutingTable,
            static (r, table) => r with { RoutingTable = table.Length == 0 ? RoutingTableSettings.Main : table }, canUnset: true),
        new OptionMenuProperty<RouteSettings, UInt128>(
            "pref-src", "", new HostAddressGrammar(family), static r => r.PrefSrc, static (r, source) => r with { PrefSrc = source }),
        new MenuProperty<RouteSettings, ValueList<Gateway>>(
            "gateway", new GatewaysGrammar(family), static r => r.Gateways.Count == 0 ? null : r.Gateways,
            static (r, gateways) => r with { Gateways = gateways ?? [] }, canUnset: true),
        new SwitchMenuProperty<RouteSettings>(
            "blackhole", static r => r.Type == RouteType.Blackhole,
            static (r, on) => r with { Type = on ? RouteType.Blackhole : r.Type == RouteType.Blackhole ? RouteType.Unicast : r.Type }),
        new MenuProperty<RouteSettings, RouteType>(
            "type", s_type, static r => r.Type is RouteType.Unreachable or RouteType.Prohibit ? r.Type : null,
            static (r, type) => r with { Type = type ?? RouteType.Unicast }, canUnset: true),
        new MenuProperty<RouteSettings, int>(
            "distance", new NumberGrammar<int>(RouteSettings.LeastDistance, RouteSettings.MostDistance), static r => r.Distance,
            static (r, distance) => r with { Distance = distance ?? RouteSettings.LeastDistance }, canUnset: true),
        new MenuProperty<RouteSettings, int>(
            "scope", s_scope, static r => r.Scope, static (r, scope) => r with { Scope = scope ?? RouteSettings.UsualScope }, canUnset: true),
        new MenuProperty<RouteSettings, int>(
            "target-scope", s_scope, static r => r.TargetScope,
            static (r, scope) => r with { TargetScope = scope ?? RouteSettings.UsualTargetScope }, canUnset: true),
        new MenuProperty<RouteSettings, GatewayCheck>(
            "check-gateway", s_check, static r => r.CheckGateway == GatewayCheck.None ? null : r.CheckGateway,
            static (r, check) => r with { CheckGateway = check ?? GatewayCheck.None }, canUnset: true),
        new TextMenuProperty<RouteSettings>(
            "vrf-interface", new TextGrammar(0, ConfigurationEntry.MostNameLength), static r => r.VrfInterface ?? "",
            static (r, name) => r with { VrfInterface = name.Length == 0 ? null : name }, canUnset: true),
        EntryProperties.Disabled<RouteSettings>(),
        EntryProperties.Comment<RouteSettings>())
    {
        ReadOnly = new HashSet<string>
        {
            "active", "connect", "dynamic", "ecmp", "gateway-status", "hw-offloaded", "immediate-gw", "inactive", "local-address", "static",
        },
        NotApplicable = new HashSet<string> { "suppress-hw-offload" },
        NotYet = new HashSet<string> { "route-tag" },
        Impossible = new Dictionary<string, string>
        {
            ["routing-mark"] = "routes have a routing-table since RouterOS 7: add the mark as a table with fib, and name that",
        },
    };

    static ValueList<Gateway> WithInterfaces(ValueList<Gateway> gateways, IReadOnlyList<string> names)
    {
        int next = 0;
        return [.. gateways.Select(gateway => gateway.Interface is null ? gateway : gateway with { Interface = names[next++] })];
    }

    static ValueList<Gateway> WithTables(ValueList<Gateway> gateways, IReadOnlyList<string> names)
    {
        int next = 0;
        return [.. gateways.Select(gateway => gateway.Table is null ? gateway : gateway with { Table = names[next++] })];
    }
}
