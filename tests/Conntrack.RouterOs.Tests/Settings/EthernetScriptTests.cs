using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Settings;

public sealed class EthernetScriptTests
{
    [Theory]
    [InlineData("/interface ethernet set [ find default-name=ether2 ] name=WAN")]
    [InlineData("/interface/ethernet/set [find default-name=\"ether2\"] name=\"WAN\"")]
    [InlineData("/interface ethernet set [find where default-name=ether2] name=WAN")]
    [InlineData("/interface ethernet set [find name=ether2] name=WAN")]
    [InlineData("/interface ethernet\nset ether2 name=WAN")]
    [InlineData("/interface ethernet set name=WAN numbers=ether2")]
    [InlineData("/interface ethernet set 1 name=WAN")]
    [InlineData("/interface ethernet set *2 name=WAN")]
    [InlineData("interface ethernet { set ether2 name=x; set x name=WAN }")]
    public void Names_a_port(string text) =>
        Assert.Equal(new EthernetSettings(2) { Name = "WAN" }, Assert.Single(Load(text).Ethernets.Changed));

    [Fact]
    public void Sets_every_property() => Assert.Equal(
        new EthernetSettings(250)
        {
            Name = "up link",
            MacAddress = new MacAddress(0x02AABBCCDDEE),
            Mtu = 9000,
            Arp = ArpMode.ProxyArp,
            Disabled = true,
            Comment = "to \"the\" ISP",
        },
        Load("/interface ethernet set [ find default-name=ether250 ] name=\"up link\" mac-address=02:aa:BB:cc:dd:ee mtu=9000 arp=proxy-arp disabled=yes "
            + "comment=\"to \\\"the\\\" ISP\"").Ethernets[250]);

    [Theory]
    [InlineData("set ether1 mtu=9000\nset ether1 mtu=1500")]
    [InlineData("set ether1 comment=x mac-address=02:00:00:00:00:09\nset ether1 !comment !mac-address")]
    [InlineData("disable ether1\nenable ether1")]
    [InlineData("set ether1 mac-address=02:00:00:00:00:09\nreset-mac-address ether1")]
    [InlineData("set ether1 name=x\nset x name=ether1")]
    [InlineData("set ether1 arp=enabled")]
    public void What_is_set_back_is_as_if_never_set(string lines) =>
        Assert.Equal(RouterConfiguration.Default, Load("/interface ethernet\n" + lines));

    [Fact]
    public void Changes_several_ports_at_once() =>
        Assert.Equal([1, 3, 12], Load("/interface ethernet disable 0,ether3,*C").Ethernets.Changed.Select(static port => port.Number));

    [Fact]
    public void Lets_two_ports_exchange_names()
    {
        EthernetTable ports = Load("""
            /interface ethernet
            set [ find default-name=ether1 ] name=ether2
            set [ find default-name=ether2 ] name=ether1
            """).Ethernets;

        Assert.Equal(("ether2", "ether1"), (ports[1].Name, ports[2].Name));
        Assert.Equal([2], ports.NumbersOf("ether1"));
    }

    [Fact]
    public void Loads_the_Ethernet_part_of_a_verbose_export()
    {
        LoadResult result = ScriptLoader.Load("t.rsc", """
            # may/19/2016 10:49:02 by RouterOS 6.35.1
            /interface ethernet
            set [ find default-name=ether1 ] advertise=\
                10M-half,10M-full,100M-half,100M-full,1000M-half,1000M-full arp=enabled \
                auto-negotiation=yes bandwidth=unlimited/unlimited disabled=no \
                full-duplex=yes l2mtu=1598 mac-address=E4:8D:8C:00:00:01 master-port=none \
                mtu=1500 name=ether1_wan orig-mac-address=E4:8D:8C:00:00:01 poe-out=\
                auto-on poe-priority=10 rx-flow-control=off speed=100Mbps \
                tx-flow-control=off
            set [ find default-name=ether2 ] speed=100Mbps
            """, RouterConfiguration.Default);

        Assert.Equal(
            new EthernetSettings(1) { Name = "ether1_wan", MacAddress = new MacAddress(0xE48D8C000001) },
            Assert.Single(result.Configuration!.Ethernets.Changed));
        Assert.All(result.Diagnostics, static diagnostic => Assert.Equal(Severity.Note, diagnostic.Severity));
        Assert.Single(result.Diagnostics, static diagnostic => diagnostic.Message == "speed is not applicable here and is skipped");
    }

    const string Ports = "[ find default-name=ether1 ], a number or a current name";

    [Theory]
    [InlineData("set name=x", "2:1: error: set does not say which ports it means (expected " + Ports + ")")]
    [InlineData("set ether251 name=x", "2:5: error: no Ethernet port \"ether251\" (expected ether1 to ether250, or " + Ports + ")")]
    [InlineData("set ether01 name=x", "2:5: error: no Ethernet port \"ether01\" (expected ether1 to ether250, or " + Ports + ")")]
    [InlineData("set 0,250 name=x", "2:7: error: no Ethernet port \"250\" (expected ether1 to ether250, or " + Ports + ")")]
    [InlineData("set *0 name=x", "2:5: error: no Ethernet port \"*0\" (expected ether1 to ether250, or " + Ports + ")")]
    [InlineData("set [find default-name=sfp1] name=x", "2:24: error: no Ethernet port has default-name=\"sfp1\" (expected default-name=ether1 to ether250, or a current name)")]
    [InlineData("set [find] name=x", "2:5: error: find without a condition is not supported yet in this version (expected [ find default-name=ether1 ])")]
    [InlineData("set [find mtu>1] name=x", "2:11: error: condition \"mtu>1\" is not supported yet in this version (expected default-name=etherN or name=…)")]
    [InlineData("set [/ip address find] name=x", "2:6: error: only find of this menu can say which ports are meant (expected [ find default-name=ether1 ])")]
    [InlineData("set $x name=x", "2:5: error: ports that are computed are not supported yet in this version (expected " + Ports + ")")]
    [InlineData("set ether1 ether2 mtu=1500", "2:12: error: unexpected \"ether2\" (expected property=value)")]
    [InlineData("set ether1 name=\"\"", "2:17: error: name: \"\" is empty (expected a text of 1 to 63 characters)")]
    [InlineData("set ether1 mtu=67", "2:16: error: mtu: \"67\" is out of range (expected a number from 68 to 65535)")]
    [InlineData("set ether1 mac-address=01:00:5E:00:00:01", "2:24: error: mac-address: \"01:00:5E:00:00:01\" is no address of one station (expected a unicast MAC address such as 02:00:00:00:00:01)")]
    [InlineData("set ether1 mac-address=02-00-00-00-00-01", "2:24: error: mac-address: \"02-00-00-00-00-01\" is no MAC address (expected a unicast MAC address such as 02:00:00:00:00:01)")]
    [InlineData("set ether1 arp=reply-onyl", "2:16: error: arp: \"reply-onyl\" is not one of its words (expected enabled, disabled, proxy-arp, reply-only or local-proxy-arp; did you mean \"reply-only\"?)")]
    [InlineData("set ether1 default-name=x", "2:12: error: default-name is read-only: it shows what is, and cannot be set")]
    [InlineData("set 0,1 mtu=x", "2:13: error: mtu: \"x\" is no number (expected a number from 68 to 65535)")]
    [InlineData("add name=x", "2:1: error: /interface ethernet has no command \"add\" (expected set or enable or disable or reset-mac-address)")]
    [InlineData("set ether1 name=ether2", "2:17: error: the name \"ether2\" is that of ether2 too (expected a name of its own)")]
    [InlineData("set ether1 name=x\nset ether2 name=x", "3:17: error: the name \"x\" is that of ether1 too (expected a name of its own)")]
    [InlineData("set ether1 name=x\nset ether2 name=x\nset x mtu=99", "3:17: error: the name \"x\" is that of ether1 too (expected a name of its own)|4:5: error: \"x\" is by now more than one port (expected ether1 to ether250, or " + Ports + "; did you mean \"x\"?)")]
    public void Refuses_what_is_wrong(string lines, string expected)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", "/interface ethernet\n" + lines, RouterConfiguration.Default);

        Assert.Null(result.Configuration);
        Assert.Equal(
            expected.Split('|').Select(static line => "t.rsc:" + line),
            result.Diagnostics.Select(static diagnostic => diagnostic.ToString()));
    }

    static RouterConfiguration Load(string text)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", text, RouterConfiguration.Default);
        Assert.Empty(result.Diagnostics);
        return result.Configuration!;
    }
}
