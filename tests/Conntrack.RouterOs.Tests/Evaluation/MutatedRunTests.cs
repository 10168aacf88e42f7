using System.Globalization;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Tests.Settings;

namespace Conntrack.RouterOs.Tests.Evaluation;

/// <summary>
/// Whatever a script computes, running it ends soon and applies all or nothing. <c>CTRACK_MUTATIONS=100000</c> tries so many mutations
/// instead of the few of an ordinary run.
/// </summary>
public sealed class MutatedRunTests
{
    static readonly int s_mutations =
        int.TryParse(Environment.GetEnvironmentVariable("CTRACK_MUTATIONS"), CultureInfo.InvariantCulture, out int count) ? count : 2_000;

    static readonly string[] s_samples =
    [
        """
        :local n 0; :local names {wan="ether1"; lan="ether2"; 5; "x y"=(1 + 2 * 3)}
        :foreach k,v in=$names do={
          :if ([:typeof $v] = "str" && $k != "x") do={ /interface ethernet set [find default-name=$v] comment="$k of $[:len $v]" } else={
            :set n ($n + $v) }
        }
        :set ($names->"wan") ether3; :local w ($names->"wan")
        /interface ethernet set $w mtu=(1500 - $n)
        """,
        """
        /ip firewall filter
        :for i from=1 to=4 step=1 do={ add chain=input protocol=tcp dst-port=(8000 + $i) src-address=(10.0.0.0 + $i) comment="rule $i" }
        :foreach r in=[find where comment~"rule [2-3]" && !disabled] do={ set $r comment=([get $r comment] . "!") disabled=([get $r dst-port] > 8002) }
        :if ([:len [find]] > 2 and [print count-only where disabled] = 1) do={ remove [find comment=("rule " . (1 + 0))] }
        """,
        """
        :global twice do={ :local a [:tonum $1]; :return ($a * 2) }
        :global sum do={ :global twice; :local s 0; :foreach x in=$list do={ :set s ($s + [$twice $x]) }; :return $s }
        :do { /interface ethernet set ether1 comment=[$sum list={1;2;3}] ; :error "stop $[$twice 4]" } on-error={
          /interface ethernet set ether2 comment=[:pick "abcdef" 1 3] }
        :onerror e in={ :local x (1 / 0) } do={ /interface ethernet set ether3 comment=$e }
        """,
        """
        :local i 0; :while ($i < 5) do={ :set i ($i + 1); :if ($i = 3) do={ :continue }; /interface ethernet set ("ether" . $i) comment="$i" }
        :do { :set i ($i - 1) } while=($i > 0)
        { :local net 192.168.88.77/24; :local ip [:toip $net]; :if ($ip in 192.168.0.0/16 || (~$ip & 0.0.0.255) = 0.0.0.1) do={
          /ip firewall filter add chain=forward src-address=!($ip & 255.255.255.0) comment=("t" . [:totime 90] . 1d) } }
        :local t [:toarray "3,1,2"]; :put ([:find $t 1] , $t); :log info "x $t"; :delay 1s
        """,
    ];

    [Fact]
    public void Ends_and_applies_all_or_nothing()
    {
        var random = new Random(20260703);
        var total = new Effort();
        for (int i = 0; i < s_mutations; i++)
        {
            string script = Mutation.Mutate(s_samples[random.Next(s_samples.Length)], random);
            var clock = new Effort();

            Mutation.Check(script);

            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), script);
        }

        Assert.True(total.Elapsed < TimeSpan.FromSeconds(30 + (s_mutations / 100)), $"{s_mutations} mutations took {total.Elapsed}");
    }

    [Fact]
    public void The_samples_themselves_are_right()
    {
        foreach (string sample in s_samples)
        {
            Ran.Load(sample);
        }
    }

    /// <summary>What would never end is told where it was when it had used up what it may.</summary>
    [Theory]
    [InlineData(":while (true) do={}", "1:18: error: the script runs too long")]
    [InlineData(":do {} while=(1=1)", "1:16: error: the script runs too long")]
    [InlineData(":global f do={ :global f; $f }\n$f", "1:27: error: calls and blocks are nested too deep (expected at most 400 levels)")]
    [InlineData(":for i from=1 to=999999999999 do={ :local x \"$i $i\" }", "1:")]
    [InlineData(":local s x; :while (true) do={ :set s ($s . $s) }", "1:40: error: the text is too long (expected at most 65536 characters)")]
    [InlineData(":local a {1}; :while (true) do={ :set a ($a, $a) }", "1:42: error: the array is too large")]
    [InlineData(":local a {1}; :while (true) do={ :local b $a; :set a {$b} }", "1:54: error: the array is too large")]
    [InlineData(":local a {1;2}; :for i from=1 to=25 do={ :set a {$a;$a} }; :local t [:tostr $a]", "1:69: error: the text is too long")]
    [InlineData(":local a {1;2}; :for i from=1 to=25 do={ :set a {$a;$a} }; :if ($a = $a) do={}", "1:65: error: the text is too long")]
    [InlineData(":local a [:range 1 99999999]", "1:10: error: the array is too large")]
    [InlineData(":while (true) do={ :do { :error x } on-error={} }", "1:")]
    [InlineData("/ip firewall filter\n:while (true) do={ add chain=input }", "2:")]
    [InlineData("/ip firewall filter\n:while (true) do={ :local x [find comment~\"x\"] }", "2:")]
    public void Never_runs_for_ever(string script, string expected)
    {
        var clock = new Effort();

        string[] findings = Ran.Findings(script);

        Assert.StartsWith(expected, Assert.Single(findings), StringComparison.Ordinal);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"took {clock.Elapsed}");
    }

    /// <summary>A longer script may run longer, in proportion.</summary>
    [Fact]
    public void Lets_a_long_script_take_its_time()
    {
        string rules = string.Concat(Enumerable.Repeat("add chain=input comment=rule\n", 5_000));

        RouterConfiguration configuration = Ran.Load(
            "/ip firewall filter\n" + rules + ":foreach i in=[find comment~\"rule\"] do={ set $i comment=([get $i comment] . \"!\") }");

        Assert.All(Firewall.Rules.OfFilter(configuration), static rule => Assert.Equal("rule!", rule.Comment));
    }
}
