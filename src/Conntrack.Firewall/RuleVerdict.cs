using System.Runtime.CompilerServices;

namespace Conntrack.Firewall;

/// <summary>What a chain decided about a packet. One word, so that it is returned in a register.</summary>
/// <remarks><code>
///  63                32 31          3       2        1       0
///  | deciding rule      |     0     | notrack | fasttrack | drop |
/// </code></remarks>
public readonly struct RuleVerdict
{
    const int DropShift = 0;
    const int FastTrackShift = 1;
    const int NoTrackShift = 2;
    const int RuleShift = 32;

    readonly ulong _word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    RuleVerdict(ulong word) => _word = word;

    /// <summary>No rule decided: the packet is accepted.</summary>
    public const uint EndOfChain = uint.MaxValue;

    /// <summary>True when a drop rule matched. False also at the end of the chain.</summary>
    public bool IsDrop => (_word >> DropShift & 1) != 0;

    /// <summary>True when a fasttrack-connection rule matched before the chain was decided.</summary>
    public bool IsFastTrack => (_word >> FastTrackShift & 1) != 0;

    /// <summary>True when a notrack rule matched before the chain was decided.</summary>
    public bool IsNoTrack => (_word >> NoTrackShift & 1) != 0;

    /// <summary><see cref="RuleSpec.Number"/> of the rule that decided, or <see cref="EndOfChain"/>.</summary>
    public uint Rule => (uint)(_word >> RuleShift);

    /// <summary>Accepted because no rule decided and none marked it.</summary>
    internal static RuleVerdict Accepted
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new((ulong)EndOfChain << RuleShift);
    }

    /// <summary>The same with what a rule that lets the packet go on says about it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal RuleVerdict Marked(RuleTarget target) => new(_word | MarkOf(target));

    /// <summary>The same, decided by a terminal rule.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal RuleVerdict Decided(RuleTarget target, uint rule) =>
        new((uint)_word | (ulong)(target == RuleTarget.Drop ? 1u : 0u) << DropShift | (ulong)rule << RuleShift);

    static ulong MarkOf(RuleTarget target) =>
        (target == RuleTarget.FastTrack ? 1ul : 0) << FastTrackShift | (target == RuleTarget.NoTrack ? 1ul : 0) << NoTrackShift;
}
