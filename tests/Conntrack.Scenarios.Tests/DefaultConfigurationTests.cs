using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>
/// What RouterOS's default configuration promises, frame by frame: ether1 is the provider's side with 203.0.113.2, ether2 a port of the LAN's
/// bridge 192.168.88.0/24. Rows are those of <see cref="RouterReplay"/>.
/// </summary>
public sealed class DefaultConfigurationTests : IDisposable
{
    const string Client = "192.168.88.10", Wan = "203.0.113.2", Server = "198.51.100.7";
    const string Client6 = "fd00:88::10", Router6 = "fd00:113::2", Server6 = "fd00:113::80";

    static readonly string s_script = File.ReadAllText(Path.Combine(Ctrack.Root, "tests/Scenarios/demo/home/default.rsc")) + """

        /ip arp add address=192.168.88.10 mac-address=02:00:00:00:00:99 interface=bridge
        /ip arp add address=203.0.113.1 mac-address=02:00:00:00:00:98 interface=ether1
        /ipv6 neighbor add address=fd00:88::10 mac-address=02:00:00:00:00:99 interface=bridge
        /ipv6 neighbor add address=fd00:113::80 mac-address=02:00:00:00:00:98 interface=ether1
        /ipv6 route add gateway=fd00:113::80
        """;

    readonly RouterReplay _replay = new();

    /// <summary>One answer, and the packets behind it go past the rules; the last three rows have no rule.</summary>
    [Fact]
    public void From_the_lan_to_the_provider_is_masqueraded_and_fasttracked() => Check(
        """
        ether1 sends 0 :01 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 20
        ether1 sends 2 :01 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 22
        ether1 sends 4 :01 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 24
        ether2 sends 1 02:00:00:00:88:01 > :99: 198.51.100.7 > 192.168.88.10 ttl 63 udp 53 > 5000 len 21
        ether2 sends 3 02:00:00:00:88:01 > :99: 198.51.100.7 > 192.168.88.10 ttl 63 udp 53 > 5000 len 23
        ether2 sends 5 02:00:00:00:88:01 > :99: 198.51.100.7 > 192.168.88.10 ttl 63 udp 53 > 5000 len 25
        ether2 1 new forward ether1
        ether1 1 established forward filter forward 3 bridge
        ether2 2 established forward filter forward 3 ether1
        ether1 2 established forward bridge
        ether2 3 established forward ether1
        ether1 3 established forward bridge
        """,
        [.. Enumerable.Range(0, 6).Select(n => n % 2 == 0
            ? (2, (long)n, Lan().Ipv4(Client, Server).Udp(5000, 53).Data(20 + n))
            : (1, (long)n, Outside().Ipv4(Server, Wan).Udp(53, 5000).Data(20 + n)))]);

    [Fact]
    public void Ipv6_is_fasttracked_and_not_translated() => Check(
        """
        ether1 sends 0 :01 > :98: fd00:88::10 > fd00:113::80 hops 63 udp 5000 > 53 len 20
        ether1 sends 2 :01 > :98: fd00:88::10 > fd00:113::80 hops 63 udp 5000 > 53 len 22
        ether1 sends 4 :01 > :98: fd00:88::10 > fd00:113::80 hops 63 udp 5000 > 53 len 24
        ether2 sends 1 02:00:00:00:88:01 > :99: fd00:113::80 > fd00:88::10 hops 63 udp 53 > 5000 len 21
        ether2 sends 3 02:00:00:00:88:01 > :99: fd00:113::80 > fd00:88::10 hops 63 udp 53 > 5000 len 23
        ether2 sends 5 02:00:00:00:88:01 > :99: fd00:113::80 > fd00:88::10 hops 63 udp 53 > 5000 len 25
        ether2 1 new forward ether1
        ether1 1 established forward ipv6 filter forward 1 bridge
        ether2 2 established forward ipv6 filter forward 1 ether1
        ether1 2 established forward bridge
        ether2 3 established forward ether1
        ether1 3 established forward bridge
        """,
        [.. Enumerable.Range(0, 6).Select(n => n % 2 == 0
            ? (2, (long)n, Lan().Ipv6(Client6, Server6).Udp(5000, 53).Data(20 + n))
            : (1, (long)n, Outside().Ipv6(Server6, Client6).Udp(53, 5000).Data(20 + n)))]);

    [Fact]
    public void From_the_provider_to_the_lan_only_what_is_forwarded_for() => Check(
        """
        ether1 sends 4 :01 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 tcp 8080 > 5001 flags 12 seq 1 ack 2
        ether2 sends 3 02:00:00:00:88:01 > :99: 198.51.100.7 > 192.168.88.10 ttl 63 tcp 5001 > 80 flags 02 seq 1 ack 1
        ether1 1 new drop filter forward 5
        ether1 2 new drop filter forward 5
        ether1 3 new drop filter forward 5
        ether1 4 new forward bridge
        ether2 1 established forward filter forward 3 ether1
        """,
        (1, 0, Outside().Ipv4(Server, Client).Tcp(5000, 80, flags: 2)),
        (1, 1, Outside().Ipv4(Server, Client).Udp(5000, 53)),
        (1, 2, Outside().Ipv4(Server, Client).Icmp(8, identifier: 5).Data(8)),
        (1, 3, Outside().Ipv4(Server, Wan).Tcp(5001, 8080, flags: 2)),
        (2, 4, Lan().Ipv4(Client, Server).Tcp(80, 5001, flags: 0x12, acknowledgment: 2)));

    [Fact]
    public void From_the_provider_to_the_router_only_answers_and_icmp() => Check(
        """
        ether1 sends 2 :01 > :98: 203.0.113.2 > 198.51.100.7 ttl 64 echo reply 5 len 8
        ether1 1 new drop filter input 4
        ether1 2 new drop filter input 4
        ether1 3 new local filter input 2
        ether2 1 new local
        ether1 4 invalid drop filter input 1
        """,
        (1, 0, Outside().Ipv4(Server, Wan).Tcp(5000, 22, flags: 2)),
        (1, 1, Outside().Ipv4(Server, Wan).Udp(5000, 53)),
        (1, 2, Outside().Ipv4(Server, Wan).Icmp(8, identifier: 5).Data(8)),
        (2, 3, Lan().Ipv4(Client, "192.168.88.1").Udp(5000, 53)),
        (1, 4, Outside().Ipv4(Server, Wan).Icmp(3, 1).Data(new Frame().Ipv4(Wan, Server).Udp(7, 7).Data(20).ToPacket())));

    [Fact]
    public void What_is_invalid_goes_nowhere() => Check(
        """
        ether2 1 invalid drop filter forward 4
        ether1 1 invalid drop filter input 1
        ether1 2 invalid drop filter forward 4
        ether2 2 invalid drop ipv6 filter forward 2
        ether1 3 invalid drop ipv6 filter input 1
        """,
        (2, 0, Lan().Ipv4(Client, Server).Tcp(5000, 80, flags: 4)),
        (1, 1, Outside().Ipv4(Server, Wan).Tcp(80, 5000, flags: 4)),
        (1, 2, Outside().Ipv4(Server, Client).Tcp(80, 5000, flags: 0x11)),
        (2, 3, Lan().Ipv6(Client6, Server6).Tcp(5000, 80, flags: 4)),
        (1, 4, Outside().Ipv6(Server6, Router6).Tcp(80, 5000, flags: 4)));

    [Fact]
    public void Ipv6_addresses_that_are_nobody_s_are_dropped() => Check(
        """
        ether2 1 new drop ipv6 filter forward 3
        ether2 2 new drop ipv6 filter forward 4
        ether2 3 new drop ipv6 filter forward 4
        ether1 1 new drop ipv6 filter forward 3
        """,
        (2, 0, Lan().Ipv6("2001:db8::10", Server6).Udp(5000, 53)),
        (2, 1, Lan().Ipv6(Client6, "2001:db8::80").Udp(5000, 53)),
        (2, 2, Lan().Ipv6(Client6, "100::1").Udp(5000, 53)),
        (1, 3, Outside().Ipv6("fec0::1", Client6).Icmpv6(128, identifier: 3).Data(8)));

    /// <summary>The rules of forward see the hop limit that a packet would leave with, as Linux's do: 1 where it came with 2.</summary>
    [Fact]
    public void Ipv6_from_the_provider_to_the_lan() => Check(
        """
        ether1 sends 6 :01 > :98: fd00:113::2 > fd00:113::80 hops 64 icmpv6 3/0 00000000 about fd00:113::80 32768 > fd00:88::10 12050
        ether2 sends 2 02:00:00:00:88:01 > :99: fd00:113::80 > fd00:88::10 hops 63 udp 5000 > 500 len 0
        ether2 sends 3 02:00:00:00:88:01 > :99: fd00:113::80 > fd00:88::10 hops 63 protocol 50 len 40
        ether2 sends 4 02:00:00:00:88:01 > :99: fd00:113::80 > fd00:88::10 hops 63 protocol 139 len 40
        ether2 sends 5 02:00:00:00:88:01 > :99: fd00:113::80 > fd00:88::10 hops 63 echo request 5 len 8
        ether1 1 new drop ipv6 filter forward 12
        ether1 2 new drop ipv6 filter forward 12
        ether1 3 new forward ipv6 filter forward 8 bridge
        ether1 4 new forward ipv6 filter forward 10 bridge
        ether1 5 new forward ipv6 filter forward 7 bridge
        ether1 6 new forward ipv6 filter forward 6 bridge
        ether1 7 new drop ttl-expired
        ether1 8 new drop ipv6 filter forward 5
        """,
        (1, 0, Outside().Ipv6(Server6, Client6).Tcp(5000, 80, flags: 2)),
        (1, 1, Outside().Ipv6(Server6, Client6).Udp(5000, 33440)),
        (1, 2, Outside().Ipv6(Server6, Client6).Udp(5000, 500)),
        (1, 3, Outside().Ipv6(Server6, Client6).Protocol(50).Data(40)),
        (1, 4, Outside().Ipv6(Server6, Client6).Protocol(139).Data(40)),
        (1, 5, Outside().Ipv6(Server6, Client6).Icmpv6(128, identifier: 5).Data(8)),
        (1, 6, Outside().Ipv6(Server6, Client6, hopLimit: 1).Icmpv6(128, identifier: 6).Data(8)),
        (1, 7, Outside().Ipv6(Server6, Client6, hopLimit: 2).Icmpv6(128, identifier: 7).Data(8)));

    [Fact]
    public void Ipv6_from_the_provider_to_the_router() => Check(
        """
        ether1 sends 7 :01 > :98: fd00:113::2 > fd00:113::80 hops 64 echo reply 5 len 8
        ether1 1 new drop ipv6 filter input 9
        ether1 2 new drop ipv6 filter input 9
        ether1 3 new local ipv6 filter input 3
        ether1 4 new drop ipv6 filter input 9
        ether1 5 new local ipv6 filter input 4
        ether1 6 new drop ipv6 filter input 9
        ether1 7 new local ipv6 filter input 5
        ether1 8 new local ipv6 filter input 2
        ether2 1 new local
        """,
        (1, 0, Outside().Ipv6(Server6, Router6).Tcp(5000, 22, flags: 2)),
        (1, 1, Outside().Ipv6(Server6, Router6).Udp(5000, 53)),
        (1, 2, Outside().Ipv6(Server6, Router6).Udp(5000, 33434)),
        (1, 3, Outside().Ipv6(Server6, Router6).Udp(5000, 33535)),
        (1, 4, Outside().Ipv6("fe80::98", Router6).Udp(547, 546)),
        (1, 5, Outside().Ipv6(Server6, Router6).Udp(547, 546)),
        (1, 6, Outside().Ipv6(Server6, Router6).Udp(5000, 4500)),
        (1, 7, Outside().Ipv6(Server6, Router6).Icmpv6(128, identifier: 5).Data(8)),
        (2, 8, Lan().Ipv6(Client6, "fd00:88::1").Tcp(5000, 22, flags: 2)));

    public void Dispose() => _replay.Dispose();

    static Frame Lan() => new([2, 0, 0, 0, 0x88, 1], [2, 0, 0, 0, 0, 0x99]);

    static Frame Outside() => new([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 0x98]);

    void Check(string expected, params (int Port, long Milliseconds, Frame Frame)[] frames) => _replay.Check(expected, s_script, "", frames);
}
