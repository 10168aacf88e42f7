using System.Runtime.CompilerServices;

namespace Conntrack.Tracking.Tcp;

/// <summary>
/// Everything about a TCP connection that is no sequence number, in one word. What belongs to a direction lies one bit higher for the
/// reply than for the original, so that neither direction needs a branch.
/// </summary>
/// <remarks><code>
///  0 … 7   window scale: 4 bits a direction, 0 not offered, else the shift + 1
///  8  9    SACK permitted                      original, reply
/// 10 11    liberal: outside the window is fine
/// 12 13    sent data not acknowledged yet
/// 14 15    has acknowledged something
/// 16 closing has begun     17 a challenge ACK is expected     18 simultaneous open
/// 19 20    how often the last segment came again, at most 3
/// 21 … 23  kind of the last segment     24 its direction
/// 25 … 28  window scale of an ignored SYN, as above     29 its SACK permitted
/// 30 31    spare
/// </code></remarks>
public readonly record struct TcpMarks(uint Bits)
{
    /// <summary>Its sender understands SACK, so acknowledgments of the other side may carry blocks.</summary>
    public const uint SackPermitted = 1u << 8;

    /// <summary>Segments of this direction are right wherever they are: picked up midstream, or not all of them are seen.</summary>
    public const uint Liberal = 1u << 10;

    /// <summary>It sent what the other side has not acknowledged.</summary>
    public const uint Unacknowledged = 1u << 12;

    /// <summary><see cref="TcpWindow.Acknowledged"/> holds a number.</summary>
    public const uint HasAcknowledged = 1u << 14;

    /// <summary>A FIN was seen: the connection ended, or is ending, in order.</summary>
    public const uint Closing = 1u << 16;

    /// <summary>A SYN was let through in last-ack: the next ACK may be the challenge to it (RFC 5961 4), not the last one.</summary>
    public const uint ChallengeExpected = 1u << 17;

    /// <summary>Both sides sent a SYN.</summary>
    public const uint SimultaneousOpen = 1u << 18;

    /// <summary>Repetitions from which a connection is given only tcp-max-retrans-timeout.</summary>
    public const uint ManyRepetitions = 3;

    /// <summary>Times one of the first four marks: that mark of both directions.</summary>
    public const uint OfBothDirections = 3;

    const int ScaleBits = 4;
    const uint ScaleMask = 0xf;
    const int RepetitionShift = 19;
    const uint RepetitionMask = 3u << RepetitionShift;
    const int LastShift = 21;
    const uint LastMask = 0xfu << LastShift;
    const int IgnoredScaleShift = 25;
    const uint IgnoredSack = 1u << 29;
    const uint IgnoredMask = (ScaleMask << IgnoredScaleShift) | IgnoredSack;

    /// <summary>Whether any of both directions has one of the first four marks.</summary>
    public bool EitherHas(uint mark) => (Bits & (mark * OfBothDirections)) != 0;

    /// <summary>Whether a direction has one of the first four marks.</summary>
    public bool Has(uint mark, int direction) => (Bits & (mark << direction)) != 0;

    /// <summary>Whether the connection has one of the other marks.</summary>
    public bool Has(uint mark) => (Bits & mark) != 0;

    /// <summary>How often the last ACK came again, at most <see cref="ManyRepetitions"/>.</summary>
    public uint Repetitions => (Bits & RepetitionMask) >> RepetitionShift;

    /// <summary>Kind of the last segment that was not invalid.</summary>
    public TcpKind LastKind => (TcpKind)((Bits >> LastShift) & 7);

    /// <summary>Its direction.</summary>
    public int LastDirection => (int)(Bits >> 24) & 1;

    public TcpMarks With(uint marks) => new(Bits | marks);

    public TcpMarks Without(uint marks) => new(Bits & ~marks);

    /// <summary>The shift that a direction's windows are to be read with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Shift(int direction)
    {
        // 0 for "not offered" as for shift 0: one is taken off what is not 0.
        int scale = (int)(Bits >> (ScaleBits * direction)) & (int)ScaleMask;
        return scale - ((scale + (int)ScaleMask) >> ScaleBits);
    }

    /// <summary>Whether a direction offered window scaling.</summary>
    public bool OffersScaling(int direction) => (Bits & (ScaleMask << (ScaleBits * direction))) != 0;

    /// <summary>What a direction's SYN offered; of what it did before only <see cref="Liberal"/> stays.</summary>
    public TcpMarks Started(int direction, int scale, bool sackPermitted)
    {
        uint kept = Bits & ~((ScaleMask << (ScaleBits * direction)) | ((SackPermitted | Unacknowledged | HasAcknowledged) << direction));
        return new(kept | ((uint)(scale + 1) << (ScaleBits * direction)) | (sackPermitted ? SackPermitted << direction : 0));
    }

    /// <summary>Scaling counts only if both offered it (RFC 7323 2.2): where one did not, the other's shift is 0.</summary>
    public TcpMarks WithoutShifts()
    {
        TcpMarks marks = this;
        for (int direction = 0; direction < 2; direction++)
        {
            if (OffersScaling(direction))
            {
                marks = marks.WithShift(direction, 0);
            }
        }

        return marks;
    }

    /// <summary>Remembers the kind and direction of the segment that has just been judged.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TcpMarks WithLast(int direction, TcpKind kind) =>
        new((Bits & ~LastMask) | ((uint)kind << LastShift) | ((uint)direction << 24));

    /// <summary>The last ACK came again, or another came.</summary>
    /// <param name="differs">0 when it is the same in everything.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TcpMarks WithRepetition(uint differs)
    {
        // All ones for 0, by arithmetic: which of the two it is need not be guessed.
        uint again = (uint)((int)(~differs & (differs - 1)) >> 31);
        uint count = Math.Min(Repetitions + 1, ManyRepetitions) & again;
        return new((Bits & ~RepetitionMask) | (count << RepetitionShift));
    }

    /// <summary>Remembers what a SYN offered that was let through without effect.</summary>
    public TcpMarks WithIgnoredOffer(int scale, bool sackPermitted) =>
        new((Bits & ~IgnoredMask) | ((uint)(scale + 1) << IgnoredScaleShift) | (sackPermitted ? IgnoredSack : 0));

    /// <summary>The ignored SYN was right after all: its direction starts with what it offered, the other with nothing.</summary>
    public TcpMarks StartedAsIgnored(int direction)
    {
        int scale = (int)((Bits >> IgnoredScaleShift) & ScaleMask) - 1;
        return Without((Liberal << direction) | Closing | ChallengeExpected)
            .Started(direction, scale, Has(IgnoredSack))
            .Started(1 - direction, -1, false);
    }

    TcpMarks WithShift(int direction, int shift) =>
        new((Bits & ~(ScaleMask << (ScaleBits * direction))) | ((uint)(shift + 1) << (ScaleBits * direction)));
}
