using Conntrack.Control.Routing;
using Conntrack.Control.Settings;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Routing;

public sealed class RouterCompilerTests
{
    const string TwoNetworks = """
        /ip address add address=10.0.1.1/24 interface=ether1
        /ip address add address=10.0.2.1/24 interface=ether2

        """;

    [Fact]
    public void A_wire_has_two_ends_and_nothing_else()
    {
        RouterSpec spec = new Compiling(2).Router("").Spec;
        Assert.Equal(
            [(0, PortRole.Wire, 1), (1, PortRole.Wire, 0), (2, PortRole.Host, Packet.NoInterface)],
            spec.Interfaces.Select(port => ((int)port.Number, port.Role, (int)port.Peer)));
        Assert.Empty(spec.Addresses);
        Assert.Empty(spec.Routes);
    }

    [Fact]
    public void A_wire_with_one_end_disabled_is_cut() => Assert.All(
        new Compiling(2).Router("/interface ethernet disable ether2").Spec.Interfaces.Take(2), port => Assert.Equal(PortRole.Disabled, port.Role));

    [Fact]
    public void Networks_on_links_are_routes_while_the_link_is_up()
    {
        var compiling = new Compiling(2);
        Assert.Equal(["0 10.0.1.0/24 Connected 0", "0 10.0.2.0/24 Connected 1"], Compiling.RoutesOf(compiling.Router(TwoNetworks)));

        compiling.Facts[0] = compiling.Facts[0] with { HasLink = false };
        CompiledRouter router = compiling.Router(TwoNetworks);
        Assert.Equal(["0 10.0.2.0/24 Connected 1"], Compiling.RoutesOf(router));
        Assert.False(router.Spec.Interfaces[0].IsRunning);

        // The address stays the router's own, as a host's does.
        Assert.Contains(router.Spec.Addresses, address => address.Address.ToString() == "10.0.1.1");
    }

    [Fact]
    public void An_address_has_a_broadcast_address_where_its_network_has_room_for_one()
    {
        RouterSpec spec = new Compiling(1).Router("""
            /ip address add address=10.0.1.1/24 interface=ether1
            /ip address add address=10.0.2.1/31 interface=ether1
            /ip address add address=10.0.3.1/32 network=10.0.4.1 interface=ether1
            """).Spec;
        Assert.Equal(
            ["10.0.1.1/24 10.0.1.255", "10.0.2.1/31 ", "10.0.3.1/32 "],
            spec.Addresses.Where(address => address.Broadcast is not null || !address.Address.IsIPv6LinkLocal)
                .Select(address => $"{address.Address}/{address.Length} {address.Broadcast}"));
        Assert.Contains(spec.Routes, route => route is { Length: 32, NextHop.Kind: NextHopKind.Connected } && route.Prefix.ToString() == "10.0.4.1");
    }

    [Fact]
    public void Every_interface_speaks_IPv6_on_its_link_unless_told_no()
    {
        CompiledRouter router = new Compiling(1).Router("/ip address add address=10.0.1.1/24 interface=ether1");
        Assert.Equal(["10.0.1.1", "fe80::ff:fe00:1"], router.Spec.Addresses.Select(address => address.Address.ToString()));
        Assert.True(Assert.Single(router.Ipv6Addresses).IsDynamic);

        RouterConfiguration without = Compiling.Load("/ip address add address=10.0.1.1/24 interface=ether1\n/ipv6 settings set disable-ipv6=yes");
        RouterSpec spec = new Compiling(1).Router(without).Spec;
        Assert.Single(spec.Addresses);
        Assert.Equal(RouterSwitches.None, spec.Switches & RouterSwitches.Forward6);
    }

    [Fact]
    public void An_address_from_the_MAC_address_follows_it() => Assert.Contains(
        new Compiling(1).Router("/ipv6 address add address=2001:db8:1::/64 eui-64=yes interface=ether1").Spec.Addresses,
        address => address.Address.ToString() == "2001:db8:1::ff:fe00:1");

    [Fact]
    public void Addresses_of_a_bridges_port_work_on_the_bridge()
    {
        CompiledRouter router = new Compiling(2).Router("""
            /interface bridge add name=lan
            /interface bridge port add bridge=lan interface=ether1
            /interface bridge port add bridge=lan interface=ether2
            /ip address add address=10.0.1.1/24 interface=ether1
            """);
        Assert.Equal("lan", Assert.Single(router.Ipv4Addresses).ActualInterface);
        InterfaceSpec bridge = Assert.Single(router.Spec.Interfaces, port => port.Kind == InterfaceKind.Bridge);
        Assert.Equal((3, 0x02_00_00_00_00_01ul, true), (bridge.Number, bridge.Mac, bridge.IsRunning));
        Assert.Equal([3, 3], router.Spec.Interfaces.Take(2).Select(port => (int)port.Bridge));
        Assert.Equal(["0 10.0.1.0/24 Connected 3"], Compiling.RoutesOf(router));
    }

    [Fact]
    public void A_bridge_runs_with_the_first_of_its_ports()
    {
        const string Script = """
            /interface bridge add name=lan
            /interface bridge port add bridge=lan interface=ether1
            /interface bridge port add bridge=lan interface=ether2
            """;
        var compiling = new Compiling(2);
        compiling.Facts[0] = compiling.Facts[0] with { HasLink = false };
        Assert.True(compiling.Router(Script).Interfaces.Named("lan")!.IsRunning);
        compiling.Facts[1] = compiling.Facts[1] with { HasLink = false };
        Assert.False(compiling.Router(Script).Interfaces.Named("lan")!.IsRunning);
        Assert.True(compiling.Router("/interface bridge add name=lan").Interfaces.Named("lan")!.IsRunning);
    }

    [Fact]
    public void A_VLAN_is_what_is_below_it()
    {
        var compiling = new Compiling(1);
        const string Script = """
            /interface vlan add name=outer vlan-id=100 interface=ether1 use-service-tag=yes
            /interface vlan add name=inner vlan-id=5 interface=outer mtu=1400
            """;
        RouterSpec spec = compiling.Router(Script).Spec;
        InterfaceSpec outer = spec.Interfaces.Single(port => port.VlanId == 100), inner = spec.Interfaces.Single(port => port.VlanId == 5);
        Assert.Equal((0, 0, 0x88a8, 1500u), ((int)outer.Peer, (int)outer.Port, (int)outer.VlanType, outer.Mtu));
        Assert.Equal((outer.Number, 0, 0x8100, 1400u), (inner.Peer, (int)inner.Port, (int)inner.VlanType, inner.Mtu));
        Assert.Equal(0x02_00_00_00_00_01ul, inner.Mac);

        compiling.Facts[0] = compiling.Facts[0] with { HasLink = false };
        Assert.All(compiling.Router(Script).Interfaces.All, port => Assert.False(port.IsRunning));
    }

    [Fact]
    public void What_is_on_a_port_that_is_not_there_is_not_there()
    {
        CompiledRouter router = new Compiling(1).Router("""
            /interface vlan add name=v5 vlan-id=5 interface=ether9
            /ip address add address=10.0.5.1/24 interface=v5
            """);
        Assert.Null(router.Interfaces.Named("v5"));
        Assert.True(Assert.Single(router.Ipv4Addresses).Invalid);
        Assert.Empty(router.Spec.Routes);
    }

    [Fact]
    public void A_number_is_an_interfaces_for_life_and_rests_before_another_has_it()
    {
        var compiling = new Compiling(1);
        RouterConfiguration both = Compiling.Load("/interface vlan add name=a vlan-id=1 interface=ether1\n/interface vlan add name=b vlan-id=2 interface=ether1");
        Assert.Equal([2, 3], Numbers(compiling.Router(both)));
        RouterConfiguration one = Compiling.Load("/interface vlan remove a", both);
        Assert.Equal([3], Numbers(compiling.Router(one)));
        RouterConfiguration other = Compiling.Load("/interface vlan add name=c vlan-id=3 interface=ether1", one);

        // The publication after the one that freed it takes it; the one that freed it did not.
        Assert.Equal([3, 2], Numbers(compiling.Router(other)));
        RouterConfiguration swapped = Compiling.Load("/interface vlan remove c\n/interface vlan add name=d vlan-id=4 interface=ether1", other);
        Assert.Equal([3, 4], Numbers(compiling.Router(swapped)));

        static int[] Numbers(CompiledRouter router) =>
            [.. router.Spec.Interfaces.Where(port => port.Kind == InterfaceKind.Vlan).Select(port => (int)port.Number)];
    }

    [Fact]
    public void Settings_become_switches()
    {
        RouterSpec spec = new Compiling(1).Router("""
            /ip address add address=10.0.1.1/24 interface=ether1
            /ip settings set ip-forward=no send-redirects=no rp-filter=strict icmp-rate-limit=0 arp-timeout=1m
            /interface bridge settings set use-ip-firewall=yes
            """).Spec;
        Assert.Equal(RouterSwitches.Forward6 | RouterSwitches.BridgeFirewall, spec.Switches);
        Assert.Equal(RpFilter.Strict, spec.Interfaces[0].RpFilter);
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromMinutes(1)), (spec.IcmpInterval, spec.ReachableTime));
    }

    [Fact]
    public void Neighbours_that_are_set_go_along()
    {
        NeighbourSpec neighbour = Assert.Single(new Compiling(1).Router("""
            /ip address add address=10.0.1.1/24 interface=ether1
            /ip arp add address=10.0.1.9 mac-address=02:00:00:00:00:99 interface=ether1
            /ip arp add address=10.0.1.8 mac-address=02:00:00:00:00:88 interface=ether1 disabled=yes
            """).Spec.Neighbours);
        Assert.Equal((0, "10.0.1.9", 0x02_00_00_00_00_99ul), (neighbour.Interface, neighbour.Address.ToString(), neighbour.Mac));
    }

    [Theory]
    [InlineData("src-address=10.0.0.0/8")]
    [InlineData("dst-address=10.0.0.0/8")]
    public void A_routing_rule_by_more_than_the_interface_is_refused(string matcher) => Assert.Contains(
        "by interface alone",
        Assert.Throws<ConfigurationRefusedException>(() => new Compiling(1).Router(
            $"/routing table add name=t fib\n/routing rule add {matcher} action=lookup table=t\n{TwoNetworks.Replace("ether2", "ether1", StringComparison.Ordinal)}")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_gateway_that_is_to_be_asked_is_refused() => Assert.Equal(
        "check-gateway",
        Assert.Single(Assert.Throws<ConfigurationRefusedException>(
            () => new Compiling(2).Router(TwoNetworks + "/ip route add gateway=10.0.2.9 check-gateway=ping")).Problems).Property);
}
