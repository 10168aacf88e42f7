using Conntrack.RouterOs.Tests.Settings;

namespace Conntrack.RouterOs.Tests.Firewall;

public sealed class NatFindingTests
{
    const string Ports = "(expected protocol=tcp, udp, udp-lite, sctp or dccp)";

    /// <summary>What stands behind <c>add</c> in /ip firewall nat, then LINE:COLUMN and what is said of it.</summary>
    [Theory]
    [InlineData("chain=dstnat action=src-nat to-addresses=1.2.3.4", "1:35: error: src-nat is not possible in chain dstnat (expected chain=srcnat or chain=input)")]
    [InlineData("chain=input action=masquerade", "1:34: error: masquerade is not possible in chain input (expected chain=srcnat)")]
    [InlineData("chain=srcnat action=redirect", "1:35: error: redirect is not possible in chain srcnat (expected chain=dstnat or chain=output)")]
    [InlineData("chain=srcnat action=dst-nat to-addresses=1.2.3.4", "1:35: error: dst-nat is not possible in chain srcnat (expected chain=dstnat or chain=output)")]
    [InlineData("chain=srcnat action=src-nat", "1:35: error: src-nat does not say what to translate to (expected to-addresses=)")]
    [InlineData("chain=dstnat action=dst-nat", "1:35: error: dst-nat does not say what to translate to (expected to-addresses= or to-ports=)")]
    [InlineData("chain=srcnat action=netmap", "1:35: error: netmap does not say what to translate to (expected to-addresses=)")]
    [InlineData("chain=srcnat action=masquerade to-addresses=1.2.3.4", "1:53: error: masquerade takes no to-addresses (expected action=src-nat or dst-nat or netmap or same or endpoint-independent-nat)")]
    [InlineData("chain=dstnat action=accept protocol=tcp to-ports=80", "1:62: error: accept takes no to-ports (expected action=src-nat or dst-nat or masquerade or redirect or netmap or same or endpoint-independent-nat)")]
    [InlineData("chain=dstnat action=redirect to-ports=80", "1:51: error: to-ports needs a protocol that has ports " + Ports)]
    [InlineData("chain=dstnat action=redirect to-ports=80,81 protocol=tcp", "1:60: error: to-ports: \"80,81\" is no port or range of ports (expected a port from 0 to 65535, or a range such as 10000-20000)")]
    [InlineData("chain=srcnat action=masquerade same-not-by-dst=yes", "1:53: error: masquerade takes no same-not-by-dst (expected action=same)")]
    [InlineData("chain=srcnat action=endpoint-independent-nat protocol=tcp", "1:35: error: endpoint-independent-nat works with UDP only (expected protocol=udp)")]
    [InlineData("chain=srcnat action=masquerade in-interface=ether1", "1:53: error: in-interface is not known in chain srcnat (expected out-interface, or another chain)")]
    [InlineData("chain=dstnat action=redirect out-interface-list=all", "1:51: error: out-interface-list is not known in chain dstnat (expected in-interface-list, or another chain)")]
    [InlineData("chain=srcnat action=masquerade connection-state=new", "1:53: error: connection-state is no matcher of nat: only the first packet of a connection passes it")]
    public void Says_what_is_wrong_and_where(string rule, string expected) =>
        Assert.Equal(expected.Split('|'), Scripts.Findings("/ip firewall nat add " + rule));

    [Theory]
    [InlineData("/ipv6 firewall nat add chain=srcnat action=src-nat", "1:37: error: src-nat does not say what to translate to (expected to-address=)")]
    [InlineData("/ip firewall filter add chain=forward to-addresses=1.2.3.4", "1:39: error: to-addresses belongs to nat, filter does not have it")]
    public void Says_it_in_the_words_of_the_menu(string script, string expected) => Assert.Equal([expected], Scripts.Findings(script));
}
