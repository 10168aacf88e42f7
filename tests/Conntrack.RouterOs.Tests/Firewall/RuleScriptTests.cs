using System.Diagnostics;
using System.Text;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Tests.Language;
using Conntrack.RouterOs.Tests.Settings;

namespace Conntrack.RouterOs.Tests.Firewall;

public sealed class RuleScriptTests
{
    const string Three = "/ip firewall filter\nadd chain=input comment=a\nadd chain=input comment=b\nadd chain=forward comment=c\n";

    [Fact]
    public void Loads_the_manual_s_first_example()
    {
        LoadResult result = ScriptLoader.Load("basic-rules.rsc", ChapterExamples.First, RouterConfiguration.Default);

        Diagnostic finding = Assert.Single(result.Diagnostics);
        Assert.Equal(
            "basic-rules.rsc:3:86: warning: the quote opened here is not closed on its line; it is taken to end with the line",
            finding.ToString());
        Assert.Equal(
            [
                "action=drop chain=input comment=\"Drop Invalid connections\" connection-state=invalid",
                "action=accept chain=input comment=\"Allow Established/Related/Untracked connections\" "
                    + "connection-state=established,related,untracked",
            ],
            Rules.OfFilter(result.Configuration!).Select(Rules.Text));
    }

    [Fact]
    public void Loads_the_manual_s_second_example()
    {
        LoadResult result = ScriptLoader.Load("fasttrack.rsc", ChapterExamples.Second, RouterConfiguration.Default);

        Assert.Empty(result.Diagnostics);
        Assert.Equal(
            [
                "action=fasttrack-connection chain=forward connection-state=established,related",
                "action=accept chain=forward connection-state=established,related",
            ],
            Rules.OfFilter(result.Configuration!).Select(Rules.Text));
    }

    /// <summary>Spellings on the left, what is kept on the right; no right side where it is the same.</summary>
    [Theory]
    [InlineData("ip firewall filter", "action=accept chain=input", "")]
    [InlineData("ip firewall filter", "chain=input", "action=accept chain=input")]
    [InlineData("ip firewall filter", "action=passthrough chain=output disabled=yes", "")]
    [InlineData("ip firewall filter", "action=drop chain=forward connection-state=new,invalid", "")]
    [InlineData("ip firewall filter", "action=drop chain=forward connection-state=untracked,new", "action=drop chain=forward connection-state=new,untracked")]
    [InlineData("ip firewall filter", "action=drop chain=forward connection-state=!established,related", "")]
    [InlineData("ip firewall filter", "action=drop chain=forward connection-state=\"!new\"", "action=drop chain=forward connection-state=!new")]
    [InlineData("ip firewall filter", "action=accept chain=input protocol=6", "action=accept chain=input protocol=tcp")]
    [InlineData("ip firewall filter", "action=accept chain=input protocol=!139", "")]
    [InlineData("ip firewall filter", "action=accept chain=input src-address=192.168.88.7/24", "action=accept chain=input src-address=192.168.88.0/24")]
    [InlineData("ip firewall filter", "action=accept chain=input src-address=10.0.0.1/32", "action=accept chain=input src-address=10.0.0.1")]
    [InlineData("ip firewall filter", "action=accept chain=input src-address=10.0.0.0/255.128.0.0", "action=accept chain=input src-address=10.0.0.0/9")]
    [InlineData("ip firewall filter", "action=accept chain=input dst-address=!10.0.0.1-10.0.0.9", "")]
    [InlineData("ip firewall filter", "action=accept chain=input src-address=0.0.0.0/0", "")]
    [InlineData("ip firewall filter", "action=accept chain=input dst-port=22,80-89 protocol=tcp", "")]
    [InlineData("ip firewall filter", "action=accept chain=input protocol=udp src-port=!53", "")]
    [InlineData("ip firewall filter", "action=accept chain=forward in-interface=ether1 out-interface=!ether2", "")]
    [InlineData("ip firewall filter", "action=accept chain=input log=no log-prefix=\"\"", "action=accept chain=input")]
    [InlineData("ip firewall filter", "action=accept chain=input !connection-bytes !limit !src-address", "action=accept chain=input")]
    [InlineData("ip firewall raw", "action=notrack chain=prerouting", "")]
    [InlineData("ip firewall raw", "action=drop chain=prerouting dst-port=53 in-interface=ether1 protocol=udp", "")]
    [InlineData("ip firewall raw", "action=accept chain=output out-interface=ether1", "")]
    [InlineData("ipv6 firewall filter", "action=accept chain=input protocol=icmpv6 src-address=fe80::/10", "")]
    [InlineData("ipv6 firewall filter", "action=accept chain=input dst-address=2001:DB8::1", "action=accept chain=input dst-address=2001:db8::1/128")]
    [InlineData("ipv6 firewall filter", "action=drop chain=forward src-address=::ffff:0.0.0.0/96", "")]
    [InlineData("ipv6 firewall filter", "action=drop chain=forward src-address=::/0", "")]
    [InlineData("ipv6 firewall raw", "action=notrack chain=prerouting protocol=tcp src-port=179", "")]
    [InlineData("ip firewall filter", "action=drop chain=forward connection-state=\"\" connection-nat-state= src-address=\"\"", "action=drop chain=forward")]
    [InlineData("ip firewall nat", "action=masquerade chain=srcnat out-interface-list=all", "")]
    [InlineData("ip firewall nat", "action=masquerade chain=srcnat protocol=tcp randomise-ports=yes to-ports=10000-20000", "")]
    [InlineData("ip firewall nat", "action=src-nat chain=srcnat src-address=10.0.0.0/8 to-addresses=192.0.2.1", "")]
    [InlineData("ip firewall nat", "action=src-nat chain=input to-addresses=192.0.2.1-192.0.2.9", "")]
    [InlineData("ip firewall nat", "action=dst-nat chain=dstnat dst-port=80 protocol=tcp to-addresses=10.0.0.7 to-ports=8080", "")]
    [InlineData("ip firewall nat", "action=dst-nat chain=dstnat dst-port=80 protocol=tcp to-address=10.0.0.7", "action=dst-nat chain=dstnat dst-port=80 protocol=tcp to-addresses=10.0.0.7")]
    [InlineData("ip firewall nat", "action=dst-nat chain=output dst-port=80 protocol=tcp to-ports=8080", "")]
    [InlineData("ip firewall nat", "action=redirect chain=dstnat dst-port=53 protocol=udp to-ports=53", "")]
    [InlineData("ip firewall nat", "action=redirect chain=dstnat", "")]
    [InlineData("ip firewall nat", "action=netmap chain=dstnat dst-address=192.0.2.0/24 to-addresses=10.0.0.0/24", "")]
    [InlineData("ip firewall nat", "action=netmap chain=srcnat src-address=10.0.0.0/24 to-addresses=192.0.2.0-192.0.2.255", "")]
    [InlineData("ip firewall nat", "action=same chain=srcnat same-not-by-dst=yes to-addresses=192.0.2.0/28", "")]
    [InlineData("ip firewall nat", "action=endpoint-independent-nat chain=srcnat out-interface=ether1 protocol=udp randomise-ports=no", "")]
    [InlineData("ip firewall nat", "action=accept chain=srcnat dst-address=10.0.0.0/8", "")]
    [InlineData("ip firewall nat", "action=passthrough chain=dstnat in-interface=ether1 !to-addresses !to-ports", "action=passthrough chain=dstnat in-interface=ether1")]
    [InlineData("ipv6 firewall nat", "action=dst-nat chain=dstnat dst-port=80 protocol=tcp to-address=2001:db8::7/128 to-ports=8080", "")]
    [InlineData("ipv6 firewall nat", "action=src-nat chain=srcnat to-addresses=2001:db8::/64", "action=src-nat chain=srcnat to-address=2001:db8::/64")]
    [InlineData("ipv6 firewall nat", "action=netmap chain=srcnat src-address=fd00::/64 to-address=2001:db8::/64", "")]
    public void Reads_every_property(string menu, string arguments, string expected)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", $"/{menu} add {arguments}", RouterConfiguration.Default);

        Assert.Empty(result.Diagnostics);
        FirewallRule rule = Assert.Single(result.Configuration!.Rules.All);
        Assert.Equal(expected.Length > 0 ? expected : arguments, Rules.Text(rule));
        Assert.Equal(menu, $"{rule.Family.Word()} firewall {rule.Table.Word()}");
    }

    [Fact]
    public void Keeps_addresses_as_numbers_and_ports_as_ranges()
    {
        FirewallRule rule = Rules.OfFilter(Rules.Load(
            "/ip firewall filter add chain=forward protocol=tcp src-address=10.0.0.0/8 dst-address=!1.2.3.4-1.2.3.9 dst-port=80,8000-8100"))[0];

        Assert.Equal(new Negatable<AddressRange>(new(0x0A000000, 0x0AFFFFFF, "10.0.0.0/8"), false), rule.Addresses.SrcAddress);
        Assert.Equal(new Negatable<AddressRange>(new(0x01020304, 0x01020309, "1.2.3.4-1.2.3.9"), true), rule.Addresses.DstAddress);
        Assert.Equal([new PortRange(80, 80), new PortRange(8000, 8100)], rule.Transport.DstPort!.Value.Value);
        Assert.Equal(new Negatable<byte>(6), rule.Transport.Protocol);
    }

    [Theory]
    [InlineData("add chain=input comment=x", "a b c x")]
    [InlineData("add chain=input comment=x place-before=0", "x a b c")]
    [InlineData("add chain=input comment=x place-before=[find comment=b]", "a x b c")]
    [InlineData("add chain=input comment=x place-before=[find chain=input]", "x a b c")]
    [InlineData("add chain=input comment=x place-before=*3", "a b x c")]
    [InlineData("add copy-from=2 comment=x place-before=2", "a b x c")]
    [InlineData("set 1 comment=x", "a x c")]
    [InlineData("set [find comment=b] comment=x disabled=yes", "a x- c")]
    [InlineData("set numbers=0,2 disabled=yes", "a- b c-")]
    [InlineData("set [find] disabled=yes", "a- b- c-")]
    [InlineData("set [find where !(chain=input)] disabled=yes", "a b c-")]
    [InlineData("set [find comment~\"[ab]\" && comment!=a] disabled=yes", "a b- c")]
    [InlineData("set [find comment=a or] comment=x", null)]
    [InlineData("set [find comment=nobody] disabled=yes", "a b c")]
    [InlineData("disable 0,*3", "a- b c-")]
    [InlineData("disable [find]; enable [find comment=b]; enable 2", "a- b c")]
    [InlineData("disable [find]; set [find disabled] disabled=no", "a b c")]
    [InlineData("disable 1; remove [find !disabled]", "b-")]
    [InlineData("remove 0,1", "c")]
    [InlineData("remove [find chain=input]; add chain=input comment=x place-before=0", "x c")]
    [InlineData("remove [find]", "")]
    [InlineData("move 2 destination=0", "c a b")]
    [InlineData("move 2 0", "c a b")]
    [InlineData("move 0 2", "b a c")]
    [InlineData("move 0,1", "c a b")]
    [InlineData("move [find comment=c] destination=[find comment=a]", "c a b")]
    [InlineData("move numbers=2,1 destination=0", "c b a")]
    [InlineData("move *1", "b c a")]
    [InlineData("comment 1 comment=x", "a x c")]
    [InlineData("set 1 !comment", "a  c")]
    [InlineData("unset 1 comment", "a  c")]
    [InlineData("unset 1 value-name=comment", "a  c")]
    [InlineData("print; find; export", "a b c")]
    [InlineData("reset-counters 0; reset-counters-all", "a b c")]
    public void Carries_out_every_command(string commands, string? expected)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", Three + commands, RouterConfiguration.Default);

        Assert.Equal(expected, result.Configuration is null ? null : Rules.Order(result.Configuration));
        Assert.Equal(expected is null, result.Diagnostics.Any(static finding => finding.Severity == Severity.Error));
    }

    [Fact]
    public void A_rule_keeps_its_id_and_no_id_is_given_twice()
    {
        RouterConfiguration first = Rules.Load(Three);
        RouterConfiguration second = Rules.Load("/ip firewall filter\nremove 1\nset 0 comment=x\nmove 1 0\nadd chain=input comment=d", first);

        Assert.Equal([1UL, 2, 3], Rules.OfFilter(first).Select(static rule => rule.Id));
        Assert.Equal([("c", 3UL), ("x", 1), ("d", 4)], Rules.OfFilter(second).Select(static rule => (rule.Comment, rule.Id)));
        Assert.Equal(5UL, second.Rules.NextId);
    }

    [Fact]
    public void Unsets_a_matcher() => Assert.Equal(
        "action=accept chain=input protocol=tcp",
        Rules.Text(Rules.OfFilter(Rules.Load(
            "/ip firewall filter\nadd chain=input action=drop protocol=tcp dst-port=22 src-address=!10.0.0.1\n"
            + "set 0 !dst-port !src-address !action"))[0]));

    [Fact]
    public void Hw_offload_is_kept()
    {
        LoadResult result = ScriptLoader.Load(
            "t.rsc",
            "/ip firewall filter\nadd chain=forward action=fasttrack-connection hw-offload=yes\n"
            + "add chain=forward action=fasttrack-connection hw-offload=no\nset 1 action=accept",
            RouterConfiguration.Default);

        Assert.Empty(result.Diagnostics);
        Assert.Equal(
            ["action=fasttrack-connection chain=forward hw-offload=yes", "action=accept chain=forward"],
            Rules.OfFilter(result.Configuration!).Select(Rules.Text));
    }

    [Theory]
    // A rule means the interface, not its name.
    [InlineData("/ip firewall filter add chain=input in-interface=ether1\n/interface ethernet set ether1 name=WAN", "WAN")]
    [InlineData("/interface ethernet set ether1 name=WAN\n/ip firewall filter add chain=input in-interface=WAN", "WAN")]
    [InlineData("/ip firewall filter add chain=input in-interface=WAN\n/interface ethernet set ether1 name=WAN", "WAN")]
    [InlineData("/ip firewall filter add chain=input in-interface=!ether1\n/interface ethernet set ether1 name=\"up link\"", "!\"up link\"")]
    [InlineData(
        "/ip firewall filter add chain=input in-interface=ether1\n/interface ethernet\nset ether1 name=x\nset ether2 name=ether1\nset x name=ether2",
        "ether2")]
    public void Follows_interfaces_that_are_renamed(string script, string expected) => Assert.Equal(
        $"action=accept chain=input in-interface={expected}", Rules.Text(Rules.OfFilter(Rules.Load(script))[0]));

    [Fact]
    public void Follows_interfaces_that_a_later_script_renames()
    {
        RouterConfiguration first = Rules.Load("/ip firewall raw add chain=prerouting in-interface=ether1\n/ipv6 firewall filter add chain=forward out-interface=ether2");
        RouterConfiguration second = Rules.Load(
            "/interface ethernet\nset ether1 name=x\nset ether2 name=ether1\nset x name=ether2", first);

        Assert.Equal(
            ["action=accept chain=prerouting in-interface=ether2", "action=accept chain=forward out-interface=ether1"],
            second.Rules.All.Select(Rules.Text));
    }

    [Fact]
    public void Loads_ten_thousand_rules_in_a_second()
    {
        var text = new StringBuilder("/ip firewall filter\n");
        for (int i = 0; i < 10_000; i++)
        {
            text.Append($"add action=drop chain=forward comment=\"rule {i}\" connection-state=new dst-port={i + 1} in-interface=ether{i % 250 + 1} ")
                .Append($"protocol=tcp src-address=10.{i / 256}.{i % 256}.0/24\n");
        }

        // The best of a few: the first compiles the code, and other tests share the machine.
        TimeSpan best = TimeSpan.MaxValue;
        RouterConfiguration configuration = RouterConfiguration.Default;
        for (int i = 0; i < 5 && best > TimeSpan.FromSeconds(0.3); i++)
        {
            var clock = new Effort();
            configuration = Rules.Load(text.ToString());
            best = clock.Elapsed < best ? clock.Elapsed : best;
        }

        Assert.Equal(10_000, Rules.OfFilter(configuration).Count);
        Assert.True(best < TimeSpan.FromSeconds(1), $"took {best}");
        Assert.Equal(configuration, Rules.Load(ScriptExporter.Export(configuration)));
    }

    [Fact]
    public void Inserts_and_removes_in_time_that_does_not_grow_with_the_square()
    {
        var text = new StringBuilder("/ip firewall filter\nadd chain=input\n");
        text.Insert(text.Length, "add chain=input place-before=0\n", 50_000);
        text.Insert(text.Length, "remove 0\n", 50_000);
        var clock = Stopwatch.StartNew();

        Assert.Single(Rules.OfFilter(Rules.Load(text.ToString())));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"took {clock.Elapsed}");
    }
}
