using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Routing;

/// <summary>What print shows of the routing menus.</summary>
static class RoutingListings
{
    static readonly string[] s_states = ["permanent", "reachable", "stale", "delay", "probe", "failed", "incomplete"];

    public static Listing<EntryRow<VrfSettings, BuiltInStatus>> Vrfs { get; } = EntryListing.Of(
        new VrfMenu(),
        [
            EntryListing.Flag<VrfSettings, BuiltInStatus>('X', "disabled", static row => row.Entry.Disabled),
            EntryListing.Flag<VrfSettings, BuiltInStatus>('*', "builtin", static row => row.Status?.IsBuiltIn == true, shares: true),
        ],
        ["name", "interfaces"]);

    public static Listing<EntryRow<RoutingTableSettings, BuiltInStatus>> Tables { get; } = EntryListing.Of(
        new RoutingTableMenu(),
        [
            EntryListing.Flag<RoutingTableSettings, BuiltInStatus>('D', "dynamic", static row => row.Status?.IsDynamic == true),
            EntryListing.Flag<RoutingTableSettings, BuiltInStatus>('X', "disabled", static row => row.Entry.Disabled, shares: true),
        ],
        ["name", "fib"]);

    public static Listing<EntryRow<RoutingRuleSettings, BuiltInStatus>> Rules { get; } = EntryListing.Of<RoutingRuleSettings, BuiltInStatus>(
        new RoutingRuleMenu(),
        [EntryListing.Flag<RoutingRuleSettings, BuiltInStatus>('X', "disabled", static row => row.Entry.Disabled)],
        ["src-address", "dst-address", "interface", "routing-mark", "action", "table"]);

    public static Listing<EntryRow<AddressSettings, AddressStatus>> Addresses(RuleFamily family)
    {
        List<ListingFlag<EntryRow<AddressSettings, AddressStatus>>> flags =
        [
            AddressFlag('D', "dynamic", static row => row.Status?.IsDynamic == true),
            AddressFlag('X', "disabled", static row => row.Entry.Disabled),
            AddressFlag('I', "invalid", static row => row.Status?.Invalid == true, shares: true),
        ];
        if (family == RuleFamily.Ipv6)
        {
            flags.Add(AddressFlag('G', "global", static row => !IsLinkLocal(row.Entry)));
            flags.Add(AddressFlag('L', "link-local", static row => IsLinkLocal(row.Entry), shares: true));
        }

        flags.Add(AddressFlag(
            // By the names the router knows, whatever the line before has made of them.
            'S', "slave", static row => row.Status is { ActualInterface: { } actual } status && actual != status.Address.Interface));
        return EntryListing.Of(
            new AddressMenu(family), flags,
            family == RuleFamily.Ipv4 ? ["address", "network", "interface"] : ["address", "interface", "advertise"],
            [EntryListing.Text<AddressSettings, AddressStatus>("actual-interface", static row => row.Status?.ActualInterface)]);
    }

    public static Listing<EntryRow<RouteSettings, RouteStatus>> Routes(RuleFamily family)
    {
        var gateways = new GatewaysGrammar(family);
        var host = new HostAddressGrammar(family);
        return EntryListing.Of(
            new RouteMenu(family),
            [
                RouteFlag('D', "dynamic", static row => row.Status?.IsDynamic == true),
                RouteFlag('X', "disabled", static row => row.Entry.Disabled),
                RouteFlag('I', "inactive", static row => !row.Entry.Disabled && row.Status is { Active: false }, shares: true),
                RouteFlag('A', "active", static row => row.Status?.Active == true, shares: true),
                RouteFlag('c', "connect", static row => row.Status?.Connected == true),
                RouteFlag('s', "static", static row => row.Status?.IsDynamic != true, shares: true),
                RouteFlag('+', "ecmp", static row => row.Entry.Gateways.Count > 1),
                // RouterOS 7 has no letters for these; those of RouterOS 6 say at a glance why a route has no gateway.
                RouteFlag('B', "blackhole", static row => row.Entry.Type == RouteType.Blackhole, shares: true),
                RouteFlag('U', "unreachable", static row => row.Entry.Type == RouteType.Unreachable, shares: true),
                RouteFlag('P', "prohibit", static row => row.Entry.Type == RouteType.Prohibit, shares: true),
            ],
            ["dst-address", "gateway", "routing-table", "distance"],
            [
                EntryListing.Text<RouteSettings, RouteStatus>(
                    "immediate-gw", row => string.Join(',', row.Status?.ImmediateGateways.Select(gateways.FormatOne) ?? [])),
                EntryListing.Text<RouteSettings, RouteStatus>(
                    "local-address", row => row.Status?.LocalAddress is { } address ? host.Format(address) : null),
            ]);
    }

    public static Listing<EntryRow<NeighbourSettings, NeighbourStatus>> Neighbours(RuleFamily family)
    {
        List<ListingFlag<EntryRow<NeighbourSettings, NeighbourStatus>>> flags =
        [
            NeighbourFlag('X', "disabled", static row => row.Entry.Disabled),
            NeighbourFlag('D', "dynamic", static row => row.Status?.IsDynamic == true, shares: true),
        ];
        if (family == RuleFamily.Ipv4)
        {
            flags.Add(NeighbourFlag('P', "published", static row => row.Entry.Published, shares: true));
            flags.Add(NeighbourFlag('C', "complete", static row => row.Status?.IsComplete == true && !row.Entry.Disabled));
        }
        else
        {
            flags.Add(NeighbourFlag('R', "router", static row => row.Status?.IsRouter == true));
        }

        return EntryListing.Of(
            new NeighbourMenu(family), flags, ["address", "mac-address", "interface", "status"],
            [
                EntryListing.Text<NeighbourSettings, NeighbourStatus>(
                    "status", static row => row.Entry.Disabled || row.Status is null ? null : s_states[(int)row.Status.State]),
            ]);
    }

    static bool IsLinkLocal(AddressSettings address) => AddressUse.IsLinkLocal(address.Family, address.Address.Address);

    static ListingFlag<EntryRow<AddressSettings, AddressStatus>> AddressFlag(
        char letter, string word, Func<EntryRow<AddressSettings, AddressStatus>, bool> isSet, bool shares = false) =>
        EntryListing.Flag(letter, word, isSet, shares);

    static ListingFlag<EntryRow<RouteSettings, RouteStatus>> RouteFlag(
        char letter, string word, Func<EntryRow<RouteSettings, RouteStatus>, bool> isSet, bool shares = false) =>
        EntryListing.Flag(letter, word, isSet, shares);

    static ListingFlag<EntryRow<NeighbourSettings, NeighbourStatus>> NeighbourFlag(
        char letter, string word, Func<EntryRow<NeighbourSettings, NeighbourStatus>, bool> isSet, bool shares = false) =>
        EntryListing.Flag(letter, word, isSet, shares);
}
