using Conntrack.Control.Routing;

namespace Conntrack.Control.Tests.Routing;

public sealed class RouterShapeTests
{
    [Theory]
    [InlineData("", 1, RouterShape.Observed)]
    [InlineData("", 2, RouterShape.Wire)]
    [InlineData("", 3, RouterShape.Routed)]
    [InlineData("/ip address add address=10.0.0.1/24 interface=ether1", 1, RouterShape.Routed)]
    [InlineData("/ip address add address=10.0.0.1/24 interface=ether1", 2, RouterShape.Routed)]
    [InlineData("/ip address add address=10.0.0.1/24 interface=ether1 disabled=yes", 2, RouterShape.Wire)]
    [InlineData("/ipv6 address add address=2001:db8::1/64 interface=ether1", 2, RouterShape.Routed)]
    [InlineData("/ip route add gateway=10.0.0.1", 2, RouterShape.Routed)]
    [InlineData("/interface bridge add name=lan", 2, RouterShape.Routed)]
    [InlineData("/interface vlan add name=v5 vlan-id=5 interface=ether1", 1, RouterShape.Routed)]
    [InlineData("/ip firewall filter add chain=forward action=drop", 2, RouterShape.Wire)]
    public void What_ports_become_follows_the_configuration(string script, int ports, RouterShape shape) =>
        Assert.Equal(shape, RouterShapes.Of(Compiling.Load(script), ports));

    [Theory]
    [InlineData("/ip address add address=10.0.0.1/24 interface=ether1", true)]
    [InlineData("/ip address add address=10.0.0.1/24 interface=ether2", false)]
    [InlineData("/interface vlan add name=v5 vlan-id=5 interface=ether1; /ip address add address=10.0.0.1/24 interface=v5", true)]
    [InlineData("/interface bridge add name=lan; /interface bridge port add bridge=lan interface=ether1; /ip address add address=10.0.0.1/24 interface=lan", true)]
    [InlineData("/interface bridge add name=lan; /interface bridge port add bridge=lan interface=ether2; /ip address add address=10.0.0.1/24 interface=lan", false)]
    public void An_interface_has_the_addresses_of_what_is_on_it(string script, bool has) =>
        Assert.Equal(has, RouterShapes.HasAddress(Compiling.Load(script.Replace("; ", "\n", StringComparison.Ordinal)), "ether1"));
}
