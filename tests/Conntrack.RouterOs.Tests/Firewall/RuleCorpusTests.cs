using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Firewall;

public sealed class RuleCorpusTests
{
    static readonly RouterConfiguration s_before = Load(RuleCorpus.Before, RouterConfiguration.Default);

    public static TheoryData<string> Menus => [.. RuleCorpus.Rules.Select(static rule => rule.Menu).Distinct()];

    [Theory]
    [MemberData(nameof(Menus))]
    public void Every_rule_is_kept_as_it_was_meant(string menu)
    {
        foreach ((_, string given, string kept) in RuleCorpus.Rules.Where(rule => rule.Menu == menu))
        {
            FirewallRule rule = Assert.Single(Load($"/{menu} add {given}", s_before).Rules.All);

            Assert.Equal(kept, Rules.Text(rule));
            Assert.Equal(menu, $"{rule.Family.Word()} firewall {rule.Table.Word()}");
        }
    }

    [Fact]
    public void The_export_of_all_of_them_loads_back_identically()
    {
        RouterConfiguration configuration = Load(RuleCorpus.Script, RouterConfiguration.Default);

        string export = ScriptExporter.Export(configuration);
        RouterConfiguration again = Load(export, RouterConfiguration.Default);

        Assert.Equal(RuleCorpus.Rules.Count(), configuration.Rules.Count);
        Assert.Equal(configuration, again);
        Assert.Equal(export, ScriptExporter.Export(again));
    }

    /// <summary>Each property of each rule, compared with what the rule itself says, finds it; negated, it does not.</summary>
    [Fact]
    public void Every_property_finds_its_rule()
    {
        foreach ((string menu, string given, _) in RuleCorpus.Rules)
        {
            RouterConfiguration one = Load($"/{menu} add {given}", s_before);
            FirewallRule rule = Assert.Single(one.Rules.All);
            foreach ((string name, string value) in RuleProperties.Assignments(rule))
            {
                string quoted = ScriptText.Quote(value);
                Assert.Empty(Load($"/{menu} remove [find {name}={quoted}]", one).Rules.All);
                Assert.Single(Load($"/{menu} remove [find {name}!={quoted}]", one).Rules.All);
            }
        }
    }

    [Theory]
    [InlineData(PrintForm.Brief)]
    [InlineData(PrintForm.Detail)]
    [InlineData(PrintForm.Terse)]
    [InlineData(PrintForm.Stats)]
    [InlineData(PrintForm.AsValue)]
    public void Every_rule_prints(PrintForm form)
    {
        NumberedRule[] rows = [.. Load(RuleCorpus.Script, RouterConfiguration.Default).Rules.All.Select(static (rule, number) => new NumberedRule(number, rule))];
        var printed = new StringWriter();

        RulePrinter.Print(printed, rows, form, 120);

        Assert.Contains("dst-nat", printed.ToString());
    }

    /// <summary>Nothing pretends: what does not act yet is refused where it is written, unless the rule is disabled.</summary>
    [Fact]
    public void An_enabled_rule_acts_or_is_refused()
    {
        int refused = 0;
        foreach ((string menu, string given, _) in RuleCorpus.Rules)
        {
            LoadResult enabled = ScriptLoader.Load("t.rsc", $"/{menu} add {given}", s_before);
            LoadResult disabled = ScriptLoader.Load("t.rsc", $"/{menu} add {given} disabled=yes", s_before);

            Assert.NotNull(disabled.Configuration);
            Assert.All(
                enabled.Diagnostics.Where(static finding => finding.Severity == Severity.Error),
                static finding => Assert.Contains("is understood but not acted on yet", finding.Message));
            refused += enabled.Configuration is null ? 1 : 0;
        }

        Assert.InRange(refused, 1, RuleCorpus.Rules.Count() - 1);
    }

    [Theory]
    [InlineData("/ip firewall filter add chain=input hotspot=auth p2p=all-p2p", "1:37: error: hotspot is understood but not acted on yet; the rule would have to be disabled|1:50: error: p2p is understood but not acted on yet; the rule would have to be disabled")]
    [InlineData("/ip firewall filter\nadd chain=input action=drop disabled=yes hotspot=auth\nenable 0", "3:1: error: hotspot is understood but not acted on yet; the rule would have to be disabled")]
    [InlineData("/ip firewall mangle add chain=input action=sniff-pc sniff-target=10.0.0.1", "1:37: error: action sniff-pc is understood but not acted on yet; the rule would have to be disabled")]
    public void Says_plainly_what_does_not_act(string script, string expected) =>
        Assert.Equal(
            expected.Split('|'),
            ScriptLoader.Load("t.rsc", script, RouterConfiguration.Default).Diagnostics.Select(static finding => finding.ToString()["t.rsc:".Length..]));

    /// <summary>Chains of one's own: what leads to them, and from where.</summary>
    [Theory]
    [InlineData("add chain=inptu", "2:11: warning: no rule jumps to chain \"inptu\", so no packet meets this one (did you mean \"input\"?)")]
    [InlineData("add chain=input action=jump jump-target=a\nadd chain=a", "")]
    [InlineData("add chain=input action=jump jump-target=empty", "")]
    [InlineData("add chain=a action=jump jump-target=b\nadd chain=b action=jump jump-target=a", "3:37: error: jump-target: chain \"a\" leads back to itself (expected a chain that does not lead here)")]
    [InlineData("add chain=a action=jump jump-target=a", "2:37: error: jump-target: chain \"a\" leads back to itself (expected a chain that does not lead here)")]
    [InlineData("add chain=input action=jump jump-target=a\nadd chain=a out-interface=ether1", "3:27: error: out-interface is not known in chain input, from where jumps lead here (expected in-interface, or another chain)")]
    [InlineData("add chain=input action=jump jump-target=a disabled=yes\nadd chain=a out-interface=ether1", "")]
    [InlineData("add chain=forward action=jump jump-target=a\nadd chain=a action=jump jump-target=b\nadd chain=b action=fasttrack-connection", "")]
    public void Follows_jumps(string rules, string expected) => Assert.Equal(
        expected.Length == 0 ? [] : expected.Split('|'),
        ScriptLoader.Load("t.rsc", "/ip firewall filter\n" + rules, RouterConfiguration.Default, actsOnAll: true).Diagnostics
            .Select(static finding => finding.ToString()["t.rsc:".Length..]));

    [Fact]
    public void Loads_ten_thousand_of_them_in_a_moment()
    {
        string text = RuleCorpus.Before + string.Concat(RuleCorpus.Rules.GroupBy(static rule => rule.Menu).Select(static menu =>
            $"/{menu.Key}\n" + string.Concat(Enumerable.Repeat(string.Concat(menu.Select(static rule => $"add {rule.Given}\n")), 17))));
        TimeSpan best = TimeSpan.MaxValue;
        int count = 0;
        for (int i = 0; i < 5 && best > TimeSpan.FromSeconds(0.5); i++)
        {
            var clock = new Tests.Settings.Effort();
            count = Load(text, RouterConfiguration.Default).Rules.Count;
            best = clock.Elapsed < best ? clock.Elapsed : best;
        }

        Assert.True(count > 10_000, $"{count} rules");
        Assert.True(best < TimeSpan.FromSeconds(1), $"{count} rules took {best}");
    }

    static RouterConfiguration Load(string script, RouterConfiguration start)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", script, start, actsOnAll: true);
        Assert.True(result.Configuration is not null, script[..Math.Min(300, script.Length)] + "\n" + string.Join('\n', result.Diagnostics.Take(20)));
        return result.Configuration;
    }
}
