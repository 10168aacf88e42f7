using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Values;

namespace Conntrack.Control.Routing;

/// <summary>A way to a neighbour that a route's gateway comes down to.</summary>
/// <param name="Hop">For the dataplane.</param>
/// <param name="Immediate">As a print calls it.</param>
readonly record struct Way(NextHopSpec Hop, Gateway Immediate);

/// <summary>A route that wants to be in force, and what came of it.</summary>
/// <param name="route">As configured, or as the router made it.</param>
/// <param name="table">The dataplane's number of its table; null where packets are not forwarded by that.</param>
sealed class RouteCandidate(RouteSettings route, ushort? table)
{
    /// <summary>RouterOS's scope of connected routes.</summary>
    public const int ConnectedScope = 10;

    /// <summary>The distance that says never.</summary>
    const int Never = 255;

    public RouteSettings Settings => route;

    public ushort? Table => table;

    public AddressPrefix Prefix => route.DstAddress;

    /// <summary>Of a connected route the interface its network is on.</summary>
    public RouterInterface? Via { get; init; }

    /// <summary>Where it leads by the routes that are active; empty when nowhere.</summary>
    public IReadOnlyList<Way> Ways { get; set; } = [];

    /// <summary>Whether packets are forwarded by it.</summary>
    public bool IsActive { get; set; }

    /// <summary>Why it cannot be; empty when nothing but a better route is in its way.</summary>
    public string Problem { get; set; } = "";

    /// <summary>What forbids it whatever other routes there are; null when nothing does.</summary>
    public string? Forbidden =>
        route.Disabled ? "disabled"
        : table is null ? $"packets are not forwarded by a table {route.RoutingTable}"
        : route.Distance == Never && Via is null ? "distance 255 is never taken"
        : null;
}
