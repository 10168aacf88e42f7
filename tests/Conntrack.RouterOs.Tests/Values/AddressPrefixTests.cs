using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Tests.Values;

public sealed class AddressPrefixTests
{
    [Theory]
    [InlineData("192.168.88.1/24", "192.168.88.1/24", "192.168.88.0/24", true)]
    [InlineData("192.168.88.0/24", "192.168.88.0/24", "192.168.88.0/24", false)]
    [InlineData("10.0.0.1", "10.0.0.1/32", "10.0.0.1/32", false)]
    [InlineData("10.0.0.1/255.255.0.0", "10.0.0.1/16", "10.0.0.0/16", true)]
    [InlineData("0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/0", false)]
    [InlineData("2001:DB8::1/64", "2001:db8::1/64", "2001:db8::/64", true)]
    [InlineData("fe80::1", "fe80::1/128", "fe80::1/128", false)]
    [InlineData("::/0", "::/0", "::/0", false)]
    public void Reads_an_address_and_its_network(string text, string shown, string whole, bool hostBits)
    {
        Assert.True(AddressPrefix.TryParse(FamilyOf(text), text, out AddressPrefix prefix));

        Assert.Equal((shown, whole, hostBits), (prefix.ToString(), prefix.Whole.ToString(), prefix.HasHostBits));
        Assert.True(prefix.Contains(prefix.First) && prefix.Contains(prefix.Last));
        Assert.True(prefix.Length == 0 || !prefix.Contains(prefix.Last + 1));
    }

    [Theory]
    [InlineData("10.0.0.1/33")]
    [InlineData("10.0.0.1/")]
    [InlineData("10.0.0.1/255.0.255.0")]
    [InlineData("10.0.0/8")]
    [InlineData("10.0.0.01/8")]
    [InlineData("2001:db8::/129")]
    [InlineData("2001:db8::/ffff::")]
    [InlineData("")]
    [InlineData("/8")]
    public void Refuses_what_is_none(string text) => Assert.False(AddressPrefix.TryParse(FamilyOf(text), text, out _));

    static RuleFamily FamilyOf(string text) => text.Contains(':') ? RuleFamily.Ipv6 : RuleFamily.Ipv4;
}
