using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>Closed lists of words.</summary>
static class ActionWords
{
    static readonly WordGrammar<RejectReason> s_reject4 = new(
        ("icmp-admin-prohibited", RejectReason.IcmpAdminProhibited), ("icmp-host-prohibited", RejectReason.IcmpHostProhibited),
        ("icmp-host-unreachable", RejectReason.IcmpHostUnreachable), ("icmp-net-prohibited", RejectReason.IcmpNetProhibited),
        ("icmp-network-unreachable", RejectReason.IcmpNetworkUnreachable), ("icmp-port-unreachable", RejectReason.IcmpPortUnreachable),
        ("icmp-protocol-unreachable", RejectReason.IcmpProtocolUnreachable), ("tcp-reset", RejectReason.TcpReset));

    static readonly WordGrammar<RejectReason> s_reject6 = new(
        ("icmp-no-route", RejectReason.IcmpNoRoute), ("icmp-admin-prohibited", RejectReason.Icmpv6AdminProhibited),
        ("icmp-not-neighbour", RejectReason.IcmpNotNeighbour), ("icmp-address-unreachable", RejectReason.IcmpAddressUnreachable),
        ("icmp-port-unreachable", RejectReason.Icmpv6PortUnreachable), ("tcp-reset", RejectReason.TcpReset),
        ("icmp-err-src-routing-header", RejectReason.IcmpErrSrcRoutingHeader), ("icmp-headers-too-long", RejectReason.IcmpHeadersTooLong));

    public static WordGrammar<RejectReason> Reject(RuleFamily family) => family == RuleFamily.Ipv4 ? s_reject4 : s_reject6;

    public static WordGrammar<ConnectionType> Helpers { get; } = new(
        [.. Enum.GetValues<ConnectionType>().Where(static type => type != ConnectionType.None).Select(static type => (type.Word(), type))]);

    public static WordGrammar<RuleP2p> P2p { get; } = new(
        ("all-p2p", RuleP2p.AllP2p), ("bit-torrent", RuleP2p.BitTorrent), ("blubster", RuleP2p.Blubster),
        ("direct-connect", RuleP2p.DirectConnect), ("edonkey", RuleP2p.Edonkey), ("fasttrack", RuleP2p.FastTrack),
        ("gnutella", RuleP2p.Gnutella), ("soulseek", RuleP2p.Soulseek), ("warez", RuleP2p.Warez), ("winmx", RuleP2p.Winmx));
}
