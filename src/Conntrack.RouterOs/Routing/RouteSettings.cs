using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Routing;

/// <summary>What becomes of packets that a route matches.</summary>
public enum RouteType : byte
{
    /// <summary>They go to a gateway.</summary>
    Unicast,

    /// <summary>They are gone without a word.</summary>
    Blackhole,

    /// <summary>They are answered with ICMP host unreachable (RouterOS 6).</summary>
    Unreachable,

    /// <summary>They are answered with ICMP communication administratively prohibited (RouterOS 6).</summary>
    Prohibit,
}

/// <summary>How a route finds out whether its gateway is there.</summary>
public enum GatewayCheck : byte
{
    None,
    Ping,
    Arp,
}

/// <summary>One next hop: an address, an interface, or an address on an interface.</summary>
/// <param name="Address">In host order, IPv4 in the low 32 bits; null where the interface alone is named.</param>
/// <param name="Interface">The interface's current name; null where the routes decide.</param>
/// <param name="Table">The routing table the address is looked up in (<c>10.0.0.1@main</c>); null for the route's own.</param>
public readonly record struct Gateway(UInt128? Address, string? Interface, string? Table = null);

/// <summary>One entry of <c>/ip route</c> or <c>/ipv6 route</c>.</summary>
public sealed record RouteSettings : ConfigurationEntry
{
    public const int LeastDistance = 1;
    public const int MostDistance = 255;
    public const int UsualScope = 30;
    public const int UsualTargetScope = 10;

    public required RuleFamily Family { get; init; }

    /// <summary>Without host bits.</summary>
    public required AddressPrefix DstAddress { get; init; }

    /// <summary>More than one share the traffic (ECMP); one that is named twice gets twice as much. Empty unless unicast.</summary>
    public ValueList<Gateway> Gateways { get; init; }

    public RouteType Type { get; init; }

    /// <summary>
    /// Of two routes to one prefix the smaller one is taken; <see cref="LeastDistance"/> to <see cref="MostDistance"/>, which is never taken.
    /// </summary>
    public int Distance { get; init; } = LeastDistance;

    /// <summary>The source address of packets the router itself sends along it; null leaves the choice to the router.</summary>
    public UInt128? PrefSrc { get; init; }

    /// <summary>The name of a routing table or VRF.</summary>
    public string RoutingTable { get; init; } = RoutingTableSettings.Main;

    /// <summary>A gateway is looked up among routes whose scope is at most the <see cref="TargetScope"/> of its route.</summary>
    public int Scope { get; init; } = UsualScope;

    public int TargetScope { get; init; } = UsualTargetScope;

    public GatewayCheck CheckGateway { get; init; }

    /// <summary>The current name of an interface of the VRF the route belongs to; null when nobody said.</summary>
    public string? VrfInterface { get; init; }
}
