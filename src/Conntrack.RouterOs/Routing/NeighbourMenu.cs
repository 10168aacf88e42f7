using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Routing;

/// <summary>The static entries of <c>/ip arp</c> and <c>/ipv6 neighbor</c>.</summary>
public sealed class NeighbourMenu(RuleFamily family) : ListMenu<NeighbourSettings>
{
    static readonly PropertyTable<NeighbourSettings>[] s_properties = [Build(RuleFamily.Ipv4), Build(RuleFamily.Ipv6)];

    public override string Path => family == RuleFamily.Ipv4 ? "ip/arp" : "ipv6/neighbor";

    public override PropertyTable<NeighbourSettings> Properties => s_properties[(int)family];

    protected internal override NeighbourSettings Blank { get; } = new() { Family = family, Address = 0, Interface = "" };

    protected internal override string Noun => "neighbour";

    protected override IReadOnlyList<string> Required { get; } = ["address", "interface"];

    protected override IReadOnlyList<NameReference<NeighbourSettings>> References { get; } =
    [
        NameReference<NeighbourSettings>.One(
            "interface", NameScope.Interface, static n => n.Interface, static (n, name) => n with { Interface = name }),
    ];

    protected internal override EntryList<NeighbourSettings> Entries(RouterConfiguration configuration) => configuration.NeighboursOf(family);

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<NeighbourSettings> entries) =>
        family == RuleFamily.Ipv4 ? configuration with { Ipv4Neighbours = entries } : configuration with { Ipv6Neighbours = entries };

    protected override NeighbourSettings Checked(NeighbourSettings neighbour, Statement statement, DiagnosticSink diagnostics)
    {
        if (neighbour.MacAddress is null && !neighbour.Published && !statement.Arguments.Any(static a => a.Name == "mac-address"))
        {
            diagnostics.Error(
                statement.HeadSpan, $"{statement.Command} leaves the neighbour without a MAC address",
                family == RuleFamily.Ipv4 ? "mac-address=, or published=yes" : "mac-address=");
        }

        return neighbour;
    }

    public override void Complete(Loading loading) => RefuseTwins(
        loading, "address",
        static n => n.Disabled || n.Interface.Length == 0 ? null : ((UInt128, string)?)(n.Address, n.Interface),
        n => $"{DiagnosticSink.Quote(Properties.Find("address")!.Text(n)!)} is a neighbour on {DiagnosticSink.Quote(n.Interface)} already");

    static PropertyTable<NeighbourSettings> Build(RuleFamily family)
    {
        List<MenuProperty<NeighbourSettings>> properties =
        [
            new MenuProperty<NeighbourSettings, UInt128>(
                "address", new HostAddressGrammar(family), static n => n.Address == 0 ? null : n.Address,
                static (n, address) => n with { Address = address!.Value }),
            new MenuProperty<NeighbourSettings, MacAddress>(
                "mac-address", new MacAddressGrammar(), static n => n.MacAddress, static (n, mac) => n with { MacAddress = mac },
                canUnset: true),
            EntryProperties.Reference<NeighbourSettings>(
                "interface", NameScope.Interface, static n => n.Interface, static (n, name) => n with { Interface = name }),
        ];
        if (family == RuleFamily.Ipv4)
        {
            properties.Add(EntryProperties.Flag<NeighbourSettings>(
                "published", false, static n => n.Published, static (n, published) => n with { Published = published }));
        }

        properties.Add(EntryProperties.Disabled<NeighbourSettings>());
        properties.Add(EntryProperties.Comment<NeighbourSettings>());
        return new PropertyTable<NeighbourSettings>([.. properties])
        {
            ReadOnly = new HashSet<string> { "complete", "dhcp", "dynamic", "invalid", "router", "status", "vrf" },
        };
    }
}
