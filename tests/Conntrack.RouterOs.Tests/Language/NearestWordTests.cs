using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Tests.Language;

public sealed class NearestWordTests
{
    static readonly string[] s_words =
        ["add", "address", "address-list", "disable", "enable", "firewall", "set", "tcp-established-timeout"];

    [Theory]
    [InlineData("ad", "add")]
    [InlineData("addres", "address")]
    [InlineData("adress", "address")]
    [InlineData("firewlal", "firewall")]
    [InlineData("FIREWALL", "firewall")]
    [InlineData("ste", "set")]
    [InlineData("tcp-estabilshed-timeuot", "tcp-established-timeout")]
    [InlineData("xyzzy", null)]
    [InlineData("", null)]
    [InlineData("a-word-longer-than-any-menu-of-routeros-has", null)]
    public void Finds_what_was_meant(string word, string? expected) => Assert.Equal(expected, NearestWord.Find(word, s_words));
}
