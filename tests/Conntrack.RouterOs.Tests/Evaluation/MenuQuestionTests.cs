namespace Conntrack.RouterOs.Tests.Evaluation;

/// <summary>What scripts may ask of every menu while they are read.</summary>
public sealed class MenuQuestionTests
{
    const string Router = """
        /interface bridge add name=lan
        /interface vlan add name=guests vlan-id=20 interface=lan comment="for guests"
        /interface bridge port add bridge=lan interface=ether2
        /interface list add name=LAN
        /interface list member add list=LAN interface=lan
        /ip address add address=192.168.88.1/24 interface=lan
        /ip address add address=10.0.0.1/24 interface=guests disabled=yes
        /ip route add gateway=192.168.88.254 distance=7
        /ip arp add address=192.168.88.9 interface=lan mac-address=02:00:00:00:00:09
        /routing table add name=isp2 fib
        /ip settings set ip-forward=no

        """;

    [Theory]
    [InlineData("[/ip address get [find interface=lan] address]", "192.168.88.1/24")]
    [InlineData("[/interface get [find name=guests] type]", "vlan")]
    [InlineData("[/interface get lan name]", "lan")]
    [InlineData("[:len [/interface find where name~\"^ether\"]]", "250")]
    [InlineData("[/interface vlan get guests vlan-id]", "20")]
    [InlineData("[/interface bridge port get [find bridge=lan] interface]", "ether2")]
    [InlineData("[/interface list member get 0 list]", "LAN")]
    [InlineData("[/interface list print count-only]", "1")]
    [InlineData("[/ip route get [find dst-address=0.0.0.0/0] gateway]", "192.168.88.254")]
    [InlineData("[/ip route get 0 distance]", "7")]
    [InlineData("[/ip arp get [find address=192.168.88.9] mac-address]", "02:00:00:00:00:09")]
    [InlineData("[/routing table get isp2 fib]", "true")]
    [InlineData("[/ip settings get ip-forward]", "false")]
    [InlineData("[/ip address print count-only where disabled]", "1")]
    [InlineData("[/ip address get [find disabled] disabled]", "true")]
    [InlineData("([/ip address print as-value where interface=lan]->0->\"address\")", "192.168.88.1/24")]
    public void Answers(string question, string expected) => Assert.Equal(expected, Ran.Value(Router + $":local r {question}"));

    [Fact]
    public void Loops_over_the_entries_of_a_list() => Assert.Equal(
        "lan guests ",
        Ran.Value(Router + """
            :local r ""
            :foreach i in=[/interface find type=bridge || type=vlan] do={ :set r ($r . [/interface get $i name] . " ") }
            """));

    [Fact]
    public void Changes_what_it_has_found()
    {
        Assert.Equal("comment", Ran.Value(Router + """
            :foreach i in=[/ip address find] do={ /ip address set $i comment="comment" }
            :local r [/ip address get 1 comment]
            """));
    }

    [Theory]
    [InlineData(":local r [/ip address get 7 address]", "1:27: error: /ip address has no entry \"7\" (expected an id such as *1a, or a number)")]
    [InlineData(":local r [/interface list get all comment]", "1:31: error: /interface list has no entry \"all\" (expected an id such as *1a, or a number)")]
    [InlineData(":local r [/ip settings get ip-forwrd]", "1:28: error: unknown property \"ip-forwrd\" (expected a property of this menu; did you mean \"ip-forward\"?)")]
    public void An_entry_or_property_that_is_not_there_is_an_error_with_its_place(string script, string finding) =>
        Assert.Equal([finding], Ran.Findings(script));
}
