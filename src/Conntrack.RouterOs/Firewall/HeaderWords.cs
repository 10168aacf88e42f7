namespace Conntrack.RouterOs.Firewall;

/// <summary>The flags of a TCP header, each at its bit in the header's byte.</summary>
[Flags]
public enum RuleTcpFlags : byte
{
    None = 0,
    Fin = 0x01,
    Syn = 0x02,
    Rst = 0x04,
    Psh = 0x08,
    Ack = 0x10,
    Urg = 0x20,
    Ece = 0x40,
    Cwr = 0x80,
}

/// <summary>What the matcher ipv4-options asks of the options of an IPv4 header.</summary>
public enum RuleIpv4Options : byte
{
    StrictSourceRouting,
    LooseSourceRouting,

    /// <summary>Neither kind of source routing.</summary>
    NoSourceRouting,
    RecordRoute,
    NoRecordRoute,
    Timestamp,
    NoTimestamp,
    RouterAlert,
    NoRouterAlert,

    /// <summary>At least one option, whichever.</summary>
    Any,
    None,
}

/// <summary>Extension headers of IPv6.</summary>
[Flags]
public enum RuleIpv6Headers : byte
{
    None = 0,
    HopByHop = 0x01,
    Destination = 0x02,
    Route = 0x04,
    Fragment = 0x08,
    Ah = 0x10,
    Esp = 0x20,

    /// <summary>No next header: protocol 59.</summary>
    NoNext = 0x40,

    /// <summary>A protocol above IPv6.</summary>
    Protocol = 0x80,
}

/// <summary>A packet's extension headers: these and no others when <paramref name="Exact"/>, else these at least.</summary>
public readonly record struct Ipv6HeadersMatch(RuleIpv6Headers Headers, bool Exact);

/// <summary>ICMP of one type and a range of codes, both ends included; 0 to 255 is every code.</summary>
public readonly record struct IcmpOptions(byte Type, byte FirstCode, byte LastCode);

/// <summary>How <see cref="HopsMatch"/> compares.</summary>
public enum HopsRelation : byte
{
    Equal,
    NotEqual,
    LessThan,
    GreaterThan,
}

/// <summary>A comparison of the TTL or the hop limit that a packet comes with.</summary>
public readonly record struct HopsMatch(HopsRelation Relation, byte Hops);
