using System.Globalization;
using Conntrack.Control.Settings;
using Conntrack.Firewall;
using Conntrack.RouterOs.Firewall;

namespace Conntrack.Control.Firewall;

/// <summary>The nat table's part of a rule: its target, its chain, and to what it translates.</summary>
static class TranslationCompiler
{
    public static RuleTarget TargetOf(RuleAction action) => action switch
    {
        RuleAction.SrcNat => RuleTarget.SrcNat,
        RuleAction.DstNat => RuleTarget.DstNat,
        RuleAction.Masquerade => RuleTarget.Masquerade,
        RuleAction.Redirect => RuleTarget.Redirect,
        RuleAction.Netmap => RuleTarget.Netmap,
        RuleAction.Same => RuleTarget.Same,
        RuleAction.EndpointIndependentNat => RuleTarget.EndpointIndependentNat,
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "No such action."),
    };

    public static RuleChain? ChainOf(string chain) => chain switch
    {
        "srcnat" => RuleChain.NatSrcnat4,
        "dstnat" => RuleChain.NatDstnat4,
        "input" => RuleChain.NatInput4,
        "output" => RuleChain.NatOutput4,
        _ => null,
    };

    /// <summary>Null for a rule that translates nothing, or needs to be told nothing.</summary>
    public static RuleTranslation? TranslationOf(FirewallRule rule)
    {
        TranslationArguments to = rule.Translation;
        if (rule.Table != RuleTable.Nat || rule.Action is RuleAction.Accept or RuleAction.Passthrough || to == TranslationArguments.None)
        {
            return null;
        }

        return new RuleTranslation
        {
            ToAddresses = to.ToAddresses is { } range ? new RuleRange(range.First, range.Last) : null,
            ToPorts = to.ToPorts is { } ports ? (ports.First, ports.Last) : null,
            RandomisePorts = to.RandomisePorts ?? false,
            SameNotByDst = to.SameNotByDst ?? false,
        };
    }

    /// <summary>Rules that say what this version does not do are not taken for others.</summary>
    /// <exception cref="ConfigurationRefusedException">There is one.</exception>
    public static void RefuseWhatIsMissing(FirewallRules rules)
    {
        List<PropertyProblem> problems = [];
        foreach (RuleFamily family in Enum.GetValues<RuleFamily>())
        {
            foreach ((uint position, FirewallRule rule) in RuleCompiler.Positions(rules.Of(family, RuleTable.Nat)))
            {
                if (!rule.Disabled && WhatIsMissing(rule) is var (property, why))
                {
                    problems.Add(new PropertyProblem(
                        property, string.Create(CultureInfo.InvariantCulture, $"{property}: rule {RuleCompiler.NameOf(rule, position)}: {why}")));
                }
            }
        }

        if (problems.Count != 0)
        {
            throw new ConfigurationRefusedException(problems);
        }
    }

    static (string Property, string Why)? WhatIsMissing(FirewallRule rule)
    {
        if (rule.Action == RuleAction.Netmap && rule.Translation.ToAddresses is { } network && !IsNetwork(network.First, network.Last))
        {
            return (
                rule.Family == RuleFamily.Ipv6 ? "to-address" : "to-addresses",
                "netmap maps one network to another: a prefix is expected, or a range that is one");
        }

        return null;
    }

    static bool IsNetwork(UInt128 first, UInt128 last)
    {
        UInt128 hosts = last - first;
        return (hosts & (hosts + 1)) == 0 && (first & hosts) == 0;
    }
}
