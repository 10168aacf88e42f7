using System.Text.Json;
using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>Translations that are met seldom: hairpin of IPv6, nat's chain input, and what comes back in a loop.</summary>
public sealed class NatCornerTests : IDisposable
{
    const string Home = """
        /ip address add address=10.0.1.1/24 interface=ether1
        /ip address add address=203.0.113.2/24 interface=ether2
        /ip route add gateway=203.0.113.1
        /ip arp add address=10.0.1.9 mac-address=02:00:00:00:00:99 interface=ether1
        /ip arp add address=203.0.113.1 mac-address=02:00:00:00:00:98 interface=ether2
        /ipv6 address add address=2001:db8:1::1/64 interface=ether1 advertise=no
        /ipv6 address add address=2001:db8:2::1/64 interface=ether2 advertise=no
        /ipv6 neighbor add address=2001:db8:1::9 mac-address=02:00:00:00:00:99 interface=ether1
        /ipv6 neighbor add address=2001:db8:1::8 mac-address=02:00:00:00:00:88 interface=ether1

        """;

    readonly RouterReplay _replay = new();

    [Fact]
    public void Hairpin_of_IPv6() => _replay.Check(
        """
        ether1 sends 0 :01 > :88: 2001:db8:1::1 > 2001:db8:1::8 hops 63 tcp 5000 > 80 flags 02 seq 1 ack 1
        ether1 sends 1 :01 > :99: 2001:db8:2::1 > 2001:db8:1::9 hops 63 tcp 8080 > 5000 flags 12 seq 1 ack 2
        ether1 sends 2 :01 > :88: 2001:db8:1::1 > 2001:db8:1::8 hops 63 tcp 5000 > 80 flags 10 seq 2 ack 2
        ether1 1 new forward ether1
        ether1 2 established forward ether1
        ether1 3 established forward ether1
        """,
        Home + """
        /ipv6 firewall nat
        add chain=dstnat dst-address=2001:db8:2::1/128 protocol=tcp dst-port=8080 action=dst-nat to-address=2001:db8:1::8/128 to-ports=80
        add chain=srcnat src-address=2001:db8:1::/64 dst-address=2001:db8:1::8/128 action=masquerade
        """, "",
        (1, 0, Host(0x99).Ipv6("2001:db8:1::9", "2001:db8:2::1").Tcp(5000, 8080, flags: 2)),
        (1, 1, Host(0x88).Ipv6("2001:db8:1::8", "2001:db8:1::1").Tcp(80, 5000, flags: 0x12, acknowledgment: 2)),
        (1, 2, Host(0x99).Ipv6("2001:db8:1::9", "2001:db8:2::1").Tcp(5000, 8080, sequence: 2, acknowledgment: 2)));

    /// <summary>The filter sees who asks, the router's own programs see who the rule says; the answer goes to who asked.</summary>
    [Fact]
    public void The_chain_input_translates_who_comes_to_the_router()
    {
        const string Script = Home + """
            /ip firewall filter add chain=input src-address=10.0.1.77 action=drop
            /ip firewall nat add chain=input protocol=icmp action=src-nat to-addresses=10.0.1.77
            """;
        (int, long, Frame) echo = (1, 0, Host(0x99).Ipv4("10.0.1.9", "10.0.1.1").Icmp(8, identifier: 7).Data(8));
        _replay.Check(
            """
            ether1 sends 0 :01 > :99: 10.0.1.1 > 10.0.1.9 ttl 64 echo reply 7 len 8
            ether1 1 new local
            """,
            Script, "", echo);

        using Scratch scratch = new();
        Results results = scratch.Replay(
            "--in", $"ether1={scratch.Capture("in.pcap", (0, echo.Item3))}", "--in", $"ether2={scratch.Capture("none.pcap")}", "--config", scratch.Write("router.rsc", Script + "\n"));
        JsonElement connection = Assert.Single(results.Connections);
        Assert.Equal(("10.0.1.9", "10.0.1.77", true), (connection.Word("src-address"), connection.Word("reply-dst-address"), connection.Flag("srcnat")));
        Assert.Equal((1, 1), (connection.Number("orig-packets"), connection.Number("repl-packets")));
    }

    /// <summary>
    /// What left translated and is sent back by a provider's loop has the router's own address as its source: it ends there, is not translated once
    /// more, and the connection it belonged to does not notice.
    /// </summary>
    [Fact]
    public void What_comes_back_in_a_loop_is_not_translated_again() => _replay.Check(
        """
        ether1 sends 2 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 53 > 5000 len 20
        ether2 sends 0 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 20
        ether1 1 new forward ether2
        ether2 1 new drop bad-source
        ether2 2 established forward ether1
        """,
        Home + "/ip firewall nat add chain=srcnat out-interface=ether2 action=masquerade\n", "",
        (1, 0, Host(0x99).Ipv4("10.0.1.9", "198.51.100.7").Udp(5000, 53).Data(20)),
        (2, 1, Outside().Ipv4("203.0.113.2", "198.51.100.7", timeToLive: 62).Udp(5000, 53).Data(20)),
        (2, 2, Outside().Ipv4("198.51.100.7", "203.0.113.2").Udp(53, 5000).Data(20)));

    public void Dispose() => _replay.Dispose();

    static Frame Host(byte host) => new([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, host]);

    static Frame Outside() => new([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 0x98]);
}
