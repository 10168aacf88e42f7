namespace Conntrack.Packets;

/// <summary>
/// Every way a packet can end other than leaving or being consumed. Each has a counter and a kebab-case name (<see cref="DropReasons"/>)
/// that traces and statistics print.
/// </summary>
public enum DropReason : byte
{
    None = 0,

    /// <summary>The capture holds fewer bytes than were on the wire.</summary>
    TruncatedCapture,

    /// <summary>Shorter than its own Ethernet or VLAN header.</summary>
    BadEthernetHeader,

    /// <summary>IP version, header length or total length contradict each other or the frame (RFC 1812 5.2.2, RFC 8200 3).</summary>
    BadIpHeader,

    /// <summary>IPv4 header checksum is wrong.</summary>
    BadIpChecksum,

    /// <summary>A drop rule of the raw table.</summary>
    Raw,

    /// <summary>A fragment says what no fragment can: it ends beyond the largest packet, is empty, or contradicts the end of its datagram.</summary>
    BadFragment,

    /// <summary>A fragment that covers part of another one: the whole datagram is given up (RFC 5722).</summary>
    FragmentOverlap,

    /// <summary>A fragment whose data is there already.</summary>
    FragmentDuplicate,

    /// <summary>The rest of the datagram did not come in time.</summary>
    FragmentTimeout,

    /// <summary>Given up for newer fragments, or one of more fragments than a datagram may have.</summary>
    FragmentLimit,

    /// <summary>A drop rule of the filter table.</summary>
    Filter,

    /// <summary>A drop rule of the mangle table.</summary>
    Mangle,

    /// <summary>It came in on, or would leave by, an interface that is disabled.</summary>
    InterfaceDisabled,

    /// <summary>The station it is for is behind the port it came by.</summary>
    BridgeSamePort,

    /// <summary>A tagged frame whose VLAN is none of the router's.</summary>
    UnknownVlan,

    /// <summary>A frame for another station of the link.</summary>
    NotAddressed,

    /// <summary>A source that no packet can come from: a group, a loopback address, the router itself (RFC 1812 5.3.7).</summary>
    BadSource,

    /// <summary>A destination that nothing is sent to over a link: a loopback address, zero.</summary>
    BadDestination,

    /// <summary>No route leads back to its source, or none over where it came in.</summary>
    RpFilter,

    /// <summary>The router forwards no packets of this family.</summary>
    ForwardingDisabled,

    /// <summary>Neither a wire nor a route says where the packet should go.</summary>
    NoRoute,

    /// <summary>Its route is a blackhole.</summary>
    Blackhole,

    /// <summary>Its route says unreachable.</summary>
    Unreachable,

    /// <summary>Its route says prohibit.</summary>
    Prohibited,

    /// <summary>An address of one link alone, as source or destination of what would leave that link (RFC 4291 2.5.6).</summary>
    BeyondScope,

    /// <summary>Its time to live or hop limit ends here.</summary>
    TtlExpired,

    /// <summary>Larger than the link it would leave by, and it may not be cut.</summary>
    TooBig,

    /// <summary>An ARP message that contradicts itself (RFC 826).</summary>
    BadArp,

    /// <summary>A message of neighbour discovery that RFC 4861 (6.1, 7.1) takes for invalid: hop limit, length, options.</summary>
    BadDiscovery,

    /// <summary>Its next hop did not answer in time.</summary>
    NeighbourUnresolved,

    /// <summary>Too many packets wait for its next hop already.</summary>
    NeighbourQueueFull,

    /// <summary>No packet buffer was left.</summary>
    NoBuffer,

    /// <summary>
    /// A unicast packet in a broadcast or multicast frame: every router of the link would forward it (RFC 1812 5.3.4, RFC 1122 3.3.6).
    /// </summary>
    LinkBroadcast,

    /// <summary>The connection table is at max-entries and nothing in it may give way.</summary>
    TableFull,

    /// <summary>Growing tables wait for memory that the control thread has not committed yet.</summary>
    TableMemory,

    /// <summary>No address and port are left to translate a new connection to, or its protocol has none that two clients could differ in.</summary>
    NatExhausted,

    /// <summary>A masquerade or redirect rule, and the interface has no address.</summary>
    NatNoAddress,

    /// <summary>An ICMP redirect about a translated connection: it would teach a way that is none without the translation.</summary>
    NatRedirect,

    /// <summary>The ring to the worker that has its connection was full.</summary>
    HandoverFull,

    /// <summary>The port's transmit queue did not take the packet.</summary>
    TransmitFull,

    /// <summary>Number of reasons, not a reason.</summary>
    Count,
}

/// <summary>The printed names of <see cref="DropReason"/>.</summary>
public static class DropReasons
{
    static readonly string[] s_names =
    [
        "none", "truncated-capture", "bad-ethernet-header", "bad-ip-header", "bad-ip-checksum",
        "raw", "bad-fragment", "fragment-overlap", "fragment-duplicate", "fragment-timeout", "fragment-limit",
        "filter", "mangle", "interface-disabled", "bridge-same-port", "unknown-vlan", "not-addressed", "bad-source", "bad-destination", "rp-filter",
        "forwarding-disabled", "no-route", "blackhole", "unreachable", "prohibited", "beyond-scope", "ttl-expired", "too-big", "bad-arp",
        "bad-discovery", "neighbour-unresolved", "neighbour-queue-full", "no-buffer", "link-broadcast", "table-full", "table-memory",
        "nat-exhausted", "nat-no-address", "nat-redirect", "handover-full", "transmit-full",
    ];

    /// <summary>Kebab-case name.</summary>
    public static string Name(DropReason reason) => s_names[(int)reason];
}
