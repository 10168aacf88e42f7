using Conntrack.Firewall.Nat;

namespace Conntrack.Firewall.Compilation;

/// <summary>What the rules of the nat table translate to, numbered from 1 over all chains.</summary>
sealed class TranslationTable
{
    readonly List<NatRule> _rules = [default];

    /// <summary>The number of a rule's translation; 0 for a rule that translates nothing.</summary>
    /// <exception cref="InvalidOperationException">More translations than an entry can name.</exception>
    public uint NumberOf(RuleSpec rule)
    {
        if (!rule.Target.IsTranslation())
        {
            return 0;
        }

        if (_rules.Count > RuleEntry.MostTranslation)
        {
            throw new InvalidOperationException($"More than {RuleEntry.MostTranslation} rules translate.");
        }

        _rules.Add(NatRule.Of(rule.Target, rule.Translation, rule.Effect));
        return (uint)_rules.Count - 1;
    }

    /// <summary>Puts the translations into the image; 0 when there are none.</summary>
    public uint Place(ImageParts parts) => _rules.Count == 1 ? 0 : parts.Place(_rules);

    /// <summary>Which property keeps the rule from being compiled, null for none.</summary>
    public static string? WhatIsWrong(RuleSpec rule)
    {
        RuleTranslation? to = rule.Translation;
        bool translates = rule.Target.IsTranslation();
        if (!translates && to != null)
        {
            return "a translation that its target does not make";
        }

        if (rule.Chain.IsNat() ? !IsOfNatChain(rule) : translates && !rule.Chain.IsUser())
        {
            return "a target that its chain does not have";
        }

        UInt128 most = rule.Chain.IsIpv6() ? UInt128.MaxValue : uint.MaxValue;
        if (to?.ToAddresses is { } addresses && (addresses.First > addresses.Last || addresses.Last > most || !MayHaveAddresses(rule.Target)))
        {
            return "its to-addresses";
        }

        if (rule.Target == RuleTarget.EndpointIndependentNat && rule.Chain.IsIpv6())
        {
            return "a mapping, which only IPv4 has";
        }

        if (rule.Target is RuleTarget.Netmap or RuleTarget.Same && to?.ToAddresses == null)
        {
            return "to-addresses that are missing";
        }

        if (rule.Target == RuleTarget.Netmap && to?.ToAddresses is { } network && !IsNetwork(network))
        {
            return "to-addresses that are no network";
        }

        return to?.ToPorts is { } ports && ports.First > ports.Last ? "its to-ports" : null;
    }

    static bool IsOfNatChain(RuleSpec rule) => rule.Target switch
    {
        RuleTarget.Accept or RuleTarget.Passthrough or RuleTarget.Netmap or RuleTarget.Same => true,
        RuleTarget.Jump or RuleTarget.Return or RuleTarget.Log or RuleTarget.AddSrcToAddressList or RuleTarget.AddDstToAddressList => true,
        RuleTarget.DstNat or RuleTarget.Redirect => rule.Chain.TranslatesDestination(),
        RuleTarget.EndpointIndependentNat => rule.Chain is RuleChain.NatSrcnat4 or RuleChain.NatDstnat4 or RuleChain.NatSrcnat6 or RuleChain.NatDstnat6,
        RuleTarget.SrcNat or RuleTarget.Masquerade => !rule.Chain.TranslatesDestination(),
        _ => false,
    };

    /// <summary>Masquerade and redirect get theirs from an interface.</summary>
    static bool MayHaveAddresses(RuleTarget target) => target is not (RuleTarget.Masquerade or RuleTarget.Redirect);

    static bool IsNetwork(RuleRange range)
    {
        UInt128 hosts = range.Last - range.First;
        return (hosts & (hosts + 1)) == 0 && (range.First & hosts) == 0;
    }
}
