using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Firewall;

public sealed class RuleFindingTests
{
    const string NotYet = "is understood but not acted on yet; the rule would have to be disabled";
    const string FilterActions = "accept, drop, passthrough, fasttrack-connection, jump, return, log, add-src-to-address-list, add-dst-to-address-list, reject or tarpit";
    const string RawActions = "accept, drop, passthrough, notrack, jump, return, log, add-src-to-address-list or add-dst-to-address-list";
    const string Interfaces = "an interface such as ether1, or the name it was given";
    const string Targets = "a number, an id such as *1a, or [ find … ]";

    /// <summary>Menu and command, then LINE:COLUMN and what is said of it.</summary>
    [Theory]
    // Words
    [InlineData("ip firewall filter add chian=input", "1:25: error: unknown property \"chian\" (expected a property of this menu; did you mean \"chain\"?)|1:21: error: add does not say which chain the rule belongs to (expected chain=input, forward or output)")]
    [InlineData("ip firewall filter add action=drop", "1:21: error: add does not say which chain the rule belongs to (expected chain=input, forward or output)")]
    [InlineData("ip firewall filter add chain=input action=dorp", "1:44: error: action: \"dorp\" is no action of filter (expected " + FilterActions + "; did you mean \"drop\"?)")]
    [InlineData("ip firewall mangle add chain=input action=sniff-pc sniff-target=10.0.0.1", "1:37: error: action sniff-pc " + NotYet)]
    [InlineData("ip firewall filter add chain=input action=jump", "1:37: error: jump needs jump-target (expected jump-target= with a text of 1 to 63 characters)")]
    [InlineData("ip firewall filter add chain=input action=notrack", "1:44: error: action: \"notrack\" is no action of filter (expected " + FilterActions + ")")]
    [InlineData("ip firewall raw add chain=prerouting action=fasttrack-connection", "1:46: error: action: \"fasttrack-connection\" is no action of raw (expected " + RawActions + ")")]
    [InlineData("ip firewall raw add chain=prerouting action=tarpit", "1:46: error: action: \"tarpit\" is no action of raw (expected " + RawActions + ")")]
    [InlineData("ip firewall filter add chain=input connection-state=established,relatd", "1:66: error: connection-state: \"relatd\" is no connection state (expected new, established, related, invalid or untracked, several with commas; did you mean \"related\"?)")]
    [InlineData("ip firewall filter add chain=input connection-state=!new,", "1:55: error: connection-state: \"new,\" leaves a connection state out (expected new, established, related, invalid or untracked, several with commas; did you mean \"new\"?)")]
    [InlineData("ip firewall filter add chain=input protocol=tpc", "1:46: error: protocol: \"tpc\" is no protocol (expected a protocol such as tcp, udp or icmp, or a number from 0 to 255; did you mean \"tcp\"?)")]
    [InlineData("ip firewall filter add chain=input protocol=!", "1:46: error: protocol: \"!\" is no protocol (expected a protocol such as tcp, udp or icmp, or a number from 0 to 255)")]
    [InlineData("ip firewall filter add chain=input src-address=10.0.0.256", "1:49: error: src-address: \"10.0.0.256\" is no address, prefix or range (expected an IPv4 address, a prefix such as 192.168.88.0/24, or a range such as 10.0.0.1-10.0.0.9)")]
    [InlineData("ip firewall filter add chain=input src-address=!010.0.0.1", "1:50: error: src-address: \"010.0.0.1\" is no address, prefix or range (expected an IPv4 address, a prefix such as 192.168.88.0/24, or a range such as 10.0.0.1-10.0.0.9)")]
    [InlineData("ip firewall filter add chain=input src-address=2001:db8::/32", "1:49: error: src-address: \"2001:db8::/32\" belongs to /ipv6 firewall (expected an IPv4 address, a prefix such as 192.168.88.0/24, or a range such as 10.0.0.1-10.0.0.9)")]
    [InlineData("ipv6 firewall filter add chain=input src-address=10.0.0.0/8", "1:51: error: src-address: \"10.0.0.0/8\" belongs to /ip firewall (expected an IPv6 address or a prefix such as 2001:db8::/32)")]
    [InlineData("ip firewall filter add chain=input protocol=tcp dst-port=22,80-79", "1:62: error: dst-port: \"80-79\" is no port or range of ports (expected ports from 0 to 65535 and ranges such as 33434-33534, several with commas)")]
    // What RouterOS has and this does not, yet
    [InlineData("ip firewall filter add chain=input in-interface-list=!LAN", "1:55: error: in-interface-list: there is no interface list \"LAN\" (expected an interface list such as all, or one of /interface list)")]
    [InlineData("ip firewall filter add chain=input hotspot=auth p2p=all-p2p", "1:37: error: hotspot " + NotYet + "|1:50: error: p2p " + NotYet)]
    [InlineData("ip firewall filter add chain=input connection-nat-state=!dst-nat", "1:59: error: connection-nat-state: \"dst-nat\" is no connection-nat-state (expected srcnat, dstnat, ein-snat or ein-dnat, several with commas; did you mean \"dstnat\"?)")]
    [InlineData("ip firewall filter add chain=input p2p=all-p2p", "1:37: error: p2p " + NotYet)]
    [InlineData("ip firewall filter add chain=input hop-limit=equal:1", "1:37: error: hop-limit belongs to /ipv6 firewall")]
    [InlineData("ipv6 firewall filter add chain=input connection-limit=5,129", "1:56: error: connection-limit: \"5,129\" is no limit of connections (expected connections,bits such as 100,128)")]
    [InlineData("ip firewall layer7-protocol add name=x regexp=\"ab(cd\"", "1:51: error: regexp: \"(\" opens a group that is not closed (expected a POSIX regular expression of at most 2048 characters over bytes)")]
    [InlineData("ip firewall raw add chain=prerouting connection-state=new", "1:39: error: connection-state is no matcher of raw: packets pass it before connection tracking")]
    [InlineData("ip firewall raw add chain=prerouting reject-with=tcp-reset", "1:39: error: reject-with belongs to filter, raw does not have it")]
    // What contradicts itself
    [InlineData("ip firewall filter add chain=input out-interface=ether1", "1:37: error: out-interface is not known in chain input (expected in-interface, or another chain)")]
    [InlineData("ip firewall raw add chain=prerouting out-interface=ether1", "1:39: error: out-interface is not known in chain prerouting (expected in-interface, or another chain)")]
    [InlineData("ip firewall filter add chain=output in-interface=ether1", "1:38: error: packets of chain output come from no interface (expected out-interface, or another chain)")]
    [InlineData("ip firewall filter add chain=input out-interface-list=all", "1:37: error: out-interface-list is not known in chain input (expected in-interface-list, or another chain)")]
    [InlineData("ip firewall filter add chain=output in-interface-list=!all", "1:38: error: packets of chain output come from no interface (expected out-interface-list, or another chain)")]
    [InlineData("ip firewall filter add chain=input dst-port=22", "1:37: error: dst-port needs a protocol that has ports (expected protocol=tcp, udp, udp-lite, sctp or dccp)")]
    [InlineData("ip firewall filter add chain=input src-port=22 protocol=!tcp", "1:37: error: src-port needs a protocol that has ports (expected protocol=tcp, udp, udp-lite, sctp or dccp)")]
    [InlineData("ip firewall filter; add chain=input dst-port=22 protocol=tcp; set 0 protocol=icmp", "1:64: error: dst-port needs a protocol that has ports (expected protocol=tcp, udp, udp-lite, sctp or dccp)")]
    [InlineData("ip firewall filter add chain=input action=fasttrack-connection", "1:37: error: only forwarded connections can be fasttracked, not those of chain input (expected chain=forward)")]
    [InlineData("ip firewall filter add chain=forward hw-offload=yes", "1:39: error: accept takes no hw-offload (expected action=fasttrack-connection)")]
    [InlineData("ip firewall filter add chain=input in-interface=bridge", "1:50: error: in-interface: there is no interface \"bridge\" (expected " + Interfaces + ")")]
    [InlineData("ip firewall filter add chain=input in-interface=WNA\n/interface ethernet set ether1 name=WAN", "1:50: error: in-interface: there is no interface \"WNA\" (expected " + Interfaces + "; did you mean \"WAN\"?)")]
    [InlineData("ip firewall filter add chain=input in-interface=ether1\n/interface ethernet set ether1 name=\"!x\"", "2:37: error: a rule names this interface, so its name cannot begin with \"!\", which negates (expected another name)")]
    // Which rule
    [InlineData("ip firewall filter set disabled=yes", "1:21: error: set does not say which rules it means (expected " + Targets + ")")]
    [InlineData("ip firewall filter set 0 disabled=yes", "1:25: error: no rule \"0\" (expected a rule, but this table has none)")]
    [InlineData("ip firewall filter; add chain=input; remove 0,1", "1:48: error: no rule \"1\" (expected 0 to 0, an id such as *1a, or [ find … ])")]
    [InlineData("ip firewall filter; add chain=input; remove *2", "1:46: error: no rule \"*2\" (expected 0 to 0, an id such as *1a, or [ find … ])")]
    [InlineData("ip firewall filter remove $x", "1:28: warning: $x is not defined here and is taken as nothing|1:28: error: remove: nothing is no value here (expected something that has a value)")]
    [InlineData("ip firewall filter remove [/ip address find]", "1:29: error: only find of this menu can say which rules are meant (expected [ find comment=\"…\" ])")]
    [InlineData("ip firewall filter add chain=input place-before=[find comment=x]", "1:37: error: there is no such rule (expected " + Targets + ")")]
    [InlineData("ip firewall filter; add chain=input; remove 0 disabled=yes", "1:48: error: unexpected \"disabled=yes\": remove takes no properties")]
    [InlineData("ip firewall filter remove [find colour=red]", "1:34: error: unknown property \"colour\" (expected a property of this menu)")]
    [InlineData("ip firewall filter remove [find bytes=0]", "1:34: error: unknown property \"bytes\" (expected a property of this menu)")]
    [InlineData("ip firewall filter; add chain=input; unset 0 chain", "1:47: error: chain always has a value and cannot be unset")]
    [InlineData("ip firewall filter; add chain=input; set 0 !chain", "1:45: error: chain always has a value and cannot be unset (expected chain= with input, forward or output)")]
    [InlineData("ip firewall filter add chain=input packets=1", "1:37: error: packets is read-only: it shows what is, and cannot be set")]
    [InlineData("ip firewall filter import x", "1:21: error: unknown word \"import\" in /ip firewall filter (expected a menu or command of /ip firewall filter; did you mean \"export\"?)")]
    [InlineData("ip firewall filter monitor-traffic x", "1:21: error: unknown word \"monitor-traffic\" in /ip firewall filter (expected a menu or command of /ip firewall filter)")]
    [InlineData("ip firewall filter reset", "1:21: error: /ip firewall filter has no command \"reset\" (expected add or set or remove or enable or disable or move or comment or unset or reset-counters or reset-counters-all; did you mean \"reset-counters\"?)")]
    public void Says_what_is_wrong_and_where(string script, string expected)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", "/" + script, RouterConfiguration.Default);

        Assert.Null(result.Configuration);
        Assert.Equal(
            expected.Split('|').Order(StringComparer.Ordinal).Select(static line => "t.rsc:" + line),
            result.Diagnostics.Select(static finding => finding.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Applies_all_of_a_script_or_nothing() => Assert.Null(ScriptLoader.Load(
        "t.rsc", "/ip firewall filter\nadd chain=input\nadd chain=input hotspot=auth\nadd chain=input", RouterConfiguration.Default).Configuration);
}
