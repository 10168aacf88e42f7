using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Firewall;

/// <summary>What a rule does with a packet that matches.</summary>
public enum RuleAction : byte
{
    /// <summary>The packet passes; no later rule of the chain sees it.</summary>
    Accept,

    /// <summary>The packet is gone; no later rule sees it.</summary>
    Drop,

    /// <summary>The packet is counted and goes on to the next rule.</summary>
    Passthrough,

    /// <summary>The packet's connection takes the fast path from now on; this packet goes on to the next rule.</summary>
    FastTrackConnection,

    /// <summary>The packet is not tracked: its connection-state will be untracked.</summary>
    NoTrack,

    /// <summary>The connection's source becomes one of to-addresses.</summary>
    SrcNat,

    /// <summary>The connection's destination becomes one of to-addresses.</summary>
    DstNat,

    /// <summary>The connection's source becomes the address of the interface it leaves by.</summary>
    Masquerade,

    /// <summary>The connection's destination becomes the router itself.</summary>
    Redirect,

    /// <summary>Addresses of one network become those of another, one for one.</summary>
    Netmap,

    /// <summary>As src-nat and dst-nat, and each client gets the same of to-addresses every time.</summary>
    Same,

    /// <summary>A client's address and port become the same whoever it talks to, and others may answer there; UDP over IPv4.</summary>
    EndpointIndependentNat,

    /// <summary>The connection goes through a SOCKS proxy.</summary>
    Socksify,

    /// <summary>The packet goes through another chain; what that does not decide comes back to the next rule.</summary>
    Jump,

    /// <summary>The packet goes back to the rule behind the jump that brought it here.</summary>
    Return,

    /// <summary>The packet is logged and goes on to the next rule.</summary>
    Log,

    AddSrcToAddressList,
    AddDstToAddressList,

    /// <summary>The packet is gone and its sender is told so.</summary>
    Reject,

    /// <summary>The packet is gone, and TCP's sender gets a connection that never moves.</summary>
    Tarpit,

    MarkConnection,
    MarkPacket,
    MarkRouting,
    ChangeMss,
    ChangeDscp,
    ChangeTtl,
    ChangeHopLimit,
    SetPriority,
    ClearDf,
    StripIpv4Options,
    SniffTzsp,
    SniffPc,

    /// <summary>The packet goes to a gateway of the rule's own, past the routing tables.</summary>
    Route,
}

/// <summary>The words of <see cref="RuleAction"/>.</summary>
public static class RuleActionWords
{
    static readonly string[] s_words =
    [
        "accept", "drop", "passthrough", "fasttrack-connection", "notrack", "src-nat", "dst-nat", "masquerade", "redirect", "netmap", "same",
        "endpoint-independent-nat", "socksify", "jump", "return", "log", "add-src-to-address-list", "add-dst-to-address-list", "reject",
        "tarpit", "mark-connection", "mark-packet", "mark-routing", "change-mss", "change-dscp", "change-ttl", "change-hop-limit",
        "set-priority", "clear-df", "strip-ipv4-options", "sniff-tzsp", "sniff-pc", "route",
    ];

    public static string Word(this RuleAction action) => s_words[(int)action];

    public static bool TryParse(ReadOnlySpan<char> word, out RuleAction action)
    {
        int index = WordTable.IndexOf(s_words, word);
        action = index < 0 ? default : (RuleAction)index;
        return index >= 0;
    }

    /// <summary>
    /// Whether rules of <paramref name="table"/> may do this: fasttrack-connection needs a connection, notrack must not have one, and nat
    /// translates what others judge.
    /// </summary>
    public static bool BelongsTo(this RuleAction action, RuleFamily family, RuleTable table) => action switch
    {
        RuleAction.Accept or RuleAction.Passthrough or RuleAction.Jump or RuleAction.Return or RuleAction.Log
            or RuleAction.AddSrcToAddressList or RuleAction.AddDstToAddressList => true,
        RuleAction.Drop => table != RuleTable.Nat,
        RuleAction.FastTrackConnection => table is RuleTable.Filter or RuleTable.Mangle,
        RuleAction.NoTrack => table == RuleTable.Raw,
        RuleAction.Reject => table == RuleTable.Filter,
        RuleAction.Tarpit => table == RuleTable.Filter && family == RuleFamily.Ipv4,
        RuleAction.MarkConnection or RuleAction.MarkPacket or RuleAction.MarkRouting or RuleAction.ChangeMss or RuleAction.ChangeDscp
            or RuleAction.SetPriority or RuleAction.SniffTzsp or RuleAction.SniffPc => table == RuleTable.Mangle,
        RuleAction.ChangeTtl or RuleAction.ClearDf or RuleAction.StripIpv4Options or RuleAction.Route =>
            table == RuleTable.Mangle && family == RuleFamily.Ipv4,
        RuleAction.ChangeHopLimit => table == RuleTable.Mangle && family == RuleFamily.Ipv6,
        RuleAction.Same or RuleAction.EndpointIndependentNat or RuleAction.Socksify => table == RuleTable.Nat && family == RuleFamily.Ipv4,
        _ => table == RuleTable.Nat,
    };
}
