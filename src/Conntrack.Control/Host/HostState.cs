using System.Net;
using System.Net.Sockets;
using Conntrack.Control.Routing;
using Conntrack.RouterOs.Routing;

namespace Conntrack.Control.Host;

/// <summary>What of a router its host is to know: addresses that are its own too, and networks that it reaches through the router.</summary>
/// <param name="Mtu">The smallest of any interface: nothing the host says has to be cut.</param>
sealed record HostState(int Mtu)
{
    public static HostState Nothing { get; } = new(1500);

    public IReadOnlySet<IPAddress> Addresses { get; init; } = new HashSet<IPAddress>();

    /// <summary>Networks on the router's links, as text, and the address that the host speaks from there; null for any.</summary>
    public IReadOnlyDictionary<string, IPAddress?> Networks { get; init; } = new Dictionary<string, IPAddress?>();

    /// <summary>
    /// Those of the main table: what the host says is routed by that. Addresses of a link alone stay with the router.
    /// </summary>
    public static HostState Of(CompiledRouter router) => new(router.Interfaces.All.Where(port => port.Enabled).Select(port => port.Mtu).DefaultIfEmpty(1500).Min())
    {
        Addresses = router.Spec.Addresses
            .Where(address => !address.Address.IsIPv6LinkLocal && router.Interfaces.Numbered(address.Interface) is { Table: 0 })
            .Select(address => address.Address).ToHashSet(),
        Networks = router.Routes
            .Where(route => route.Status is { Active: true, Connected: true, Route.RoutingTable: RoutingTableSettings.Main })
            .Where(route => !route.Status.Route.DstAddress.IsSingle)
            .Where(route => router.Interfaces.Named(route.Status.Route.Gateways[0].Interface!) is { Table: 0 })
            .DistinctBy(route => route.Status.Route.DstAddress)
            .ToDictionary(
                route => route.Status.Route.DstAddress.ToString(),
                route => route.Status.LocalAddress is { } own ? ToAddress(route.Status.Route, own) : null),
    };

    static IPAddress ToAddress(RouteSettings route, UInt128 address) => (route.DstAddress with { Address = address }).IPAddress;

    /// <summary>The <c>ip</c> option of a family.</summary>
    public static string Family(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? "-6" : "-4";
}
