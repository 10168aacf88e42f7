namespace Conntrack.Firewall.Compilation;

/// <summary>Who uses which address list: what rules add to changes from packet to packet, other lists are part of the classifier.</summary>
sealed class ListUse
{
    readonly Dictionary<(ushort, bool), AddressListSpec> _lists;
    readonly HashSet<(ushort Number, bool IsIpv6)> _written;

    public ListUse(IEnumerable<RuleSpec> rules, IEnumerable<AddressListSpec> lists, IEnumerable<(ushort Number, bool IsIpv6)> dynamicLists)
    {
        _lists = lists.ToDictionary(list => (list.Number, list.IsIpv6));
        _written = [.. dynamicLists];
        foreach (RuleSpec rule in rules.Where(rule => Writes(rule.Target)))
        {
            _written.Add((rule.Effect!.Value, rule.Chain.IsIpv6()));
        }
    }

    /// <summary>Whether rules or somebody else add to a list while the router runs.</summary>
    public bool IsWritten(ushort number, bool isIpv6) => _written.Contains((number, isIpv6));

    public static bool Writes(RuleTarget target) => target is RuleTarget.AddSrcToAddressList or RuleTarget.AddDstToAddressList;

    /// <summary>The rule with those lists on its axes that fit there.</summary>
    public RuleSpec OnAxes(RuleSpec rule) => rule.Conditions.IsEmpty
        ? rule
        : ListCompiler.OnAxes(
            rule,
            number => _lists.GetValueOrDefault((number, rule.Chain.IsIpv6())),
            number => IsWritten(number, rule.Chain.IsIpv6()));
}
