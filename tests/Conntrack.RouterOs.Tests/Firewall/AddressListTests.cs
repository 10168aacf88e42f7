using System.Text;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Tests.Settings;

namespace Conntrack.RouterOs.Tests.Firewall;

[Collection(Alone.Name)]
public sealed class AddressListTests
{
    [Fact]
    public void Lists_load_and_export_what_differs_from_the_defaults() => Assert.Equal(
        [
            "/ip firewall address-list",
            "add address=10.0.0.0/8 list=private",
            "add address=192.0.2.1-192.0.2.9 comment=\"a few\" list=private",
            "add address=bad-host.example.com comment=seldom list=blocked",
            "add address=192.0.2.200 disabled=yes list=hosts timeout=1h",
            "/ipv6 firewall address-list",
            "add address=::1/128 list=bad_ipv6",
            "add address=::ffff:0.0.0.0/96 list=bad_ipv6",
            "add address=2001:10::/28 list=bad_ipv6",
            "/ip firewall service-port",
            "set ftp disabled=yes",
            "set irc disabled=no",
            "set sip ports=5060 sip-direct-media=no sip-timeout=30m",
            "/ip firewall layer7-protocol",
            "add comment=slow name=http regexp=\"^(get|post) \"",
        ],
        Scripts.Export("""
            /ip firewall address-list
            add list=private address=10.0.0.1/8
            add list=private address=192.0.2.1-192.0.2.9 comment="a few"
            add list=blocked address=bad-host.example.com comment=seldom
            add list=hosts address=192.0.2.200/32 timeout=01:00:00 disabled=yes
            /ipv6 firewall address-list
            add list=bad_ipv6 address=::1
            add list=bad_ipv6 address=::ffff:0:0/96
            add list=bad_ipv6 address=2001:10::/28
            /ip firewall layer7-protocol add name=http regexp="^(get|post) " comment=slow
            /ip firewall service-port
            set ftp disabled=yes
            enable irc
            set [find name=sip] ports=5060 sip-direct-media=no sip-timeout=30m
            """));

    [Theory]
    [InlineData("/ip firewall address-list add list=x address=10.0.0.256", "1:46: error: address: \"10.0.0.256\" is no address, prefix or range (expected an IPv4 address, a prefix such as 192.168.88.0/24, or a range such as 10.0.0.1-10.0.0.9, or a name such as www.example.com)")]
    [InlineData("/ip firewall address-list add list=x address=example", "1:46: error: address: \"example\" is no address, prefix or range (expected an IPv4 address, a prefix such as 192.168.88.0/24, or a range such as 10.0.0.1-10.0.0.9, or a name such as www.example.com)")]
    [InlineData("/ip firewall address-list add list=x address=-a.example.com", "1:46: error: address: \"-a.example.com\" is no address, prefix or range (expected an IPv4 address, a prefix such as 192.168.88.0/24, or a range such as 10.0.0.1-10.0.0.9, or a name such as www.example.com)")]
    [InlineData("/ip firewall address-list add list=x address=www.example.com timeout=1h", "1:62: error: the addresses of a name stay as long as the name has them (expected no timeout, or an address)")]
    [InlineData("/ip firewall address-list\nadd list=x address=WWW.example.com\nadd list=x address=www.example.com", "3:1: error: \"x\" has www.example.com already (expected another address, or another list)")]
    [InlineData("/ip firewall address-list add list=x", "1:27: error: add does not say address (expected address= with an IPv4 address, a prefix such as 192.168.88.0/24, or a range such as 10.0.0.1-10.0.0.9, or a name such as www.example.com)")]
    [InlineData("/ip firewall address-list add list=x address=10.0.0.1 creation-time=1", "1:55: error: creation-time is read-only: it shows what is, and cannot be set")]
    [InlineData("/ip firewall address-list\nadd list=x address=10.0.0.1\nadd list=y address=10.0.0.1\nadd list=x address=10.0.0.1/32", "4:1: error: \"x\" has 10.0.0.1 already (expected another address, or another list)")]
    [InlineData("/ip firewall service-port add name=x", "1:27: error: /ip firewall service-port has no command \"add\" (expected set or enable or disable)")]
    [InlineData("/ip firewall service-port set pptp ports=1723", "1:36: error: pptp has no ports")]
    [InlineData("/ip firewall service-port set ftp sip-timeout=1h", "1:35: error: ftp has no sip-timeout")]
    [InlineData("/ip firewall service-port set ftpp disabled=yes", "1:31: error: there is no service port \"ftpp\" (expected 0 to 9, a name, an id such as *1a, or [ find … ]; did you mean \"ftp\"?)")]
    public void Says_what_is_wrong_and_where(string script, string expected) => Assert.Equal([expected], Scripts.Findings(script));

    [Fact]
    public void Loads_a_million_addresses_in_seconds()
    {
        const int Entries = 1_000_000;
        var text = new StringBuilder("/ip firewall address-list\n", Entries * 48);
        for (int i = 0; i < Entries; i++)
        {
            text.Append("add address=10.").Append(i >> 16).Append('.').Append((i >> 8) & 255).Append('.').Append(i & 255).Append(" list=blocked\n");
        }

        string script = text.ToString();
        text.Clear();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var clock = new Effort();
        EntryList<ListedAddress> entries = Scripts.Load(script).Ipv4AddressLists;
        TimeSpan took = clock.Elapsed;
        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Entries;

        GC.KeepAlive(script);
        TestContext.Current.TestOutputHelper?.WriteLine($"{took}, {each} bytes an entry");
        Assert.Equal(Entries, entries.Count);
        Assert.True(took < TimeSpan.FromSeconds(10), $"took {took}");
        Assert.True(each < 250, $"{each} bytes an entry");
    }
}
