namespace Conntrack.RouterOs.Firewall;

/// <summary>A packet's IP header, its size, and what the router has noted about it on its way. A matcher that is null matches every packet.</summary>
public sealed record PacketMatchers
{
    public static PacketMatchers None { get; } = new();

    /// <summary>Bytes from the IP header on.</summary>
    public Negatable<ValueRange<ushort>>? PacketSize { get; init; }

    /// <summary>IPv4 only.</summary>
    public HopsMatch? Ttl { get; init; }

    /// <summary>IPv6 only.</summary>
    public HopsMatch? HopLimit { get; init; }

    /// <summary>0 to 63.</summary>
    public Negatable<byte>? Dscp { get; init; }

    /// <summary>0 to 63, as set-priority has left it.</summary>
    public Negatable<byte>? Priority { get; init; }

    /// <summary>0 to 63, as the packet came with it.</summary>
    public Negatable<byte>? IngressPriority { get; init; }

    /// <summary>Whether it is a fragment other than the first. IPv4 only.</summary>
    public bool? Fragment { get; init; }

    /// <summary>IPv4 only.</summary>
    public RuleIpv4Options? Ipv4Options { get; init; }

    /// <summary>IPv6 only.</summary>
    public Negatable<Ipv6HeadersMatch>? Headers { get; init; }

    /// <summary>A mark of mark-packet, or no-mark.</summary>
    public Negatable<string>? PacketMark { get; init; }

    /// <summary>The name of a routing table: what mark-routing has chosen.</summary>
    public Negatable<string>? RoutingMark { get; init; }

    /// <summary>The name of a routing table: where the packet's route was found.</summary>
    public Negatable<string>? RoutingTable { get; init; }

    /// <summary>IPv4 only.</summary>
    public Negatable<uint>? Realm { get; init; }

    public IpsecPolicy? IpsecPolicy { get; init; }

    /// <summary>IPv4 only.</summary>
    public SignedSet<RuleHotspot>? Hotspot { get; init; }
}

/// <summary>What HotSpot knows of a packet.</summary>
[Flags]
public enum RuleHotspot : byte
{
    None = 0,
    FromClient = 1,
    Auth = 2,
    LocalDst = 4,
    ToClient = 8,
    Http = 16,
}

/// <summary>Whether IPsec has brought a packet in or will take it out.</summary>
/// <param name="Outward">out, else in.</param>
/// <param name="Ipsec">ipsec, else none.</param>
public readonly record struct IpsecPolicy(bool Outward, bool Ipsec);
