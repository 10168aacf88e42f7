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
}

/// <summary>What a target means for the rules after it.</summary>
public static class RuleTargets
{
    /// <summary>True when no later rule of the chain sees the packet.</summary>
    public static bool IsTerminal(this RuleTarget target) => target <= RuleTarget.Drop || target.IsTranslation();

    /// <summary>True for what the nat table alone does.</summary>
    public static bool IsTranslation(this RuleTarget target) => target is >= RuleTarget.SrcNat and <= RuleTarget.Same;
}
