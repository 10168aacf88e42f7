namespace Conntrack.RouterOs.Settings;

/// <summary>What <c>/ip firewall connection tracking</c> shows beside its settings.</summary>
public sealed record TrackingStatus
{
    /// <summary>Whether IPv4 packets are tracked right now: <c>enabled=auto</c> depends on the rules.</summary>
    public bool ActiveIpv4 { get; init; }

    public bool ActiveIpv6 { get; init; }

    /// <summary>What the table may grow to, whether set or derived from the memory of the machine.</summary>
    public ulong MaxEntries { get; init; }

    public ulong TotalIp4Entries { get; init; }

    public ulong TotalIp6Entries { get; init; }
}
