using Conntrack.RouterOs.Console;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>The rows of the interface menus.</summary>
static class InterfaceRows
{
    /// <summary>Ethernet ports by number, then everything else in the order in which it was added.</summary>
    public static IEnumerable<EntryRow<InterfaceSettings, InterfaceStatus>> All(RouterConfiguration configuration, IRouterView router)
    {
        Dictionary<InterfaceKey, InterfaceStatus> statuses = Statuses(router);
        return Ports(configuration, statuses).Select(InterfaceSettings.Of)
            .Concat(configuration.Bridges.Select(InterfaceSettings.Of).Concat(configuration.Vlans.Select(InterfaceSettings.Of))
                .OrderBy(static settings => settings.Key.Number))
            .Select((settings, number) => new EntryRow<InterfaceSettings, InterfaceStatus>(
                number, settings, statuses.GetValueOrDefault(settings.Key) ?? Assumed(settings, configuration)));
    }

    public static IEnumerable<EntryRow<EthernetSettings, InterfaceStatus>> Ethernets(RouterConfiguration configuration, IRouterView router)
    {
        Dictionary<InterfaceKey, InterfaceStatus> statuses = Statuses(router);
        return Ports(configuration, statuses).Select(port => new EntryRow<EthernetSettings, InterfaceStatus>(
            port.Number - 1, port,
            statuses.GetValueOrDefault(InterfaceSettings.Of(port).Key) ?? Assumed(InterfaceSettings.Of(port), configuration)));
    }

    public static IEnumerable<EntryRow<VlanSettings, InterfaceStatus>> Vlans(RouterConfiguration configuration, IRouterView router)
    {
        Dictionary<InterfaceKey, InterfaceStatus> statuses = Statuses(router);
        return configuration.Vlans.Select((vlan, number) => new EntryRow<VlanSettings, InterfaceStatus>(
            number, vlan, statuses.GetValueOrDefault(InterfaceSettings.Of(vlan).Key)));
    }

    public static IEnumerable<EntryRow<BridgeSettings, InterfaceStatus>> Bridges(RouterConfiguration configuration, IRouterView router)
    {
        Dictionary<InterfaceKey, InterfaceStatus> statuses = Statuses(router);
        return configuration.Bridges.Select((bridge, number) => new EntryRow<BridgeSettings, InterfaceStatus>(
            number, bridge, statuses.GetValueOrDefault(InterfaceSettings.Of(bridge).Key)));
    }

    public static IEnumerable<EntryRow<BridgePortSettings, InterfaceStatus>> BridgePorts(
        RouterConfiguration configuration, IRouterView router)
    {
        Dictionary<InterfaceKey, InterfaceStatus> statuses = Statuses(router);
        return configuration.BridgePorts.Select((port, number) => new EntryRow<BridgePortSettings, InterfaceStatus>(
            number, port,
            configuration.InterfacesNamed(port.Interface) is [InterfaceKey key] ? statuses.GetValueOrDefault(key) : null));
    }

    public static IEnumerable<EntryRow<InterfaceListSettings, BuiltInStatus>> Lists(RouterConfiguration configuration) =>
        InterfaceListMembers.BuiltIn
            .Select(static name => new EntryRow<InterfaceListSettings, BuiltInStatus>(
                null, new InterfaceListSettings { Name = name, Comment = Explanation(name) }, new BuiltInStatus { IsBuiltIn = true }))
            .Concat(configuration.InterfaceLists.Select(
                static (list, number) => new EntryRow<InterfaceListSettings, BuiltInStatus>(number, list)));

    public static IEnumerable<EntryRow<InterfaceListMember, BuiltInStatus>> ListMembers(RouterConfiguration configuration) =>
        configuration.InterfaceListMembers.Select(
            static (member, number) => new EntryRow<InterfaceListMember, BuiltInStatus>(number, member));

    /// <summary>What the configuration alone says of an interface.</summary>
    static InterfaceStatus Assumed(InterfaceSettings settings, RouterConfiguration configuration) =>
        new() { Key = settings.Key, Slave = configuration.MasterOf(settings.Name) is not null };

    /// <summary>RouterOS's own comments.</summary>
    static string Explanation(string list) => list switch
    {
        InterfaceListMembers.All => "contains all interfaces",
        InterfaceListMembers.None => "contains no interfaces",
        InterfaceListMembers.Dynamic => "contains dynamic interfaces",
        _ => "contains static interfaces",
    };

    /// <summary>The ports the router has, and those the configuration says something of.</summary>
    static IEnumerable<EthernetSettings> Ports(RouterConfiguration configuration, Dictionary<InterfaceKey, InterfaceStatus> statuses) =>
        statuses.Keys.Where(static key => key.Kind == InterfaceKind.Ethernet).Select(static key => (int)key.Number)
            .Concat(configuration.Ethernets.Changed.Select(static port => port.Number))
            .Distinct().Order().Select(number => configuration.Ethernets[number]);

    static Dictionary<InterfaceKey, InterfaceStatus> Statuses(IRouterView router) =>
        router.Interfaces.ToDictionary(static status => status.Key);
}
