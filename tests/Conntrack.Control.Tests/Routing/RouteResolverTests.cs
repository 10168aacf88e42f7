using Conntrack.Control.Routing;

namespace Conntrack.Control.Tests.Routing;

public sealed class RouteResolverTests
{
    const string Networks = """
        /ip address add address=10.0.1.1/24 interface=ether1
        /ip address add address=10.0.2.1/24 interface=ether2
        /ipv6 address add address=2001:db8:1::1/64 interface=ether1

        """;

    [Theory]
    [InlineData("dst-address=10.9.0.0/16 gateway=10.0.1.9", "10.9.0.0/16 A 10.0.1.9%ether1", "Gateway 10.0.1.9 0")]
    [InlineData("dst-address=10.9.0.0/16 gateway=ether2", "10.9.0.0/16 A %ether2", "Connected 1")]
    [InlineData("dst-address=10.9.0.0/16 gateway=10.7.7.7%ether2", "10.9.0.0/16 A 10.7.7.7%ether2", "Gateway 10.7.7.7 1")]
    [InlineData("dst-address=10.9.0.0/16 gateway=10.0.1.9,10.0.2.9", "10.9.0.0/16 A 10.0.1.9%ether1,10.0.2.9%ether2", "Gateway 10.0.1.9 0 | Gateway 10.0.2.9 1")]
    [InlineData("dst-address=10.9.0.0/16 blackhole", "10.9.0.0/16 A ", "Blackhole")]
    [InlineData("dst-address=10.9.0.0/16 type=unreachable", "10.9.0.0/16 A ", "Unreachable")]
    [InlineData("dst-address=10.9.0.0/16 type=prohibit", "10.9.0.0/16 A ", "Prohibit")]
    public void A_route_that_leads_somewhere_is_active(string route, string status, string hop)
    {
        CompiledRouter router = new Compiling(2).Router($"{Networks}/ip route add {route}");
        Assert.Equal([status], Compiling.StatusOf(router));
        Assert.Contains($"0 10.9.0.0/16 {hop}", Compiling.RoutesOf(router));
    }

    [Theory]
    [InlineData("dst-address=10.9.0.0/16 gateway=10.8.0.1", "10.9.0.0/16 10.8.0.1 is reached by no active route of scope 10 or less")]
    [InlineData("dst-address=10.9.0.0/16 gateway=10.0.1.9 distance=255", "10.9.0.0/16 distance 255 is never taken")]
    [InlineData("dst-address=10.9.0.0/16 gateway=10.0.1.9 disabled=yes", "10.9.0.0/16 disabled")]
    [InlineData("dst-address=10.9.0.0/16 gateway=ether3", "10.9.0.0/16 ether3 is no interface of this router")]
    public void A_route_that_leads_nowhere_says_why(string route, string status)
    {
        CompiledRouter router = new Compiling(2).Router($"{Networks}/ip route add {route}");
        Assert.Equal([status], Compiling.StatusOf(router));
        Assert.DoesNotContain(router.Spec.Routes, compiled => compiled.Prefix.ToString() == "10.9.0.0");
    }

    [Fact]
    public void The_nearer_route_is_taken_and_the_other_when_its_link_goes()
    {
        const string Script = Networks + "/ip route add gateway=10.0.1.9\n/ip route add gateway=10.0.2.9 distance=2";
        var compiling = new Compiling(2);
        Assert.Equal(["0.0.0.0/0 A 10.0.1.9%ether1", "0.0.0.0/0 "], Compiling.StatusOf(compiling.Router(Script)));
        compiling.Facts[0] = compiling.Facts[0] with { HasLink = false };
        CompiledRouter router = compiling.Router(Script);
        Assert.Contains("0 0.0.0.0/0 Gateway 10.0.2.9 1", Compiling.RoutesOf(router));
        Assert.False(router.Routes.Single(route => route.Status.Route.Distance == 1).Status.Active);
    }

    [Fact]
    public void Routes_of_one_distance_share_the_traffic() => Assert.Contains(
        "0 0.0.0.0/0 Gateway 10.0.1.9 0 | Gateway 10.0.2.9 1",
        Compiling.RoutesOf(new Compiling(2).Router(Networks + "/ip route add gateway=10.0.1.9\n/ip route add gateway=10.0.2.9")));

    [Fact]
    public void A_gateway_is_found_through_another_route_that_its_scope_allows()
    {
        const string Behind = "/ip route add dst-address=10.8.0.0/24 gateway=10.0.2.9 scope={0}\n/ip route add gateway=10.8.0.1 target-scope=11";
        Assert.Equal(
            ["10.8.0.0/24 A 10.0.2.9%ether2", "0.0.0.0/0 A 10.0.2.9%ether2"],
            Compiling.StatusOf(new Compiling(2).Router(Networks + Behind.Replace("{0}", "10", StringComparison.Ordinal))));
        Assert.Equal(
            ["10.8.0.0/24 A 10.0.2.9%ether2", "0.0.0.0/0 10.8.0.1 is reached by no active route of scope 11 or less"],
            Compiling.StatusOf(new Compiling(2).Router(Networks + Behind.Replace("{0}", "30", StringComparison.Ordinal))));
    }

    [Fact]
    public void Gateways_that_lead_to_each_other_lead_nowhere()
    {
        CompiledRouter router = new Compiling(2).Router(Networks + """
            /ip route add dst-address=10.8.0.0/24 gateway=10.7.0.1 scope=10
            /ip route add dst-address=10.7.0.0/24 gateway=10.8.0.1 scope=10
            """);
        Assert.All(router.Routes.Where(route => !route.Status.Connected), route => Assert.False(route.Status.Active));
    }

    [Fact]
    public void A_link_local_gateway_needs_its_link()
    {
        CompiledRouter router = new Compiling(2).Router(Networks + """
            /ipv6 route add dst-address=2001:db8:8::/48 gateway=fe80::9%ether1
            """);
        Assert.Equal(["2001:db8:8::/48 A fe80::9%ether1"], Compiling.StatusOf(router));
    }

    [Fact]
    public void A_table_of_its_own_asks_main_for_its_gateways()
    {
        CompiledRouter router = new Compiling(2).Router(Networks + """
            /routing table add name=isp fib
            /routing table add name=kept
            /ip route add gateway=10.0.2.9 routing-table=isp
            /routing rule add interface=ether1 action=lookup-only-in-table table=isp
            """);
        Assert.Contains("1 0.0.0.0/0 Gateway 10.0.2.9 1", Compiling.RoutesOf(router));
        Assert.Equal([1, 0], router.Spec.Interfaces.Take(2).Select(port => (int)port.Table));

        // The router's own addresses are found whatever table an interface asks.
        Assert.Contains("1 10.0.2.1/32 OtherTable", Compiling.RoutesOf(router));
        Assert.Contains("0 10.0.1.1/32 OtherTable table 1", Compiling.RoutesOf(router));
    }

    [Fact]
    public void A_lookup_goes_on_in_main()
    {
        CompiledRouter router = new Compiling(2).Router(Networks + """
            /routing table add name=isp fib
            /ip route add dst-address=10.9.0.0/16 gateway=10.0.2.9 routing-table=isp
            /routing rule add interface=ether1 action=lookup table=isp
            """);
        ushort table = router.Spec.Interfaces[0].Table;
        Assert.Contains($"{table} 10.9.0.0/16 Gateway 10.0.2.9 1", Compiling.RoutesOf(router));
        Assert.Contains($"{table} 0.0.0.0/0 OtherTable", Compiling.RoutesOf(router));
    }

    [Fact]
    public void A_VRF_keeps_its_networks_and_lets_routes_out_by_name()
    {
        CompiledRouter router = new Compiling(2).Router(Networks + """
            /ip vrf add name=blue interfaces=ether2
            /ip route add dst-address=10.9.0.0/16 gateway=10.0.2.9@blue
            /ip route add dst-address=10.8.0.0/16 gateway=10.0.1.9@main routing-table=blue
            /ip route add dst-address=10.7.0.0/16 gateway=10.0.1.9 routing-table=blue
            """);
        Assert.Contains("1 10.0.2.0/24 Connected 1", Compiling.RoutesOf(router));
        Assert.Contains("0 10.9.0.0/16 Gateway 10.0.2.9 1", Compiling.RoutesOf(router));
        Assert.Contains("1 10.8.0.0/16 Gateway 10.0.1.9 0", Compiling.RoutesOf(router));
        Assert.Contains("10.7.0.0/16 10.0.1.9 is reached by no active route of scope 10 or less", Compiling.StatusOf(router));
        Assert.Equal([0, 1], router.Spec.Interfaces.Take(2).Select(port => (int)port.Table));
    }
}
