using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall;

/// <summary>The protocol above IP and what stands in its header. A matcher that is null matches every packet.</summary>
public sealed record TransportMatchers
{
    public static TransportMatchers None { get; } = new();

    /// <summary>Number of the IP protocol.</summary>
    public Negatable<byte>? Protocol { get; init; }

    /// <summary>One range at least; a later fragment has no ports and never matches.</summary>
    public Negatable<ValueList<PortRange>>? SrcPort { get; init; }

    public Negatable<ValueList<PortRange>>? DstPort { get; init; }

    /// <summary>The source's port or the destination's.</summary>
    public Negatable<ValueList<PortRange>>? Port { get; init; }

    public SignedSet<RuleTcpFlags>? TcpFlags { get; init; }

    /// <summary>The maximum segment size that a TCP header announces, in bytes.</summary>
    public Negatable<ValueRange<ushort>>? TcpMss { get; init; }

    /// <summary>Of ICMP or ICMPv6.</summary>
    public Negatable<IcmpOptions>? IcmpOptions { get; init; }
}
