using Conntrack.RouterOs.Console;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Routing;

/// <summary>The rows of the routing menus.</summary>
static class RoutingRows
{
    public static IEnumerable<EntryRow<AddressSettings, AddressStatus>> Addresses(
        RuleFamily family, RouterConfiguration configuration, IRouterView router) =>
        EntryListing.Rows(configuration.AddressesOf(family), router.Addresses(family), static status => status.Address)
            .Select(row => row.Status is null ? row with { Status = Assumed(row.Entry, configuration) } : row);

    /// <summary>In the order of RouterOS 7: by table and network, of one network the nearest first.</summary>
    public static IEnumerable<EntryRow<RouteSettings, RouteStatus>> Routes(
        RuleFamily family, RouterConfiguration configuration, IRouterView router) =>
        EntryListing.Rows(configuration.RoutesOf(family), router.Routes(family), static status => status.Route)
            .OrderBy(static row => row.Entry.RoutingTable != RoutingTableSettings.Main)
            .ThenBy(static row => row.Entry.RoutingTable, StringComparer.Ordinal)
            .ThenBy(static row => row.Entry.DstAddress.First)
            .ThenBy(static row => row.Entry.DstAddress.Length)
            .ThenBy(static row => row.Entry.Distance);

    public static IEnumerable<EntryRow<NeighbourSettings, NeighbourStatus>> Neighbours(
        RuleFamily family, RouterConfiguration configuration, IRouterView router) =>
        EntryListing.Rows(configuration.NeighboursOf(family), router.Neighbours(family), static status => status.Neighbour)
            .Select(static row => row.Status is null ? row with { Status = new NeighbourStatus(row.Entry, NeighbourState.Permanent) } : row);

    /// <summary>main first, and behind those that are set the table of each VRF.</summary>
    public static IEnumerable<EntryRow<RoutingTableSettings, BuiltInStatus>> Tables(RouterConfiguration configuration) =>
        configuration.Vrfs.Where(static vrf => !vrf.Disabled).Select(static vrf => vrf.Name)
            .Select(static name => Made(new RoutingTableSettings { Name = name, Fib = true }))
            .Prepend(Made(new RoutingTableSettings { Name = RoutingTableSettings.Main, Fib = true }))
            .Concat(configuration.RoutingTables.Select(
                static (table, number) => new EntryRow<RoutingTableSettings, BuiltInStatus>(number, table)));

    public static IEnumerable<EntryRow<RoutingRuleSettings, BuiltInStatus>> Rules(RouterConfiguration configuration) =>
        configuration.RoutingRules.Select(static (rule, number) => new EntryRow<RoutingRuleSettings, BuiltInStatus>(number, rule));

    /// <summary>main last: it has what the others leave.</summary>
    public static IEnumerable<EntryRow<VrfSettings, BuiltInStatus>> Vrfs(RouterConfiguration configuration) =>
        configuration.Vrfs.Select(static (vrf, number) => new EntryRow<VrfSettings, BuiltInStatus>(number, vrf))
            .Append(new EntryRow<VrfSettings, BuiltInStatus>(
                null, new VrfSettings { Name = RoutingTableSettings.Main, Interfaces = [InterfaceListMembers.All] },
                new BuiltInStatus { IsBuiltIn = true }));

    static EntryRow<RoutingTableSettings, BuiltInStatus> Made(RoutingTableSettings table) =>
        new(null, table, new BuiltInStatus { IsDynamic = true });

    /// <summary>What the configuration alone says of an address.</summary>
    static AddressStatus Assumed(AddressSettings address, RouterConfiguration configuration) =>
        new(address) { ActualInterface = configuration.MasterOf(address.Interface) ?? address.Interface };
}
