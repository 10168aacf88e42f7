using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Routing;

/// <summary><c>/ip address</c> and <c>/ipv6 address</c>.</summary>
public sealed class AddressMenu(RuleFamily family) : ListMenu<AddressSettings>
{
    static readonly AnyAddressGrammar s_any = new(RuleFamily.Ipv4);

    static readonly PropertyTable<AddressSettings> s_ipv4 = new(
        Address(RuleFamily.Ipv4),
        // Print and export show the network of every address, as RouterOS does.
        new MenuProperty<AddressSettings, UInt128>(
            "network", s_any, static a => a.Network ?? a.Address.First, static (a, network) => a with { Network = network }, canUnset: true),
        new MenuProperty<AddressSettings, UInt128>(
            "broadcast", s_any, static a => a.Broadcast, static (a, broadcast) => a with { Broadcast = broadcast }, canUnset: true),
        Interface(),
        EntryProperties.Disabled<AddressSettings>(),
        EntryProperties.Comment<AddressSettings>())
    {
        ReadOnly = new HashSet<string> { "actual-interface", "dynamic", "invalid", "slave", "vrf" },
        Impossible = new Dictionary<string, string> { ["netmask"] = "the netmask is given with the address: address=10.0.0.1/24" },
    };

    static readonly PropertyTable<AddressSettings> s_ipv6 = new(
        Address(RuleFamily.Ipv6),
        Interface(),
        EntryProperties.Flag<AddressSettings>("eui-64", false, static a => a.Eui64, static (a, eui64) => a with { Eui64 = eui64 }),
        EntryProperties.Flag<AddressSettings>("advertise", true, static a => a.Advertise, static (a, told) => a with { Advertise = told }),
        EntryProperties.Flag<AddressSettings>("no-dad", false, static a => a.NoDad, static (a, noDad) => a with { NoDad = noDad }),
        EntryProperties.Disabled<AddressSettings>(),
        EntryProperties.Comment<AddressSettings>())
    {
        ReadOnly = new HashSet<string>
        {
            "actual-interface", "deprecated", "dynamic", "global", "invalid", "link-local", "preferred", "slave", "valid", "vrf",
        },
        NotApplicable = new HashSet<string> { "auto-link-local", "from-pool-policy" },
        NotYet = new HashSet<string> { "from-pool" },
    };

    public override string Path { get; } = $"{family.Word()}/address";

    public override PropertyTable<AddressSettings> Properties => family == RuleFamily.Ipv4 ? s_ipv4 : s_ipv6;

    protected internal override AddressSettings Blank { get; } =
        new() { Family = family, Address = AddressPrefix.Everything(family), Interface = "" };

    protected internal override string Noun => "address";

    protected override IReadOnlyList<string> Required { get; } = ["address", "interface"];

    protected override IReadOnlySet<string> AlwaysWritten { get; } = new HashSet<string> { "address", "network" };

    protected override IReadOnlyList<NameReference<AddressSettings>> References { get; } =
    [
        NameReference<AddressSettings>.One(
            "interface", NameScope.Interface, static a => a.Interface, static (a, name) => a with { Interface = name }),
    ];

    protected internal override EntryList<AddressSettings> Entries(RouterConfiguration configuration) => configuration.AddressesOf(family);

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<AddressSettings> entries) =>
        family == RuleFamily.Ipv4 ? configuration with { Ipv4Addresses = entries } : configuration with { Ipv6Addresses = entries };

    protected override AddressSettings Checked(AddressSettings address, Statement statement, DiagnosticSink diagnostics)
    {
        // What says the same as the address alone is as if it had not been said; a new address has a new network.
        bool moved = statement.Arguments.Any(static argument => argument.Name == "address");
        UInt128? network = moved && !statement.Arguments.Any(static argument => argument.Name == "network") ? null : address.Network;
        address = address with
        {
            Network = network == address.Address.First ? null : network,
            Broadcast = address.Broadcast == address.Address.Last ? null : address.Broadcast,
        };
        if (moved && address.Address != Blank.Address)
        {
            ReportAddress(address, network, statement.Arguments.Last(static argument => argument.Name == "address").Value!.Span, diagnostics);
        }

        return address;
    }

    public override void Complete(Loading loading)
    {
        RouterConfiguration configuration = loading.Configuration;
        RefuseTwins(
            loading, "address",
            a => a.Disabled || a.Interface.Length == 0 || a.Eui64
                ? null
                : ((UInt128, string)?)(a.Address.Address, configuration.VrfOf(a.Interface)),
            static a => $"the router has the address {DiagnosticSink.Quote(AddressOf(a))} already");
        var links = new Dictionary<(AddressPrefix, string), AddressSettings>();
        foreach (AddressSettings address in Entries(configuration).Where(static address => !address.Disabled))
        {
            (AddressPrefix, string) link = (address.OnLink, configuration.VrfOf(address.Interface));
            AddressSettings first = links.GetValueOrDefault(link, address);
            links.TryAdd(link, address);
            if (!loading.Written.TryGetValue((Path, address.Id), out Statement? statement))
            {
                continue;
            }

            if (configuration.MasterOf(address.Interface) is string bridge)
            {
                loading.Diagnostics.Warning(
                    statement.SpanOf("interface"),
                    $"{DiagnosticSink.Quote(address.Interface)} is a port of {DiagnosticSink.Quote(bridge)}, where the address then works");
            }

            if (first.Interface != address.Interface && !address.OnLink.IsSingle && !AddressUse.IsLinkLocal(family, address.OnLink.First))
            {
                loading.Diagnostics.Warning(
                    statement.SpanOf("address"),
                    $"the network {address.OnLink} is on {DiagnosticSink.Quote(first.Interface)} too: packets to it leave by one of them");
            }
        }
    }

    /// <summary>RFC 1122 section 3.2.1.3: the first and last address of a network are no host's; a /31 of RFC 3021 has no others.</summary>
    static void ReportAddress(AddressSettings address, UInt128? network, SourceSpan span, DiagnosticSink diagnostics)
    {
        AddressPrefix own = address.Address;
        string shown = DiagnosticSink.Quote(own.ToString());
        if (address.Eui64 && own.Length != 64)
        {
            diagnostics.Error(span, $"address: {shown} leaves no 64 bits for the MAC address", "a prefix of 64 bits, or eui-64=no");
        }

        if (own.Family == RuleFamily.Ipv6 || own.Length > 30 || network is not null)
        {
            return;
        }

        if (own.Address == own.Last)
        {
            diagnostics.Error(span, $"address: {shown} is the broadcast address of its network", "an address of a host");
        }
        else if (own.Address == own.First)
        {
            diagnostics.Warning(span, $"address: {shown} is the address of the network itself");
        }
    }

    static string AddressOf(AddressSettings address) => Connections.AddressText.Format(address.Address.IPAddress);

    static MenuProperty<AddressSettings, AddressPrefix> Address(RuleFamily family) => new(
        "address", new InterfaceAddressGrammar(family), static a => a.Address, static (a, address) => a with { Address = address!.Value });

    static MenuProperty<AddressSettings> Interface() => EntryProperties.Reference<AddressSettings>(
        "interface", NameScope.Interface, static a => a.Interface, static (a, name) => a with { Interface = name });
}
