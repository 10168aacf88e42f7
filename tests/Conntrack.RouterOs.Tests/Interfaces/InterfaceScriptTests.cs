using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Tests.Settings;

namespace Conntrack.RouterOs.Tests.Interfaces;

public sealed class InterfaceScriptTests
{
    [Fact]
    public void Sets_every_property_of_a_VLAN() => Assert.Equal(
        new VlanSettings
        {
            Name = "guests", VlanId = 20, Interface = "ether1", Mtu = 1496, MacAddress = new MacAddress(0x02AABBCCDDEE), UseServiceTag = true,
            Arp = ArpMode.ReplyOnly, Disabled = true, Comment = "x",
        },
        Assert.Single(Scripts.Load(
            "/interface vlan add name=guests vlan-id=20 interface=ether1 mtu=1496 mac-address=02:AA:BB:CC:DD:EE use-service-tag=yes "
            + "arp=reply-only disabled=yes comment=x").Vlans));

    [Fact]
    public void Sets_every_property_of_a_bridge_and_its_ports()
    {
        RouterConfiguration configuration = Scripts.Load("""
            /interface bridge add name=bridge auto-mac=no admin-mac=02:00:00:00:00:07 mtu=1400 arp=proxy-arp ageing-time=1m protocol-mode=none
            /interface bridge port
            add bridge=bridge interface=ether2 horizon=7 learn=no unknown-unicast-flood=no unknown-multicast-flood=no broadcast-flood=no
            add bridge=bridge interface=ether3 disabled=yes comment=spare
            /interface bridge settings set use-ip-firewall=yes use-ip-firewall-for-vlan=yes allow-fast-path=no
            """);

        Assert.Equal(
            new BridgeSettings
            {
                Name = "bridge", AutoMac = false, AdminMac = new MacAddress(0x020000000007), Mtu = 1400, Arp = ArpMode.ProxyArp,
                AgeingTime = TimeSpan.FromMinutes(1), ProtocolMode = BridgeProtocolMode.None,
            },
            Assert.Single(configuration.Bridges));
        Assert.Equal(
            [
                new BridgePortSettings
                {
                    Bridge = "bridge", Interface = "ether2", Horizon = 7, Learn = false, UnknownUnicastFlood = false,
                    UnknownMulticastFlood = false, BroadcastFlood = false,
                },
                new BridgePortSettings { Bridge = "bridge", Interface = "ether3", Disabled = true, Comment = "spare" },
            ],
            configuration.BridgePorts);
        Assert.Equal(
            new BridgingSettings { UseIpFirewall = true, UseIpFirewallForVlan = true, AllowFastPath = false }, configuration.Bridging);
    }

    [Fact]
    public void Gives_interfaces_ids_that_differ_from_each_other()
    {
        RouterConfiguration configuration = Scripts.Load(
            "/interface bridge add; /interface vlan add interface=bridge1; /interface bridge add name=x; /interface vlan add interface=x");

        Assert.Equal(
            ["bridge1*251", "x*253", "vlan1*252", "vlan2*254"],
            configuration.Bridges.Select(static bridge => $"{bridge.Name}*{bridge.Id}")
                .Concat(configuration.Vlans.Select(static vlan => $"{vlan.Name}*{vlan.Id}")));
        Assert.Equal([new InterfaceKey(InterfaceKind.Vlan, 252)], configuration.InterfacesNamed("vlan1"));
        Assert.Equal("x", configuration.NameOf(new InterfaceKey(InterfaceKind.Bridge, 253)));
    }

    [Theory]
    [InlineData("set a vlan-id=5", "a5 b2 c3")]
    [InlineData("set 1 vlan-id=5", "a1 b5 c3")]
    [InlineData("set *fd vlan-id=5", "a1 b2 c5")]
    [InlineData("set a,2 mtu=1400; set [find mtu=1400] vlan-id=9 interface=ether9; set c vlan-id=7", "a9 b2 c7")]
    [InlineData("set [find vlan-id>1] comment=x; remove [find comment=x]", "a1")]
    [InlineData("set [find interface=ether1 !disabled name~\"[bc]\"] vlan-id=5 use-service-tag=no; remove c", "a1 b5")]
    [InlineData("remove [find]", "")]
    [InlineData("remove numbers=a", "b2 c3")]
    [InlineData("disable a,b; remove [find disabled=yes]", "c3")]
    [InlineData("disable a; enable [find]; remove [find !disabled name=a]", "b2 c3")]
    [InlineData("comment 0 comment=x; unset 0 comment; remove [find comment=\"\" vlan-id<=2]", "c3")]
    [InlineData("add name=d copy-from=b vlan-id=4", "a1 b2 c3 d4")]
    [InlineData("set a name=x; set x vlan-id=8", "x8 b2 c3")]
    public void Changes_the_entries_that_are_meant(string commands, string expected)
    {
        const string Start = """
            /interface vlan
            add name=a vlan-id=1 interface=ether1
            add name=b vlan-id=2 interface=ether1
            add name=c vlan-id=3 interface=ether1

            """;
        LoadResult result = ScriptLoader.Load("t.rsc", Start + commands, RouterConfiguration.Default);
        Assert.True(result.Configuration is not null, string.Join('\n', result.Diagnostics));
        Assert.Equal(expected, string.Join(' ', result.Configuration!.Vlans.Select(static vlan => $"{vlan.Name}{vlan.VlanId}")));
    }

    [Theory]
    [InlineData("set ether1 name=WAN")]
    [InlineData("set *1 name=WAN")]
    [InlineData("set [find name=ether1] name=WAN")]
    [InlineData("set [find default-name=ether1] name=WAN")]
    [InlineData("set numbers=ether1 name=x; set x name=WAN")]
    public void Renames_any_interface_under_interface(string command) =>
        Assert.Equal("WAN", Scripts.Load("/interface\n" + command).Ethernets[1].Name);

    [Fact]
    public void Sets_what_every_kind_has_under_interface() => Assert.Equal(
        [
            "/interface bridge", "add comment=all mtu=1400 name=B", "/interface ethernet",
            "set [ find default-name=ether7 ] mtu=1400 disabled=yes comment=all", "/interface vlan",
            "add comment=all interface=ether7 mtu=1400 name=V vlan-id=1",
        ],
        Scripts.Export("""
            /interface bridge add name=b
            /interface vlan add name=v interface=ether7
            /interface set b,v,ether7 mtu=1400 comment=all
            /interface disable [find type=ether comment=all]
            /interface { disable v; enable v; set b name=B; set [find type=vlan] name=V }
            """));

    [Fact]
    public void Exports_in_RouterOS_s_words() => Assert.Equal(
        [
            "/interface bridge", "add admin-mac=02:00:00:00:00:07 auto-mac=no comment=defconf name=bridge", "/interface vlan",
            "add interface=bridge name=guests vlan-id=20", "/interface list", "add comment=defconf name=WAN",
            "add comment=defconf name=LAN", "add exclude=dynamic include=LAN,WAN name=\"both of them\"", "/interface bridge port",
            "add bridge=bridge interface=ether2", "add bridge=bridge disabled=yes horizon=1 interface=ether3", "/interface bridge settings",
            "set use-ip-firewall=yes", "/interface list member", "add interface=bridge list=LAN", "add interface=ether1 list=WAN",
        ],
        Scripts.Export("""
            /interface list member add list=LAN interface=bridge
            /interface list
            add name=WAN comment=defconf
            add name=LAN comment=defconf
            add name="both of them" include=LAN,WAN exclude=dynamic
            /interface bridge port
            add bridge=bridge interface=ether2 horizon=none
            add bridge=bridge interface=ether3 horizon=1 disabled=yes
            /interface bridge settings set use-ip-firewall=yes
            /interface vlan add name=guests vlan-id=20 interface=bridge
            /interface bridge add name=bridge comment=defconf auto-mac=no admin-mac=02:00:00:00:00:07 mtu=auto arp=enabled
            /interface list member add list=WAN interface=ether1
            """));

    const string Interfaces = "an interface such as ether1, or the name it was given";

    [Theory]
    [InlineData("/interface vlan add name=v interface=nowhere", "1:38: error: interface: there is no interface \"nowhere\" (expected " + Interfaces + ")")]
    [InlineData("/interface vlan add name=v", "1:17: error: add does not say interface (expected interface= with " + Interfaces + ")")]
    [InlineData("/interface vlan add name=v interface=ether1 vlan-id=4095", "1:53: error: vlan-id: \"4095\" is out of range (expected a number from 1 to 4094)")]
    [InlineData("/interface vlan add name=v interface=v", "1:28: error: the VLAN \"v\" is on itself (expected an interface below it)")]
    [InlineData("/interface vlan; add name=a interface=b; add name=b interface=a", "1:29: error: the VLAN \"a\" is on itself (expected an interface below it)|1:53: error: the VLAN \"b\" is on itself (expected an interface below it)")]
    [InlineData("/interface vlan; add name=a interface=ether1 vlan-id=7; add name=b interface=ether1 vlan-id=7", "1:85: error: \"ether1\" has VLAN 7 already")]
    [InlineData("/interface vlan; add name=a interface=ether1 vlan-id=7; add name=a interface=ether2", "1:66: error: the name \"a\" is that of a VLAN too (expected a name of its own)")]
    [InlineData("/interface vlan add name=ether3 interface=ether1", "1:26: error: the name \"ether3\" is that of ether3 too (expected a name of its own)")]
    [InlineData("/interface bridge add name=a; /interface vlan add name=a interface=ether1", "1:56: error: the name \"a\" is that of a bridge too (expected a name of its own)")]
    [InlineData("/interface vlan add name=v interface=ether1 mvrp=yes", "1:50: error: mvrp: other values are not supported yet in this version (expected no)")]
    [InlineData("/interface vlan set v mtu=1400", "1:21: error: there is no VLAN \"v\" (expected VLAN, but /interface vlan is empty)")]
    [InlineData("/interface vlan; add name=vv interface=ether1; set v mtu=1400", "1:52: error: there is no VLAN \"v\" (expected 0 to 0, a name, an id such as *1a, or [ find … ]; did you mean \"vv\"?)")]
    [InlineData("/interface vlan set mtu=1400", "1:17: error: set does not say which entries it means (expected a number, a name, an id such as *1a, or [ find … ])")]
    [InlineData("/interface vlan move 0 1", "1:17: error: /interface vlan has no command \"move\" (expected add or set or remove or enable or disable or comment or unset)")]
    [InlineData("/interface vlan; add name=a interface=ether1; remove [find vlanid=1]", "1:60: error: unknown property \"vlanid\" (expected a property of this menu; did you mean \"vlan-id\"?)")]
    [InlineData("/interface bridge add name=b vlan-filtering=yes", "1:45: error: vlan-filtering: other values are not supported yet in this version (expected no)")]
    [InlineData("/interface bridge add name=b protocol-mode=rstp", "1:30: note: protocol-mode has no effect here: bridges do not look for loops")]
    [InlineData("/interface bridge port add bridge=b interface=ether1", "1:35: error: bridge: there is no interface \"b\" (expected " + Interfaces + ")")]
    [InlineData("/interface bridge port add bridge=ether2 interface=ether1", "1:28: error: bridge: \"ether2\" is no bridge (expected one of /interface bridge)")]
    [InlineData("/interface bridge add name=b; /interface bridge port; add bridge=b interface=ether1; add bridge=b interface=ether1", "1:99: error: \"ether1\" is a port of a bridge already")]
    [InlineData("/interface bridge add name=b; /interface bridge port add bridge=b interface=b", "1:67: error: \"b\" is a bridge, which cannot be a port (expected an Ethernet port or a VLAN)")]
    [InlineData("/interface bridge add name=b; /interface vlan add name=v interface=b; /interface bridge port add bridge=b interface=v", "1:107: error: \"v\" is a VLAN on \"b\" itself, so it cannot be a port of it (expected another interface)")]
    [InlineData("/interface bridge; add name=b; port add bridge=b interface=ether1; /interface vlan add name=v interface=ether1", "1:95: warning: \"ether1\" is a port of \"b\", which takes the packets of this VLAN")]
    [InlineData("/interface bridge; add name=b; port add bridge=b interface=ether1; /ip firewall filter add chain=input in-interface=ether1", "1:104: warning: in-interface: \"ether1\" is a port of \"b\", whose name its packets carry")]
    [InlineData("/interface list add", "1:17: error: add does not say name (expected name= with a text of 1 to 63 characters)")]
    [InlineData("/interface list add name=all", "1:26: error: the name \"all\" is that of a built-in list too (expected a name of its own)")]
    [InlineData("/interface list; add name=a include=b; add name=b include=c,all; add name=c exclude=a", "1:29: error: the list \"a\" leads back to itself (expected lists that do not include or exclude it)|1:51: error: the list \"b\" leads back to itself (expected lists that do not include or exclude it)|1:77: error: the list \"c\" leads back to itself (expected lists that do not include or exclude it)")]
    [InlineData("/interface list add name=a include=all,b", "1:40: error: include: there is no interface list \"b\" (expected an interface list such as all, or one of /interface list; did you mean \"a\"?)")]
    [InlineData("/interface list member add list=all interface=ether1", "1:28: error: the members of the built-in list \"all\" are what its name says (expected one of /interface list)")]
    [InlineData("/interface list add name=a; /interface list member; add list=a interface=ether1; add list=a interface=ether1", "1:93: error: \"ether1\" is a member of \"a\" already")]
    [InlineData("/interface set ether1 mtu=auto", "1:23: error: mtu: only a bridge takes its MTU from others (expected a number from 68 to 65535)")]
    [InlineData("/interface set eter1 mtu=1500", "1:16: error: there is no interface \"eter1\" (expected a name, an id such as *1, or [ find name=… ]; did you mean \"ether1\"?)")]
    [InlineData("/interface set [find] mtu=1500", "1:16: error: find without a condition is not supported yet in this version (expected [ find name=… ])")]
    [InlineData("/interface add name=x", "1:12: error: /interface has no command \"add\" (expected set or enable or disable or comment)")]
    public void Says_what_is_wrong_and_where(string script, string expected) =>
        Assert.Equal(expected.Split('|'), Scripts.Findings(script));

    [Theory]
    [InlineData("/interface vlan; add name=v interface=ether1; remove v")]
    [InlineData("/interface vlan; add name=v interface=ether1 use-service-tag=yes; add name=w interface=ether1; remove v,w")]
    [InlineData("/interface list add name=x; /interface list member; add list=x interface=ether1; remove 0; /interface list remove x")]
    public void What_is_taken_back_is_as_if_it_had_never_been(string script) =>
        Assert.Equal(RouterConfiguration.Default, Scripts.Load(script));
}
