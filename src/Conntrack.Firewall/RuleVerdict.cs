using System.Runtime.CompilerServices;

namespace Conntrack.Firewall;

/// <summary>What a chain decided about a packet. One word, so that it is returned in a register.</summary>
/// <remarks><code>
///  63                32 31           8  7    3       2        1       0
///  | deciding rule      | translation |   0    | notrack | fasttrack | drop |
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

    /// <summary>Number of the deciding rule's <see cref="Nat.NatRule"/> in the image, 0 when it translates nothing.</summary>
    public uint Translation => (uint)_word >> RuleEntry.TranslationShift;

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
    /// <param name="targetAndTranslation">As in <see cref="RuleEntry"/>.</param>
    /// <param name="rule">The rule's number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal RuleVerdict Decided(uint targetAndTranslation, uint rule)
    {
        uint drop = (byte)targetAndTranslation == (byte)RuleTarget.Drop ? 1u << DropShift : 0;
        return new((uint)_word | (targetAndTranslation & ~(uint)byte.MaxValue) | drop | (ulong)rule << RuleShift);
    }

    static ulong MarkOf(RuleTarget target) =>
        (target == RuleTarget.FastTrack ? 1ul : 0) << FastTrackShift | (target == RuleTarget.NoTrack ? 1ul : 0) << NoTrackShift;
}
