namespace Conntrack.RouterOs.Firewall.Properties;

/// <summary>Which actions take which arguments, and which they cannot do without.</summary>
static class ArgumentUse
{
    static readonly RuleAction[] s_translations =
    [
        RuleAction.SrcNat, RuleAction.DstNat, RuleAction.Masquerade, RuleAction.Redirect, RuleAction.Netmap, RuleAction.Same,
        RuleAction.EndpointIndependentNat,
    ];

    static readonly RuleAction[] s_toAddresses =
        [RuleAction.SrcNat, RuleAction.DstNat, RuleAction.Netmap, RuleAction.Same, RuleAction.EndpointIndependentNat];

    static readonly RuleAction[] s_lists = [RuleAction.AddSrcToAddressList, RuleAction.AddDstToAddressList];

    static readonly Dictionary<string, RuleAction[]> s_takenBy = new()
    {
        ["jump-target"] = [RuleAction.Jump],
        ["to-addresses"] = s_toAddresses,
        ["to-address"] = s_toAddresses,
        ["to-ports"] = s_translations,
        ["randomise-ports"] = s_translations,
        ["same-not-by-dst"] = [RuleAction.Same],
        ["address-list"] = s_lists,
        ["address-list-timeout"] = s_lists,
        ["reject-with"] = [RuleAction.Reject],
        ["new-connection-mark"] = [RuleAction.MarkConnection],
        ["new-packet-mark"] = [RuleAction.MarkPacket],
        ["new-routing-mark"] = [RuleAction.MarkRouting],
        ["new-mss"] = [RuleAction.ChangeMss],
        ["new-dscp"] = [RuleAction.ChangeDscp],
        ["new-ttl"] = [RuleAction.ChangeTtl],
        ["new-hop-limit"] = [RuleAction.ChangeHopLimit],
        ["new-priority"] = [RuleAction.SetPriority],
        ["sniff-target"] = [RuleAction.SniffTzsp, RuleAction.SniffPc],
        ["sniff-target-port"] = [RuleAction.SniffTzsp, RuleAction.SniffPc],
        ["sniff-id"] = [RuleAction.SniffPc],
        ["route-dst"] = [RuleAction.Route],
        ["hw-offload"] = [RuleAction.FastTrackConnection],
    };

    static readonly Dictionary<RuleAction, string> s_needed = new()
    {
        [RuleAction.Jump] = "jump-target",
        [RuleAction.AddSrcToAddressList] = "address-list",
        [RuleAction.AddDstToAddressList] = "address-list",
        [RuleAction.MarkConnection] = "new-connection-mark",
        [RuleAction.MarkPacket] = "new-packet-mark",
        [RuleAction.MarkRouting] = "new-routing-mark",
        [RuleAction.ChangeMss] = "new-mss",
        [RuleAction.ChangeDscp] = "new-dscp",
        [RuleAction.ChangeTtl] = "new-ttl",
        [RuleAction.ChangeHopLimit] = "new-hop-limit",
        [RuleAction.SetPriority] = "new-priority",
        [RuleAction.SniffTzsp] = "sniff-target",
        [RuleAction.SniffPc] = "sniff-target",
        [RuleAction.Route] = "route-dst",
    };

    /// <summary>The properties that only some actions take.</summary>
    public static IEnumerable<string> Arguments => s_takenBy.Keys;

    /// <summary>The actions that take an argument.</summary>
    public static IReadOnlyList<RuleAction> TakenBy(string argument) => s_takenBy[argument];

    /// <summary>The argument that an action cannot do without; null when it has none, or what it needs is not one argument alone.</summary>
    public static string? NeededBy(RuleAction action) => s_needed.GetValueOrDefault(action);
}
