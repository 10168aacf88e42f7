using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Menus;

public sealed class MenuTreeTests
{
    /// <summary>Menus that decide what becomes of traffic: leaving one out silently would open or close the firewall.</summary>
    [Theory]
    [InlineData("/ip firewall connection remove [find]")]
    [InlineData("/interface vrrp add name=v")]
    [InlineData("/interface bridge filter add chain=input")]
    [InlineData("/interface bridge vlan add bridge=bridge")]
    [InlineData("/interface bonding add name=bond1")]
    [InlineData("/interface ethernet switch rule add switch=switch1")]
    public void Refuses_what_it_may_not_leave_out(string text)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", text, RouterConfiguration.Default);

        Assert.Null(result.Configuration);
        Diagnostic diagnostic = Assert.Single(result.Diagnostics);
        Assert.Equal((Severity.Error, 1, 1), (diagnostic.Severity, diagnostic.Line, diagnostic.Column));
        Assert.Contains("is not supported yet in this version", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/system identity set name=Router")]
    [InlineData("/system clock set time-zone-name=America/New_York")]
    [InlineData("/user set admin password=\"\"")]
    [InlineData("/user group set full policy=x")]
    [InlineData("/tool mac-server mac-winbox set allowed-interface-list=LAN")]
    [InlineData("/ip dhcp-server network add address=192.168.88.0/24")]
    [InlineData("/ip dhcp-client add interface=ether1")]
    [InlineData("/ip dns static add name=router.lan")]
    [InlineData("/ip neighbor discovery-settings set discover-interface-list=LAN")]
    [InlineData("/ip pool add name=x")]
    [InlineData("/ip service set telnet disabled=yes")]
    [InlineData("/snmp set enabled=no")]
    [InlineData("/interface wireless security-profiles set [ find default=yes ] x=y")]
    [InlineData("/interface ethernet switch port set 0 default-vlan-id=0")]
    [InlineData("/routing ospf network add area=backbone")]
    [InlineData("/caps-man access-list add action=accept")]
    [InlineData("/ip accounting web-access set address=0.0.0.0/0")]
    [InlineData("/disk settings set auto-smb-sharing=yes")]
    [InlineData("/ip dhcp-server a-submenu-of-tomorrow set x=y")]
    [InlineData("/ip dhcp-server a-command-of-tomorrow \"x\" y=z")]
    [InlineData("/ip dhcp-server a-command-of-tomorrow y=z")]
    public void Skips_what_it_has_no_use_for_with_a_note(string text)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", text, RouterConfiguration.Default);

        Assert.Equal(RouterConfiguration.Default, result.Configuration);
        Diagnostic diagnostic = Assert.Single(result.Diagnostics);
        Assert.Equal(Severity.Note, diagnostic.Severity);
        Assert.EndsWith("is not applicable here and is skipped", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/ip ipsec policy add x=y", "/ip ipsec policy is not applicable here and is skipped: traffic these policies would encrypt leaves unencrypted")]
    [InlineData("/queue simple add x=y", "/queue simple is not applicable here and is skipped: traffic is not shaped")]
    public void Warns_where_skipping_changes_what_becomes_of_traffic(string text, string expected)
    {
        Diagnostic diagnostic = Assert.Single(ScriptLoader.Load("t.rsc", text, RouterConfiguration.Default).Diagnostics);

        Assert.Equal((Severity.Warning, expected), (diagnostic.Severity, diagnostic.Message));
    }

    [Theory]
    [InlineData(":if (1=1) do={ /interface bonding add x=y }", Severity.Error, "the menu /interface bonding is not supported yet in this version; it cannot be left out, so the script is refused")]
    [InlineData(":foreach k in=[/interface bonding find] do={}", Severity.Error, "/interface bonding cannot be asked by scripts yet in this version")]
    [InlineData(":fi (1=1)", Severity.Error, "unknown command \":fi\"")]
    [InlineData("/ip firewall connection print where dst-address~\"9993\" timeout<30s", Severity.Note, "print changes nothing and is skipped")]
    [InlineData("/log info \"x\"", Severity.Note, "/log is not applicable here and is skipped")]
    [InlineData(":put \"x\"", Severity.Note, ":put changes nothing and is skipped")]
    [InlineData("/import file-name=x", Severity.Error, "/import is not supported yet in this version")]
    public void Judges_commands_that_are_of_no_menu_that_acts(string text, Severity severity, string expected)
    {
        Diagnostic diagnostic = Assert.Single(ScriptLoader.Load("t.rsc", text, RouterConfiguration.Default).Diagnostics);

        Assert.Equal((severity, expected), (diagnostic.Severity, diagnostic.Message));
    }

    [Theory]
    [InlineData("/ip firewall fliter add chain=input")]
    [InlineData("/routing rlue add action=drop")]
    [InlineData("/interface ethernet switch rlue add x=y")]
    public void A_typing_error_beside_a_menu_that_matters_is_an_error(string text) =>
        Assert.Null(ScriptLoader.Load("t.rsc", text, RouterConfiguration.Default).Configuration);

    [Fact]
    public void Reports_each_menu_once() => Assert.Equal(
        [
            "t.rsc:2:1: error: the menu /interface bonding is not supported yet in this version; "
                + "it cannot be left out, so the script is refused",
            "t.rsc:5:1: note: /ip dns static is not applicable here and is skipped",
        ],
        ScriptLoader.Load(
            "t.rsc", "/interface bonding\nadd a=b\nadd a=c\n/ip dns static\nadd a=d\nadd a=e\n/interface bonding add a=f",
            RouterConfiguration.Default).Diagnostics.Select(static diagnostic => diagnostic.ToString()));
}
