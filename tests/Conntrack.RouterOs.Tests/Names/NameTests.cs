using System.Text.RegularExpressions;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Tests.Settings;

namespace Conntrack.RouterOs.Tests.Names;

/// <summary>Names given, used and changed anywhere in a script.</summary>
public sealed class NameTests
{
    /// <summary>Everything that can name another.</summary>
    const string Users = """
        /interface bridge port add bridge=bridge interface=ether2
        /interface vlan add name=guests vlan-id=20 interface=bridge
        /interface list add name=both include=LAN exclude=WAN
        /interface list member
        add list=LAN interface=bridge
        add list=WAN interface=ether1
        /ip address
        add address=192.168.88.1/24 interface=bridge
        add address=10.0.0.1/24 interface=guests
        /ip arp add address=10.0.0.2 interface=guests mac-address=02:00:00:00:00:09
        /ip route
        add gateway=ether1,10.0.0.9%guests routing-table=isp2 vrf-interface=ether1
        add gateway=10.0.0.9@isp2
        /ip vrf add name=v interfaces=ether4,guests
        /routing rule add interface=guests routing-mark=isp2 table=v
        /ip firewall filter
        add chain=forward in-interface=!bridge out-interface-list=WAN
        add chain=input in-interface-list=!LAN
        /ipv6 firewall raw add chain=prerouting in-interface-list=both in-interface=guests
        """;

    const string Named = """
        /interface list
        add name=WAN
        add name=LAN
        /routing table add name=isp2 fib
        /interface bridge add name=bridge
        """;

    [Fact]
    public void May_be_given_before_or_after_they_are_used() => Assert.Equal(
        ScriptExporter.Export(Scripts.Load(Named + "\n" + Users)).Split('\n').Order(StringComparer.Ordinal),
        ScriptExporter.Export(Scripts.Load(Users + "\n" + Named)).Split('\n').Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("bridge", "/interface bridge set bridge name=B", "B")]
    [InlineData("guests", "/interface vlan set 0 name=G", "G")]
    [InlineData("guests", "/interface set guests name=G", "G")]
    [InlineData("ether1", "/interface ethernet set ether1 name=up", "up")]
    [InlineData("LAN", "/interface list set LAN name=inside", "inside")]
    [InlineData("isp2", "/routing table set isp2 name=second", "second")]
    [InlineData("v", "/ip vrf set v name=first", "first")]
    public void Are_followed_when_they_change(string name, string command, string changed)
    {
        RouterConfiguration before = Scripts.Load(Named + "\n" + Users);
        string expected = Script(before, name, changed);

        // In the script itself, at its end or in the middle of it, and in one that comes later.
        Assert.Equal(expected, Script(Scripts.Load(Named + "\n" + Users + "\n" + command), name, changed));
        Assert.Equal(expected, Script(Scripts.Load(command, before), name, changed));
    }

    [Fact]
    public void May_be_exchanged()
    {
        RouterConfiguration configuration = Scripts.Load(
            "/interface bridge set bridge name=guests; /interface vlan set 0 name=bridge", Scripts.Load(Named + "\n" + Users));

        Assert.Equal(("guests", "guests", "bridge"), (
            configuration.Ipv4Addresses[0].Interface, configuration.Vlans[0].Interface, configuration.Ipv4Addresses[1].Interface));
        Assert.Equal("!guests", configuration.Rules.All.First().Interfaces.InInterface is { } matcher ? $"!{matcher.Value}" : "");
    }

    [Fact]
    public void A_default_name_is_free_when_its_port_has_another() => Assert.Equal(
        "ether1",
        Scripts.Load("/interface ethernet set ether1 name=up; /interface bridge add name=ether1; /ip address add address=10.0.0.1/8 interface=ether1")
            .Ipv4Addresses[0].Interface);

    [Theory]
    [InlineData("/interface bridge remove bridge", "1:1: error: the interface \"bridge\" is still in use: interface names it (expected its users removed too)")]
    [InlineData("/interface list remove LAN", "1:1: error: the interface list \"LAN\" is still in use: include names it (expected its users removed too)")]
    [InlineData("/routing table remove [find]", "1:1: error: the routing table \"isp2\" is still in use: routing-table names it (expected its users removed too)")]
    [InlineData("/ip vrf set 0 interfaces=nobody", "1:26: error: interfaces: there is no interface \"nobody\" (expected an interface such as ether1, or the name it was given)")]
    [InlineData("/interface set guests name=\"a,b\"", "1:28: error: interfaces names this interface among others, so its name cannot hold a comma (expected another name)|1:28: error: a route names this interface as gateway, so its name can hold no \",\", \"%\" or \"@\" and be no address (expected another name)")]
    [InlineData("/interface set ether1 name=10.0.0.1", "1:28: error: a route names this interface as gateway, so its name can hold no \",\", \"%\" or \"@\" and be no address (expected another name)")]
    [InlineData("/interface list set LAN name=\"!LAN\"", "1:30: error: a rule names this interface list, so its name cannot begin with \"!\", which negates (expected another name)")]
    public void Are_not_taken_from_those_who_use_them(string command, string expected)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", command, Scripts.Load(Named + "\n" + Users));

        Assert.Null(result.Configuration);
        Assert.Equal(
            expected.Split('|').Order(StringComparer.Ordinal),
            result.Diagnostics.Select(static finding => finding.ToString()["t.rsc:".Length..]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void May_be_removed_and_given_again()
    {
        RouterConfiguration before = Scripts.Load(Named + "\n" + Users);

        Assert.Equal(
            before with { Bridges = before.Bridges.Replace(0, before.Bridges[0] with { Comment = "new" }) },
            Scripts.Load("/interface bridge remove bridge; /interface bridge add name=bridge comment=new", before));
    }

    [Fact]
    public void What_names_it_may_go_in_the_same_script() => Assert.Empty(
        Scripts.Load(
            "/routing table remove isp2; /ip route remove [find]; /routing rule remove [find]", Scripts.Load(Named + "\n" + Users)).RoutingTables);

    /// <summary>The export with <paramref name="changed"/> for every mention of <paramref name="name"/>.</summary>
    static string Script(RouterConfiguration configuration, string name, string changed) => Regex.Replace(
        Regex.Replace(ScriptExporter.Export(configuration), "/interface ethernet\nset .*\n", ""),
        $"(?<=[=,%@!]){name}(?=[ ,@\n])", changed);
}
