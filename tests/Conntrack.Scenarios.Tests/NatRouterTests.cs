using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>Translations as the wire shows them: 10.0.1.0/24 inside, 203.0.113.2 outside, everything else behind 203.0.113.1.</summary>
public sealed class NatRouterTests : IDisposable
{
    const string Home = """
        /ip address add address=10.0.1.1/24 interface=ether1
        /ip address add address=203.0.113.2/24 interface=ether2
        /ip route add gateway=203.0.113.1
        /ip arp add address=10.0.1.9 mac-address=02:00:00:00:00:99 interface=ether1
        /ip arp add address=10.0.1.8 mac-address=02:00:00:00:00:88 interface=ether1
        /ip arp add address=203.0.113.1 mac-address=02:00:00:00:00:98 interface=ether2

        """;

    const string Masquerade = Home + "/ip firewall nat add chain=srcnat out-interface=ether2 action=masquerade\n";

    const string Server = "198.51.100.7", Wan = "203.0.113.2";

    readonly RouterReplay _replay = new();

    [Fact]
    public void An_error_from_outside_finds_its_client() => Check(
        """
        ether1 sends 5 :01 > :99: 203.0.113.1 > 10.0.1.9 ttl 63 icmp 3/1 00000000 about 10.0.1.9:5000 > 198.51.100.7:53
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 20
        ether1 1 new forward ether2
        ether2 1 related forward ether1
        """,
        Masquerade, "",
        (1, 0, Client().Ipv4("10.0.1.9", Server).Udp(5000, 53).Data(20)),
        (2, 5, Outside().Ipv4("203.0.113.1", Wan).Icmp(3, 1).Data(new Frame().Ipv4(Wan, Server, timeToLive: 62).Udp(5000, 53).Data(20).ToPacket())));

    [Fact]
    public void An_error_from_inside_leaves_as_the_router() => Check(
        """
        ether1 sends 5 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 53 > 5000 len 20
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 20
        ether2 sends 6 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 icmp 3/3 00000000 about 198.51.100.7:53 > 203.0.113.2:5000
        ether2 sends 7 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 icmp 3/3 00000000 about 198.51.100.7:53 > 203.0.113.2:5000
        ether1 1 new forward ether2
        ether2 1 established forward ether1
        ether1 2 related forward ether2
        ether1 3 related forward ether2
        """,
        Masquerade, "",
        (1, 0, Client().Ipv4("10.0.1.9", Server).Udp(5000, 53).Data(20)),
        (2, 5, Outside().Ipv4(Server, Wan).Udp(53, 5000).Data(20)),
        (1, 6, Client().Ipv4("10.0.1.9", Server).Icmp(3, 3).Data(new Frame().Ipv4(Server, "10.0.1.9", timeToLive: 62).Udp(53, 5000).Data(20).ToPacket())),
        (1, 7, Client(0x88).Ipv4("10.0.1.8", Server).Icmp(3, 3).Data(new Frame().Ipv4(Server, "10.0.1.9", timeToLive: 62).Udp(53, 5000).Data(20).ToPacket())));

    [Fact]
    public void The_routers_own_errors_tell_each_side_its_own_addresses() => Check(
        """
        ether1 sends 6 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 icmp 11/0 00000000 about 10.0.1.9:5000 > 198.51.100.7:53
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 20
        ether2 sends 5 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 64 icmp 11/0 00000000 about 198.51.100.7:53 > 203.0.113.2:5000
        ether1 1 new forward ether2
        ether2 1 established drop ttl-expired
        ether1 2 established drop ttl-expired
        """,
        Masquerade, "",
        (1, 0, Client().Ipv4("10.0.1.9", Server).Udp(5000, 53).Data(20)),
        (2, 5, Outside().Ipv4(Server, Wan, timeToLive: 1).Udp(53, 5000).Data(20)),
        (1, 6, Client().Ipv4("10.0.1.9", Server, timeToLive: 1).Udp(5000, 53).Data(20)));

    [Fact]
    public void Two_clients_of_one_port_get_two() => Check(
        """
        ether1 sends 3 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 53 > 5000 len 0
        ether1 sends 4 :01 > :88: 198.51.100.7 > 10.0.1.8 ttl 63 udp 53 > 5000 len 0
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether2 sends 1 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5001 > 53 len 0
        ether1 1 new forward ether2
        ether1 2 new forward ether2
        ether1 3 new drop nat-exhausted
        ether2 1 established forward ether1
        ether2 2 established forward ether1
        """,
        Home + "/ip firewall nat add chain=srcnat out-interface=ether2 action=src-nat to-addresses=203.0.113.2 protocol=udp to-ports=5000-5001\n", "",
        (1, 0, Client().Ipv4("10.0.1.9", Server).Udp(5000, 53)),
        (1, 1, Client(0x88).Ipv4("10.0.1.8", Server).Udp(5000, 53)),
        (1, 2, Client(0x88).Ipv4("10.0.1.8", Server).Udp(5002, 53)),
        (2, 3, Outside().Ipv4(Server, Wan).Udp(53, 5000)),
        (2, 4, Outside().Ipv4(Server, Wan).Udp(53, 5001)));

    [Fact]
    public void Hairpin() => Check(
        """
        ether1 sends 0 :01 > :88: 10.0.1.1 > 10.0.1.8 ttl 63 tcp 5000 > 80 flags 02 seq 1 ack 1
        ether1 sends 1 :01 > :99: 203.0.113.2 > 10.0.1.9 ttl 63 tcp 8080 > 5000 flags 12 seq 1 ack 2
        ether1 sends 2 :01 > :88: 10.0.1.1 > 10.0.1.8 ttl 63 tcp 5000 > 80 flags 10 seq 2 ack 2
        ether1 1 new forward ether1
        ether1 2 established forward ether1
        ether1 3 established forward ether1
        """,
        Masquerade + """
        /ip firewall nat add chain=dstnat dst-address=203.0.113.2 protocol=tcp dst-port=8080 action=dst-nat to-addresses=10.0.1.8 to-ports=80
        /ip firewall nat add chain=srcnat src-address=10.0.1.0/24 dst-address=10.0.1.8 action=masquerade
        """, "",
        (1, 0, Client().Ipv4("10.0.1.9", Wan).Tcp(5000, 8080, flags: 2)),
        (1, 1, Client(0x88).Ipv4("10.0.1.8", "10.0.1.1").Tcp(80, 5000, flags: 0x12, acknowledgment: 2)),
        (1, 2, Client().Ipv4("10.0.1.9", Wan).Tcp(5000, 8080, sequence: 2, acknowledgment: 2)));

    [Fact]
    public void What_is_invalid_is_not_translated() => Check(
        """
        ether2 sends 0 :02 > :98: 10.0.1.9 > 198.51.100.7 ttl 63 tcp 5000 > 80 flags 04 seq 1 ack 1
        ether1 1 invalid forward ether2
        ether2 1 invalid local
        """,
        Masquerade, "",
        (1, 0, Client().Ipv4("10.0.1.9", Server).Tcp(5000, 80, flags: 4)),
        (2, 1, Outside().Ipv4(Server, Wan).Tcp(80, 5000, flags: 4)));

    [Fact]
    public void Netmap_changes_the_network_and_nothing_else() => Check(
        """
        ether1 sends 0 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 echo request 5 len 8
        ether2 sends 1 :02 > :98: 203.0.113.73 > 198.51.100.7 ttl 63 echo reply 5 len 8
        ether2 sends 2 :02 > :98: 203.0.113.72 > 198.51.100.7 ttl 63 udp 1 > 2 len 0
        ether2 1 new forward ether1
        ether1 1 established forward ether2
        ether1 2 new forward ether2
        """,
        Home + """
        /ip firewall nat add chain=dstnat dst-address=203.0.113.64/28 action=netmap to-addresses=10.0.1.0/28
        /ip firewall nat add chain=srcnat src-address=10.0.1.0/28 action=netmap to-addresses=203.0.113.64/28
        """, "",
        (2, 0, Outside().Ipv4(Server, "203.0.113.73").Icmp(8, identifier: 5).Data(8)),
        (1, 1, Client().Ipv4("10.0.1.9", Server).Icmp(0, identifier: 5).Data(8)),
        (1, 2, Client(0x88).Ipv4("10.0.1.8", Server).Udp(1, 2)));

    [Fact]
    public void Redirect_answers_from_the_address_that_was_asked() => Check(
        """
        ether1 sends 0 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 64 echo reply 7 len 8
        ether1 1 new local
        """,
        Home + "/ip firewall nat add chain=dstnat in-interface=ether1 protocol=icmp action=redirect\n", "",
        (1, 0, Client().Ipv4("10.0.1.9", Server).Icmp(8, identifier: 7).Data(8)));

    [Fact]
    public void Fragments_are_translated_as_a_whole_and_leave_as_they_came() => Check(
        """
        ether2 sends 2 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 at 0+ of 5678 udp 5000 > 53 len 592
        ether2 sends 2 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 at 600+ of 5678 600 bytes
        ether2 sends 2 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 at 1200 of 5678 208 bytes
        ether1 1 consume reassembled
        ether1 2 consume reassembled
        ether1 3 new forward ether2
        """,
        Masquerade, "",
        [.. FragmentCut.Every(600, Client().Ipv4("10.0.1.9", Server).Udp(5000, 53).Data(1400).ToBytes()).Select((f, i) => (1, (long)i, Raw(f)))]);

    [Fact]
    public void Fasttrack_translates_both_ways() => Check(
        """
        ether1 sends 1 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 53 > 5000 len 21
        ether1 sends 3 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 53 > 5000 len 23
        ether1 sends 5 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 53 > 5000 len 25
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 20
        ether2 sends 2 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 22
        ether2 sends 4 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 24
        ether1 1 new forward ether2
        ether2 1 established forward filter forward 1 ether1
        ether1 2 established forward filter forward 1 ether2
        ether2 2 established forward ether1
        ether1 3 established forward ether2
        ether2 3 established forward ether1
        """,
        Masquerade + """
        /ip firewall filter add chain=forward connection-state=established,related action=fasttrack-connection
        /ip firewall filter add chain=forward connection-state=established,related action=accept
        """, "",
        [.. Enumerable.Range(0, 6).Select(n => n % 2 == 0
            ? (1, (long)n, Client().Ipv4("10.0.1.9", Server).Udp(5000, 53).Data(20 + n))
            : (2, (long)n, Outside().Ipv4(Server, Wan).Udp(53, 5000).Data(20 + n)))]);

    [Fact]
    public void A_packet_that_mirrors_what_a_client_sent_is_not_its_reply() => Check(
        """
        ether1 sends 1 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 112 > 5000 len 0
        ether1 sends 2 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 53 > 5000 len 0
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether1 1 new forward ether2
        ether2 1 new forward ether1
        ether2 2 established forward ether1
        """,
        Masquerade, "",
        (1, 0, Client().Ipv4("10.0.1.9", Server).Udp(5000, 53)),
        (2, 1, Outside().Ipv4(Server, "10.0.1.9").Udp(53, 5000)),
        (2, 2, Outside().Ipv4(Server, Wan).Udp(53, 5000)));

    [Fact]
    public void No_port_left_is_told() => Check(
        """
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 7000 > 53 len 0
        ether2 sends 2 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 7000 > 53 len 0
        ether1 1 new forward ether2
        ether1 2 new drop nat-exhausted
        ether1 3 new forward ether2
        """,
        Home + "/ip firewall nat add chain=srcnat out-interface=ether2 action=src-nat to-addresses=203.0.113.2 protocol=udp to-ports=7000\n", "",
        (1, 0, Client().Ipv4("10.0.1.9", Server).Udp(5000, 53)),
        (1, 1, Client(0x88).Ipv4("10.0.1.8", Server).Udp(5000, 53)),
        (1, 2, Client(0x88).Ipv4("10.0.1.8", "198.51.100.8").Udp(5000, 53)));

    [Fact]
    public void Without_a_udp_checksum_there_is_none() => Check(
        """
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether1 1 new forward ether2
        """,
        Masquerade, "",
        (1, 0, Client().Ipv4("10.0.1.9", Server).Udp(5000, 53, checksum: 0)));

    public void Dispose() => _replay.Dispose();

    static Frame Raw(byte[] frame) => new Frame(frame[..6], frame[6..12]).Type(0x0800).Data(frame[14..]);

    static Frame Client(byte host = 0x99) => new([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, host]);

    static Frame Outside() => new([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 0x98]);

    void Check(string expected, string script, string more, params (int Port, long Milliseconds, Frame Frame)[] frames) =>
        _replay.Check(expected, script, more, frames);
}
