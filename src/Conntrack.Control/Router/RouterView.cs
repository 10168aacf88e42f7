using Conntrack.RouterOs.Console;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using Connection = Conntrack.RouterOs.Connections.Connection;

namespace Conntrack.Control.Router;

/// <summary>The running router as one console command sees it: a configuration that does not change under it, everything else as it is.</summary>
sealed class RouterView(RunningRouter router, RouterConfiguration configuration) : IRouterView
{
    public RouterConfiguration Configuration => configuration;

    public TrackingStatus Tracking => router.TrackingStatus;

    public IEnumerable<Connection> Connections(RuleFamily family) =>
        router.Connections().Where(connection => connection.IsIPv6 == (family == RuleFamily.Ipv6));

    public RuleCounters? FastTracked(RuleFamily family) => router.FastTracked(family);

    public FastPathStatus FastPath(RuleFamily family) => router.FastPath(family);

    public RuleCounters Counters(ulong rule) => router.Rules.Find(rule)?.Counters ?? default;

    public IEnumerable<InterfaceStatus> Interfaces => router.InterfaceStatuses();

    public IEnumerable<AddressStatus> Addresses(RuleFamily family) => router.Router.AddressesOf(family);

    public IEnumerable<RouteStatus> Routes(RuleFamily family) => router.Router.RoutesOf(family);

    public IEnumerable<ListedAddressStatus> ListedAddresses(RuleFamily family) => router.ListedAddresses(family);

    public IEnumerable<NeighbourStatus> Neighbours(RuleFamily family) => router.Neighbours(family);
}
