using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Routing;

/// <summary>The Ethernet ports that a configuration names: a router without hardware has these.</summary>
static class NamedPorts
{
    /// <summary>Their numbers.</summary>
    public static HashSet<int> In(RouterConfiguration configuration)
    {
        HashSet<int> numbers = [.. configuration.Ethernets.Changed.Select(port => port.Number)];
        foreach (string name in Names(configuration).Distinct())
        {
            if (configuration.Ethernets.NumbersOf(name) is [int only])
            {
                numbers.Add(only);
            }
        }

        return numbers;
    }

    static IEnumerable<string> Names(RouterConfiguration configuration) =>
    [
        .. configuration.Vlans.Select(vlan => vlan.Interface),
        .. configuration.BridgePorts.Select(port => port.Interface),
        .. configuration.InterfaceListMembers.Select(member => member.Interface),
        .. configuration.Ipv4Addresses.Concat(configuration.Ipv6Addresses).Select(address => address.Interface),
        .. configuration.Ipv4Neighbours.Concat(configuration.Ipv6Neighbours).Select(neighbour => neighbour.Interface),
        .. configuration.Ipv4Routes.Concat(configuration.Ipv6Routes).SelectMany(GatewaysOf),
        .. configuration.Vrfs.SelectMany(vrf => vrf.Interfaces),
        .. configuration.RoutingRules.Select(rule => rule.Interface).OfType<string>(),
        .. configuration.Rules.All.SelectMany(rule => new[] { rule.Interfaces.InInterface, rule.Interfaces.OutInterface })
            .OfType<Negatable<string>>().Select(matcher => matcher.Value),
    ];

    static IEnumerable<string> GatewaysOf(RouteSettings route) => route.Gateways.Select(gateway => gateway.Interface).OfType<string>();
}
