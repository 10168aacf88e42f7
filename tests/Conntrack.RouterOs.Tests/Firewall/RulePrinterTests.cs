using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Tests.Firewall;

public sealed class RulePrinterTests
{
    /// <summary>Laid out as RouterOS 7.22 does it: X and I share a column, D has its own.</summary>
    [Fact]
    public void Prints_rules_in_detail() => Assert.Equal(
        """
        Flags: X - DISABLED, I - INVALID; D - DYNAMIC
         0    ;;; defconf: drop invalid
              chain=input action=drop connection-state=invalid

         1 X  chain=forward action=accept protocol=tcp src-address=10.200.10.0/24
              dst-address=!10.200.20.101 in-interface=ether1 out-interface=!ether2
              dst-port=53,8000-8100

         2    ;;; one\0Aline
              chain=forward action=fasttrack-connection hw-offload=yes
              connection-state=established,related


        """,
        Print(PrintForm.Detail, Sample));

    [Fact]
    public void Prints_the_legend_also_without_rules() =>
        Assert.Equal("Flags: X - DISABLED, I - INVALID; D - DYNAMIC\n", Print(PrintForm.Detail, ""));

    [Fact]
    public void Prints_counters() => Assert.Equal(
        """
        Flags: X - DISABLED
        Columns: CHAIN, ACTION, BYTES, PACKETS
        #   CHAIN    ACTION                 BYTES  PACKETS
        ;;; defconf: drop invalid
        0   input    drop                       0        0
        1 X forward  accept                25 675      346
        ;;; one\0Aline
        2   forward  fasttrack-connection  51 350      692

        """,
        Print(PrintForm.Stats, Sample));

    [Fact]
    public void Prints_one_line_a_rule() => Assert.Equal(
        """
        0   comment=defconf: drop invalid chain=input action=drop connection-state=invalid
        1 X chain=forward action=accept protocol=tcp src-address=10.200.10.0/24 dst-address=!10.200.20.101 in-interface=ether1 out-interface=!ether2 dst-port=53,8000-8100
        2   comment=one\0Aline chain=forward action=fasttrack-connection hw-offload=yes connection-state=established,related

        """,
        Print(PrintForm.Terse, Sample));

    [Fact]
    public void Prints_columns() => Assert.Equal(
        """
        Columns: CHAIN, ACTION, PROTOCOL, DST-PORT
        # CHAIN  ACTION  PROTOCOL  DST-PORT
        0 input  accept  tcp       22
        1 input  drop

        """,
        Print(PrintForm.Brief, "add chain=input protocol=tcp dst-port=22\nadd chain=input action=drop"));

    /// <summary>As RouterOS shows it, save for the number: the rule behind it keeps its own.</summary>
    [Theory]
    [InlineData(PrintForm.Detail, """
        Flags: X - DISABLED, I - INVALID; D - DYNAMIC
            D ;;; special dummy rule to show fasttrack counters
              chain=forward action=passthrough

         0    chain=forward action=drop


        """)]
    [InlineData(PrintForm.Stats, """
        Flags: D - DYNAMIC
        Columns: CHAIN, ACTION, BYTES, PACKETS
        #   CHAIN    ACTION        BYTES  PACKETS
        ;;; special dummy rule to show fasttrack counters
          D forward  passthrough  25 675      346
        0   forward  drop              0        0

        """)]
    [InlineData(PrintForm.Terse, """
          D comment=special dummy rule to show fasttrack counters chain=forward action=passthrough
        0   chain=forward action=drop

        """)]
    [InlineData(PrintForm.CountOnly, "2\n")]
    public void Prints_the_rule_that_shows_what_FastTrack_forwarded_without_a_number(PrintForm form, string expected)
    {
        NumberedRule[] rows =
        [
            .. FastTrackCounterRule.Of(RuleFamily.Ipv4, RuleTable.Filter, new RuleCounters(346, 25_675)),
            new(0, Rules.OfFilter(Rules.Load("/ip firewall filter add chain=forward action=drop"))[0]),
        ];
        using var writer = new StringWriter { NewLine = "\n" };
        RulePrinter.Print(writer, rows, form);
        Assert.Equal(expected, writer.ToString());
    }

    [Fact]
    public void Counts() => Assert.Equal("3\n", Print(PrintForm.CountOnly, Sample));

    [Fact]
    public void Prints_what_a_script_gets() => Assert.Equal(
        ".id=*1;action=drop;chain=input;comment=a;disabled=false;.id=*2;action=accept;chain=output;disabled=true\n",
        Print(PrintForm.AsValue, "add chain=input action=drop comment=a\nadd chain=output disabled=yes"));

    const string Sample = """
        add chain=input action=drop connection-state=invalid comment="defconf: drop invalid"
        add chain=forward protocol=tcp src-address=10.200.10.0/24 dst-address=!10.200.20.101 in-interface=ether1 out-interface=!ether2 dst-port=53,8000-8100 disabled=yes
        add chain=forward action=fasttrack-connection hw-offload=yes connection-state=established,related comment="one\nline"
        """;

    static string Print(PrintForm form, string script)
    {
        NumberedRule[] rows =
        [
            .. Rules.OfFilter(Rules.Load("/ip firewall filter\n" + script))
                .Select(static (rule, i) => new NumberedRule(i, rule, new RuleCounters((ulong)i * 346, (ulong)i * 25_675))),
        ];
        using var writer = new StringWriter { NewLine = "\n" };
        RulePrinter.Print(writer, rows, form);
        return writer.ToString();
    }
}
