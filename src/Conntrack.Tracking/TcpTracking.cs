using Conntrack.Packets;

namespace Conntrack.Tracking;

/// <summary>TCP: the table of <see cref="TcpTransitions"/>, the flags and the timeout that follow from it.</summary>
public static unsafe class TcpTracking
{
    /// <summary>Whether a segment without a connection may open one: a SYN, and with loose tracking what may belong to a handshake or data.</summary>
    public static bool CanOpen(Packet* packet, TrackingParameters* parameters)
    {
        TcpSegment segment = TcpTransitions.Classify(packet->TcpFlags);
        return TcpTransitions.Next(0, (byte)TcpState.None, segment) != TcpTransitions.Invalid
            && (segment == TcpSegment.Syn || parameters->Loose != 0);
    }

    /// <summary>First packet of a connection; returns its timeout.</summary>
    public static uint Open(Connection* connection, Packet* packet, TrackingParameters* parameters)
    {
        TcpSegment segment = TcpTransitions.Classify(packet->TcpFlags);
        connection->State = TcpTransitions.Next(0, (byte)TcpState.None, segment);
        TcpFlow* flow = TcpFlow.Of(connection);
        *flow = default;
        flow->SetLast(0, segment);
        return Timeout(connection, connection->State, parameters);
    }

    /// <summary>A packet of a known connection.</summary>
    public static Outcome Continue(Connection* connection, Packet* packet, TrackingParameters* parameters, out uint timeout)
    {
        TcpSegment segment = TcpTransitions.Classify(packet->TcpFlags);
        byte state = connection->State;
        int direction = packet->Direction;
        byte next = TcpTransitions.Next(direction, state, segment);
        timeout = 0;
        if (next == TcpTransitions.Invalid)
        {
            return Outcome.Invalid;
        }

        TcpFlow* flow = TcpFlow.Of(connection);
        if (next == (byte)TcpState.SynSent && state >= (byte)TcpState.TimeWait && state != (byte)TcpState.SynSent2)
        {
            // A tuple may be used again once its connection ended in order (RFC 6191), or by the side that itself reset it. After the
            // peer's RST the SYN passes without effect and the entry stays closed, as in nf_conntrack.
            if (flow->ClosedInOrder || flow->LastIs(direction, TcpSegment.Rst))
            {
                return Outcome.Reopen;
            }

            next = TcpTransitions.Ignored;
        }

        if (next == TcpTransitions.Ignored)
        {
            flow->SetLast(direction, segment);
            return Outcome.Ignore;
        }

        if (segment == TcpSegment.Rst && (connection->Flags & ConnectionFlags.SeenReply) == 0)
        {
            // Only a RST answered the SYN: there never was a connection, so nothing needs to linger.
            return Outcome.Kill;
        }

        flow->SetLast(direction, segment);
        if (segment == TcpSegment.Fin)
        {
            flow->ClosedInOrder = true;
        }

        if (next == (byte)TcpState.Established
            && state is (byte)TcpState.SynReceived or (byte)TcpState.Established
            && (connection->Flags & ConnectionFlags.SeenReply) != 0)
        {
            connection->Flags |= ConnectionFlags.Assured;
        }

        connection->State = next;
        timeout = Timeout(connection, next, parameters);
        return Outcome.Accept;
    }

    static uint Timeout(Connection* connection, byte state, TrackingParameters* parameters)
    {
        uint timeout = parameters->Timeouts[state];
        if (state == (byte)TcpState.Established && (connection->Flags & ConnectionFlags.SeenReply) == 0)
        {
            // Picked up midstream and not answered yet: a single stray ACK must not hold an entry for a day.
            timeout = Math.Min(timeout, parameters->Timeouts[(int)TimeoutSlot.TcpUnacked]);
        }

        return timeout;
    }
}
