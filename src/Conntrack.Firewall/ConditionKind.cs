namespace Conntrack.Firewall;

/// <summary>
/// What a rule can ask besides the axes of the classifier, in the order in which RouterOS documents that matchers are evaluated. A matcher with
/// a memory counts a packet only if all before it matched.
/// </summary>
public enum ConditionKind : byte
{
    SrcMac,
    InBridgePort,
    OutBridgePort,
    SrcAddressType,
    DstAddressType,
    SrcAddressList,
    DstAddressList,

    /// <summary>ttl, or hop-limit.</summary>
    Ttl,
    Dscp,
    PacketSize,
    TlsHost,
    Ipv4Options,

    /// <summary>headers of IPv6.</summary>
    Ipv6Headers,
    Fragment,

    /// <summary>port: source or destination.</summary>
    Port,
    TcpFlags,
    TcpMss,
    IcmpOptions,
    Priority,
    IngressPriority,
    PacketMark,
    RoutingMark,
    RoutingTable,
    Time,
    ConnectionMark,
    ConnectionBytes,
    ConnectionLimit,
    ConnectionRate,
    ConnectionType,

    /// <summary>connection-nat-state where it asks for endpoint-independent mappings.</summary>
    MappedState,

    /// <summary>What a rule that leads to endpoint-independent mappings asks by itself: whether one stands for the packet's destination.</summary>
    Mapped,

    /// <summary>What no packet is: like a layer 7 pattern that is empty.</summary>
    Never,
    Content,
    Psd,
    Layer7,
    Random,
    Nth,
    PerConnectionClassifier,
    Limit,
    DstLimit,
}

/// <summary>Kinds of addresses as a set.</summary>
[Flags]
public enum AddressTypes : byte
{
    None = 0,
    Unicast = 1 << 0,

    /// <summary>An address of the router, or of its loopback.</summary>
    Local = 1 << 1,
    Broadcast = 1 << 2,
    Multicast = 1 << 3,
}

/// <summary>What ipv4-options asks for.</summary>
public enum Ipv4Option : byte
{
    Any = 0,
    None = 1,
    LooseSourceRouting = 2,
    StrictSourceRouting = 3,
    NoSourceRouting = 4,
    RecordRoute = 5,
    NoRecordRoute = 6,
    Timestamp = 7,
    NoTimestamp = 8,
    RouterAlert = 9,
    NoRouterAlert = 10,
}

/// <summary>Extension headers of IPv6 as a set.</summary>
[Flags]
public enum Ipv6ExtensionHeaders : byte
{
    None = 0,
    HopByHop = 1 << 0,
    Destination = 1 << 1,
    Routing = 1 << 2,
    Fragment = 1 << 3,
    Authentication = 1 << 4,
    Esp = 1 << 5,

    /// <summary>No Next Header.</summary>
    Nothing = 1 << 6,

    /// <summary>Any protocol behind them.</summary>
    Protocol = 1 << 7,
}

/// <summary>What per-connection-classifier and dst-limit look at.</summary>
[Flags]
public enum PacketFields : byte
{
    None = 0,
    SrcAddress = 1 << 0,
    DstAddress = 1 << 1,
    SrcPort = 1 << 2,
    DstPort = 1 << 3,
}
