using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Tests.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Tests.Routing;

public sealed class RoutingScriptTests
{
    [Theory]
    [InlineData("ip address add address=192.168.88.1/24 interface=ether1", "192.168.88.1/24 on 192.168.88.0/24")]
    [InlineData("ip address add address=192.168.88.1/255.255.255.0 interface=ether1 network=192.168.88.0", "192.168.88.1/24 on 192.168.88.0/24")]
    [InlineData("ip address add address=10.0.0.1 interface=ether1 network=10.0.0.2", "10.0.0.1/32 on 10.0.0.2/32")]
    [InlineData("ip address add address=10.0.0.1/31 interface=ether1", "10.0.0.1/31 on 10.0.0.0/31")]
    [InlineData("ip address; add address=10.0.0.1/32 interface=ether1 network=10.0.0.2; set 0 address=10.1.0.1/24", "10.1.0.1/24 on 10.1.0.0/24")]
    [InlineData("ip address; add address=10.0.0.1/32 interface=ether1 network=10.0.0.2; set 0 !network", "10.0.0.1/32 on 10.0.0.1/32")]
    [InlineData("ipv6 address add address=2001:db8::1 interface=ether1", "2001:db8::1/64 on 2001:db8::/64")]
    [InlineData("ipv6 address add address=2001:db8::1/128 interface=ether1", "2001:db8::1/128 on 2001:db8::1/128")]
    [InlineData("ipv6 address add address=fe80::1 interface=ether1", "fe80::1/64 on fe80::/64")]
    public void Reads_addresses(string script, string expected)
    {
        RouterConfiguration configuration = Scripts.Load("/" + script);
        AddressSettings address = Assert.Single(configuration.Ipv4Addresses.Concat(configuration.Ipv6Addresses));

        Assert.Equal(expected, $"{address.Address} on {address.OnLink}");
        Assert.Equal(configuration, Scripts.Load(ScriptExporter.Export(configuration)));
    }

    [Theory]
    [InlineData("ip route add gateway=10.0.0.1", "0.0.0.0/0 10.0.0.1 1 main")]
    [InlineData("ip route add disabled=no distance=5 dst-address=10.9.0.0/16 gateway=10.0.0.1%ether1 pref-src=\"\" routing-table=main scope=30 suppress-hw-offload=no target-scope=10 vrf-interface=ether1", "10.9.0.0/16 10.0.0.1%ether1 5 main")]
    [InlineData("ip route add dst-address=10.9.0.1 gateway=ether2", "10.9.0.1/32 ether2 1 main")]
    [InlineData("ip route add gateway=10.0.0.1,10.0.0.1,10.0.1.1%ether2,ether3 check-gateway=ping", "0.0.0.0/0 10.0.0.1,10.0.0.1,10.0.1.1%ether2,ether3 1 main")]
    [InlineData("routing table add name=isp2 fib; /ip route add gateway=10.0.0.1@main routing-table=isp2", "0.0.0.0/0 10.0.0.1@main 1 isp2")]
    [InlineData("ip vrf add name=guests interfaces=ether3; /ip route add gateway=ether3 routing-table=guests", "0.0.0.0/0 ether3 1 guests")]
    [InlineData("ip route add blackhole dst-address=10.0.0.0/8 distance=250", "10.0.0.0/8 Blackhole 250 main")]
    [InlineData("ip route add dst-address=10.0.0.0/8 type=prohibit", "10.0.0.0/8 Prohibit 1 main")]
    [InlineData("ip route; add dst-address=10.0.0.0/8 type=unreachable; set 0 blackhole", "10.0.0.0/8 Blackhole 1 main")]
    [InlineData("ip route; add dst-address=10.0.0.0/8 blackhole; set 0 !blackhole gateway=ether1", "10.0.0.0/8 ether1 1 main")]
    [InlineData("ipv6 route add gateway=fe80::1%ether1", "::/0 fe80::1%ether1 1 main")]
    [InlineData("ipv6 route add dst-address=2001:DB8::/32 gateway=2001:db8::1,ether4", "2001:db8::/32 2001:db8::1,ether4 1 main")]
    public void Reads_routes(string script, string expected)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", "/" + script, RouterConfiguration.Default);
        RouterConfiguration configuration = result.Configuration!;
        RouteSettings route = Assert.Single(configuration.Ipv4Routes.Concat(configuration.Ipv6Routes));

        string way = route.Type == RouteType.Unicast ? new GatewaysGrammar(route.Family).Format(route.Gateways) : $"{route.Type}";
        Assert.Equal(expected, $"{route.DstAddress} {way} {route.Distance} {route.RoutingTable}");
        Assert.Equal(configuration, Scripts.Load(ScriptExporter.Export(configuration)));
    }

    [Fact]
    public void Reads_rules_and_VRFs_in_their_order()
    {
        RouterConfiguration configuration = Scripts.Load("""
            /routing table add name=isp2 fib comment=x
            /routing rule
            add src-address=10.1.0.0/16 action=lookup-only-in-table table=isp2
            add dst-address=2001:db8::/32 interface=ether1 action=unreachable place-before=0
            add routing-mark=isp2 table=main comment=last
            move 2 0
            /ip vrf
            add name=b interfaces=ether3
            add name=a interfaces=ether1,ether2 place-before=0
            """);

        Assert.Equal(
            [
                new RoutingRuleSettings { RoutingMark = "isp2", Table = "main", Comment = "last" },
                new RoutingRuleSettings
                {
                    DstAddress = Prefix("2001:db8::/32"), Interface = "ether1", Action = RoutingRuleAction.Unreachable,
                },
                new RoutingRuleSettings
                {
                    SrcAddress = Prefix("10.1.0.0/16"), Action = RoutingRuleAction.LookupOnlyInTable, Table = "isp2",
                },
            ],
            configuration.RoutingRules);
        Assert.Equal(
            [new VrfSettings { Name = "a", Interfaces = ["ether1", "ether2"] }, new VrfSettings { Name = "b", Interfaces = ["ether3"] }],
            configuration.Vrfs);
        Assert.Equal(new RoutingTableSettings { Name = "isp2", Fib = true, Comment = "x" }, Assert.Single(configuration.RoutingTables));
        Assert.Equal(("a", "main"), (configuration.VrfOf("ether2"), configuration.VrfOf("ether9")));
    }

    [Fact]
    public void Reads_static_neighbours() => Assert.Equal(
        [
            "/ip arp", "add address=10.0.0.2 interface=ether1 mac-address=02:00:00:00:00:09",
            "add address=10.0.0.3 disabled=yes interface=ether1 published=yes", "/ipv6 neighbor",
            "add address=fe80::2 comment=peer interface=ether2 mac-address=02:00:00:00:00:0A",
        ],
        Scripts.Export("""
            /ipv6 neighbor add address=FE80::2 interface=ether2 mac-address=02:00:00:00:00:0a comment=peer
            /ip arp
            add address=10.0.0.2 interface=ether1 mac-address=02:00:00:00:00:09 published=no
            add address=10.0.0.3 interface=ether1 published=yes disabled=yes
            """));

    [Fact]
    public void Sets_how_IP_behaves()
    {
        RouterConfiguration configuration = Scripts.Load("""
            /ip settings set ip-forward=no send-redirects=no accept-redirects=yes accept-source-route=yes secure-redirects=no \
                rp-filter=strict icmp-rate-limit=100 icmp-rate-mask=0x1828 arp-timeout=1m max-neighbor-entries=8192 allow-fast-path=no \
                ipv4-multipath-hash-policy=l4 icmp-errors-use-inbound-interface-address=yes
            /ipv6 settings set disable-ipv6=yes forward=no accept-redirects=no accept-router-advertisements=yes max-neighbor-entries=4096 \
                allow-fast-path=no multipath-hash-policy=l3-inner disable-link-local-address=yes
            """);

        Assert.Equal(
            new Ipv4Settings
            {
                IpForward = false, SendRedirects = false, AcceptRedirects = true, AcceptSourceRoute = true, SecureRedirects = false,
                RpFilter = ReversePathFilter.Strict, IcmpRateLimit = 100, IcmpRateMask = 0x1828, ArpTimeout = TimeSpan.FromMinutes(1),
                MaxNeighborEntries = 8192, AllowFastPath = false, MultipathHashPolicy = MultipathHashPolicy.L4,
                IcmpErrorsUseInboundInterfaceAddress = true,
            },
            configuration.Ipv4);
        Assert.Equal(
            new Ipv6Settings
            {
                DisableIpv6 = true, Forward = false, AcceptRedirects = RouterAdvertisementPolicy.No,
                AcceptRouterAdvertisements = RouterAdvertisementPolicy.Yes, MaxNeighborEntries = 4096, AllowFastPath = false,
                MultipathHashPolicy = MultipathHashPolicy.L3Inner, DisableLinkLocalAddress = true,
            },
            configuration.Ipv6);
        Assert.Equal(configuration, Scripts.Load(ScriptExporter.Export(configuration)));
    }

    [Fact]
    public void Exports_in_RouterOS_s_words() => Assert.Equal(
        [
            "/ip vrf", "add interfaces=ether3,ether4 name=guests", "/routing table", "add fib name=isp2", "/ip settings",
            "set rp-filter=loose", "/ip address", "add address=192.168.88.1/24 comment=defconf interface=ether2 network=192.168.88.0",
            "add address=10.0.0.1/32 broadcast=10.0.0.9 interface=ether1 network=10.0.0.2", "/ip route",
            "add check-gateway=ping dst-address=0.0.0.0/0 gateway=10.0.0.2,ether3 routing-table=isp2",
            "add blackhole disabled=yes distance=250 dst-address=10.0.0.0/8", "add dst-address=10.1.0.0/16 type=unreachable",
            "/ipv6 address", "add address=2001:db8::1 advertise=no interface=ether2",
            "add address=2001:db8:1::/64 eui-64=yes interface=ether2 no-dad=yes".Replace("::/64", "::", StringComparison.Ordinal),
            "/ipv6 route", "add dst-address=::/0 gateway=fe80::1%ether1", "/routing rule",
            "add action=lookup src-address=192.168.88.0/24 table=isp2",
        ],
        Scripts.Export("""
            /routing rule add src-address=192.168.88.0/24 table=isp2 action=lookup
            /routing table add name=isp2 fib
            /ip vrf add name=guests interfaces=ether3,ether4
            /ip settings set rp-filter=loose ip-forward=yes
            /ipv6 route add gateway=fe80::1%ether1 distance=1
            /ipv6 address
            add address=2001:db8::1/64 interface=ether2 advertise=no
            add address=2001:db8:1::/64 interface=ether2 eui-64=yes no-dad=yes
            /ip address
            add address=192.168.88.1/24 interface=ether2 comment=defconf
            add address=10.0.0.1 interface=ether1 network=10.0.0.2 broadcast=10.0.0.9
            /ip route
            add gateway=10.0.0.2,ether3 check-gateway=ping routing-table=isp2
            add blackhole dst-address=10.0.0.0/8 distance=250 disabled=yes
            add dst-address=10.1.0.0/16 type=unreachable
            """));

    const string Tables = "main, or a table of /routing table or /ip vrf";
    const string Address4 = "an IPv4 address and the length of its network, such as 192.168.88.1/24";
    const string Gateways4 = "an address such as 10.0.0.1, an interface, or 10.0.0.1%ether1, several with commas";
    const string Gateways6 = "an address such as 2001:db8::1, an interface, or fe80::1%ether1, several with commas";

    [Theory]
    // Addresses
    [InlineData("ip address add address=10.0.0.1/24", "1:13: error: add does not say interface (expected interface= with an interface such as ether1, or the name it was given)")]
    [InlineData("ip address add address=10.0.0.1/33 interface=ether1", "1:25: error: address: \"10.0.0.1/33\" is no address with a length (expected " + Address4 + ")")]
    [InlineData("ip address add address=10.0.0.255/24 interface=ether1", "1:25: error: address: \"10.0.0.255/24\" is the broadcast address of its network (expected an address of a host)")]
    [InlineData("ip address add address=10.0.0.0/24 interface=ether1", "1:25: warning: address: \"10.0.0.0/24\" is the address of the network itself")]
    [InlineData("ip address add address=224.0.0.1/24 interface=ether1", "1:25: error: address: \"224.0.0.1/24\" is a multicast address (expected " + Address4 + ")")]
    [InlineData("ip address add address=255.255.255.255 interface=ether1", "1:25: error: address: \"255.255.255.255\" is the broadcast address (expected " + Address4 + ")")]
    [InlineData("ip address add address=127.0.0.1/8 interface=ether1", "1:25: error: address: \"127.0.0.1/8\" is a loopback address (expected " + Address4 + ")")]
    [InlineData("ip address add address=10.0.0.1 netmask=255.0.0.0 interface=ether1", "1:34: error: the netmask is given with the address: address=10.0.0.1/24")]
    [InlineData("ip address; add address=10.0.0.1/24 interface=ether1; add address=10.0.0.1/25 interface=ether2", "1:60: error: the router has the address \"10.0.0.1\" already")]
    [InlineData("ip address; add address=10.0.0.1/24 interface=ether1; add address=10.0.0.2/24 interface=ether2", "1:60: warning: the network 10.0.0.0/24 is on \"ether1\" too: packets to it leave by one of them")]
    [InlineData("interface bridge; add name=b; port add bridge=b interface=ether2; /ip address add address=10.0.0.1/24 interface=ether2", "1:104: warning: \"ether2\" is a port of \"b\", where the address then works")]
    [InlineData("ipv6 address add address=ff02::1 interface=ether1", "1:27: error: address: \"ff02::1\" is a multicast address (expected an IPv6 address and the length of its prefix, such as 2001:db8::1/64)")]
    [InlineData("ipv6 address add address=10.0.0.1/24 interface=ether1", "1:27: error: address: \"10.0.0.1/24\" is no address with a length (expected an IPv6 address and the length of its prefix, such as 2001:db8::1/64)")]
    [InlineData("ipv6 address add address=2001:db8::/56 eui-64=yes interface=ether1", "1:27: error: address: \"2001:db8::/56\" leaves no 64 bits for the MAC address (expected a prefix of 64 bits, or eui-64=no)")]
    [InlineData("ipv6 address add address=::1/64 from-pool=isp interface=ether1", "1:27: error: address: \"::1/64\" is the loopback address (expected an IPv6 address and the length of its prefix, such as 2001:db8::1/64)|1:34: error: from-pool is not supported yet in this version")]
    // Routes
    [InlineData("ip route add dst-address=10.0.0.0/8", "1:1: error: add leaves the route without a gateway (expected gateway=, or blackhole)")]
    [InlineData("ip route add dst-address=10.0.0.1/8 gateway=ether1", "1:27: error: dst-address: \"10.0.0.1/8\" has host bits, the network is 10.0.0.0/8 (expected a network such as 10.0.0.0/8)")]
    [InlineData("ip route add gateway=10.0.0.1,224.0.0.5", "1:32: error: gateway: \"224.0.0.5\" is a multicast address (expected " + Gateways4 + ")")]
    [InlineData("ip route add gateway=2001:db8::1", "1:23: error: gateway: \"2001:db8::1\" is no gateway of IPv4 (expected " + Gateways4 + ")")]
    [InlineData("ip route add gateway=10.0.0.1,", "1:23: error: gateway: \"10.0.0.1,\" is no gateway (expected " + Gateways4 + ")")]
    [InlineData("ip route add gateway=ehter1", "1:23: error: gateway: there is no interface \"ehter1\" (expected an interface such as ether1, or the name it was given; did you mean \"ether1\"?)")]
    [InlineData("ip route add gateway=10.0.0.1%v,10.0.0.2@t", "1:32: error: gateway: there is no interface \"v\" (expected an interface such as ether1, or the name it was given)|1:43: error: gateway: there is no routing table \"t\" (expected " + Tables + ")")]
    [InlineData("ip route add gateway=10.0.0.1 routing-table=mian", "1:46: error: routing-table: there is no routing table \"mian\" (expected " + Tables + "; did you mean \"main\"?)")]
    [InlineData("ip route add gateway=10.0.0.1 routing-mark=isp", "1:32: error: routes have a routing-table since RouterOS 7: add the mark as a table with fib, and name that")]
    [InlineData("ip route add gateway=10.0.0.1 distance=0", "1:41: error: distance: \"0\" is out of range (expected a number from 1 to 255)")]
    [InlineData("ip route add gateway=10.0.0.1 check-gateway=bfd", "1:46: error: check-gateway: \"bfd\" is not one of its words (expected none, ping or arp)")]
    [InlineData("ip route add gateway=10.0.0.1 blackhole", "1:15: error: a blackhole route has no gateway (expected one of the two)")]
    [InlineData("ip address add address=10.0.0.1/24 interface=ether1; /ip route add gateway=10.0.0.1", "1:69: error: gateway: \"10.0.0.1\" is this router's own address (expected the address of another router)")]
    [InlineData("ip route add gateway=10.0.0.1 pref-src=10.0.0.9", "1:32: warning: pref-src: the router does not have this address, so the route stays inactive")]
    [InlineData("ipv6 route add gateway=fe80::1", "1:25: error: gateway: \"fe80::1\" is a link-local address, which needs its interface behind % (expected " + Gateways6 + ")")]
    [InlineData("ip route add dst-address=10.0.0.0/8 blackhole=maybe", "1:48: error: blackhole: \"maybe\" is not one of its words (expected yes or no)|1:1: error: add leaves the route without a gateway (expected gateway=, or blackhole)")]
    // Tables, rules, VRFs
    [InlineData("routing table add name=main", "1:25: error: the name \"main\" is that of the built-in table too (expected a name of its own)")]
    [InlineData("routing table add name=a; /ip vrf add name=a interfaces=ether1", "1:45: error: the name \"a\" is that of a routing table too (expected a name of its own)")]
    [InlineData("routing rule add action=lookup", "1:19: error: lookup needs the table to look in (expected table= with " + Tables + ")")]
    [InlineData("routing rule add action=drop table=main", "1:31: error: drop looks in no table (expected action=lookup)")]
    [InlineData("routing rule add table=main src-address=10.0.0.0/8 dst-address=::/0", "1:53: error: src-address and dst-address are of two families (expected two of IPv4 or two of IPv6)")]
    [InlineData("routing rule add table=t interface=x", "1:25: error: table: there is no routing table \"t\" (expected " + Tables + ")|1:37: error: interface: there is no interface \"x\" (expected an interface such as ether1, or the name it was given)")]
    [InlineData("ip vrf; add name=a interfaces=ether1; add name=b interfaces=ether2,ether1", "1:51: warning: \"ether1\" belongs to the VRF \"a\", which names it before")]
    [InlineData("ip vrf add name=a interfaces=ether1,,ether2", "1:31: error: interfaces: \"ether1,,ether2\" leaves a name out (expected an interface such as ether1, or the name it was given, several with commas)")]
    // Neighbours
    [InlineData("ip arp add address=10.0.0.2 interface=ether1", "1:1: error: add leaves the neighbour without a MAC address (expected mac-address=, or published=yes)")]
    [InlineData("ip arp; add address=10.0.0.2 interface=ether1 published=yes; add address=10.0.0.2 interface=ether1 published=yes", "1:67: error: \"10.0.0.2\" is a neighbour on \"ether1\" already")]
    [InlineData("ipv6 neighbor add address=fe80::1 interface=ether1 published=yes", "1:53: error: unknown property \"published\" (expected a property of this menu)|1:1: error: add leaves the neighbour without a MAC address (expected mac-address=)")]
    // Settings
    [InlineData("ip settings set rp-filter=yes", "1:28: error: rp-filter: \"yes\" is not one of its words (expected no, loose or strict)")]
    [InlineData("ip settings set icmp-rate-mask=0x123456789", "1:33: error: icmp-rate-mask: \"0x123456789\" is no mask of 32 bits (expected a mask such as 0x1818)")]
    [InlineData("ip settings set tcp-syncookies=yes", "1:18: note: tcp-syncookies is not applicable here and is skipped")]
    [InlineData("ip settings add rp-filter=no", "1:14: error: /ip settings has no command \"add\" (expected set)")]
    public void Says_what_is_wrong_and_where(string script, string expected) => Assert.Equal(
        expected.Split('|').Order(StringComparer.Ordinal), Scripts.Findings("/" + script).Order(StringComparer.Ordinal));

    static AddressPrefix Prefix(string text) =>
        AddressPrefix.TryParse(text.Contains(':') ? RuleFamily.Ipv6 : RuleFamily.Ipv4, text, out AddressPrefix prefix)
            ? prefix : throw new ArgumentException(text, nameof(text));
}
