using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Routing;

/// <summary>The lists of one family.</summary>
public static class FamilyLists
{
    public static EntryList<AddressSettings> AddressesOf(this RouterConfiguration configuration, RuleFamily family) =>
        family == RuleFamily.Ipv4 ? configuration.Ipv4Addresses : configuration.Ipv6Addresses;

    public static EntryList<RouteSettings> RoutesOf(this RouterConfiguration configuration, RuleFamily family) =>
        family == RuleFamily.Ipv4 ? configuration.Ipv4Routes : configuration.Ipv6Routes;

    public static EntryList<NeighbourSettings> NeighboursOf(this RouterConfiguration configuration, RuleFamily family) =>
        family == RuleFamily.Ipv4 ? configuration.Ipv4Neighbours : configuration.Ipv6Neighbours;

    /// <summary>The name of the VRF, and so of the table, that packets of the interface are forwarded by.</summary>
    public static string VrfOf(this RouterConfiguration configuration, string interfaceName) =>
        configuration.Vrfs.FirstOrDefault(vrf => !vrf.Disabled && vrf.Interfaces.Contains(interfaceName))?.Name
        ?? RoutingTableSettings.Main;
}
