using Conntrack.Packets;

namespace Conntrack.Tracking;

/// <summary>TCP: the table of <see cref="TcpTransitions"/>, the flags and the timeout that follow from it.</summary>
public static unsafe class TcpTracking
{
    /// <summary>First packet of a connection. False: it cannot open one, connection-state invalid.</summary>
    public static bool Open(Connection* connection, Packet* packet, TrackingParameters* parameters, out uint timeout)
    {
        TcpSegment segment = TcpTransitions.Classify(packet->TcpFlags);
        byte next = TcpTransitions.Next(0, (byte)TcpState.None, segment);
        timeout = 0;
        if (next == TcpTransitions.Invalid || (segment != TcpSegment.Syn && parameters->Loose == 0))
        {
            return false;
        }

        TcpFlow* flow = TcpFlow.Of(connection);
        *flow = default;
        flow->SetLast(0, segment);
        connection->State = next;
        timeout = Timeout(connection, next, parameters);
        return true;
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
            // peer's RST the SYN passes and the answer decides.
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
