using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>Two providers: who is marked leaves by the second, whose answers come back through it, translated either way.</summary>
public sealed class MarkedRouteTests : IDisposable
{
    const string Script = """
        /routing table add name=isp2 fib
        /ip address add address=10.0.1.1/24 interface=ether1
        /ip address add address=203.0.113.2/24 interface=ether2
        /ip address add address=198.18.0.2/24 interface=ether3
        /ip route add gateway=203.0.113.1
        /ip route add gateway=198.18.0.1 routing-table=isp2
        /ip arp add address=10.0.1.9 mac-address=02:00:00:00:00:99 interface=ether1
        /ip arp add address=203.0.113.1 mac-address=02:00:00:00:00:98 interface=ether2
        /ip arp add address=198.18.0.1 mac-address=02:00:00:00:00:97 interface=ether3
        /ip firewall mangle
        add chain=prerouting in-interface=ether1 connection-mark=no-mark protocol=udp dst-port=5060 action=mark-connection new-connection-mark=voice
        add chain=prerouting in-interface=ether1 connection-mark=voice action=mark-routing new-routing-mark=isp2
        /ip firewall nat
        add chain=srcnat out-interface=ether2 action=masquerade
        add chain=srcnat out-interface=ether3 action=masquerade
        /ip firewall filter add chain=forward routing-mark=isp2 action=passthrough
        """;

    readonly RouterReplay _replay = new();

    public void Dispose() => _replay.Dispose();

    [Fact]
    public void What_is_marked_leaves_by_the_table_it_is_marked_with() => _replay.Check(
        """
        ether1 sends 5 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 5060 > 5000 len 20
        ether1 sends 6 :01 > :99: 198.51.100.7 > 10.0.1.9 ttl 63 udp 53 > 5000 len 20
        ether2 sends 1 :02 > :98: 203.0.113.2 > 198.51.100.7 ttl 63 udp 5000 > 53 len 20
        ether3 sends 0 :03 > :97: 198.18.0.2 > 198.51.100.7 ttl 63 udp 5000 > 5060 len 20
        ether3 sends 7 :03 > :97: 198.18.0.2 > 198.51.100.7 ttl 63 udp 5000 > 5060 len 20
        ether1 1 new forward ether3
        ether1 2 new forward ether2
        ether3 1 established forward ether1
        ether2 1 established forward ether1
        ether1 3 established forward ether3
        """,
        Script, "",
        (1, 0, Client().Ipv4("10.0.1.9", "198.51.100.7").Udp(5000, 5060).Data(20)),
        (1, 1, Client().Ipv4("10.0.1.9", "198.51.100.7").Udp(5000, 53).Data(20)),
        (3, 5, Provider(3, 0x97).Ipv4("198.51.100.7", "198.18.0.2").Udp(5060, 5000).Data(20)),
        (2, 6, Provider(2, 0x98).Ipv4("198.51.100.7", "203.0.113.2").Udp(53, 5000).Data(20)),
        (1, 7, Client().Ipv4("10.0.1.9", "198.51.100.7").Udp(5000, 5060).Data(20)));

    static Frame Client() => Provider(1, 0x99);

    static Frame Provider(byte router, byte host) => new([2, 0, 0, 0, 0, router], [2, 0, 0, 0, 0, host]);
}
