using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Routing;

namespace Conntrack.RouterOs.Console;

/// <summary>The menus that print by one table of properties and flags.</summary>
static class MenuPrinters
{
    static readonly Dictionary<Menu, MenuPrinter> s_printers = new()
    {
        [MenuTree.At("interface")] = new ListPrinter<EntryRow<InterfaceSettings, InterfaceStatus>>(
            InterfaceListings.Interfaces, InterfaceRows.All),
        [MenuTree.At("interface/ethernet")] = new ListPrinter<EntryRow<Settings.EthernetSettings, InterfaceStatus>>(
            InterfaceListings.Ethernets, InterfaceRows.Ethernets),
        [MenuTree.At("interface/vlan")] = new ListPrinter<EntryRow<VlanSettings, InterfaceStatus>>(
            InterfaceListings.Vlans, InterfaceRows.Vlans),
        [MenuTree.At("interface/bridge")] = new ListPrinter<EntryRow<BridgeSettings, InterfaceStatus>>(
            InterfaceListings.Bridges, InterfaceRows.Bridges, PrintForm.Detail),
        [MenuTree.At("interface/bridge/port")] = new ListPrinter<EntryRow<BridgePortSettings, InterfaceStatus>>(
            InterfaceListings.BridgePorts, InterfaceRows.BridgePorts),
        [MenuTree.At("interface/bridge/settings")] = new SettingsPrinter<BridgingSettings>(
            IpSettingsMenus.Bridging, static configuration => configuration.Bridging, static _ => []),
        [MenuTree.At("interface/list")] = new ListPrinter<EntryRow<InterfaceListSettings, BuiltInStatus>>(
            InterfaceListings.Lists, static (configuration, _) => InterfaceRows.Lists(configuration)),
        [MenuTree.At("interface/list/member")] = new ListPrinter<EntryRow<InterfaceListMember, BuiltInStatus>>(
            InterfaceListings.ListMembers, static (configuration, _) => InterfaceRows.ListMembers(configuration)),
        [MenuTree.At("ip/address")] = Addresses(RuleFamily.Ipv4),
        [MenuTree.At("ipv6/address")] = Addresses(RuleFamily.Ipv6),
        [MenuTree.At("ip/route")] = Routes(RuleFamily.Ipv4),
        [MenuTree.At("ipv6/route")] = Routes(RuleFamily.Ipv6),
        [MenuTree.At("ip/arp")] = Neighbours(RuleFamily.Ipv4),
        [MenuTree.At("ipv6/neighbor")] = Neighbours(RuleFamily.Ipv6),
        [MenuTree.At("ip/vrf")] = new ListPrinter<EntryRow<VrfSettings, BuiltInStatus>>(
            RoutingListings.Vrfs, static (configuration, _) => RoutingRows.Vrfs(configuration)),
        [MenuTree.At("routing/table")] = new ListPrinter<EntryRow<RoutingTableSettings, BuiltInStatus>>(
            RoutingListings.Tables, static (configuration, _) => RoutingRows.Tables(configuration)),
        [MenuTree.At("routing/rule")] = new ListPrinter<EntryRow<RoutingRuleSettings, BuiltInStatus>>(
            RoutingListings.Rules, static (configuration, _) => RoutingRows.Rules(configuration), PrintForm.Detail),
        [MenuTree.At("ip/firewall/address-list")] = ListedAddresses(RuleFamily.Ipv4),
        [MenuTree.At("ipv6/firewall/address-list")] = ListedAddresses(RuleFamily.Ipv6),
        [MenuTree.At("ip/firewall/layer7-protocol")] = new ListPrinter<EntryRow<Layer7Settings, BuiltInStatus>>(
            FirewallListings.Layer7, static (configuration, _) => configuration.Layer7Protocols.Select(
                static (entry, number) => new EntryRow<Layer7Settings, BuiltInStatus>(number, entry))),
        [MenuTree.At("ip/firewall/service-port")] = new ListPrinter<EntryRow<ServicePortSettings, BuiltInStatus>>(
            FirewallListings.ServicePorts, static (configuration, _) => configuration.ServicePorts.Select(
                static (entry, number) => new EntryRow<ServicePortSettings, BuiltInStatus>(number, entry))),
        [MenuTree.At("ip/settings")] = new SettingsPrinter<Ipv4Settings>(
            IpSettingsMenus.Ipv4, static configuration => configuration.Ipv4, static router => FastTrack(router, RuleFamily.Ipv4)),
        [MenuTree.At("ipv6/settings")] = new SettingsPrinter<Ipv6Settings>(
            IpSettingsMenus.Ipv6, static configuration => configuration.Ipv6, static router => FastTrack(router, RuleFamily.Ipv6)),
    };

    /// <summary>How the menu prints; null when it prints otherwise or not at all.</summary>
    public static MenuPrinter? Of(Menu menu) => s_printers.GetValueOrDefault(menu);

    static ListPrinter<EntryRow<ListedAddress, ListedAddressStatus>> ListedAddresses(RuleFamily family)
    {
        var menu = new AddressListMenu(family);
        return new(
            FirewallListings.Addresses(family), (configuration, router) => EntryListing.Rows(
                    menu.Entries(configuration), router.ListedAddresses(family), static status => status.Listed)
                .Where(static row => row.Status is not { IsOver: true })
                .Select(static row => row.Status is null ? row : row with { Entry = row.Entry with { Timeout = row.Status.Remaining } }));
    }

    static ListPrinter<EntryRow<AddressSettings, AddressStatus>> Addresses(RuleFamily family) => new(
        RoutingListings.Addresses(family), (configuration, router) => RoutingRows.Addresses(family, configuration, router));

    static ListPrinter<EntryRow<RouteSettings, RouteStatus>> Routes(RuleFamily family) => new(
        RoutingListings.Routes(family), (configuration, router) => RoutingRows.Routes(family, configuration, router));

    static ListPrinter<EntryRow<NeighbourSettings, NeighbourStatus>> Neighbours(RuleFamily family) => new(
        RoutingListings.Neighbours(family), (configuration, router) => RoutingRows.Neighbours(family, configuration, router));

    static IEnumerable<(string Name, ValueKind Kind, string Value)> FastTrack(IRouterView router, RuleFamily family)
    {
        string name = family == RuleFamily.Ipv4 ? "ipv4" : "ipv6";
        FastPathStatus status = router.FastPath(family);
        return
        [
            ($"{name}-fast-path-active", ValueKind.Flag, status.IsFastPathActive ? "yes" : "no"),
            ($"{name}-fast-path-packets", ValueKind.Number, NumberText.Plain(status.FastPath.Packets)),
            ($"{name}-fast-path-bytes", ValueKind.Number, NumberText.Plain(status.FastPath.Bytes)),
            ($"{name}-fasttrack-active", ValueKind.Flag, status.IsFastTrackActive ? "yes" : "no"),
            ($"{name}-fasttrack-packets", ValueKind.Number, NumberText.Plain(status.FastTrack.Packets)),
            ($"{name}-fasttrack-bytes", ValueKind.Number, NumberText.Plain(status.FastTrack.Bytes)),
        ];
    }
}
