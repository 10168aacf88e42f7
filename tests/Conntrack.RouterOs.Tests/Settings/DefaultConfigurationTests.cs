using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Tests.Settings;

/// <summary>What RouterOS's default configuration sets of interfaces, addresses and lists, with the order of a real export.</summary>
public sealed class DefaultConfigurationTests
{
    const string Export = """
        # 2026-06-30 21:42:59 by RouterOS 7.20.7
        # software id = XXXX-XXXX
        /interface bridge
        add admin-mac=48:A9:8A:00:00:02 auto-mac=no comment=defconf name=bridge
        /interface list
        add comment=defconf name=WAN
        add comment=defconf name=LAN
        /ip pool
        add name=default-dhcp ranges=192.168.88.10-192.168.88.254
        /ip dhcp-server
        add address-pool=default-dhcp interface=bridge name=defconf
        /disk settings
        set auto-media-interface=bridge auto-media-sharing=yes auto-smb-sharing=yes
        /interface bridge port
        add bridge=bridge comment=defconf interface=ether2
        add bridge=bridge comment=defconf interface=ether3
        add bridge=bridge comment=defconf interface=ether4
        add bridge=bridge comment=defconf interface=ether5
        /ip neighbor discovery-settings
        set discover-interface-list=LAN
        /ipv6 settings
        set disable-ipv6=no
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
        add action=accept chain=input comment="defconf: accept established,related,untracked" \
            connection-state=established,related,untracked
        add action=drop chain=input comment="defconf: drop invalid" connection-state=invalid
        add action=accept chain=input comment="defconf: accept ICMP" protocol=icmp
        add action=accept chain=input comment="defconf: accept to local loopback (for CAPsMAN)" dst-address=127.0.0.1
        add action=drop chain=input comment="defconf: drop all not coming from LAN" in-interface-list=!LAN
        add action=fasttrack-connection chain=forward comment="defconf: fasttrack" connection-state=established,related hw-offload=yes
        add action=drop chain=forward comment="defconf: drop invalid" connection-state=invalid
        /ipv6 firewall filter
        add action=accept chain=input comment="defconf: accept DHCPv6-Client prefix delegation." dst-port=546 protocol=udp \
            src-address=fe80::/10
        add action=drop chain=input comment="defconf: drop everything else not coming from LAN" in-interface-list=!LAN
        add action=drop chain=forward comment="defconf: drop everything else not coming from LAN" in-interface-list=!LAN
        /tool mac-server
        set allowed-interface-list=LAN
        /tool mac-server mac-winbox
        set allowed-interface-list=LAN
        """;

    [Fact]
    public void Loads_with_notes_for_what_is_no_router_s_business()
    {
        LoadResult result = ScriptLoader.Load("default.rsc", Export, RouterConfiguration.Default);

        Assert.All(result.Diagnostics, static finding => Assert.Equal(Severity.Note, finding.Severity));
        RouterConfiguration configuration = result.Configuration!;
        Assert.Equal(["ether2", "ether3", "ether4", "ether5"], configuration.BridgePorts.Select(static port => port.Interface));
        Assert.Equal("bridge", configuration.MasterOf("ether5"));
        Assert.True(AddressPrefix.TryParse(RuleFamily.Ipv4, "192.168.88.1/24", out AddressPrefix address));
        Assert.Equal(address, Assert.Single(configuration.Ipv4Addresses).Address);
        Assert.Equal(
            [true, false, false, true],
            [
                configuration.IsInList("LAN", "bridge"), configuration.IsInList("LAN", "ether1"), configuration.IsInList("WAN", "bridge"),
                configuration.IsInList("WAN", "ether1"),
            ]);
        Assert.Equal(
            new Negatable<string>("LAN", Negated: true), configuration.Rules.Of(RuleFamily.Ipv4, RuleTable.Filter)[4].Interfaces.InInterfaceList);
        Assert.Equal(
            configuration, ScriptLoader.Load("export", ScriptExporter.Export(configuration), RouterConfiguration.Default).Configuration);
    }

    /// <summary>RouterOS writes the sections by menu; a person may write them in any order.</summary>
    [Fact]
    public void Loads_in_any_order_of_its_menus()
    {
        string[] sections = ("\n" + Export).Split("\n/", StringSplitOptions.RemoveEmptyEntries)[1..];
        var random = new Random(20261126);
        RouterConfiguration expected = ScriptLoader.Load("t.rsc", Export, RouterConfiguration.Default).Configuration!;
        for (int i = 0; i < 50; i++)
        {
            random.Shuffle(sections);

            Assert.Equal(
                expected,
                ScriptLoader.Load("t.rsc", "/" + string.Join("\n/", sections), RouterConfiguration.Default).Configuration);
        }
    }
}
