using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Routing;

/// <summary>One entry of <c>/ip address</c> or <c>/ipv6 address</c>.</summary>
public sealed record AddressSettings : ConfigurationEntry
{
    public required RuleFamily Family { get; init; }

    /// <summary>
    /// The router's address and the prefix that is on the link. With <see cref="Eui64"/> the prefix alone is meant: the host part comes from
    /// the interface's MAC address.
    /// </summary>
    public required AddressPrefix Address { get; init; }

    /// <summary>The interface's current name.</summary>
    public required string Interface { get; init; }

    /// <summary>
    /// IPv4: the network on the link, where it is not that of <see cref="Address"/>, as on a point-to-point link
    /// (<c>address=10.0.0.1/32 network=10.0.0.2</c>). Null: that of the address.
    /// </summary>
    public UInt128? Network { get; init; }

    /// <summary>IPv4: the broadcast address, where it is not the last of the prefix. Null: the last of the prefix.</summary>
    public UInt128? Broadcast { get; init; }

    /// <summary>IPv6: whether hosts are told of the prefix; kept for the script, this router sends no advertisements.</summary>
    public bool Advertise { get; init; } = true;

    /// <summary>IPv6: whether the last 64 bits come from the interface's MAC address (RFC 4291, appendix A).</summary>
    public bool Eui64 { get; init; }

    /// <summary>IPv6: whether the address is used without asking first whether somebody else has it (RFC 4862 section 5.4).</summary>
    public bool NoDad { get; init; }

    /// <summary>The prefix that is on the link: the connected route.</summary>
    public AddressPrefix OnLink => Network is { } network ? new AddressPrefix(Family, network, Address.Length).Whole : Address.Whole;
}
