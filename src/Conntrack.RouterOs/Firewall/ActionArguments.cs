namespace Conntrack.RouterOs.Firewall;

/// <summary>What actions other than translations need to know. Null for what nobody said.</summary>
public sealed record ActionArguments
{
    public static ActionArguments None { get; } = new();

    /// <summary>The chain that packets go to; it need not have rules.</summary>
    public string? JumpTarget { get; init; }

    /// <summary>The list that addresses are added to.</summary>
    public string? AddressList { get; init; }

    public ListedTimeout? AddressListTimeout { get; init; }

    public RejectReason? RejectWith { get; init; }

    /// <summary>Whether each packet that matches is logged, whatever the action.</summary>
    public bool Log { get; init; }

    public string LogPrefix { get; init; } = "";
}

/// <summary>How long an address that a rule has listed stays.</summary>
/// <param name="Time">Null for as long as the router runs, or for ever.</param>
/// <param name="Static">For ever: the entry becomes part of the configuration.</param>
public readonly record struct ListedTimeout(TimeSpan? Time, bool Static = false);

/// <summary>What reject answers. The first eight are IPv4's, the others IPv6's; tcp-reset is of both.</summary>
public enum RejectReason : byte
{
    IcmpNetworkUnreachable,
    IcmpHostUnreachable,
    IcmpProtocolUnreachable,
    IcmpPortUnreachable,
    IcmpNetProhibited,
    IcmpHostProhibited,
    IcmpAdminProhibited,
    TcpReset,
    IcmpNoRoute,
    Icmpv6AdminProhibited,
    IcmpNotNeighbour,
    IcmpAddressUnreachable,
    Icmpv6PortUnreachable,
    IcmpErrSrcRoutingHeader,
    IcmpHeadersTooLong,
}
