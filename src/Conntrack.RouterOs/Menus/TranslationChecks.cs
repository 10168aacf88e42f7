using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Properties;

namespace Conntrack.RouterOs.Menus;

/// <summary>Which translation is possible where, and what it has to know.</summary>
static class TranslationChecks
{
    /// <summary>The chains in which an action can still change that end of a connection.</summary>
    static readonly Dictionary<RuleAction, string[]> s_chains = new()
    {
        [RuleAction.SrcNat] = ["srcnat", "input"],
        [RuleAction.Masquerade] = ["srcnat"],
        [RuleAction.DstNat] = ["dstnat", "output"],
        [RuleAction.Redirect] = ["dstnat", "output"],
        [RuleAction.EndpointIndependentNat] = ["srcnat", "dstnat"],
    };

    static readonly HashSet<RuleAction> s_needAddresses = [RuleAction.SrcNat, RuleAction.DstNat, RuleAction.Netmap, RuleAction.Same];

    /// <summary>Reports a translation in a chain where it is not possible.</summary>
    public static void ReportChain(FirewallRule rule, Action<string, string, string> contradict)
    {
        if (rule.Table == RuleTable.Nat && s_chains.TryGetValue(rule.Action, out string[]? chains) && !chains.Contains(rule.Chain)
            && rule.Table.Chains().Contains(rule.Chain))
        {
            contradict(
                "action", $"{rule.Action.Word()} is not possible in chain {rule.Chain}",
                string.Join(" or ", chains.Select(static chain => $"chain={chain}")));
        }
    }

    /// <summary>Reports each contradiction: the property it is to be shown at, what is wrong, and what would be right.</summary>
    public static void Report(FirewallRule rule, Action<string, string, string> contradict)
    {
        TranslationArguments to = rule.Translation;
        if (rule.Table != RuleTable.Nat)
        {
            return;
        }

        string addresses = TranslationProperties.ToAddresses(rule.Family);
        if (s_needAddresses.Contains(rule.Action) && to.ToAddresses is null && !(rule.Action == RuleAction.DstNat && to.ToPorts is not null))
        {
            contradict(
                "action", $"{rule.Action.Word()} does not say what to translate to", rule.Action == RuleAction.DstNat ? $"{addresses}= or to-ports=" : $"{addresses}=");
        }

        if (rule.Action == RuleAction.EndpointIndependentNat && rule.Transport.Protocol is not { Negated: false, Value: IpProtocol.Udp })
        {
            contradict("action", "endpoint-independent-nat works with UDP only", "protocol=udp");
        }
    }
}
