namespace Conntrack.Tracking.Tcp;

/// <content>The windows off the straight line: where they begin, and what lies outside.</content>
public static unsafe partial class TcpTracking
{
    /// <summary>
    /// Measures a segment against the windows and takes from it what it shows. Only data beyond what was offered and acknowledgments of
    /// what was never sent are <see cref="Outcome.Invalid"/>; what is merely old, or a little too eager, passes uncounted.
    /// </summary>
    /// <param name="flow">The connection's flow.</param>
    /// <param name="state">Its state before the segment.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="liberal">liberal-tcp-tracking.</param>
    static Outcome Check(TcpFlow* flow, byte state, in TcpSegment segment, bool liberal)
    {
        int direction = segment.Direction;
        TcpWindow* from = TcpFlow.WindowOf(flow, direction);
        TcpWindow* to = TcpFlow.WindowOf(flow, 1 - direction);
        uint sequence = segment.Sequence;
        uint end = segment.End;
        uint acknowledgment = segment.Acknowledgment;
        uint highest = flow->Marks.Has(TcpMarks.SackPermitted, 1 - direction)
            ? TcpOptions.HighestEdge(segment.Header, acknowledgment)
            : acknowledgment;
        bool first = from->Size == 0;
        bool opening = state is (byte)TcpState.SynSent or (byte)TcpState.SynReceived;
        if (segment.IsSyn && (first || (opening && (int)(end - from->End) > 0)))
        {
            // The first SYN of a side, or another one, of a side that began anew with a higher number (RFC 9293 3.4.3).
            Start(flow, from, segment);
            if (!segment.Acknowledges && (first || direction == 1))
            {
                return Outcome.Accept;
            }
        }
        else if (first)
        {
            Seed(from, to, end, highest, (uint)segment.Window << flow->Marks.Shift(direction));
        }

        if (!segment.Acknowledges || (segment.Kind == TcpKind.Rst && acknowledgment == 0))
        {
            // No acknowledgment, or that of a stack which sets the flag of a RST without the number.
            acknowledgment = highest = to->End;
        }

        if (segment.Kind == TcpKind.Rst && sequence == 0 && state == (byte)TcpState.SynSent)
        {
            // Answers a SYN: it has no number of its own (RFC 9293 3.10.7.1).
            sequence = end = from->End;
        }

        Outcome outcome =
            TcpWindow.BeyondLimit(*from, sequence) >= 0 ? Overshoot(flow, from, to, direction, end, highest)
            : TcpWindow.BeyondSent(*to, highest) >= 0 ? Outcome.Invalid
            : to->Size != 0 && TcpWindow.BehindWindow(*from, *to, end) >= 0 ? Outcome.Ignore
            : TcpWindow.BehindSent(*from, *to, highest) >= 0 ? Outcome.Ignore
            : Outcome.Accept;
        if (outcome != Outcome.Accept)
        {
            return liberal || flow->Marks.Has(TcpMarks.Liberal, direction) ? Outcome.Accept : outcome;
        }

        uint window = segment.IsSyn ? segment.Window : (uint)segment.Window << flow->Marks.Shift(direction);
        TcpMarks marks = Admit(flow->Marks, from, to, direction, end, segment.Acknowledges, acknowledgment, highest, window);
        flow->Marks = segment.Kind == TcpKind.Ack
            ? Note(marks, flow, direction, end - sequence, end, acknowledgment, segment.Window)
            : marks;
        return Outcome.Accept;
    }

    /// <summary>A side shows itself with a SYN; windows of SYNs are not scaled (RFC 7323 2.2).</summary>
    static void Start(TcpFlow* flow, TcpWindow* from, in TcpSegment segment)
    {
        from->End = segment.End;
        from->Limit = segment.End;
        from->Size = Math.Max(segment.Window, 1u);
        TakeOffer(flow, segment);
        if (segment.Direction == 1 && !(flow->Marks.OffersScaling(0) && flow->Marks.OffersScaling(1)))
        {
            flow->Marks = flow->Marks.WithoutShifts();
        }
    }

    /// <summary>Takes window scale and SACK permitted from a SYN; one without any option changes neither.</summary>
    static void TakeOffer(TcpFlow* flow, in TcpSegment segment)
    {
        if (TcpOptions.ReadOffer(segment.Header, out int scale, out bool sackPermitted))
        {
            flow->Marks = flow->Marks.Started(segment.Direction, scale, sackPermitted);
        }
    }

    /// <summary>
    /// A side shows itself in the middle of a connection: what it sends now stands for what it may send, and until the other side shows
    /// itself, what it acknowledges for what that one has sent.
    /// </summary>
    static void Seed(TcpWindow* from, TcpWindow* to, uint end, uint highest, uint window)
    {
        from->End = end;
        from->Size = Math.Max(window, 1);
        from->Limit = end + from->Size;
        if (to->Size == 0)
        {
            to->End = highest;
            to->Limit = highest;
        }
        else if (highest == to->End + 1)
        {
            // The answer to a keepalive, which sends one number less than it has (RFC 9293 3.8.4).
            to->End++;
        }
    }

    /// <summary>
    /// Data beyond the limit. If it is less than a window beyond, and right in everything else, the receiver may take it all the same, and
    /// its acknowledgment must not be one of data never sent.
    /// </summary>
    static Outcome Overshoot(TcpFlow* flow, TcpWindow* from, TcpWindow* to, int direction, uint end, uint highest)
    {
        bool slight = to->Size != 0
            && TcpWindow.BehindWindow(*from, *to, end) < 0
            && TcpWindow.BehindSent(*from, *to, highest) < 0
            && TcpWindow.BeyondSent(*to, highest) < 0
            && end - from->Limit + 1 <= to->Size;
        if (!slight)
        {
            return Outcome.Invalid;
        }

        from->End = end;
        flow->Marks = flow->Marks.With(TcpMarks.Unacknowledged << direction);
        return Outcome.Ignore;
    }
}
