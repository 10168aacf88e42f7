using System.Text;
using System.Text.Json;
using Conntrack.RouterOs.Console;

namespace Conntrack.RouterOs.Tests.Console;

/// <summary>Prints that say which properties and entries they want, and how often.</summary>
public sealed class PrintSelectionTests
{
    static readonly SampleRouter s_router = new();

    [Theory]
    [InlineData("/interface print proplist=type,name where slave", """
        Flags: R - RUNNING; S - SLAVE
        Columns: TYPE, NAME
        #    TYPE   NAME
        1 RS ether  ether2
        2 RS ether  ether3

        """)]
    [InlineData("/interface print terse proplist=name from=0,5", "0  R  comment=to the ISP name=WAN\n5  R  comment=defconf name=bridge\n")]
    [InlineData("/interface vlan print value-list proplist=name,vlan-id,interface", """
               name: guests
            vlan-id: 20
          interface: bridge

        """)]
    [InlineData("/interface print value-list proplist=name,type from=WAN,guests", """
          name: WAN   guests
          type: ether vlan

        """)]
    [InlineData("/ip settings print proplist=ip-forward", "  ip-forward: yes\n")]
    [InlineData("/interface print count-only order-by=name where running", "5\n")]
    public void Shows_what_is_asked_for(string command, string expected) => Assert.Equal(expected, Text(command));

    [Theory]
    [InlineData("/interface print proplist=name,running from=0", """[{".id":"*1","name":"WAN","running":true}]""")]
    [InlineData("/ip address print proplist=.id,address from=0", """[{".id":"*1","address":"192.168.88.1/24"}]""")]
    [InlineData("/ip firewall connection tracking print proplist=enabled,max-entries", """{"enabled":"auto","max-entries":0}""")]
    public void Tells_programs_what_is_asked_for(string command, string expected) => Assert.Equal(expected, Json(command));

    [Theory]
    [InlineData(":put [/interface get WAN running]", "true\n")]
    [InlineData(":put [/ip route print count-only where connect]", "2\n")]
    [InlineData(":foreach r in=[/ip route find connect] do={ :put [/ip route get $r dst-address] }", "10.0.0.0/24\n192.168.88.0/24\n")]
    [InlineData(":put [/ip arp get [find address=192.168.88.7] status]", "reachable\n")]
    [InlineData(":put [:len [/interface find running]]", "5\n")]
    [InlineData("/interface vlan add name=more vlan-id=30 interface=WAN; :put [/interface get more type]", "vlan\n")]
    public void Asks_the_running_router(string command, string expected) => Assert.Equal(expected, Text(command));

    [Fact]
    public void Follows_what_is_new()
    {
        var seen = new HashSet<string>();
        ConsoleReply first = RouterConsole.Execute(new ConsoleRequest("/ip arp print follow proplist=address") { Seen = seen }, s_router);
        Assert.Equal(PrintFollow.All, first.Repetition?.Follow);
        Assert.Contains("192.168.88.9", Text(first), StringComparison.Ordinal);
        Assert.Equal("", Text(RouterConsole.Execute(new ConsoleRequest("/ip arp print follow proplist=address") { Seen = seen }, s_router)));
        Assert.Equal(
            TimeSpan.FromMilliseconds(500),
            RouterConsole.Execute("/interface print interval=500ms", s_router).Repetition?.Interval);
    }

    [Theory]
    [InlineData("", "/ip/firewall/filter", "/ip/firewall/filter")]
    [InlineData("/ip/firewall/filter", "..", "/ip/firewall")]
    [InlineData("/ip/firewall/filter", "/", "")]
    [InlineData("/ip/firewall/filter", "print", "/ip/firewall/filter")]
    [InlineData("/ip/firewall/filter", "/interface print", "/ip/firewall/filter")]
    [InlineData("/interface", "vlan", "/interface/vlan")]
    [InlineData("/interface/vlan", "fierwall", "/interface/vlan")]
    public void Knows_the_menu_of_the_next_command(string menu, string command, string next) =>
        Assert.Equal(next, RouterConsole.Execute(new ConsoleRequest(command) { Menu = menu }, s_router).Menu);

    static string Text(string command) => Text(RouterConsole.Execute(command, s_router));

    static string Text(ConsoleReply reply)
    {
        using var text = new StringWriter { NewLine = "\n" };
        reply.Write(text);
        return text.ToString();
    }

    static string Json(string command)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            RouterConsole.Execute(command, s_router).WriteJson(json);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
