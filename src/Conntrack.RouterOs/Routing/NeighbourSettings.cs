using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Routing;

/// <summary>One static entry of <c>/ip arp</c> or <c>/ipv6 neighbor</c>.</summary>
public sealed record NeighbourSettings : ConfigurationEntry
{
    public required RuleFamily Family { get; init; }

    /// <summary>In host order; IPv4 in the low 32 bits.</summary>
    public required UInt128 Address { get; init; }

    /// <summary>Null only where <see cref="Published"/>: the router then answers with its own.</summary>
    public MacAddress? MacAddress { get; init; }

    /// <summary>The interface's current name.</summary>
    public required string Interface { get; init; }

    /// <summary>IPv4: whether the router answers requests for this address in the neighbour's place (proxy ARP for one host).</summary>
    public bool Published { get; init; }
}
