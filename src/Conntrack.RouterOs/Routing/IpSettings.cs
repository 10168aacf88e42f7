namespace Conntrack.RouterOs.Routing;

/// <summary>Whether a packet's source address has to be reachable (RFC 3704).</summary>
public enum ReversePathFilter : byte
{
    No,

    /// <summary>There has to be a route back.</summary>
    Loose,

    /// <summary>The route back has to leave by the interface the packet came in on.</summary>
    Strict,
}

/// <summary>What of a packet decides which of several gateways it takes.</summary>
public enum MultipathHashPolicy : byte
{
    /// <summary>Its addresses.</summary>
    L3,

    /// <summary>Its addresses, protocol and ports.</summary>
    L4,

    /// <summary>Its addresses; those of the packet inside where it is a tunnel's.</summary>
    L3Inner,
}

/// <summary><c>/ip settings</c>. Defaults are those of RouterOS 7.</summary>
public sealed record Ipv4Settings
{
    public const int LeastNeighbourEntries = 1;
    public const int MostNeighbourEntries = 1 << 20;

    public static Ipv4Settings Default { get; } = new();

    public bool IpForward { get; init; } = true;

    public bool SendRedirects { get; init; } = true;

    public bool AcceptRedirects { get; init; }

    public bool AcceptSourceRoute { get; init; }

    public bool SecureRedirects { get; init; } = true;

    public ReversePathFilter RpFilter { get; init; }

    public MultipathHashPolicy MultipathHashPolicy { get; init; }

    public bool AllowFastPath { get; init; } = true;

    /// <summary>Whether an ICMP error carries the address of the interface its packet came in on, and not of the one it leaves by.</summary>
    public bool IcmpErrorsUseInboundInterfaceAddress { get; init; }

    /// <summary>Shortest time between two ICMP messages to one destination, in milliseconds; 0 for no limit.</summary>
    public int IcmpRateLimit { get; init; } = 10;

    /// <summary>Bit n: messages of ICMP type n are limited. The default of Linux: 3, 4, 11 and 12.</summary>
    public uint IcmpRateMask { get; init; } = 0x1818;

    /// <summary>How long a neighbour counts as reachable without a sign of life; between half and one and a half times this.</summary>
    public TimeSpan ArpTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Neighbours kept at most; null takes RouterOS's for the memory of the machine.</summary>
    public int? MaxNeighborEntries { get; init; }
}

/// <summary>When router advertisements, or redirects, are taken.</summary>
public enum RouterAdvertisementPolicy : byte
{
    YesIfForwardingDisabled,
    No,
    Yes,
}

/// <summary><c>/ipv6 settings</c>. Defaults are those of RouterOS 7.</summary>
public sealed record Ipv6Settings
{
    public static Ipv6Settings Default { get; } = new();

    public bool DisableIpv6 { get; init; }

    public bool Forward { get; init; } = true;

    public MultipathHashPolicy MultipathHashPolicy { get; init; }

    public RouterAdvertisementPolicy AcceptRedirects { get; init; }

    public RouterAdvertisementPolicy AcceptRouterAdvertisements { get; init; }

    /// <summary>Whether interfaces get no link-local address by themselves.</summary>
    public bool DisableLinkLocalAddress { get; init; }

    public bool AllowFastPath { get; init; } = true;

    /// <summary>Neighbours kept at most; null takes RouterOS's for the memory of the machine.</summary>
    public int? MaxNeighborEntries { get; init; }
}
