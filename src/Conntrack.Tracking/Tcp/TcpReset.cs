namespace Conntrack.Tracking.Tcp;

/// <summary>What a RST is good for.</summary>
enum ResetVerdict : byte
{
    /// <summary>Ends the connection if it is inside the windows.</summary>
    Plausible,

    /// <summary>Ends the connection wherever it lies.</summary>
    Certain,

    /// <summary>
    /// Inside the windows it is part of the connection, but the receiver will only challenge it (RFC 5961 3.2): the state stays, and the
    /// timeout becomes that of a closed one unless the challenge is answered with more.
    /// </summary>
    Doubtful,

    /// <summary>No receiver takes it.</summary>
    Invalid,
}

/// <summary>
/// RST: the one segment a stranger can do harm with, so in an established connection its number must be exactly the next one expected
/// (RFC 5961 3.2).
/// </summary>
static unsafe class TcpReset
{
    /// <summary>Judges a RST of a connection before it is measured against the windows.</summary>
    public static ResetVerdict Judge(Connection* connection, TcpFlow* flow, in TcpSegment segment)
    {
        var state = (TcpState)connection->State;
        if (state is >= TcpState.FinWait and <= TcpState.Close)
        {
            // Closing: the ends may have begun another connection already, and the entry gives way soon anyway.
            return ResetVerdict.Certain;
        }

        // A SYN that was let through may have made what was acknowledged before it obsolete.
        TcpMarks marks = flow->Marks;
        bool expects = marks.Has(TcpMarks.HasAcknowledged, 1 - segment.Direction) && marks.LastKind != TcpKind.Syn;
        return expects ? JudgeNumber(connection, flow, segment) : AnswersIgnored(connection, flow, segment) ? ResetVerdict.Certain : ResetVerdict.Plausible;
    }

    /// <summary>The receiver has acknowledged something: that is the number it expects.</summary>
    static ResetVerdict JudgeNumber(Connection* connection, TcpFlow* flow, in TcpSegment segment)
    {
        bool established = connection->State == (byte)TcpState.Established && (connection->Flags & ConnectionFlags.Assured) != 0;
        if (segment.Sequence == 0 && !established)
        {
            // Answers a SYN that was let through.
            return ResetVerdict.Plausible;
        }

        uint expected = TcpFlow.WindowOf(flow, 1 - segment.Direction)->Acknowledged;
        if ((int)(segment.Sequence - expected) < 0)
        {
            return ResetVerdict.Invalid;
        }

        // Behind its own last data, which is still on its way to the receiver.
        bool follows = flow->Marks.LastKind == TcpKind.Ack && flow->Marks.LastDirection == segment.Direction && segment.Sequence == flow->LastEnd;
        return !established || segment.Sequence == expected || follows ? ResetVerdict.Plausible : ResetVerdict.Doubtful;
    }

    /// <summary>
    /// Answers what was let through without effect: a SYN within the connection; an ACK of an older connection, before anything was
    /// established; or such an ACK to a SYN. What it acknowledges may lie anywhere.
    /// </summary>
    static bool AnswersIgnored(Connection* connection, TcpFlow* flow, in TcpSegment segment)
    {
        TcpKind last = flow->Marks.LastKind;
        bool syn = last == TcpKind.Syn && flow->Marks.LastDirection != segment.Direction && (connection->Flags & ConnectionFlags.SeenReply) != 0;
        bool ack = last == TcpKind.Ack && (connection->Flags & ConnectionFlags.Assured) == 0;
        bool challenge = last == TcpKind.Ack && flow->Marks.LastDirection == 1 && connection->State == (byte)TcpState.SynSent;
        return ((syn || ack) && segment.Acknowledgment == flow->LastEnd) || (challenge && segment.Sequence == flow->LastAcknowledgment);
    }
}
