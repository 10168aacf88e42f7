namespace Conntrack.RouterOs.Tests.Firewall;

/// <summary>
/// Rules of our own, every form that real configurations were found to use and the rest of RouterOS's grammar: a menu a block, a rule a line
/// as RouterOS would export it. Behind <c> &lt;- </c> stands another spelling of the same.
/// </summary>
static class RuleCorpus
{
    /// <summary>What the rules refer to.</summary>
    public const string Before = """
        /interface bridge
        add name=bridge
        /interface list
        add name=LAN
        add name=WAN
        add name=ports
        /routing table
        add fib name=isp1
        add fib name=isp2
        /ip firewall layer7-protocol
        add name=rdp regexp=rdpdr.*cliprdr
        add name="video calls" regexp="^\\x03"

        """;

    const string Everywhere = """
        action=accept chain=CHAIN
        action=accept chain=CHAIN <- chain=CHAIN
        action=passthrough chain=CHAIN comment="counts \"all\" of it; \$5"
        action=jump chain=CHAIN jump-target=own protocol=tcp
        action=log chain=CHAIN log-prefix="scan: "
        action=accept chain=CHAIN log=yes log-prefix=ok
        action=accept chain=CHAIN <- chain=CHAIN log=no log-prefix=""
        action=add-src-to-address-list address-list=seen address-list-timeout=none-dynamic chain=CHAIN <- action=add-src-to-address-list address-list=seen chain=CHAIN
        action=add-dst-to-address-list address-list="used by us" address-list-timeout=none-static chain=CHAIN
        action=add-src-to-address-list address-list=knock1 address-list-timeout=1m30s chain=CHAIN dst-port=7000 protocol=tcp <- action=add-src-to-address-list address-list=knock1 address-list-timeout=00:01:30 chain=CHAIN dst-port=7000 protocol=tcp
        action=add-dst-to-address-list address-list=x address-list-timeout=4w2d chain=CHAIN
        action=accept chain=CHAIN src-address-list=!friends
        action=accept chain=CHAIN dst-address-list=servers src-address-list=friends
        action=accept chain=CHAIN dst-address-type=!local
        action=accept chain=CHAIN src-address-type=unicast,local dst-address-type=multicast <- action=accept chain=CHAIN src-address-type=local,unicast dst-address-type=multicast
        action=accept chain=CHAIN <- action=accept chain=CHAIN dst-address-type="" protocol="" src-address-list=""
        action=accept chain=CHAIN src-mac-address=!02:00:5E:00:53:01
        action=accept chain=CHAIN protocol=ipsec-esp
        action=accept chain=CHAIN protocol=!tcp
        action=accept chain=CHAIN protocol=gre <- action=accept chain=CHAIN protocol=47
        action=accept chain=CHAIN port=500,4500 protocol=udp
        action=accept chain=CHAIN port=!5060-5061,10000-20000 protocol=udp
        action=accept chain=CHAIN protocol=tcp src-port=20-21
        action=accept chain=CHAIN content="GET /"
        action=accept chain=CHAIN content=!x
        action=accept chain=CHAIN dscp=46
        action=accept chain=CHAIN dscp=!0
        action=accept chain=CHAIN dst-limit=32,32,src-and-dst-addresses/10s
        action=accept chain=CHAIN dst-limit=1/1m,9,dst-address/1m
        action=accept chain=CHAIN dst-limit=5,10,addresses-and-dst-port <- action=accept chain=CHAIN dst-limit=5/1s,10,addresses-and-dst-port
        action=accept chain=CHAIN dst-limit=1,5,dst-address-and-port/1m40s
        action=accept chain=CHAIN ingress-priority=!3 priority=7
        action=accept chain=CHAIN ipsec-policy=in,ipsec
        action=accept chain=CHAIN ipsec-policy=in,none
        action=accept chain=CHAIN limit=50,5:packet
        action=accept chain=CHAIN limit=50,5:packet <- action=accept chain=CHAIN limit=50,5
        action=accept chain=CHAIN limit=!10/1m,20:packet
        action=accept chain=CHAIN limit=10M,500k:bit <- action=accept chain=CHAIN limit=10000k,500000:bit
        action=accept chain=CHAIN nth=4,3
        action=accept chain=CHAIN nth=!2,1 <- action=accept chain=CHAIN nth=!2
        action=accept chain=CHAIN packet-mark=no-mark
        action=accept chain=CHAIN packet-mark=!voice
        action=accept chain=CHAIN packet-size=0-123
        action=accept chain=CHAIN packet-size=!128-65535
        action=accept chain=CHAIN packet-size=576
        action=accept chain=CHAIN per-connection-classifier=both-addresses-and-ports:4/2
        action=accept chain=CHAIN per-connection-classifier=!src-address:2/0
        action=accept chain=CHAIN random=25
        action=accept chain=CHAIN protocol=tcp tcp-flags=syn
        action=accept chain=CHAIN protocol=tcp tcp-flags=!syn
        action=accept chain=CHAIN protocol=tcp tcp-flags=fin,syn,rst,psh,ack,urg
        action=accept chain=CHAIN protocol=tcp tcp-flags=fin,psh,urg,!syn,!rst,!ack <- action=accept chain=CHAIN protocol=tcp tcp-flags=!syn,fin,psh,!rst,urg,!ack
        action=accept chain=CHAIN protocol=tcp tcp-mss=!0-1378
        action=accept chain=CHAIN protocol=tcp tcp-mss=1453-65535
        action=accept chain=CHAIN time=17h-22h30m,mon,tue,wed,thu,fri
        action=accept chain=CHAIN time=7h-23h,sun,sat
        action=accept chain=CHAIN time=!0s-1d,sun,mon,tue,wed,thu,fri,sat <- action=accept chain=CHAIN time=!00:00:00-24:00:00
        action=accept chain=CHAIN tls-host=*.example.com protocol=tcp
        action=drop chain=CHAIN disabled=yes comment=off
        action=accept chain=own comment="one's own" protocol=udp
        action=return chain=own
        """;

    const string Ipv4 = """
        action=accept chain=CHAIN src-address=10.0.0.0/8 dst-address=!192.0.2.1-192.0.2.9
        action=accept chain=CHAIN fragment=yes
        action=accept chain=CHAIN hotspot=from-client,!auth
        action=accept chain=CHAIN hotspot=!auth
        action=accept chain=CHAIN icmp-options=8:0 protocol=icmp
        action=accept chain=CHAIN icmp-options=11:0-255 protocol=icmp
        action=accept chain=CHAIN icmp-options=3:0-1 protocol=icmp
        action=accept chain=CHAIN icmp-options=!0:0-255 protocol=icmp <- action=accept chain=CHAIN icmp-options=!0 protocol=icmp
        action=accept chain=CHAIN ipv4-options=any
        action=accept chain=CHAIN ipv4-options=loose-source-routing
        action=accept chain=CHAIN ipv4-options=router-alert
        action=accept chain=CHAIN psd=21,3s,3,1
        action=accept chain=CHAIN psd=40,5m,2,1
        action=accept chain=CHAIN ttl=equal:63
        action=accept chain=CHAIN ttl=less-than:5
        """;

    const string Ipv6 = """
        action=accept chain=CHAIN src-address=fe80::/10 dst-address=!2001:db8::1/128
        action=accept chain=CHAIN headers=hop,dst:contains
        action=accept chain=CHAIN headers=!frag:exact
        action=accept chain=CHAIN hop-limit=equal:255
        action=accept chain=CHAIN hop-limit=not-equal:255
        action=accept chain=CHAIN icmp-options=128:0 protocol=icmpv6
        action=accept chain=CHAIN icmp-options=133:0-255 protocol=icmpv6 <- action=accept chain=CHAIN icmp-options=133 protocol=icmpv6
        action=accept chain=CHAIN protocol=139
        action=accept chain=CHAIN dst-address-type=anycast
        """;

    /// <summary>Matchers that look at a connection.</summary>
    const string Connections = """
        action=accept chain=CHAIN connection-bytes=500000-0 protocol=tcp <- action=accept chain=CHAIN connection-bytes=500k-0 protocol=tcp
        action=accept chain=CHAIN connection-bytes=5000000-999000000
        action=accept chain=CHAIN connection-limit=100,32
        action=accept chain=CHAIN connection-limit=!30,24
        action=accept chain=CHAIN connection-mark=no-mark
        action=accept chain=CHAIN connection-mark=!isp1_conn
        action=accept chain=CHAIN connection-rate=0-100k
        action=accept chain=CHAIN connection-rate=512k-999M
        action=accept chain=CHAIN connection-rate=!200k-0
        action=accept chain=CHAIN connection-type=ftp
        action=accept chain=CHAIN connection-type=!sip
        action=accept chain=CHAIN layer7-protocol=rdp
        action=accept chain=CHAIN layer7-protocol=!"video calls"
        action=accept chain=CHAIN routing-mark=isp1
        action=accept chain=CHAIN routing-mark=!main
        """;

    /// <summary>What knows of states: mangle and filter.</summary>
    const string States = """
        action=accept chain=CHAIN connection-state=established,related,untracked
        action=accept chain=CHAIN connection-state=new,established,related <- action=accept chain=CHAIN connection-state="established,related,new"
        action=accept chain=CHAIN connection-state=!new
        action=accept chain=CHAIN <- action=accept chain=CHAIN connection-state=""
        action=accept chain=CHAIN connection-nat-state=!dstnat connection-state=new
        action=accept chain=CHAIN connection-nat-state=srcnat,dstnat
        """;

    const string Filter = """
        action=drop chain=input in-interface-list=!LAN
        action=drop chain=input in-interface=ether1
        action=drop chain=input dst-port=22,80-89 protocol=tcp src-address-list=!admins
        action=fasttrack-connection chain=forward connection-state=established,related hw-offload=yes
        action=fasttrack-connection chain=forward
        action=accept chain=forward ipsec-policy=out,ipsec
        action=accept chain=forward ipsec-policy=out,none
        action=drop chain=forward out-interface-list=WAN in-interface=bridge
        action=drop chain=forward in-bridge-port=ether2 out-bridge-port=!ether3
        action=drop chain=forward in-bridge-port-list=ports out-bridge-port-list=!ports
        action=reject chain=forward protocol=tcp reject-with=tcp-reset
        action=drop chain=own protocol=tcp
        action=jump chain=forward jump-target=nowhere
        """;

    const string Filter4 = """
        action=reject chain=forward reject-with=icmp-network-unreachable <- action=reject chain=forward
        action=reject chain=forward reject-with=icmp-admin-prohibited
        action=reject chain=input reject-with=icmp-host-unreachable
        action=reject chain=input reject-with=icmp-port-unreachable
        action=tarpit chain=input connection-limit=3,32 protocol=tcp
        action=accept chain=forward p2p=all-p2p
        action=accept chain=forward realm=!7
        """;

    const string Filter6 = """
        action=reject chain=forward reject-with=icmp-no-route <- action=reject chain=forward
        action=reject chain=forward reject-with=icmp-admin-prohibited
        action=reject chain=input reject-with=icmp-not-neighbour
        """;

    const string Raw = """
        action=notrack chain=prerouting
        action=drop chain=prerouting in-interface-list=WAN src-address-list=blocked
        action=drop chain=output out-interface=ether1
        """;

    const string Mangle = """
        action=mark-connection chain=prerouting connection-state=new in-interface=ether1 new-connection-mark=isp1_conn passthrough=yes
        action=mark-connection chain=prerouting new-connection-mark=a passthrough=yes <- action=mark-connection chain=prerouting new-connection-mark=a
        action=mark-packet chain=forward connection-mark=voice new-packet-mark=voice passthrough=no
        action=mark-packet chain=postrouting new-packet-mark="up link" out-interface-list=WAN passthrough=no
        action=mark-routing chain=prerouting connection-mark=isp1_conn in-interface-list=LAN new-routing-mark=isp1 passthrough=no
        action=mark-routing chain=output new-routing-mark=isp2 passthrough=yes
        action=mark-routing chain=prerouting new-routing-mark=main passthrough=yes
        action=change-mss chain=forward new-mss=1360 out-interface=ether1 passthrough=yes protocol=tcp tcp-flags=syn tcp-mss=1361-65535
        action=change-mss chain=postrouting new-mss=clamp-to-pmtu passthrough=yes protocol=tcp tcp-flags=syn
        action=change-dscp chain=postrouting new-dscp=46 passthrough=yes
        action=change-dscp chain=postrouting new-dscp=from-priority-to-high-3-bits passthrough=no
        action=set-priority chain=postrouting new-priority=5 passthrough=yes
        action=set-priority chain=forward new-priority=from-dscp-high-3-bits passthrough=yes
        action=set-priority chain=forward new-priority=from-ingress passthrough=no
        action=drop chain=prerouting
        action=accept chain=prerouting passthrough=no
        action=fasttrack-connection chain=forward
        action=mark-packet chain=forward in-bridge-port-list=ports new-packet-mark=bridged passthrough=yes
        action=sniff-pc chain=forward sniff-id=7 sniff-target=SINGLE sniff-target-port=5555
        action=sniff-tzsp chain=prerouting sniff-target=SINGLE sniff-target-port=37008
        """;

    const string Mangle4 = """
        action=change-ttl chain=prerouting new-ttl=set:64 passthrough=yes
        action=change-ttl chain=postrouting new-ttl=increment:1 passthrough=yes
        action=clear-df chain=forward passthrough=yes
        action=strip-ipv4-options chain=prerouting ipv4-options=any passthrough=yes
        action=route chain=prerouting passthrough=yes route-dst=192.0.2.254
        """;

    const string Mangle6 = """
        action=change-hop-limit chain=prerouting new-hop-limit=decrement:1 passthrough=yes
        """;

    const string Nat = """
        action=masquerade chain=srcnat out-interface-list=WAN
        action=masquerade chain=srcnat ipsec-policy=out,none out-interface=ether1 src-address-list=LAN
        action=redirect chain=dstnat dst-port=53 in-interface-list=LAN protocol=udp to-ports=53
        action=dst-nat chain=dstnat dst-port=80 in-interface=ether1 protocol=tcp to-ports=8080
        action=accept chain=own dst-address-list=partners
        """;

    const string Nat4 = """
        action=masquerade chain=srcnat protocol=tcp to-ports=20000-30000 randomise-ports=yes
        action=dst-nat chain=dstnat dst-address-type=local dst-port=443 protocol=tcp to-addresses=10.0.0.7
        action=dst-nat chain=dstnat dst-port=443 protocol=tcp to-addresses=10.0.0.7-10.0.0.9 to-ports=8443
        action=dst-nat chain=dstnat hotspot=auth to-addresses=10.0.0.7 <- action=dst-nat chain=dstnat hotspot=auth to-address=10.0.0.7
        action=src-nat chain=srcnat out-interface=ether1 to-addresses=192.0.2.1
        action=src-nat chain=input to-addresses=192.0.2.1
        action=netmap chain=dstnat dst-address=192.0.2.0/28 to-addresses=10.0.0.0/28
        action=netmap chain=srcnat src-address=10.0.0.0/28 to-addresses=192.0.2.0/28
        action=same chain=srcnat same-not-by-dst=yes to-addresses=192.0.2.1-192.0.2.4
        action=endpoint-independent-nat chain=srcnat out-interface=ether1 protocol=udp randomise-ports=yes
        action=endpoint-independent-nat chain=dstnat in-interface=ether1 protocol=udp
        """;

    const string Nat6 = """
        action=dst-nat chain=dstnat dst-port=443 protocol=tcp to-address=2001:db8::7/128 to-ports=8443
        action=src-nat chain=srcnat to-address=2001:db8::/64 <- action=src-nat chain=srcnat to-addresses=2001:db8::/64
        action=netmap chain=srcnat src-address=fd00::/64 to-address=2001:db8::/64
        """;

    /// <summary>Every rule: its menu, the arguments a script gives, and those an export writes.</summary>
    public static IEnumerable<(string Menu, string Given, string Kept)> Rules { get; } =
    [
        .. Menu("ip firewall filter", "forward", Everywhere, Ipv4, Connections, States, Filter, Filter4),
        .. Menu("ip firewall raw", "prerouting", Everywhere, Ipv4, Raw),
        .. Menu("ip firewall mangle", "prerouting", Everywhere, Ipv4, Connections, States, Mangle.Replace("SINGLE", "192.0.2.9", StringComparison.Ordinal), Mangle4),
        .. Menu("ip firewall nat", "dstnat", Everywhere, Ipv4, Connections, Nat, Nat4),
        .. Menu("ipv6 firewall filter", "forward", Everywhere, Ipv6, Connections, States, Filter, Filter6),
        .. Menu("ipv6 firewall raw", "prerouting", Everywhere, Ipv6, Raw),
        .. Menu("ipv6 firewall mangle", "prerouting", Everywhere, Ipv6, Connections, States, Mangle.Replace("SINGLE", "2001:db8::9", StringComparison.Ordinal), Mangle6),
        .. Menu("ipv6 firewall nat", "dstnat", Everywhere, Ipv6, Connections, Nat, Nat6),
    ];

    /// <summary>All of them as one script.</summary>
    public static string Script { get; } = Before + string.Concat(
        Rules.GroupBy(static rule => rule.Menu, static (menu, rules) => $"/{menu}\n" + string.Concat(rules.Select(static rule => $"add {rule.Given}\n"))));

    static IEnumerable<(string Menu, string Given, string Kept)> Menu(string menu, string chain, params string[] blocks) =>
        from block in blocks
        from line in block.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        where !(menu.EndsWith("nat", StringComparison.Ordinal) && line.StartsWith("action=drop", StringComparison.Ordinal))
        let sides = line.Replace("CHAIN", chain, StringComparison.Ordinal).Split(" <- ")
        select (menu, sides[^1], Sorted(sides[0]));

    /// <summary>An export writes arguments in alphabetical order; here they stand as they read best.</summary>
    static string Sorted(string arguments)
    {
        var parts = new List<string>();
        foreach (string word in arguments.Split(' '))
        {
            // A blank within quotes continues the value in front of it.
            if (parts.Count > 0 && Quotes(parts[^1]) % 2 == 1)
            {
                parts[^1] += " " + word;
            }
            else
            {
                parts.Add(word);
            }
        }

        return string.Join(' ', parts.OrderBy(static part => part[..part.IndexOf('=', StringComparison.Ordinal)], StringComparer.Ordinal));
    }

    static int Quotes(string text) => text.Replace("\\\"", "", StringComparison.Ordinal).Count(static c => c == '"');
}
