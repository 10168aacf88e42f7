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
}

/// <summary>What a target means for the rules after it.</summary>
public static class RuleTargets
{
    /// <summary>True when no later rule of the chain sees the packet.</summary>
    public static bool IsTerminal(this RuleTarget target) => target <= RuleTarget.Drop;
}
