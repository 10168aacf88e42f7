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

    /// <summary>Those of <see cref="MaxEntries"/> that only connections to and from the router itself may take.</summary>
    public ulong ReservedEntries { get; init; }

    /// <summary>Connections that gave way in a full table: never answered.</summary>
    public ulong EvictedHalfOpen { get; init; }

    /// <summary>Answered, not assured.</summary>
    public ulong EvictedUnassured { get; init; }

    /// <summary>Idle for longer than a nearly full table allows.</summary>
    public ulong EvictedIdle { get; init; }

    /// <summary>The router's own, for others of this kind.</summary>
    public ulong EvictedOwn { get; init; }

    /// <summary>New connections that found no room.</summary>
    public ulong Refused { get; init; }
}
