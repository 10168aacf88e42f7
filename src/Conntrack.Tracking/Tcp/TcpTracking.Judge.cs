using System.Runtime.CompilerServices;
using Conntrack.Packets;

namespace Conntrack.Tracking.Tcp;

/// <content>Everything off the straight line: opening, closing, resets, and what does not fit.</content>
public static unsafe partial class TcpTracking
{
    /// <summary>A packet of a known connection, whatever it is.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static Outcome Judge(Connection* connection, Packet* packet, TrackingParameters* parameters, out uint timeout)
    {
        var segment = new TcpSegment(packet);
        TcpFlow* flow = TcpFlow.Of(connection);
        TcpKind kind = segment.Kind;
        int direction = segment.Direction;
        byte state = connection->State;
        byte next = TcpTransitions.Next(direction, state, kind);
        bool check = true;
        timeout = 0;
        if (next == (byte)TcpState.SynSent && state is (byte)TcpState.TimeWait or (byte)TcpState.Close)
        {
            // A tuple may be used again once its connection ended in order (RFC 6191), or by the side that itself reset it. After the
            // peer's RST the SYN passes without effect and the entry stays closed.
            if (flow->Marks.Has(TcpMarks.Closing) || (flow->Marks.LastKind == TcpKind.Rst && flow->Marks.LastDirection == direction))
            {
                return Outcome.Reopen;
            }

            next = TcpTransitions.Ignored;
        }

        switch (next)
        {
            case TcpTransitions.Invalid:
                return Outcome.Invalid;
            case TcpTransitions.Ignored when AnswersIgnoredSyn(flow, segment):
                StartAfresh(flow, direction);
                state = (byte)TcpState.SynSent;
                next = (byte)TcpState.SynReceived;
                break;
            case TcpTransitions.Ignored:
                Ignore(flow, state, segment);
                return Outcome.Ignore;
            case (byte)TcpState.TimeWait when state == (byte)TcpState.LastAck && IsChallenge(flow, segment):
                flow->Marks = flow->Marks.Without(TcpMarks.ChallengeExpected);
                return Outcome.Ignore;
            case (byte)TcpState.SynSent2:
                flow->Marks = flow->Marks.With(TcpMarks.SimultaneousOpen);
                break;
            case (byte)TcpState.SynReceived when direction == 1 && kind == TcpKind.Ack && flow->Marks.Has(TcpMarks.SimultaneousOpen):
                next = (byte)TcpState.Established;
                break;
            case (byte)TcpState.Close when kind == TcpKind.Rst:
                switch (TcpReset.Judge(connection, flow, segment))
                {
                    case ResetVerdict.Invalid:
                        return Outcome.Invalid;
                    case ResetVerdict.Doubtful:
                        next = state;
                        break;
                    case ResetVerdict.Certain:
                        check = false;
                        break;
                }

                break;
        }

        if (check)
        {
            Outcome outcome = Check(flow, connection->State, segment, parameters->Liberal != 0);
            if (outcome != Outcome.Accept)
            {
                return outcome == Outcome.Invalid ? Refuse(connection, flow, segment, parameters, out timeout) : outcome;
            }
        }

        TcpMarks marks = flow->Marks.WithLast(direction, kind);
        flow->Marks = next == (byte)TcpState.FinWait && state != next ? marks.With(TcpMarks.Closing) : marks;
        Outcome accepted = next == connection->State ? Outcome.Accept : Outcome.Advance;
        connection->State = next;
        timeout = Timeout(flow->Marks, flow->LastWindow, next, kind, parameters);
        bool established = next == (byte)TcpState.Established;
        if ((connection->Flags & ConnectionFlags.SeenReply) != 0)
        {
            if (established && state is (byte)TcpState.SynReceived or (byte)TcpState.Established)
            {
                connection->Flags |= ConnectionFlags.Assured;
            }

            return accepted;
        }

        if (kind == TcpKind.Rst)
        {
            // Only a RST answered the SYN: there never was a connection, so nothing needs to linger.
            return Outcome.Kill;
        }

        if (established)
        {
            timeout = UntilAnswered(timeout, parameters);
        }

        // A SYN that comes again does not prolong the wait: somebody who tries for ever must not hold the entry, and its translation, for ever.
        return kind == TcpKind.Syn && state == (byte)TcpState.SynSent ? Outcome.Ignore : accepted;
    }

    /// <summary>
    /// A SYN,ACK that answers a SYN which was let through without effect: both ends agree with each other, only the entry does not.
    /// </summary>
    static bool AnswersIgnoredSyn(TcpFlow* flow, in TcpSegment segment) =>
        segment.Kind == TcpKind.SynAck
        && flow->Marks.LastKind == TcpKind.Syn
        && flow->Marks.LastDirection != segment.Direction
        && segment.Acknowledgment == flow->LastEnd;

    /// <summary>The connection begins anew with the SYN that was ignored; the other direction shows itself with what is answered now.</summary>
    static void StartAfresh(TcpFlow* flow, int answering)
    {
        TcpWindow* opener = TcpFlow.WindowOf(flow, 1 - answering);
        opener->End = flow->LastEnd;
        opener->Limit = flow->LastEnd;
        opener->Size = Math.Max(flow->LastWindow, (ushort)1);
        *TcpFlow.WindowOf(flow, answering) = default;
        flow->Marks = flow->Marks.StartedAsIgnored(1 - answering);
    }

    /// <summary>
    /// Lets a segment through without effect and remembers it: its answer tells whether it was stale, or the entry is.
    /// </summary>
    static void Ignore(TcpFlow* flow, byte state, in TcpSegment segment)
    {
        TcpMarks marks = flow->Marks.WithLast(segment.Direction, segment.Kind);
        flow->LastEnd = segment.End;
        flow->LastLengthAndWindow = (ushort)(segment.End - segment.Sequence) | ((uint)segment.Window << 16);
        if (segment.Kind == TcpKind.Syn && segment.Direction == 0)
        {
            TcpOptions.ReadOffer(segment.Header, out int scale, out bool sackPermitted);
            marks = marks.Without(TcpMarks.ChallengeExpected | TcpMarks.SimultaneousOpen).WithIgnoredOffer(scale, sackPermitted);
            if (state == (byte)TcpState.LastAck)
            {
                marks = marks.With(TcpMarks.ChallengeExpected);
            }
        }

        if (segment.Kind == TcpKind.Ack && segment.Direction == 1 && state == (byte)TcpState.SynSent)
        {
            flow->LastAcknowledgment = segment.Acknowledgment;
        }

        flow->Marks = marks;
    }

    /// <summary>The ACK that challenges a SYN let through in last-ack: it does not acknowledge the FIN.</summary>
    static bool IsChallenge(TcpFlow* flow, in TcpSegment segment) =>
        segment.Kind == TcpKind.Ack
        && flow->Marks.Has(TcpMarks.ChallengeExpected)
        && flow->Marks.LastKind == TcpKind.Syn
        && flow->Marks.LastDirection != segment.Direction;

    /// <summary>
    /// A segment outside the windows. Where both sides of an assured connection claim to close it that way, entry and ends are out of step,
    /// and the entry must not linger for a day: <paramref name="timeout"/> is what it may have left.
    /// </summary>
    static Outcome Refuse(Connection* connection, TcpFlow* flow, in TcpSegment segment, TrackingParameters* parameters, out uint timeout)
    {
        timeout = 0;
        if ((connection->Flags & ConnectionFlags.Assured) == 0 || segment.Kind is not (TcpKind.Fin or TcpKind.Rst))
        {
            return Outcome.Invalid;
        }

        if (flow->Marks.LastKind is TcpKind.Fin or TcpKind.Rst && flow->Marks.LastDirection != segment.Direction)
        {
            timeout = parameters->Timeouts[(int)TimeoutSlot.TcpUnacked];
            return Outcome.InvalidEnd;
        }

        flow->Marks = flow->Marks.WithLast(segment.Direction, segment.Kind);
        return Outcome.Invalid;
    }
}
