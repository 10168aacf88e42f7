using System.Globalization;
using Conntrack.RouterOs.Tests.Settings;

namespace Conntrack.RouterOs.Tests.Firewall;

/// <summary>
/// Scripts of a few rules of the corpus with a few things changed at random. <c>CTRACK_MUTATIONS</c> says how many; a few thousand otherwise.
/// </summary>
public sealed class MutatedRuleTests
{
    const int Usual = 3_000;

    [Fact]
    public void Whatever_becomes_of_a_rule_all_is_applied_or_nothing()
    {
        int count = int.TryParse(
            Environment.GetEnvironmentVariable("CTRACK_MUTATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out int asked)
            ? asked : Usual;
        var random = new Random(20261126);
        (string Menu, string Given, string Kept)[] rules = [.. RuleCorpus.Rules];
        var clock = new Effort();
        for (int i = 0; i < count; i++)
        {
            string script = RuleCorpus.Before + string.Concat(
                Enumerable.Range(0, random.Next(1, 8)).Select(_ => rules[random.Next(rules.Length)]).Select(static rule => $"/{rule.Menu} add {rule.Given}\n"));

            Mutation.Check(Mutation.Mutate(script, random), actsOnAll: true);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{count} mutations: {clock.Elapsed}");
        Assert.True(clock.Elapsed < TimeSpan.FromMilliseconds(10) * count, $"{count} mutations took {clock.Elapsed}");
    }
}
