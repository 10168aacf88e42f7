using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Interfaces;

public sealed class InterfaceListMembersTests
{
    static readonly RouterConfiguration s_configuration = new()
    {
        InterfaceLists = EntryList<InterfaceListSettings>.Empty
            .Add(new InterfaceListSettings { Name = "LAN" })
            .Add(new InterfaceListSettings { Name = "WAN" })
            .Add(new InterfaceListSettings { Name = "both", Include = ["LAN", "WAN"] })
            .Add(new InterfaceListSettings { Name = "not WAN", Include = ["all"], Exclude = ["WAN"] }),
        InterfaceListMembers = EntryList<InterfaceListMember>.Empty
            .Add(new InterfaceListMember { List = "LAN", Interface = "ether2" })
            .Add(new InterfaceListMember { List = "LAN", Interface = "ether3", Disabled = true })
            .Add(new InterfaceListMember { List = "WAN", Interface = "ether1" })
            .Add(new InterfaceListMember { List = "WAN", Interface = "ether4" })
            .Add(new InterfaceListMember { List = "not WAN", Interface = "ether4" }),
    };

    [Theory]
    [InlineData("LAN", "2")]
    [InlineData("WAN", "1 4")]
    [InlineData("both", "1 2 4")]
    [InlineData("not WAN", "2 3 4")]
    [InlineData("all", "1 2 3 4")]
    [InlineData("static", "1 2 3 4")]
    [InlineData("none", "")]
    [InlineData("dynamic", "")]
    [InlineData("nobody", "")]
    public void Named_members_and_those_of_included_lists_belong_save_those_of_excluded_ones(string list, string expected) => Assert.Equal(
        expected,
        string.Join(' ', Enumerable.Range(1, 4).Where(number => s_configuration.IsInList(list, $"ether{number}"))));
}
