namespace Conntrack.RouterOs.Firewall;

/// <summary>A set of kinds of addresses. IPv4 knows the first five, IPv6 unicast, local, multicast, anycast and unreachable.</summary>
[Flags]
public enum RuleAddressTypes : byte
{
    None = 0,
    Unicast = 1,

    /// <summary>One of the router's own.</summary>
    Local = 2,
    Broadcast = 4,
    Multicast = 8,
    Blackhole = 16,
    Anycast = 32,
    Unreachable = 64,
}
