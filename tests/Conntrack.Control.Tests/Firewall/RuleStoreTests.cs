using Conntrack.Control.Firewall;
using Conntrack.Control.Settings;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Firewall;

public sealed class RuleStoreTests : IDisposable
{
    readonly Dictionary<ulong, RuleCounters> _counted = [];
    readonly ConfigurationStore _configuration = new(RouterConfiguration.Default, _ => { });
    readonly RuleCounterBook _book;
    readonly RuleStore _rules;

    public RuleStoreTests()
    {
        _book = new RuleCounterBook(rule => _counted.GetValueOrDefault(rule));
        _rules = new RuleStore(_configuration, _book);
    }

    public void Dispose() => _configuration.Dispose();

    [Fact]
    public void A_rule_goes_where_it_is_put()
    {
        ulong last = Create("forward").Rule.Id;
        NumberedRule first = Create("input", last);
        Assert.Equal(0, first.Number);
        Assert.Equal([first.Rule.Id, last], _rules.List(RuleFamily.Ipv4, RuleTable.Filter).Select(row => row.Rule.Id));
        Assert.Equal(1, _rules.Find(last)!.Value.Number);
        Assert.Throws<ConfigurationRefusedException>(() => Create("forward", before: 99));
        _rules.Delete(first.Rule.Id);
        Assert.Null(_rules.Find(first.Rule.Id));
        Assert.Throws<KeyNotFoundException>(() => _rules.Delete(first.Rule.Id));
    }

    [Fact]
    public void Counters_start_again_from_a_reset()
    {
        ulong one = Create("forward").Rule.Id, other = Create("forward").Rule.Id;
        _counted[one] = new RuleCounters(10, 1000);
        _counted[other] = new RuleCounters(20, 2000);
        _rules.ResetCounters([one]);
        Assert.Equal(new RuleCounters(0, 0), _rules.Find(one)!.Value.Counters);
        Assert.Equal(new RuleCounters(20, 2000), _rules.Find(other)!.Value.Counters);
        _counted[one] = new RuleCounters(13, 1300);
        Assert.Equal(new RuleCounters(3, 300), _rules.Find(one)!.Value.Counters);
    }

    [Fact]
    public void A_reset_of_a_rule_that_is_not_there_resets_none()
    {
        ulong one = Create("forward").Rule.Id;
        _counted[one] = new RuleCounters(10, 1000);
        Assert.Throws<KeyNotFoundException>(() => _rules.ResetCounters([one, 77]));
        Assert.Equal(10ul, _rules.Find(one)!.Value.Counters.Packets);
    }

    [Fact]
    public void Rules_that_are_gone_are_forgotten()
    {
        ulong one = Create("forward").Rule.Id;
        _counted[one] = new RuleCounters(10, 1000);
        _rules.ResetCounters([one]);
        Assert.Equal(0ul, _book.Of(one).Packets);
        _book.Reset([], FirewallRules.Empty);
        Assert.Equal(10ul, _book.Of(one).Packets);
    }

    [Fact]
    public void Without_a_book_rules_have_no_counters()
    {
        var rules = new RuleStore(_configuration, counters: null);
        ulong one = Create("forward").Rule.Id;
        Assert.False(rules.Counts);
        Assert.Throws<ConfigurationRefusedException>(() => rules.ResetCounters([one]));
    }

    NumberedRule Create(string chain, ulong? before = null) => _rules.Create(RuleFamily.Ipv4, RuleTable.Filter, [("chain", chain)], before);
}
