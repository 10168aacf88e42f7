using Conntrack.Tracking;

namespace Conntrack.Firewall.Tests.Nat;

/// <summary>Rules of the nat table as a person would write them.</summary>
static class NatRules
{
    public static RuleSpec SrcNat(string? addresses, (int First, int Last)? ports = null, bool random = false) =>
        Rule(RuleChain.NatSrcnat4, RuleTarget.SrcNat, addresses, ports, random);

    public static RuleSpec DstNat(string? addresses, (int First, int Last)? ports = null, bool random = false) =>
        Rule(RuleChain.NatDstnat4, RuleTarget.DstNat, addresses, ports, random);

    public static RuleSpec Masquerade((int First, int Last)? ports = null) => Rule(RuleChain.NatSrcnat4, RuleTarget.Masquerade, null, ports);

    public static RuleSpec Redirect((int First, int Last)? ports = null) => Rule(RuleChain.NatDstnat4, RuleTarget.Redirect, null, ports);

    public static RuleSpec Netmap(RuleChain chain, string addresses) => Rule(chain, RuleTarget.Netmap, addresses);

    public static RuleSpec Same(string addresses, bool notByDst)
    {
        RuleSpec rule = Rule(RuleChain.NatSrcnat4, RuleTarget.Same, addresses);
        return rule with { Translation = rule.Translation! with { SameNotByDst = notByDst } };
    }

    /// <summary>endpoint-independent-nat of the srcnat chain; the address outside is the interface's where none is given.</summary>
    public static RuleSpec Maps(string? addresses = null, (int First, int Last)? ports = null, bool random = false) =>
        Rule(RuleChain.NatSrcnat4, RuleTarget.EndpointIndependentNat, addresses, ports, random);

    /// <summary>The same of the dstnat chain.</summary>
    public static RuleSpec LetsIn() => Rule(RuleChain.NatDstnat4, RuleTarget.EndpointIndependentNat, null);

    /// <summary>The rule for the other family, where addresses say so.</summary>
    public static RuleSpec Ipv6(this RuleSpec rule) => rule with { Chain = rule.Chain + 1 };

    public static RuleRange Range(string addresses)
    {
        string[] ends = addresses.Split('-');
        return new(NatRun<Connection4>.Number(ends[0]), NatRun<Connection4>.Number(ends[^1]));
    }

    static RuleSpec Rule(RuleChain chain, RuleTarget target, string? addresses, (int First, int Last)? ports = null, bool random = false) => new()
    {
        Chain = chain,
        Target = target,
        Number = 0,
        CounterSlot = 0,
        Translation = new RuleTranslation
        {
            ToAddresses = addresses == null ? null : Range(addresses),
            ToPorts = ports is { } range ? ((ushort)range.First, (ushort)range.Last) : null,
            RandomisePorts = random,
        },
    };
}
