using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Routing;

namespace Conntrack.Control.Routing;

/// <summary>A route as it is, and why it is not in force.</summary>
/// <param name="Status">As a print shows it.</param>
/// <param name="Reason">Why it is not active; empty when it is, or when a better route is.</param>
public sealed record CompiledRoute(RouteStatus Status, string Reason);

/// <summary>A configuration as the dataplane is to have it, and what there is to tell of it.</summary>
public sealed record CompiledRouter
{
    public required RouterShape Shape { get; init; }

    /// <summary>For the dataplane.</summary>
    public required RouterSpec Spec { get; init; }

    public required RouterInterfaces Interfaces { get; init; }

    /// <summary>Numbers of routing tables by name, main's 0 among them; also where nothing is routed, so that marks differ.</summary>
    public required IReadOnlyDictionary<string, ushort> Tables { get; init; }

    public IReadOnlyList<AddressStatus> Ipv4Addresses { get; init; } = [];

    public IReadOnlyList<AddressStatus> Ipv6Addresses { get; init; } = [];

    /// <summary>Of both families, connected ones first, then as they stand in the configuration.</summary>
    public IReadOnlyList<CompiledRoute> Routes { get; init; } = [];

    public IEnumerable<AddressStatus> AddressesOf(RuleFamily family) => family == RuleFamily.Ipv4 ? Ipv4Addresses : Ipv6Addresses;

    public IEnumerable<RouteStatus> RoutesOf(RuleFamily family) =>
        Routes.Select(route => route.Status).Where(route => route.Route.Family == family);
}
