using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Routing;

/// <summary>One entry of <c>/routing table</c>; <see cref="Main"/> is there without one, and each VRF has one of its name.</summary>
public sealed record RoutingTableSettings : ConfigurationEntry
{
    /// <summary>The table that is always there.</summary>
    public const string Main = "main";

    public required string Name { get; init; }

    /// <summary>Whether packets are forwarded by it; without, its routes are only kept.</summary>
    public bool Fib { get; init; }
}

/// <summary>What a routing rule does with packets it matches.</summary>
public enum RoutingRuleAction : byte
{
    /// <summary>Looks for a route in the table; without one the next rule is asked.</summary>
    Lookup,

    /// <summary>Looks for a route in the table; without one there is none.</summary>
    LookupOnlyInTable,

    Drop,

    /// <summary>Dropped, and answered with ICMP unreachable.</summary>
    Unreachable,
}

/// <summary>
/// One entry of <c>/routing rule</c>: the first whose matchers all hold decides. A matcher that is null holds for every packet.
/// </summary>
public sealed record RoutingRuleSettings : ConfigurationEntry
{
    /// <summary>Without host bits.</summary>
    public AddressPrefix? SrcAddress { get; init; }

    /// <summary>Without host bits; of the family of <see cref="SrcAddress"/> where both are given.</summary>
    public AddressPrefix? DstAddress { get; init; }

    /// <summary>The current name of the interface packets come from.</summary>
    public string? Interface { get; init; }

    public string? RoutingMark { get; init; }

    public RoutingRuleAction Action { get; init; }

    /// <summary>The table looked in; null only where the action looks in none.</summary>
    public string? Table { get; init; }
}

/// <summary>
/// One entry of <c>/ip vrf</c>: the interfaces whose packets are forwarded by a table of its own. An interface that several name belongs to
/// the first.
/// </summary>
public sealed record VrfSettings : ConfigurationEntry
{
    /// <summary>Also the name of its routing table.</summary>
    public required string Name { get; init; }

    /// <summary>Current names of interfaces.</summary>
    public ValueList<string> Interfaces { get; init; }
}
