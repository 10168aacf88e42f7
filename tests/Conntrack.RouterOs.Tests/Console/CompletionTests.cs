using Conntrack.RouterOs.Console.Completion;

namespace Conntrack.RouterOs.Tests.Console;

/// <summary>What a terminal offers at its cursor, which is at the end of each text.</summary>
public sealed class CompletionTests
{
    static readonly SampleRouter s_router = new();

    [Theory]
    [InlineData("", "/ip fi", "firewall")]
    [InlineData("", "/ip/fi", "firewall")]
    [InlineData("", "ip firewall co", "connection")]
    [InlineData("/ip/firewall", "fil", "filter")]
    [InlineData("", "/ip/firewall/connection/tra", "tracking")]
    [InlineData("", "/interface/bridge/p", "port print")]
    [InlineData("/interface/bridge", ".. vlan pr", "print")]
    [InlineData("/interface/vlan", "e", "enable export")]
    [InlineData("", "/ip dns ", "export")]
    [InlineData("", "/ip fierwall ", "")]
    public void Menus_and_commands(string menu, string text, string expected) => Offers(menu, text, expected);

    [Theory]
    [InlineData("", "/interface vlan add n", "name=")]
    [InlineData("/interface/vlan", "add name=x vlan-id=4 v", "")]
    [InlineData("", "/interface vlan add name=x arp=pro", "proxy-arp")]
    [InlineData("", "/ip address add interface=", "WAN bridge ether2 ether3 ether4 ether5 guests")]
    [InlineData("", "/interface list member add list=L", "LAN")]
    [InlineData("", "/interface list add name=x include=LAN,o", "outside")]
    [InlineData("", "/ip route add routing-table=i", "isp2")]
    [InlineData("", "/ip firewall filter add chain=fo", "forward")]
    [InlineData("", "/ip firewall filter add in-interface=!W", "WAN")]
    [InlineData("", "/ip firewall filter add connection-state=established,re", "related")]
    [InlineData("", "/ip firewall filter add action=acc", "accept")]
    [InlineData("", "/ip firewall filter set 0 !connection-s", "connection-state")]
    [InlineData("", "/ip settings set ip-forward=", "no yes")]
    [InlineData("", "/interface vlan set gu", "guests")]
    [InlineData("", "/interface vlan set guests vlan", "vlan-id=")]
    [InlineData("", "/interface get WAN act", "actual-mtu")]
    [InlineData("", "/ip route add place", "")]
    [InlineData("", "/ip firewall filter add pla", "place-before=")]
    public void Properties_and_their_values(string menu, string text, string expected) => Offers(menu, text, expected);

    [Theory]
    [InlineData("", "/interface print wh", "where")]
    [InlineData("", "/interface print where runn", "running")]
    [InlineData("", "/interface print where (runn", "running")]
    [InlineData("", "/interface print proplist=name,ty", "type")]
    [InlineData("", "/ip firewall connection print where tcp-", "tcp-state")]
    [InlineData("", "/ip firewall connection remove [find pro", "protocol")]
    [InlineData("", "/ip address set [find inter", "interface")]
    [InlineData("", "/ip address set [find interface=gu", "guests")]
    [InlineData("", "/interface vlan set [find name=guests] vl", "vlan-id=")]
    [InlineData("", "/ip address set [/interface vl", "vlan")]
    public void Conditions_and_brackets(string menu, string text, string expected) => Offers(menu, text, expected);

    [Theory]
    [InlineData("", ":local first 1; :put $f", "first")]
    [InlineData("", ":foreach item in=[/interface find] do={ :put \"$it", "item")]
    [InlineData("", ":foreach item in=[/interface find] d", "do=")]
    [InlineData("", ":if (true) do={ /ip addr", "address")]
    [InlineData("", "/interface vlan { add nam", "name=")]
    [InlineData("", "/interface vlan\nadd nam", "name=")]
    [InlineData("", ":fore", ":foreach")]
    [InlineData("", "# /ip ", "")]
    [InlineData("", "/interface vlan add comment=\"na", "")]
    public void The_language(string menu, string text, string expected) => Offers(menu, text, expected);

    [Fact]
    public void Replaces_only_the_part_that_is_completed()
    {
        const string Text = "/ip/firewall/filter/add in-interface=!WA";
        ConsoleCompletion completion = ConsoleCompleter.Complete(Text, Text.Length, "", s_router);
        Assert.Equal((Text.Length - 2, 2), (completion.Start, completion.Length));
        Assert.Equal(CandidateKind.Name, Assert.Single(completion.Candidates).Kind);
    }

    [Fact]
    public void Says_what_kind_of_value_is_due() => Assert.Equal(
        "a number from 1 to 4094", ConsoleCompleter.Complete("/interface vlan add vlan-id=", 28, "", s_router).Expected);

    [Theory]
    [InlineData("/ip address {", true)]
    [InlineData(":if (true) do={ :put 1", true)]
    [InlineData("/ip address add \\", true)]
    [InlineData("[find name=\"]\"", true)]
    [InlineData(":if (true) do={ :put \"}\" }", false)]
    [InlineData("/ip address print", false)]
    [InlineData("# {", false)]
    public void Knows_whether_a_command_goes_on(string text, bool open) => Assert.Equal(open, ConsoleCompleter.IsOpen(text));

    [Fact]
    public void No_prefix_of_a_script_breaks_it()
    {
        const string Script = """
            /ip firewall filter { add chain=input src-address="10.0.0.0/8" comment="a \"b\" $[/ip address get [find] address]" }
            :foreach i in=[/interface find where (name~"e" && !disabled)] do={ :if ($i != 1) do={ /ip/address/set $i disabled=yes } }
            }])"
            """;
        for (int cursor = 0; cursor <= Script.Length; cursor++)
        {
            ConsoleCompletion completion = ConsoleCompleter.Complete(Script, cursor, "", s_router);
            Assert.Equal(cursor, completion.Start + completion.Length);
        }
    }

    static void Offers(string menu, string text, string expected) => Assert.Equal(
        expected, string.Join(' ', ConsoleCompleter.Complete(text, text.Length, menu, s_router).Candidates.Select(static candidate => candidate.Text)));
}
