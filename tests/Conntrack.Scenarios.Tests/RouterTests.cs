using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>A router from outside: what comes in on its interfaces, and what goes out of them, in replay's rules for neighbours.</summary>
public sealed class RouterTests : IDisposable
{
    const string TwoNetworks = """
        /ip address add address=10.0.1.1/24 interface=ether1
        /ip address add address=10.0.2.1/24 interface=ether2
        /ipv6 address add address=2001:db8:1::1/64 interface=ether1
        /ipv6 address add address=2001:db8:2::1/64 interface=ether2

        """;

    readonly RouterReplay _replay = new();

    [Fact]
    public void A_packet_leaves_to_its_next_hop_with_one_hop_less() => Check(
        """
        ether1 sends 5 :01 > :99: 10.0.2.9 > 10.0.1.9 ttl 63 udp 53 > 1000 len 60
        ether2 sends 0 :02 > all: who has 10.0.2.9, 10.0.2.1 is :02
        ether2 sends 0 :02 > 02:01:0a:00:02:09: 10.0.1.9 > 10.0.2.9 ttl 63 udp 1000 > 53 len 30
        ether1 1 new forward ether2
        ether2 1 established forward ether1
        """,
        TwoNetworks, "",
        (1, 0, Client().Ipv4("10.0.1.9", "10.0.2.9").Udp(1000, 53).Data(30)),
        (2, 5, Server().Ipv4("10.0.2.9", "10.0.1.9").Udp(53, 1000).Data(60)));

    [Fact]
    public void The_same_over_IPv6() => Check(
        """
        ether1 sends 5 :01 > :99: 2001:db8:2::9 > 2001:db8:1::9 hops 63 udp 53 > 1000 len 60
        ether2 sends 0 :02 > 33:33:ff:00:00:09: fe80::ff:fe00:2 > ff02::1:ff00:9 hops 255 who has 2001:db8:2::9
        ether2 sends 0 :02 > 02:01:00:00:00:09: 2001:db8:1::9 > 2001:db8:2::9 hops 63 udp 1000 > 53 len 30
        ether1 1 new forward ether2
        ether2 1 established forward ether1
        """,
        TwoNetworks, "",
        (1, 0, Client().Ipv6("2001:db8:1::9", "2001:db8:2::9").Udp(1000, 53).Data(30)),
        (2, 5, Server().Ipv6("2001:db8:2::9", "2001:db8:1::9").Udp(53, 1000).Data(60)));

    [Fact]
    public void Who_never_answers_is_asked_three_times() => Check(
        """
        ether1 sends 3000 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 icmp 3/1 00000000 about 10.0.1.9:1000 > 10.0.2.9:53
        ether2 sends 0 :02 > all: who has 10.0.2.9, 10.0.2.1 is :02
        ether2 sends 1000 :02 > all: who has 10.0.2.9, 10.0.2.1 is :02
        ether2 sends 2000 :02 > all: who has 10.0.2.9, 10.0.2.1 is :02
        ether2 sends 5000 :02 > all: who has 10.0.2.8, 10.0.2.1 is :02
        ether2 sends 6000 :02 > all: who has 10.0.2.8, 10.0.2.1 is :02
        ether2 sends 7000 :02 > all: who has 10.0.2.8, 10.0.2.1 is :02
        ether1 1 new drop neighbour-unresolved
        ether1 2 new consume held
        """,
        TwoNetworks, "--answer-neighbours no --until 2",
        (1, 0, Client().Ipv4("10.0.1.9", "10.0.2.9").Udp(1000, 53).Data(30)),
        (1, 5000, Client().Ipv4("10.0.1.9", "10.0.2.8").Udp(1000, 53)));

    [Fact]
    public void Who_has_spoken_is_known() => Check(
        """
        ether2 sends 0 :02 > :98: 10.0.2.1 is :02, to 10.0.2.9
        ether2 sends 1 :02 > :98: 10.0.1.9 > 10.0.2.9 ttl 63 udp 1000 > 53 len 30
        ether2 1 consume
        ether1 1 new forward ether2
        """,
        TwoNetworks, "--answer-neighbours no",
        (2, 0, Server().Arp("10.0.2.9", "10.0.2.1")),
        (1, 1, Client().Ipv4("10.0.1.9", "10.0.2.9").Udp(1000, 53).Data(30)));

    [Fact]
    public void Who_is_set_is_not_asked() => Check(
        """
        ether2 sends 1 :02 > :99: 10.0.1.9 > 10.0.2.9 ttl 63 udp 1000 > 53 len 30
        ether1 1 new forward ether2
        """,
        $"""
        {TwoNetworks}
        /ip arp add address=10.0.2.9 mac-address=02:00:00:00:00:99 interface=ether2
        """, "--answer-neighbours no",
        (1, 1, Client().Ipv4("10.0.1.9", "10.0.2.9").Udp(1000, 53).Data(30)));

    [Fact]
    public void The_same_for_IPv6() => Check(
        """
        ether2 sends 1 :02 > :99: 2001:db8:1::9 > 2001:db8:2::9 hops 63 udp 1000 > 53 len 30
        ether1 1 new forward ether2
        """,
        $"""
        {TwoNetworks}
        /ipv6 neighbor add address=2001:db8:2::9 mac-address=02:00:00:00:00:99 interface=ether2
        """, "--answer-neighbours no",
        (1, 1, Client().Ipv6("2001:db8:1::9", "2001:db8:2::9").Udp(1000, 53).Data(30)));

    [Fact]
    public void Echo_requests_are_answered_but_those_for_everybody() => Check(
        """
        ether1 sends 0 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 echo reply 7 len 56
        ether1 sends 1 :01 > :99: 10.0.2.1 > 10.0.1.9 ttl 64 echo reply 8 len 56
        ether1 sends 2 :01 > :99: 2001:db8:2::1 > 2001:db8:1::9 hops 64 echo reply 9 len 56
        ether1 1 new local
        ether1 2 new local
        ether1 3 new local
        ether1 4 new local
        """,
        TwoNetworks, "",
        (1, 0, Client().Ipv4("10.0.1.9", "10.0.1.1").Icmp(8, identifier: 7).Data(56)),
        (1, 1, Client().Ipv4("10.0.1.9", "10.0.2.1").Icmp(8, identifier: 8).Data(56)),
        (1, 2, Client().Ipv6("2001:db8:1::9", "2001:db8:2::1").Icmpv6(128, identifier: 9).Data(56)),
        (1, 3, Client().Ipv4("10.0.1.9", "10.0.1.255").Icmp(8, identifier: 10).Data(56)));

    [Fact]
    public void Input_and_output_chains_decide_over_what_is_for_the_router() => Check(
        """
        ether1 1 new drop filter input 0
        ether1 2 new local
        ether1 3 new drop no-route
        """,
        $"""
        {TwoNetworks}
        /ip firewall filter add chain=input protocol=icmp action=drop
        /ip firewall filter add chain=output action=drop
        """, "",
        (1, 0, Client().Ipv4("10.0.1.9", "10.0.1.1").Icmp(8, identifier: 7).Data(56)),
        (1, 1, Client().Ipv4("10.0.1.9", "10.0.1.1").Udp(1, 2)),
        (1, 2, Client().Ipv4("10.0.1.9", "10.9.9.9").Udp(1, 2)));

    [Fact]
    public void What_goes_nowhere_is_told_to_its_sender() => Check(
        """
        ether1 sends 0 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 icmp 11/0 00000000 about 10.0.1.9:1000 > 10.0.2.9:53
        ether1 sends 100 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 icmp 3/0 00000000 about 10.0.1.9:1000 > 10.9.2.9:53
        ether1 sends 300 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 icmp 3/13 00000000 about 10.0.1.9:1000 > 10.6.2.9:53
        ether1 sends 400 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 icmp 3/1 00000000 about 10.0.1.9:1000 > 10.7.2.9:53
        ether1 sends 500 :01 > :99: 2001:db8:1::1 > 2001:db8:1::9 hops 64 icmpv6 3/0 00000000 about 2001:db8:1::9 1000 > 2001:db8:2::9 53
        ether1 sends 600 :01 > :99: 2001:db8:1::1 > 2001:db8:1::9 hops 64 icmpv6 1/0 00000000 about 2001:db8:1::9 1000 > 2001:db9:2::9 53
        ether1 1 new drop ttl-expired
        ether1 2 new drop no-route
        ether1 3 new drop blackhole
        ether1 4 new drop prohibited
        ether1 5 new drop unreachable
        ether1 6 new drop ttl-expired
        ether1 7 new drop no-route
        """,
        $"""
        {TwoNetworks}
        /ip route add dst-address=10.5.0.0/16 blackhole
        /ip route add dst-address=10.6.0.0/16 type=prohibit
        /ip route add dst-address=10.7.0.0/16 type=unreachable
        """, "",
        (1, 0, Client().Ipv4("10.0.1.9", "10.0.2.9", timeToLive: 1).Udp(1000, 53)),
        (1, 100, Client().Ipv4("10.0.1.9", "10.9.2.9").Udp(1000, 53)),
        (1, 200, Client().Ipv4("10.0.1.9", "10.5.2.9").Udp(1000, 53)),
        (1, 300, Client().Ipv4("10.0.1.9", "10.6.2.9").Udp(1000, 53)),
        (1, 400, Client().Ipv4("10.0.1.9", "10.7.2.9").Udp(1000, 53)),
        (1, 500, Client().Ipv6("2001:db8:1::9", "2001:db8:2::9", hopLimit: 1).Udp(1000, 53)),
        (1, 600, Client().Ipv6("2001:db8:1::9", "2001:db9:2::9").Udp(1000, 53)));

    [Fact]
    public void What_is_too_big_is_cut_or_told() => Check(
        """
        ether1 sends 0 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 icmp 3/4 00000500 about 10.0.1.9:1000 > 10.0.7.9:53
        ether1 sends 2 :01 > :99: 2001:db8:1::1 > 2001:db8:1::9 hops 64 icmpv6 2/0 00000500 about 2001:db8:1::9 1000 > 2001:db8:7::9 53
        ether1 sends 3 :01 > :99: 10.0.7.9 > 10.0.1.9 ttl 63 udp 53 > 1000 len 0
        ether2 sends 1 :02 > all vlan 7: who has 10.0.7.9, 10.0.7.1 is :02
        ether2 sends 1 :02 > 02:01:0a:00:07:09 vlan 7: 10.0.1.9 > 10.0.7.9 ttl 63 at 0+ of 1234 udp 1000 > 53 len 1248
        ether2 sends 1 :02 > 02:01:0a:00:07:09 vlan 7: 10.0.1.9 > 10.0.7.9 ttl 63 at 1256 of 1234 152 bytes
        ether1 1 new drop too-big
        ether1 2 new forward v
        ether1 3 new drop too-big
        ether2 1 established forward ether1
        ether2 2 drop unknown-vlan
        """,
        $"""
        {TwoNetworks}
        /interface vlan add name=v interface=ether2 vlan-id=7 mtu=1280
        /ip address add address=10.0.7.1/24 interface=v
        /ipv6 address add address=2001:db8:7::1/64 interface=v
        """, "",
        (1, 0, Client().Ipv4("10.0.1.9", "10.0.7.9", dontFragment: true).Udp(1000, 53).Data(1400)),
        (1, 1, Client().Ipv4("10.0.1.9", "10.0.7.9").Udp(1000, 53).Data(1400)),
        (1, 2, Client().Ipv6("2001:db8:1::9", "2001:db8:7::9").Udp(1000, 53).Data(1400)),
        (2, 3, Server().Vlan(7).Ipv4("10.0.7.9", "10.0.1.9").Udp(53, 1000)),
        (2, 4, Server().Vlan(8).Ipv4("10.0.7.9", "10.0.1.9").Udp(53, 1000)));

    [Fact]
    public void The_router_answers_for_its_own_addresses() => Check(
        """
        ether1 sends 0 :01 > :99: 10.0.1.1 is :01, to 10.0.1.9
        ether1 sends 3 :01 > :99: 2001:db8:1::1 > 2001:db8:1::9 hops 255 2001:db8:1::1 is here
        ether1 1 consume
        ether1 2 consume
        ether1 3 consume
        ether1 4 untracked local
        """,
        TwoNetworks, "",
        (1, 0, Client().Arp("10.0.1.9", "10.0.1.1")),
        (1, 1, Client().Arp("10.0.1.9", "10.0.1.77")),
        (1, 2, Client().Arp("10.0.1.9", "10.0.2.1")),
        (1, 3, new Frame([0x33, 0x33, 0xff, 0, 0, 1], [2, 0, 0, 0, 0, 0x99]).Ipv6("2001:db8:1::9", "ff02::1:ff00:1", hopLimit: 255).Icmpv6(135).Data([0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 0, 0, 0, 0, 0x99])));

    [Fact]
    public void A_bridge_forwards_by_address_and_asks_the_firewall() => Check(
        """
        ether1 sends 1 :98 > :99: 10.0.1.8 > 10.0.1.9 ttl 64 udp 53 > 1000 len 0
        ether2 sends 0 :99 > :98: 10.0.1.9 > 10.0.1.8 ttl 64 udp 1000 > 53 len 0
        ether1 1 new forward b
        ether2 1 established forward b
        ether1 2 new drop filter forward 0
        """,
        """
        /interface bridge add name=b
        /interface bridge port add bridge=b interface=ether1
        /interface bridge port add bridge=b interface=ether2
        /interface bridge settings set use-ip-firewall=yes
        /ip firewall filter add chain=forward protocol=udp dst-port=99 action=drop
        """, "",
        (1, 0, Peer().Ipv4("10.0.1.9", "10.0.1.8").Udp(1000, 53)),
        (2, 1, new Frame([2, 0, 0, 0, 0, 0x99], [2, 0, 0, 0, 0, 0x98]).Ipv4("10.0.1.8", "10.0.1.9").Udp(53, 1000)),
        (1, 2, Peer().Ipv4("10.0.1.9", "10.0.1.8").Udp(1000, 99)));

    [Fact]
    public void Proxy_arp_answers_for_what_is_elsewhere() => Check(
        """
        ether1 sends 0 :01 > :99: 10.0.2.77 is :01, to 10.0.1.9
        ether1 1 consume
        ether1 2 consume
        ether1 3 consume
        """,
        $"""
        {TwoNetworks}
        /interface ethernet set ether1 arp=proxy-arp
        """, "",
        (1, 0, Client().Arp("10.0.1.9", "10.0.2.77")),
        (1, 1, Client().Arp("10.0.1.9", "10.0.1.77")),
        (1, 2, Client().Arp("10.0.1.9", "10.3.1.77")));

    [Fact]
    public void Reply_only_asks_nobody() => Check(
        """
        ether1 sends 0 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 icmp 3/1 00000000 about 10.0.1.9:1000 > 10.0.2.9:53
        ether1 1 new drop neighbour-unresolved
        ether2 1 consume
        """,
        $"""
        {TwoNetworks}
        /interface ethernet set ether2 arp=reply-only
        """, "--answer-neighbours no --until 4",
        (1, 0, Client().Ipv4("10.0.1.9", "10.0.2.9").Udp(1000, 53)),
        (2, 1, Server().Arp("10.0.2.9", "10.0.2.1")));

    [Fact]
    public void Local_proxy_arp_answers_for_the_link_itself() => Check(
        """
        ether1 sends 1 :01 > :99: 10.0.1.77 is :01, to 10.0.1.9
        ether1 1 consume
        ether1 2 consume
        """,
        $"""
        {TwoNetworks}
        /interface ethernet set ether1 arp=local-proxy-arp
        """, "",
        (1, 0, Client().Arp("10.0.1.9", "10.0.2.77")),
        (1, 1, Client().Arp("10.0.1.9", "10.0.1.77")));

    [Fact]
    public void With_arp_disabled_nobody_is_answered() => Check(
        """
        ether1 1 consume
        """,
        $"""
        {TwoNetworks}
        /interface ethernet set ether1 arp=disabled
        """, "",
        (1, 0, Client().Arp("10.0.1.9", "10.0.1.1")));

    [Fact]
    public void A_vrf_is_a_router_of_its_own() => Check(
        """
        ether1 sends 2 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 icmp 3/0 00000000 about 10.0.1.9:1000 > 10.0.4.9:53
        ether3 sends 0 :03 > all: who has 10.0.2.9, 10.0.2.1 is :03
        ether3 sends 0 :03 > 02:01:0a:00:02:09: 10.0.4.9 > 10.0.2.9 ttl 63 udp 1000 > 53 len 0
        ether3 sends 3 :03 > :99: 10.0.4.1 > 10.0.2.9 ttl 64 echo reply 0 len 10
        ether4 sends 1 :04 > :99: 10.0.4.1 > 10.0.4.9 ttl 64 icmp 3/0 00000000 about 10.0.4.9:1000 > 10.0.1.9:53
        ether4 1 new forward ether3
        ether4 2 new drop no-route
        ether1 1 new drop no-route
        ether3 1 new local
        """,
        $"""
        /ip vrf add name=red interfaces=ether3,ether4
        {TwoNetworks}
        /ip address add address=10.0.2.1/24 interface=ether3
        /ip address add address=10.0.4.1/24 interface=ether4
        """, "",
        (4, 0, Client().Ipv4("10.0.4.9", "10.0.2.9").Udp(1000, 53)),
        (4, 1, Client().Ipv4("10.0.4.9", "10.0.1.9").Udp(1000, 53)),
        (1, 2, Client().Ipv4("10.0.1.9", "10.0.4.9").Udp(1000, 53)),
        (3, 3, Client().Ipv4("10.0.2.9", "10.0.4.1").Icmp(8).Data(10)));

    [Fact]
    public void A_reverse_path_filter_drops_what_could_not_be_answered() => Check(
        """
        ether2 sends 1 :02 > all: who has 10.0.2.9, 10.0.2.1 is :02
        ether2 sends 1 :02 > 02:01:0a:00:02:09: 10.0.1.5 > 10.0.2.9 ttl 63 udp 1000 > 53 len 0
        ether2 sends 2 :02 > 33:33:ff:00:00:09: fe80::ff:fe00:2 > ff02::1:ff00:9 hops 255 who has 2001:db8:2::9
        ether2 sends 2 :02 > 02:01:00:00:00:09: 2001:db8:2::5 > 2001:db8:2::9 hops 63 udp 1000 > 53 len 0
        ether1 1 new drop rp-filter
        ether1 2 new forward ether2
        ether1 3 new forward ether2
        """,
        $"""
        {TwoNetworks}
        /ip settings set rp-filter=strict
        """, "",
        (1, 0, Client().Ipv4("10.0.2.5", "10.0.2.9").Udp(1000, 53)),
        (1, 1, Client().Ipv4("10.0.1.5", "10.0.2.9").Udp(1000, 53)),
        (1, 2, Client().Ipv6("2001:db8:2::5", "2001:db8:2::9").Udp(1000, 53)));

    [Fact]
    public void Fragments_are_put_together_and_leave_as_they_came() => Check(
        """
        ether2 sends 2 :02 > all: who has 10.0.2.9, 10.0.2.1 is :02
        ether2 sends 2 :02 > 02:01:0a:00:02:09: 10.0.1.9 > 10.0.2.9 ttl 63 at 0+ of 5678 udp 1000 > 53 len 592
        ether2 sends 2 :02 > 02:01:0a:00:02:09: 10.0.1.9 > 10.0.2.9 ttl 63 at 600+ of 5678 600 bytes
        ether2 sends 2 :02 > 02:01:0a:00:02:09: 10.0.1.9 > 10.0.2.9 ttl 63 at 1200 of 5678 208 bytes
        ether1 1 consume reassembled
        ether1 2 consume reassembled
        ether1 3 new forward ether2
        """,
        TwoNetworks, "",
        [.. FragmentCut.Every(600, Client().Ipv4("10.0.1.9", "10.0.2.9").Udp(1000, 53).Data(1400).ToBytes()).Select((f, i) => (1, (long)i, Raw(f)))]);

    static Frame Raw(byte[] frame) => new Frame(frame[..6], frame[6..12]).Type(0x0800).Data(frame[14..]);

    static Frame Client() => new([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 0x99]);

    static Frame Peer() => new([2, 0, 0, 0, 0, 0x98], [2, 0, 0, 0, 0, 0x99]);

    static Frame Server() => new([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 0x98]);

    public void Dispose() => _replay.Dispose();

    void Check(string expected, string script, string more, params (int Port, long Milliseconds, Frame Frame)[] frames) =>
        _replay.Check(expected, script, more, frames);
}
