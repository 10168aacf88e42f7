using System.Reflection;

namespace Conntrack.Firewall.Tests;

/// <summary>What of an edit established connections can see, and what not.</summary>
public sealed class RuleSightTests
{
    static readonly RuleSpec s_fastTrack = new()
    {
        Chain = RuleChain.FilterForward4, Target = RuleTarget.FastTrack, Number = 0, CounterSlot = 0,
        ConnectionState = RuleMatch.States(RuleStates.Established | RuleStates.Related),
    };

    static readonly RuleSpec s_established = s_fastTrack with { Target = RuleTarget.Accept, Number = 1, CounterSlot = 1 };

    static readonly RuleSpec s_drop = new()
    {
        Chain = RuleChain.FilterForward4, Target = RuleTarget.Drop, Number = 2, CounterSlot = 2, SrcAddress = RuleMatch.Addresses(1, 2),
    };

    public static TheoryData<string> SeenProperties => [.. Changes.Keys];

    /// <summary>A rule that everybody sees, changed in one property each.</summary>
    static Dictionary<string, RuleSpec> Changes => new()
    {
        [nameof(RuleSpec.Chain)] = s_fastTrack with { Chain = RuleChain.FilterForward6 },
        [nameof(RuleSpec.Target)] = s_fastTrack with { Target = RuleTarget.Passthrough },
        [nameof(RuleSpec.Number)] = s_fastTrack with { Number = 7 },
        [nameof(RuleSpec.CounterSlot)] = s_fastTrack with { CounterSlot = 7 },
        [nameof(RuleSpec.ConnectionState)] = s_fastTrack with { ConnectionState = null },
        [nameof(RuleSpec.ConnectionNatState)] = s_fastTrack with { ConnectionNatState = RuleMatch.NatStates(RuleNatStates.SrcNat) },
        [nameof(RuleSpec.Protocol)] = s_fastTrack with { Protocol = RuleMatch.Protocol(6) },
        [nameof(RuleSpec.SrcAddress)] = s_fastTrack with { SrcAddress = RuleMatch.Addresses(1, 2) },
        [nameof(RuleSpec.DstAddress)] = s_fastTrack with { DstAddress = RuleMatch.Addresses(1, 2) },
        [nameof(RuleSpec.SrcPort)] = s_fastTrack with { SrcPort = RuleMatch.Ports(1, 2) },
        [nameof(RuleSpec.DstPort)] = s_fastTrack with { DstPort = RuleMatch.Ports(1, 2) },
        [nameof(RuleSpec.InInterface)] = s_fastTrack with { InInterface = RuleMatch.Interface(1) },
        [nameof(RuleSpec.OutInterface)] = s_fastTrack with { OutInterface = RuleMatch.Interface(1) },
        [nameof(RuleSpec.Translation)] = s_fastTrack with { Translation = new RuleTranslation() },
        [nameof(RuleSpec.Conditions)] = s_fastTrack with { Conditions = [RuleCondition.Ttl(1, 2)] },
        [nameof(RuleSpec.Effect)] = s_fastTrack with { Effect = new RuleEffect() },
    };

    [Theory, MemberData(nameof(SeenProperties))]
    public void Every_property_of_a_rule_that_is_seen_counts(string property) =>
        Assert.NotEqual(RuleSight.Of([s_fastTrack, s_established]), RuleSight.Of([Changes[property], s_established]));

    [Fact]
    public void No_property_was_forgotten()
    {
        Assert.Equal(Names(typeof(RuleSpec)), Changes.Keys.Order());
        Assert.Equal(
            ["JumpTo", "ListedFor", "Log", "LogPrefix", "Passthrough", "RejectWith", "Timeout", "Ttl", "Value"], Names(typeof(RuleEffect)));
        Assert.Equal(["Extra", "First", "Kind", "Last", "Middle", "Negated", "Pattern", "Small", "Text"], Names(typeof(RuleCondition)));
        Assert.Equal(["Negated", "Ranges"], Names(typeof(RuleMatch)));
    }

    [Fact]
    public void Effects_and_conditions_count_by_what_they_say()
    {
        RuleSpec[] rules =
        [
            .. new RuleEffect[]
            {
                new(), new() { JumpTo = RuleChains.User(1, false) }, new() { Passthrough = false }, new() { Value = 1 }, new() { RejectWith = RejectWith.TcpReset },
                new() { Ttl = TtlChange.Decrement }, new() { ListedFor = ListedFor.Run }, new() { Timeout = TimeSpan.FromSeconds(1) }, new() { Timeout = TimeSpan.FromDays(1) },
                new() { Log = true }, new() { LogPrefix = 1 },
            }.Select(effect => s_fastTrack with { Effect = effect }),
            .. new[]
            {
                RuleCondition.Ttl(1, 2), RuleCondition.Ttl(1, 3), RuleCondition.Ttl(0, 2), RuleCondition.Ttl(1, 2) with { Negated = true }, RuleCondition.Dscp(1),
                RuleCondition.PacketMark(1), RuleCondition.PacketMark(2), RuleCondition.ConnectionLimit(1, 32, 1), RuleCondition.ConnectionLimit(1, 32, 2),
                RuleCondition.Limit(1, TimeSpan.FromSeconds(1), 1, false), RuleCondition.Limit(1, TimeSpan.FromSeconds(2), 1, false),
                RuleCondition.Content("one"u8), RuleCondition.Content("two"u8), RuleCondition.Nth(4, 1),
            }.Select(condition => s_fastTrack with { Conditions = [condition] }),
            s_fastTrack with { Conditions = [RuleCondition.Ttl(1, 2), RuleCondition.Dscp(1)] },
        ];
        Assert.Equal(rules.Length, rules.Select(rule => Convert.ToHexString(RuleSight.Of([rule]).AsSpan())).Distinct().Count());
    }

    /// <summary>As the control plane compiles them anew with every change.</summary>
    [Fact]
    public void Rules_that_were_made_anew_are_the_same()
    {
        RuleSpec[] Made() =>
        [
            s_fastTrack with { ConnectionState = RuleMatch.States(RuleStates.Established), Conditions = [RuleCondition.Content("text"u8)], Effect = new RuleEffect { Value = 3 } },
            s_established with { },
        ];
        Assert.Equal(RuleSight.Of(Made()), RuleSight.Of(Made()));
    }

    [Fact]
    public void What_follows_the_rule_that_takes_everything_established_is_not_seen()
    {
        var before = RuleSight.Of([s_fastTrack, s_established]);
        Assert.Equal(before, RuleSight.Of([s_fastTrack, s_established, s_drop]));
        Assert.Equal(
            before,
            RuleSight.Of([
                s_fastTrack, s_established, s_drop with { Target = RuleTarget.Jump, Effect = new RuleEffect { JumpTo = RuleChains.User(0, false) } },
                s_drop with { Chain = RuleChains.User(0, false) },
            ]));
        Assert.NotEqual(before, RuleSight.Of([s_drop with { Number = 0 }, s_fastTrack with { Number = 1 }, s_established with { Number = 2 }]));
    }

    public static TheoryData<string> NotForAll => [.. Partly.Keys];

    static Dictionary<string, RuleSpec> Partly => new()
    {
        ["another state"] = s_established with { ConnectionState = RuleMatch.States(RuleStates.New | RuleStates.Related) },
        ["not established"] = s_established with { ConnectionState = RuleMatch.States(RuleStates.Established, negated: true) },
        ["an interface"] = s_established with { InInterface = RuleMatch.Interface(1) },
        ["a protocol"] = s_established with { Protocol = RuleMatch.Protocol(6) },
        ["a condition"] = s_established with { Conditions = [RuleCondition.Limit(1, TimeSpan.FromSeconds(1), 5, false)] },
        ["a target that goes on"] = s_established with { Target = RuleTarget.Passthrough },
        ["another chain"] = s_established with { Chain = RuleChain.FilterInput4 },
        ["the other family"] = s_established with { Chain = RuleChain.FilterForward6 },
        ["mangle"] = s_established with { Chain = RuleChain.MangleForward4 },
    };

    [Theory, MemberData(nameof(NotForAll))]
    public void A_rule_that_leaves_something_established_hides_nothing(string why) =>
        Assert.NotEqual(RuleSight.Of([Partly[why]]), RuleSight.Of([Partly[why], s_drop]));

    [Fact]
    public void A_rule_that_takes_everything_hides_what_follows() =>
        Assert.Equal(RuleSight.Of([s_established with { ConnectionState = null }]), RuleSight.Of([s_established with { ConnectionState = null }, s_drop]));

    [Theory]
    [InlineData(RuleChain.RawPrerouting4, true)]
    [InlineData(RuleChain.ManglePostrouting6, true)]
    [InlineData(RuleChain.NatSrcnat4, false)]
    [InlineData(RuleChain.NatDstnat6, false)]
    public void Raw_and_mangle_are_seen_whole_and_nat_is_not(RuleChain chain, bool isSeen)
    {
        RuleSpec all = s_established with { Chain = chain, Number = 0, ConnectionState = null }, more = s_drop with { Chain = chain };
        Assert.Equal(isSeen, !RuleSight.Of([all]).AsSpan().SequenceEqual(RuleSight.Of([all, more]).AsSpan()));
    }

    [Fact]
    public void Chains_are_seen_by_whoever_jumps_there()
    {
        RuleSpec jump = s_fastTrack with { Target = RuleTarget.Jump, Effect = new RuleEffect { JumpTo = RuleChains.User(0, false) } };
        RuleSpec within = s_drop with { Chain = RuleChains.User(0, false) };
        Assert.NotEqual(RuleSight.Of([jump]), RuleSight.Of([jump, within]));
        Assert.Equal(RuleSight.Of([s_established]), RuleSight.Of([s_established, within]));
    }

    [Fact]
    public void Lists_are_seen_where_a_rule_that_is_seen_asks_for_them()
    {
        RuleSpec asks = s_fastTrack with { Conditions = [RuleCondition.SrcAddressList(5)] };
        AddressListSpec one = new(5, false, [new RuleRange(1, 1)]), two = new(5, false, [new RuleRange(1, 2)]), other = new(6, false, [new RuleRange(1, 1)]);
        Assert.Equal(RuleSight.Of([asks], [one]), RuleSight.Of([asks], [one, other]));
        Assert.NotEqual(RuleSight.Of([asks], [one]), RuleSight.Of([asks], [two]));
        Assert.NotEqual(RuleSight.Of([asks], [one]), RuleSight.Of([asks], [one], [(5, false)]));
        Assert.Equal(RuleSight.Of([s_established, asks with { Number = 4 }], [one]), RuleSight.Of([s_established, asks with { Number = 4 }], [two]));
    }

    static IEnumerable<string> Names(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(property => property.Name).Where(name => name != "EqualityContract").Order();
}
