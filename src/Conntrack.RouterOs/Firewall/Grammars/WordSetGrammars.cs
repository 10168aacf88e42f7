namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>The sets of words that rules hold.</summary>
static class WordSetGrammars
{
    public static WordSetGrammar<RuleConnectionStates> ConnectionStates { get; } = new(
        "connection state", ("new", RuleConnectionStates.New), ("established", RuleConnectionStates.Established),
        ("related", RuleConnectionStates.Related), ("invalid", RuleConnectionStates.Invalid), ("untracked", RuleConnectionStates.Untracked));

    public static WordSetGrammar<RuleNatStates> NatStates(RuleFamily family) => family == RuleFamily.Ipv4
        ? new(
            "connection-nat-state", ("srcnat", RuleNatStates.SrcNat), ("dstnat", RuleNatStates.DstNat),
            ("ein-snat", RuleNatStates.EndpointIndependentSrcNat), ("ein-dnat", RuleNatStates.EndpointIndependentDstNat))
        : new("connection-nat-state", ("srcnat", RuleNatStates.SrcNat), ("dstnat", RuleNatStates.DstNat));

    public static WordSetGrammar<RuleAddressTypes> AddressTypes(RuleFamily family) => family == RuleFamily.Ipv4
        ? new(
            "type of address", ("unicast", RuleAddressTypes.Unicast), ("local", RuleAddressTypes.Local),
            ("broadcast", RuleAddressTypes.Broadcast), ("multicast", RuleAddressTypes.Multicast), ("blackhole", RuleAddressTypes.Blackhole))
        : new(
            "type of address", ("unicast", RuleAddressTypes.Unicast), ("local", RuleAddressTypes.Local),
            ("anycast", RuleAddressTypes.Anycast), ("multicast", RuleAddressTypes.Multicast), ("unreachable", RuleAddressTypes.Unreachable));
}
