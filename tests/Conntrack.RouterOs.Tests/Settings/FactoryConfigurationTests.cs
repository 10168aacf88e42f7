using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Settings;

/// <summary>What a home router is shipped with, both families, in our own words of RouterOS's meaning.</summary>
public sealed class FactoryConfigurationTests
{
    const string Script = """
        /interface bridge
        add admin-mac=02:00:00:00:00:07 auto-mac=no comment=defconf name=bridge
        /interface list
        add comment=defconf name=WAN
        add comment=defconf name=LAN
        /ip pool
        add name=default-dhcp ranges=192.168.88.10-192.168.88.254
        /ip dhcp-server
        add address-pool=default-dhcp interface=bridge lease-time=10m name=defconf
        /interface bridge port
        add bridge=bridge comment=defconf interface=ether2
        add bridge=bridge comment=defconf interface=ether3
        /ip neighbor discovery-settings
        set discover-interface-list=LAN
        /interface list member
        add comment=defconf interface=bridge list=LAN
        add comment=defconf interface=ether1 list=WAN
        /ip address
        add address=192.168.88.1/24 comment=defconf interface=bridge network=192.168.88.0
        /ip dhcp-client
        add comment=defconf interface=ether1
        /ip dhcp-server network
        add address=192.168.88.0/24 comment=defconf dns-server=192.168.88.1 gateway=192.168.88.1
        /ip dns
        set allow-remote-requests=yes
        /ip dns static
        add address=192.168.88.1 comment=defconf name=router.lan type=A
        /ip firewall filter
        add action=accept chain=input comment="defconf: what we know, and what nobody tracks" connection-state=established,related,untracked
        add action=drop chain=input comment="defconf: drop invalid" connection-state=invalid
        add action=accept chain=input comment="defconf: accept ICMP" protocol=icmp
        add action=accept chain=input comment="defconf: accept to local loopback" dst-address=127.0.0.1
        add action=drop chain=input comment="defconf: drop all not coming from LAN" in-interface-list=!LAN
        add action=accept chain=forward comment="defconf: accept in ipsec policy" ipsec-policy=in,ipsec
        add action=accept chain=forward comment="defconf: accept out ipsec policy" ipsec-policy=out,ipsec
        add action=fasttrack-connection chain=forward comment="defconf: fasttrack" connection-state=established,related hw-offload=yes
        add action=accept chain=forward comment="defconf: what we know" connection-state=established,related,untracked
        add action=drop chain=forward comment="defconf: drop invalid" connection-state=invalid
        add action=drop chain=forward comment="defconf: drop all from WAN not DSTNATed" connection-nat-state=!dstnat connection-state=new in-interface-list=WAN
        /ip firewall nat
        add action=masquerade chain=srcnat comment="defconf: masquerade" ipsec-policy=out,none out-interface-list=WAN
        /ipv6 firewall address-list
        add address=::/128 comment="defconf: unspecified address" list=bad_ipv6
        add address=::1/128 comment="defconf: lo" list=bad_ipv6
        add address=fec0::/10 comment="defconf: site-local" list=bad_ipv6
        add address=::ffff:0.0.0.0/96 comment="defconf: ipv4-mapped" list=bad_ipv6
        add address=::/96 comment="defconf: ipv4 compat" list=bad_ipv6
        add address=100::/64 comment="defconf: discard only" list=bad_ipv6
        add address=2001:db8::/32 comment="defconf: documentation" list=bad_ipv6
        add address=2001:10::/28 comment="defconf: ORCHID" list=bad_ipv6
        add address=3ffe::/16 comment="defconf: 6bone" list=bad_ipv6
        /ipv6 firewall filter
        add action=accept chain=input connection-state=established,related,untracked
        add action=drop chain=input connection-state=invalid
        add action=accept chain=input protocol=icmpv6
        add action=accept chain=input dst-port=33434-33534 protocol=udp
        add action=accept chain=input dst-port=546 protocol=udp src-address=fe80::/10
        add action=accept chain=input dst-port=500,4500 protocol=udp
        add action=accept chain=input protocol=ipsec-ah
        add action=accept chain=input protocol=ipsec-esp
        add action=accept chain=input ipsec-policy=in,ipsec
        add action=drop chain=input in-interface-list=!LAN
        add action=fasttrack-connection chain=forward comment="defconf: fasttrack6" connection-state=established,related
        add action=accept chain=forward connection-state=established,related,untracked
        add action=drop chain=forward connection-state=invalid
        add action=drop chain=forward src-address-list=bad_ipv6
        add action=drop chain=forward dst-address-list=bad_ipv6
        add action=drop chain=forward hop-limit=equal:1 protocol=icmpv6
        add action=accept chain=forward protocol=icmpv6
        add action=accept chain=forward protocol=139
        add action=accept chain=forward dst-port=500,4500 protocol=udp
        add action=accept chain=forward protocol=ipsec-ah
        add action=accept chain=forward protocol=ipsec-esp
        add action=accept chain=forward ipsec-policy=in,ipsec
        add action=drop chain=forward in-interface-list=!LAN
        /system clock
        set time-zone-name=Europe/Berlin
        /tool mac-server
        set allowed-interface-list=LAN
        /tool mac-server mac-winbox
        set allowed-interface-list=LAN
        """;

    [Fact]
    public void Loads_with_notes_and_reloads_identically()
    {
        LoadResult result = ScriptLoader.Load("default.rsc", Script, RouterConfiguration.Default, actsOnAll: true);

        Assert.All(result.Diagnostics, static finding => Assert.Equal(Severity.Note, finding.Severity));
        Assert.Contains(result.Diagnostics, static finding => finding.Message.Contains("/ip dhcp-server is not applicable here", StringComparison.Ordinal));
        RouterConfiguration configuration = result.Configuration!;
        Assert.Equal(35, configuration.Rules.Count);
        Assert.Equal(9, configuration.Ipv6AddressLists.Count);
        Assert.Single(configuration.Rules.Of(RuleFamily.Ipv4, RuleTable.Nat));
        string export = ScriptExporter.Export(configuration);
        Assert.Equal(configuration, ScriptLoader.Load("export", export, RouterConfiguration.Default, actsOnAll: true).Configuration);
    }

    /// <summary>As long as one of its matchers does not act, the router says which, and does not run half of it.</summary>
    [Fact]
    public void Is_taken_whole_or_refused_for_what_does_not_act()
    {
        LoadResult result = ScriptLoader.Load("default.rsc", Script, RouterConfiguration.Default);

        Assert.All(
            result.Diagnostics.Where(static finding => finding.Severity == Severity.Error),
            static finding => Assert.Contains("is understood but not acted on yet", finding.Message, StringComparison.Ordinal));
    }
}
