using System.Net;
using Conntrack.Control.Host;
using Conntrack.Control.Tests.Routing;

namespace Conntrack.Control.Tests.Host;

public sealed class HostCommandsTests
{
    static readonly HostState s_state = HostState.Of(new Compiling(2).Router("""
        /ip address add address=10.0.1.1/24 interface=ether1
        /ipv6 address add address=2001:db8:1::1/64 interface=ether1
        /ip vrf add name=blue interfaces=ether2
        /ip address add address=10.0.2.1/24 interface=ether2
        """));

    readonly HostCommands _commands = new("ct-host", 50_944);

    [Fact]
    public void The_host_has_every_address_of_the_main_table_and_the_way_back_from_it() => Assert.Equal(
        [
            "-4 addr replace 10.0.1.1/32 dev ct-host noprefixroute",
            "-4 rule add from 10.0.1.1/32 lookup 50944 pref 19900 protocol 199",
            "-6 addr replace 2001:db8:1::1/128 dev ct-host noprefixroute nodad preferred_lft 0",
            "-6 rule add from 2001:db8:1::1/128 lookup 50944 pref 19900 protocol 199",
            "-4 route replace 10.0.1.0/24 dev ct-host metric 4000000000 proto 199 src 10.0.1.1",
            "-6 route replace 2001:db8:1::/64 dev ct-host metric 4000000000 proto 199 src 2001:db8:1::1",
        ],
        _commands.Change(HostState.Nothing, s_state));

    [Fact]
    public void What_stays_is_left_alone() => Assert.Empty(_commands.Change(s_state, s_state));

    [Fact]
    public void What_goes_is_removed_routes_first() => Assert.Equal(
        [
            "-4 route del 10.0.1.0/24 dev ct-host metric 4000000000",
            "-4 rule del from 10.0.1.1/32 lookup 50944 pref 19900 protocol 199",
            "-4 addr del 10.0.1.1/32 dev ct-host",
        ],
        _commands.Change(s_state, s_state with
        {
            Addresses = new HashSet<IPAddress> { IPAddress.Parse("2001:db8:1::1") },
            Networks = s_state.Networks.Where(network => network.Key != "10.0.1.0/24").ToDictionary(),
        }));
}
