using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>How a bridge keeps clear of loops.</summary>
public enum BridgeProtocolMode : byte
{
    Rstp,
    None,
    Stp,
    Mstp,
}

/// <summary>One entry of <c>/interface bridge</c>.</summary>
public sealed record BridgeSettings : ConfigurationEntry
{
    public static readonly TimeSpan DefaultAgeingTime = TimeSpan.FromMinutes(5);

    public required string Name { get; init; }

    /// <summary>Its own address; null takes that of a port.</summary>
    public MacAddress? AdminMac { get; init; }

    /// <summary>Whether the address of a port is taken although <see cref="AdminMac"/> is set.</summary>
    public bool AutoMac { get; init; } = true;

    /// <summary>Largest IP packet in bytes; null is RouterOS's <c>auto</c>, the smallest MTU of its ports.</summary>
    public int? Mtu { get; init; }

    public ArpMode Arp { get; init; }

    /// <summary>How long an address that is not heard again stays with its port.</summary>
    public TimeSpan AgeingTime { get; init; } = DefaultAgeingTime;

    public BridgeProtocolMode ProtocolMode { get; init; }
}

/// <summary>One entry of <c>/interface bridge port</c>.</summary>
public sealed record BridgePortSettings : ConfigurationEntry
{
    /// <summary>The current name of the bridge.</summary>
    public required string Bridge { get; init; }

    /// <summary>The current name of the interface that becomes its port.</summary>
    public required string Interface { get; init; }

    /// <summary>Split horizon: a frame never goes from one port to another of the same number. Null is RouterOS's <c>none</c>.</summary>
    public uint? Horizon { get; init; }

    /// <summary>Whether addresses are learned here; null is RouterOS's <c>auto</c>, which does.</summary>
    public bool? Learn { get; init; }

    /// <summary>Whether a frame to an address nobody has been heard from leaves here too.</summary>
    public bool UnknownUnicastFlood { get; init; } = true;

    public bool UnknownMulticastFlood { get; init; } = true;

    public bool BroadcastFlood { get; init; } = true;
}

/// <summary><c>/interface bridge settings</c>: what holds for every bridge.</summary>
public sealed record BridgingSettings
{
    public static BridgingSettings Default { get; } = new();

    /// <summary>Whether bridged IP packets pass the firewall and are tracked: the bump in the wire.</summary>
    public bool UseIpFirewall { get; init; }

    /// <summary>With <see cref="UseIpFirewall"/>: those that carry a VLAN tag too.</summary>
    public bool UseIpFirewallForVlan { get; init; }

    public bool AllowFastPath { get; init; } = true;
}
