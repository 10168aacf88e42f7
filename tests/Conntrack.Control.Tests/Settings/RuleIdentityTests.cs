using Conntrack.Control.Settings;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Settings;

/// <summary>Which rules of a configuration that was read as a whole are those in force.</summary>
public sealed class RuleIdentityTests
{
    [Theory]
    [InlineData("a b c", "a b c", "1 2 3")]
    [InlineData("a b c", "c a b", "3 1 2")]
    [InlineData("a b c", "b", "2")]
    [InlineData("a b c", "", "")]
    [InlineData("", "a b", "1 2")]
    [InlineData("a b c", "x a y c z", "4 1 5 3 6")]
    [InlineData("a a b a", "a b a", "1 3 2")]
    [InlineData("a b", "a a b b", "1 3 2 4")]
    [InlineData("a b c", "x y z", "4 5 6")]
    public void Rules_that_say_the_same_are_the_same(string before, string after, string ids)
    {
        RouterConfiguration current = Of(before), target = Of(after);
        FirewallRules kept = RuleIdentity.Keep(current, target).Rules;
        Assert.Equal(ids, string.Join(' ', Filter(kept).Select(rule => rule.Id)));
        Assert.Equal(target.Rules, kept);
        Assert.True(kept.NextId >= current.Rules.NextId);
    }

    [Fact]
    public void Whatever_happened_the_result_says_what_it_should_and_no_id_is_given_twice()
    {
        var random = new Random(1);
        RouterConfiguration current = RouterConfiguration.Default;
        Dictionary<ulong, string> known = [];
        for (int n = 0; n < 300; n++)
        {
            RouterConfiguration target = Of(string.Join(' ', Enumerable.Range(0, random.Next(12)).Select(_ => (char)('a' + random.Next(8)))));
            current = RuleIdentity.Keep(current, target);
            Assert.Equal(target, current);
            foreach (FirewallRule rule in Filter(current.Rules))
            {
                Assert.Equal(rule.Comment, known.TryGetValue(rule.Id, out string? comment) ? comment : rule.Comment);
                known[rule.Id] = rule.Comment;
            }
        }
    }

    [Fact]
    public void What_is_the_same_as_a_whole_is_the_same_object()
    {
        RouterConfiguration current = Of("a b");
        Assert.Same(current, RuleIdentity.Keep(current, Of("a b")));
        RouterConfiguration other = RuleIdentity.Keep(current, Of("a b") with { Tracking = TrackingSettings.Default with { MaxEntries = 5000 } });
        Assert.Same(current.Rules, other.Rules);
    }

    static IReadOnlyList<FirewallRule> Filter(FirewallRules rules) => rules.Of(RuleFamily.Ipv4, RuleTable.Filter);

    static RouterConfiguration Of(string comments)
    {
        string script = string.Concat(comments.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(comment => $"/ip firewall filter add chain=forward comment={comment}\n"));
        return ScriptLoader.Load("test", script, RouterConfiguration.Default).Configuration!;
    }
}
