using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>One entry of <c>/interface vlan</c>: the packets that carry one tag on another interface.</summary>
public sealed record VlanSettings : ConfigurationEntry
{
    public const int LeastVlanId = 1;

    /// <summary>4095 is reserved (IEEE 802.1Q).</summary>
    public const int MostVlanId = 4094;

    public required string Name { get; init; }

    /// <summary><see cref="LeastVlanId"/> to <see cref="MostVlanId"/>.</summary>
    public int VlanId { get; init; } = 1;

    /// <summary>The current name of the interface it is on: Ethernet, bridge or, for a tag within a tag, another VLAN.</summary>
    public required string Interface { get; init; }

    /// <summary>Largest IP packet in bytes, tag and Ethernet header not counted.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Null: the address of the interface it is on.</summary>
    public MacAddress? MacAddress { get; init; }

    /// <summary>Whether the tag is a service tag (0x88A8, IEEE 802.1ad) rather than a customer's (0x8100).</summary>
    public bool UseServiceTag { get; init; }

    public ArpMode Arp { get; init; }
}
