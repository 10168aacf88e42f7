using System.Runtime.CompilerServices;

namespace Conntrack.Firewall;

/// <summary>What a chain decided about a packet. One word, so that it is returned in a register.</summary>
/// <remarks><code>
///  63                  32 31           8  7  6     5         4        3        2        1         0
///  | chain, rule (12, 20) | translation |  0  | hardware | tarpit | reject | notrack | fasttrack | drop |
/// </code></remarks>
public readonly struct RuleVerdict
{
    const int DropShift = 0;
    const int FastTrackShift = 1;
    const int NoTrackShift = 2;
    const int RejectShift = 3;
    const int TarpitShift = 4;
    const int HardwareShift = 5;
    const int RuleShift = 32;
    const ulong Flags = (1ul << (TarpitShift + 1)) - 1;

    readonly ulong _word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    RuleVerdict(ulong word) => _word = word;

    /// <summary>No rule decided: the packet is accepted.</summary>
    public const uint EndOfChain = uint.MaxValue;

    /// <summary>All of it, to compare.</summary>
    internal ulong Word => _word;

    /// <summary>True when a drop rule matched. False also at the end of the chain.</summary>
    public bool IsDrop => (_word >> DropShift & 1) != 0;

    /// <summary>True when a rule accepted the packet, and none marked it.</summary>
    internal bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_word & Flags) == 0 & Entry != EndOfChain;
    }

    /// <summary>True when a fasttrack-connection rule matched before the chain was decided.</summary>
    public bool IsFastTrack => (_word >> FastTrackShift & 1) != 0;

    /// <summary>True when such a rule said that hardware may forward the connection's packets.</summary>
    public bool IsHardwareOffload => (_word >> HardwareShift & 1) != 0;

    /// <summary>True when a notrack rule matched before the chain was decided.</summary>
    public bool IsNoTrack => (_word >> NoTrackShift & 1) != 0;

    /// <summary>True when the packet's sender is told that it was dropped: <see cref="RuleImage.RejectWithOf"/> says how.</summary>
    public bool IsReject => (_word >> RejectShift & 1) != 0;

    /// <summary>True when the packet's sender is kept waiting.</summary>
    public bool IsTarpit => (_word >> TarpitShift & 1) != 0;

    /// <summary>Chain and number of the rule that decided, as <see cref="RuleTrace.Entry"/>; <see cref="EndOfChain"/> where none did.</summary>
    public uint Entry => (uint)(_word >> RuleShift);

    /// <summary><see cref="RuleSpec.Number"/> of the rule that decided, whatever chain it is in, or <see cref="EndOfChain"/>.</summary>
    public uint Rule => Entry == EndOfChain ? EndOfChain : Entry & RuleTrace.MostNumber;

    /// <summary>Number of the deciding rule's <see cref="Nat.NatRule"/> or effect in the image, 0 when it has none.</summary>
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
    /// <param name="rule">The rule's chain and number, <see cref="RuleTrace.Entry"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal RuleVerdict Decided(uint targetAndTranslation, uint rule)
    {
        uint drop = (byte)targetAndTranslation == (byte)RuleTarget.Drop ? 1u << DropShift : 0;
        return new((uint)_word | (targetAndTranslation & ~(uint)byte.MaxValue) | drop | (ulong)rule << RuleShift);
    }

    /// <summary>The same, decided by a rule of any target but those that mark.</summary>
    internal RuleVerdict Ended(uint targetAndEffect, uint rule)
    {
        var target = (RuleTarget)(byte)targetAndEffect;
        bool answers = target is RuleTarget.Reject or RuleTarget.Tarpit;
        uint flags = (target == RuleTarget.Drop | answers ? 1u << DropShift : 0)
            | (target == RuleTarget.Reject ? 1u << RejectShift : 0) | (target == RuleTarget.Tarpit ? 1u << TarpitShift : 0);
        uint number = answers | target.IsTranslation() ? targetAndEffect & ~(uint)byte.MaxValue : 0;
        return new((uint)_word | flags | number | (ulong)rule << RuleShift);
    }

    static ulong MarkOf(RuleTarget target) =>
        (target.IsFastTrack() ? 1ul : 0) << FastTrackShift | (target == RuleTarget.NoTrack ? 1ul : 0) << NoTrackShift
        | (target == RuleTarget.FastTrackHardware ? 1ul : 0) << HardwareShift;
}
