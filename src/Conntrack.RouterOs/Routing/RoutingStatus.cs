namespace Conntrack.RouterOs.Routing;

/// <summary>What <c>/ip address print</c> shows of one address beside its settings.</summary>
/// <param name="Address">
/// The entry of the configuration, known by its id; or one the router made itself, which has the id 0 and is shown as dynamic.
/// </param>
public sealed record AddressStatus(AddressSettings Address)
{
    public bool IsDynamic => Address.Id == 0;

    /// <summary>The current name of the interface the address works on: of a bridge's port, the bridge. Null when it works on none.</summary>
    public string? ActualInterface { get; init; }

    /// <summary>Whether the address has no effect although it is enabled.</summary>
    public bool Invalid { get; init; }
}

/// <summary>What <c>/ip route print</c> shows of one route beside its settings.</summary>
/// <param name="Route">
/// The entry of the configuration, known by its id; or one the router made itself, which has the id 0 and is shown as dynamic. A connected
/// route has the distance 0 and its interface for a gateway.
/// </param>
public sealed record RouteStatus(RouteSettings Route)
{
    public bool IsDynamic => Route.Id == 0;

    /// <summary>Whether packets are forwarded by it now.</summary>
    public bool Active { get; init; }

    /// <summary>Whether it leads to a network on a link.</summary>
    public bool Connected { get; init; }

    /// <summary>The next hops its gateways resolve to: an address on an interface, or an interface alone; none when it is inactive.</summary>
    public IReadOnlyList<Gateway> ImmediateGateways { get; init; } = [];

    /// <summary>The source address of packets the router itself sends along it, in host order; null when there is none.</summary>
    public UInt128? LocalAddress { get; init; }
}

/// <summary>What is known of a neighbour's link address, in the words of RFC 4861 section 7.3.2.</summary>
public enum NeighbourState : byte
{
    /// <summary>Set by the configuration.</summary>
    Permanent,

    Reachable,
    Stale,
    Delay,
    Probe,
    Failed,
    Incomplete,
}

/// <summary>One neighbour as <c>/ip arp print</c> and <c>/ipv6 neighbor print</c> show it.</summary>
/// <param name="Neighbour">
/// The entry of the configuration, known by its id; or one the router has learned, which has the id 0 and is shown as dynamic.
/// </param>
/// <param name="State">What is known of its link address.</param>
public sealed record NeighbourStatus(NeighbourSettings Neighbour, NeighbourState State)
{
    public bool IsDynamic => Neighbour.Id == 0;

    /// <summary>IPv6: whether it says that it is a router.</summary>
    public bool IsRouter { get; init; }

    /// <summary>Whether its link address is known.</summary>
    public bool IsComplete => State is not (NeighbourState.Failed or NeighbourState.Incomplete) && Neighbour.MacAddress is not null;
}
