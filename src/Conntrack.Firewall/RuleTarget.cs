namespace Conntrack.Firewall;

/// <summary>What becomes of a packet that a rule matches. Every match is counted, whatever the target.</summary>
public enum RuleTarget : byte
{
    /// <summary>Leaves the chain; the packet goes on.</summary>
    Accept = 0,

    /// <summary>Leaves the chain; the packet ends.</summary>
    Drop = 1,

    /// <summary>Goes on with the next rule.</summary>
    Passthrough = 2,

    /// <summary>Marks the packet's connection for FastTrack and goes on with the next rule.</summary>
    FastTrack = 3,

    /// <summary>Keeps the packet from being tracked and goes on with the next rule, as netfilter's NOTRACK does (XT_CONTINUE).</summary>
    NoTrack = 4,

    /// <summary>Gives the connection a source of <see cref="RuleTranslation"/>; this and what follows leaves the chain, and is the nat table's.</summary>
    SrcNat = 5,

    /// <summary>Gives the connection a destination of <see cref="RuleTranslation"/>.</summary>
    DstNat = 6,

    /// <summary>Gives the connection the address of the interface it leaves by as its source, for as long as that has it.</summary>
    Masquerade = 7,

    /// <summary>Gives the connection the router itself as its destination.</summary>
    Redirect = 8,

    /// <summary>Changes the network part of the chain's address, one to one.</summary>
    Netmap = 9,

    /// <summary>As source or destination translation, with one address of the range for each client.</summary>
    Same = 10,

    /// <summary>Passes the rules of another chain, then goes on with the next rule, unless one of those decided.</summary>
    Jump = 11,

    /// <summary>Leaves a user chain: the rule behind the jump is next. In a built-in chain the end of the chain.</summary>
    Return = 12,

    /// <summary>Drops the packet and tells its sender, see <see cref="RuleEffect.RejectWith"/>.</summary>
    Reject = 13,

    /// <summary>Drops the packet and keeps its TCP sender waiting: a connection that never moves. IPv4 alone.</summary>
    Tarpit = 14,

    /// <summary>Writes the packet into the log and goes on.</summary>
    Log = 15,

    /// <summary>Lists the packet's source and goes on.</summary>
    AddSrcToAddressList = 16,

    /// <summary>Lists the packet's destination and goes on.</summary>
    AddDstToAddressList = 17,

    /// <summary>Marks the connection. This and what follows goes on where <see cref="RuleEffect.Passthrough"/> says so.</summary>
    MarkConnection = 18,

    MarkPacket = 19,

    /// <summary>Lets the packet go by another routing table.</summary>
    MarkRouting = 20,

    /// <summary>Lowers the segment size that a SYN announces.</summary>
    ChangeMss = 21,

    ChangeDscp = 22,

    /// <summary>Time to live, or hop limit.</summary>
    ChangeTtl = 23,

    SetPriority = 24,

    /// <summary>The packet may be fragmented.</summary>
    ClearDf = 25,

    /// <summary>Overwrites the options of IPv4 with No Operation.</summary>
    StripIpv4Options = 26,

    /// <summary>
    /// Gives a UDP connection's client one endpoint outside towards everybody, or leads who comes to that endpoint to the client. The nat table's.
    /// </summary>
    EndpointIndependentNat = 27,

    /// <summary>As <see cref="FastTrack"/>, and hardware may forward the connection's packets where it can.</summary>
    FastTrackHardware = 28,
}

/// <summary>What a target means for the rules after it.</summary>
public static class RuleTargets
{
    /// <summary>True when no later rule of the chain sees the packet.</summary>
    public static bool IsTerminal(this RuleTarget target) => target <= RuleTarget.Drop || target.IsTranslation() || target is RuleTarget.Reject or RuleTarget.Tarpit;

    /// <summary>True for what is told nothing and does nothing at once: a chain of such rules is decided by its rows alone.</summary>
    internal static bool IsPlain(this RuleTarget target) => target is <= RuleTarget.Same or RuleTarget.FastTrackHardware;

    /// <summary>True for what changes packet or connection, and lets the packet go on or not as its effect says.</summary>
    internal static bool IsMangling(this RuleTarget target) => target is >= RuleTarget.MarkConnection and <= RuleTarget.StripIpv4Options;

    /// <summary>True for what marks the packet's connection for FastTrack.</summary>
    public static bool IsFastTrack(this RuleTarget target) => target is RuleTarget.FastTrack or RuleTarget.FastTrackHardware;

    /// <summary>True for what the nat table alone does.</summary>
    public static bool IsTranslation(this RuleTarget target) => target is (>= RuleTarget.SrcNat and <= RuleTarget.Same) or RuleTarget.EndpointIndependentNat;
}
