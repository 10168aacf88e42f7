using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>endpoint-independent-nat on the wire (RFC 4787): one endpoint outside for a client's port, whoever it talks to, and whoever talks to it.</summary>
public sealed class EndpointIndependentTests : IDisposable
{
    const string Home = """
        /ip address add address=10.0.1.1/24 interface=ether1
        /ip address add address=203.0.113.2/24 interface=ether2
        /ip route add gateway=203.0.113.1
        /ip arp add address=10.0.1.9 mac-address=02:00:00:00:00:99 interface=ether1
        /ip arp add address=10.0.1.8 mac-address=02:00:00:00:00:88 interface=ether1
        /ip arp add address=203.0.113.1 mac-address=02:00:00:00:00:98 interface=ether2

        """;

    const string Maps = "/ip firewall nat add chain=srcnat out-interface=ether2 protocol=udp action=endpoint-independent-nat\n";

    const string LetsIn = "/ip firewall nat add chain=dstnat in-interface=ether2 protocol=udp action=endpoint-independent-nat\n";

    const string Server = "198.51.100.7", Other = "198.51.100.8", Wan = "203.0.113.2", A = "10.0.1.9", B = "10.0.1.8";

    readonly RouterReplay _replay = new();

    /// <summary>
    /// B's port is taken outside, so B gets another one: the same towards every server, also towards one where its own would be free. Without
    /// mappings B would keep its own there.
    /// </summary>
    [Fact]
    public void A_client_has_one_port_towards_everybody() => Check(
        """
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether2 sends 1 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5002 > 53 len 0
        ether2 sends 2 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 5002 > 53 len 0
        ether2 sends 3 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 5002 > 123 len 0
        ether2 sends 4 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 5000 > 53 len 0
        ether1 1 new forward ether2
        ether1 2 new forward ether2
        ether1 3 new forward ether2
        ether1 4 new forward ether2
        ether1 5 new forward ether2
        """,
        Home + Maps.Replace("nat\n", "nat to-addresses=203.0.113.2 to-ports=5000-5002\n", StringComparison.Ordinal), "",
        (1, 0, Client().Ipv4(A, Server).Udp(5000, 53)),
        (1, 1, Client(0x88).Ipv4(B, Server).Udp(5000, 53)),
        (1, 2, Client(0x88).Ipv4(B, Other).Udp(5000, 53)),
        (1, 3, Client(0x88).Ipv4(B, Other).Udp(5000, 123)),
        (1, 4, Client().Ipv4(A, Other).Udp(5000, 53)));

    /// <summary>Anybody reaches the client at its endpoint, and it answers from there; an error about that finds its way, too.</summary>
    [Fact]
    public void Anybody_may_answer() => Check(
        """
        ether1 sends 1 :01 > :99: 198.51.100.8 > 10.0.1.9 ttl 63 udp 4000 > 5000 len 10
        ether1 sends 5 :01 > :99: 203.0.113.1 > 10.0.1.9 ttl 63 icmp 3/3 00000000 about 10.0.1.9:5000 > 198.51.100.8:4000
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether2 sends 2 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 5000 > 4000 len 10
        ether2 sends 3 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 5000 > 4001 len 0
        ether1 1 new forward ether2
        ether2 1 new forward ether1
        ether1 2 established forward ether2
        ether1 3 new forward ether2
        ether2 2 new local
        ether2 3 related forward ether1
        """,
        Home + Maps + LetsIn, "",
        (1, 0, Client().Ipv4(A, Server).Udp(5000, 53)),
        (2, 1, Outside().Ipv4(Other, Wan).Udp(4000, 5000).Data(10)),
        (1, 2, Client().Ipv4(A, Other).Udp(5000, 4000).Data(10)),
        (1, 3, Client().Ipv4(A, Other).Udp(5000, 4001)),
        (2, 4, Outside().Ipv4(Other, Wan).Udp(4000, 5001)),
        (2, 5, Outside().Ipv4("203.0.113.1", Wan).Icmp(3, 3).Data(new Frame().Ipv4(Wan, Other, timeToLive: 62).Udp(5000, 4000).Data(10).ToPacket())));

    /// <summary>Mapping alone lets nobody in.</summary>
    [Fact]
    public void Without_the_rule_of_dstnat_only_who_was_asked_may_answer() => Check(
        """
        ether1 sends 2 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 53 > 5000 len 0
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether1 1 new forward ether2
        ether2 1 new local
        ether2 2 established forward ether1
        """,
        Home + Maps, "",
        (1, 0, Client().Ipv4(A, Server).Udp(5000, 53)),
        (2, 1, Outside().Ipv4(Other, Wan).Udp(53, 5000)),
        (2, 2, Outside().Ipv4(Server, Wan).Udp(53, 5000)));

    /// <summary>
    /// The first two connections end after 30 s each, and the mapping with the later one, to the microsecond; then the endpoint is free for B.
    /// </summary>
    [Fact]
    public void A_mapping_lives_as_long_as_a_connection_uses_it() => Check(
        """
        ether1 sends 49999 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 1 > 5000 len 0
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether2 sends 20000 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 5000 > 53 len 0
        ether2 sends 80000 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether1 1 new forward ether2
        ether1 2 new forward ether2
        ether2 1 new forward ether1
        ether2 2 new local
        ether1 3 new forward ether2
        """,
        Home + Maps + LetsIn, "",
        (1, 0, Client().Ipv4(A, Server).Udp(5000, 53)),
        (1, 20_000, Client().Ipv4(A, Other).Udp(5000, 53)),
        (2, 49_999, Outside().Ipv4(Server, Wan).Udp(1, 5000)),
        (2, 79_999, Outside().Ipv4(Server, Wan).Udp(2, 5001)),
        (1, 80_000, Client(0x88).Ipv4(B, Server).Udp(5000, 53)));

    /// <summary>At the instant the last connection ends nobody is let in any more.</summary>
    [Theory]
    [InlineData(29_999, "ether2 1 new forward ether1")]
    [InlineData(30_000, "ether2 1 new local")]
    public void It_ends_at_its_instant(int milliseconds, string fate)
    {
        string sent = milliseconds < 30_000 ? $"ether1 sends {milliseconds} :01 > :99: 198.51.100.8 > 10.0.1.9 ttl 63 udp 1 > 5000 len 0\n" : "";
        Check(
            $"""
            {sent}ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
            ether1 1 new forward ether2
            {fate}
            """,
            Home + Maps + LetsIn, "",
            (1, 0, Client().Ipv4(A, Server).Udp(5000, 53)),
            (2, milliseconds, Outside().Ipv4(Other, Wan).Udp(1, 5000)));
    }

    /// <summary>A rule that leads to mappings matches only where there is one: a port forward behind it is not hidden.</summary>
    [Fact]
    public void The_next_rule_is_asked_where_there_is_no_mapping() => Check(
        """
        ether1 sends 1 :01 > :88: 198.51.100.8 > 10.0.1.8 ttl 63 udp 1 > 53 len 0
        ether1 sends 2 :01 > :99: 198.51.100.8 > 10.0.1.9 ttl 63 udp 1 > 5000 len 0
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether1 1 new forward ether2
        ether2 1 new forward ether1
        ether2 2 new forward ether1
        """,
        Home + Maps + LetsIn + "/ip firewall nat add chain=dstnat in-interface=ether2 protocol=udp action=dst-nat to-addresses=10.0.1.8 to-ports=53\n", "",
        (1, 0, Client().Ipv4(A, Server).Udp(5000, 53)),
        (2, 1, Outside().Ipv4(Other, Wan).Udp(1, 9000)),
        (2, 2, Outside().Ipv4(Other, Wan).Udp(1, 5000)));

    /// <summary>B asks for A's endpoint outside, and A sees B's: RFC 4787 6.</summary>
    [Fact]
    public void Hairpin() => Check(
        """
        ether1 sends 2 :01 > :99: 203.0.113.2 > 10.0.1.9 ttl 63 udp 6000 > 5000 len 10
        ether1 sends 3 :01 > :88: 203.0.113.2 > 10.0.1.8 ttl 63 udp 5000 > 6000 len 11
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether2 sends 1 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 6000 > 53 len 0
        ether1 1 new forward ether2
        ether1 2 new forward ether2
        ether1 3 new forward ether1
        ether1 4 established forward ether1
        """,
        Home + """
        /ip firewall nat add chain=srcnat src-address=10.0.1.0/24 protocol=udp action=endpoint-independent-nat to-addresses=203.0.113.2
        /ip firewall nat add chain=dstnat dst-address=203.0.113.2 protocol=udp action=endpoint-independent-nat

        """, "",
        (1, 0, Client().Ipv4(A, Server).Udp(5000, 53)),
        (1, 1, Client(0x88).Ipv4(B, Server).Udp(6000, 53)),
        (1, 2, Client(0x88).Ipv4(B, Wan).Udp(6000, 5000).Data(10)),
        (1, 3, Client().Ipv4(A, Wan).Udp(5000, 6000).Data(11)));

    /// <summary>What is mapped is translated as well; and the words of mappings alone ask for mappings alone.</summary>
    [Fact]
    public void Rules_ask_for_mappings() => Check(
        """
        ether1 sends 2 :01 > :99: 198.51.100.8 > 10.0.1.9 ttl 63 udp 1 > 5000 len 0
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether2 sends 1 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 tcp 5000 > 80 flags 02 seq 1 ack 1
        ether1 1 new forward ether2
        ether1 2 new forward ether2
        ether2 1 new forward filter forward 1 ether1
        ether2 2 established drop filter forward 0
        ether2 3 new drop filter forward 2
        """,
        Home + Maps + LetsIn + """
        /ip firewall nat add chain=srcnat out-interface=ether2 action=masquerade
        /ip firewall nat add chain=dstnat in-interface=ether2 protocol=tcp action=dst-nat to-addresses=10.0.1.8
        /ip firewall filter add chain=forward connection-nat-state=ein-snat connection-state=established action=drop
        /ip firewall filter add chain=forward connection-nat-state=ein-dnat action=accept
        /ip firewall filter add chain=forward connection-nat-state=dstnat,ein-snat connection-state=new in-interface=ether2 action=drop

        """, "",
        (1, 0, Client().Ipv4(A, Server).Udp(5000, 53)),
        (1, 1, Client().Ipv4(A, Server).Tcp(5000, 80, flags: 2)),
        (2, 2, Outside().Ipv4(Other, Wan).Udp(1, 5000)),
        (2, 3, Outside().Ipv4(Server, Wan).Udp(53, 5000)),
        (2, 4, Outside().Ipv4(Other, Wan).Tcp(1, 8080, flags: 2)));

    /// <summary>Where the reply that the mapping asks for is another connection's the packet cannot leave: another port were no mapping.</summary>
    [Fact]
    public void A_reply_that_is_anothers_is_refused() => Check(
        """
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether2 sends 1 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 5000 > 53 len 0
        ether2 sends 3 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 5000 > 54 len 0
        ether1 1 new forward ether2
        ether1 2 new forward ether2
        ether1 3 new drop nat-exhausted
        ether1 4 new forward ether2
        """,
        Home + "/ip firewall nat add chain=srcnat src-address=10.0.1.8 action=masquerade\n" + Maps, "",
        (1, 0, Client(0x88).Ipv4(B, Server).Udp(5000, 53)),
        (1, 1, Client().Ipv4(A, Other).Udp(5000, 53)),
        (1, 2, Client().Ipv4(A, Server).Udp(5000, 53)),
        (1, 3, Client().Ipv4(A, Other).Udp(5000, 54)));

    [Fact]
    public void No_port_left_is_told() => Check(
        """
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 7000 > 53 len 0
        ether1 1 new forward ether2
        ether1 2 new drop nat-exhausted
        """,
        Home + Maps.Replace("nat\n", "nat to-ports=7000\n", StringComparison.Ordinal), "",
        (1, 0, Client().Ipv4(A, Server).Udp(5000, 53)),
        (1, 1, Client(0x88).Ipv4(B, Other).Udp(5000, 53)));

    /// <summary>A way past the rules needs no mapping any more.</summary>
    [Fact]
    public void What_is_mapped_is_fasttracked() => Check(
        """
        ether1 sends 1 :01 > :99: 198.51.100.8 > 10.0.1.9 ttl 63 udp 1 > 5000 len 1
        ether1 sends 3 :01 > :99: 198.51.100.8 > 10.0.1.9 ttl 63 udp 1 > 5000 len 3
        ether1 sends 5 :01 > :99: 198.51.100.8 > 10.0.1.9 ttl 63 udp 1 > 5000 len 5
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 0
        ether2 sends 2 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 5000 > 1 len 2
        ether2 sends 4 :02 > :98: 203.0.113.2 > 198.51.100.8 ttl 63 udp 5000 > 1 len 4
        ether1 1 new forward ether2
        ether2 1 new forward ether1
        ether1 2 established forward filter forward 1 ether2
        ether2 2 established forward filter forward 1 ether1
        ether1 3 established forward ether2
        ether2 3 established forward ether1
        """,
        Home + Maps + LetsIn + """
        /ip firewall filter add chain=forward connection-state=established,related action=fasttrack-connection
        /ip firewall filter add chain=forward connection-state=established,related action=accept
        """, "",
        [
            (1, 0, Client().Ipv4(A, Server).Udp(5000, 53)),
            .. Enumerable.Range(1, 5).Select(n => n % 2 == 0
                ? (1, (long)n, Client().Ipv4(A, Other).Udp(5000, 1).Data(n))
                : (2, (long)n, Outside().Ipv4(Other, Wan).Udp(1, 5000).Data(n))),
        ]);

    public void Dispose() => _replay.Dispose();

    static Frame Client(byte host = 0x99) => new([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, host]);

    static Frame Outside() => new([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 0x98]);

    void Check(string expected, string script, string more, params (int Port, long Milliseconds, Frame Frame)[] frames) =>
        _replay.Check(expected, script, more, frames);
}
