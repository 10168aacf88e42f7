using System.Collections.Immutable;

namespace Conntrack.Firewall.Compilation;

/// <summary>What a rule has to be like to be compiled.</summary>
static class RuleCheck
{
    /// <exception cref="ArgumentException">It is not; the text names rule and reason.</exception>
    public static void Check(RuleSpec rule)
    {
        Require(rule.Chain < RuleChains.User(RuleChains.MostUserChains, false), rule, "its chain");
        Require(rule.Target <= RuleTarget.FastTrackHardware, rule, "its target");
        Require(rule.Number <= RuleTrace.MostNumber, rule, "its number");
        Require(rule.CounterSlot <= RuleImageBuilder.MostSlot, rule, "its counter slot");
        foreach (RuleAxis axis in RuleAxis.Of(rule.Chain.IsIpv6()))
        {
            ImmutableArray<RuleRange> ranges = axis.MatchOf(rule)?.Ranges ?? [];
            Require(!ranges.IsDefault && ranges.All(range => range.First <= range.Last && range.Last <= axis.Most), rule, axis.Name);
        }

        string? wrong = TranslationTable.WhatIsWrong(rule)
            ?? WhatIsWrong(rule)
            ?? rule.Conditions.Select(ConditionCompiler.WhatIsWrong).FirstOrDefault(what => what != null);
        Require(wrong == null, rule, wrong ?? "");
    }

    public static void Check(AddressListSpec list)
    {
        UInt128 most = list.IsIpv6 ? UInt128.MaxValue : uint.MaxValue;
        if (list.Number > AddressListSpec.MostNumber || list.Ranges.Any(range => range.First > range.Last || range.Last > most))
        {
            throw new ArgumentException($"Address list {list.Number} has a range or a number that is out of bounds.", nameof(list));
        }
    }

    /// <summary>Whether a rule may follow another one, null for none, in a chain of so many.</summary>
    public static void CheckOrder(RuleSpec rule, RuleSpec? before, int count)
    {
        Require(before == null || before.Number < rule.Number, rule, "a number that does not rise along the chain");
        Require(count < RuleImageBuilder.MostRules, rule, $"that its chain has more than {RuleImageBuilder.MostRules} rules");
    }

    static string? WhatIsWrong(RuleSpec rule)
    {
        RuleEffect? effect = rule.Effect;
        if (effect == null)
        {
            return rule.Target switch
            {
                RuleTarget.Jump => "a jump that leads nowhere",
                >= RuleTarget.AddSrcToAddressList and <= RuleTarget.SetPriority => "what its target is told",
                _ => null,
            };
        }

        return rule.Target switch
        {
            RuleTarget.Jump when !effect.JumpTo.IsUser() || effect.JumpTo.IsIpv6() != rule.Chain.IsIpv6() => "a jump that leads nowhere",
            RuleTarget.Jump when effect.JumpTo >= RuleChains.User(RuleChains.MostUserChains, false) => "a jump that leads nowhere",
            RuleTarget.AddSrcToAddressList or RuleTarget.AddDstToAddressList
                when effect.Value > AddressListSpec.MostNumber || effect.ListedFor is ListedFor.Nothing or > ListedFor.Good => "its address list",
            RuleTarget.ChangeDscp when effect.Value > 63 => "its new DSCP",
            RuleTarget.ChangeTtl when effect.Value > byte.MaxValue || effect.Ttl > TtlChange.Decrement => "its new TTL",
            RuleTarget.SetPriority when effect.Value > 63 => "its new priority",
            RuleTarget.Reject when effect.RejectWith > RejectWith.HeadersTooLong => "its reject-with",
            _ => null,
        };
    }

    static void Require(bool holds, RuleSpec rule, string what)
    {
        if (!holds)
        {
            throw new ArgumentException($"Rule {rule.Number} of {rule.Chain} cannot be compiled for {what}.", nameof(rule));
        }
    }
}
