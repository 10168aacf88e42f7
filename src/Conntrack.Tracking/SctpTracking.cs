using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Tracking;

/// <summary>
/// SCTP (RFC 9260): chunk by chunk, the verification tag first, then the table of <see cref="SctpTransitions"/>. A packet that is invalid in
/// one chunk changes nothing.
/// </summary>
public static unsafe class SctpTracking
{
    /// <summary>Whether a packet without a connection may open one.</summary>
    public static bool CanOpen(Packet* packet)
    {
        SctpFlow flow = default;
        byte state = (byte)SctpState.None;
        return Judge(&flow, &state, packet, 0) == Outcome.Accept;
    }

    /// <summary>First packet of a connection; returns its timeout.</summary>
    public static uint Open(Connection* connection, Packet* packet)
    {
        SctpFlow* flow = SctpFlow.Of(connection);
        *flow = default;
        connection->State = (byte)SctpState.None;
        Judge(flow, &connection->State, packet, 0);
        return Timeout((SctpState)connection->State);
    }

    /// <summary>A packet of a known connection.</summary>
    public static Outcome Continue(Connection* connection, Packet* packet, out uint timeout)
    {
        SctpFlow flow = *SctpFlow.Of(connection);
        byte state = connection->State;
        Outcome outcome = Judge(&flow, &state, packet, packet->Direction);
        timeout = Timeout((SctpState)state);
        if (outcome == Outcome.Invalid)
        {
            return outcome;
        }

        *SctpFlow.Of(connection) = flow;
        outcome = outcome == Outcome.Accept && state != connection->State ? Outcome.Advance : outcome;
        connection->State = state;
        if (state == (byte)SctpState.Established)
        {
            connection->Flags |= ConnectionFlags.Assured;
        }

        return outcome;
    }

    /// <summary>nf_conntrack's: RouterOS has no setting for them. Ticks.</summary>
    internal static uint Timeout(SctpState state) => Timestamp.TicksPerSecond * state switch
    {
        SctpState.Established => 210u,
        SctpState.HeartbeatSent => 30,
        SctpState.None or SctpState.Closed => 10,
        _ => 3,
    };

    static Outcome Judge(SctpFlow* flow, byte* state, Packet* packet, int direction)
    {
        if (!SctpChunks.AreSound(packet, out bool hasData))
        {
            return Outcome.Invalid;
        }

        var outcome = Outcome.Accept;
        uint tag = ((SctpHeader*)packet->Transport)->VerificationTag;
        bool opens = *state == (byte)SctpState.None;
        var chunks = new SctpChunks(packet);
        while (chunks.MoveNext())
        {
            SctpChunk chunk = SctpTransitions.Classify(chunks.Type);
            if (opens && !Opens(flow, chunk, tag))
            {
                return Outcome.Invalid;
            }

            Outcome fits = TagFits(flow, chunk, chunks.IsTagReflected, tag, direction, hasData);
            byte next = SctpTransitions.Next(direction, *state, chunk);
            if (fits == Outcome.Invalid || (fits == Outcome.Ignore && outcome == Outcome.Ignore) || next == SctpTransitions.Invalid)
            {
                return Outcome.Invalid;
            }

            outcome = fits == Outcome.Ignore ? fits : outcome;
            if (chunk is SctpChunk.Init or SctpChunk.InitAck)
            {
                if (!chunks.TryReadInitiateTag(out uint initiate) || !Learn(flow, chunk, initiate, direction))
                {
                    return Outcome.Invalid;
                }

                // An INIT sent again and again, or from a port used anew, must not keep alive what nobody has answered.
                if (chunk == SctpChunk.Init && !opens && *state == (byte)SctpState.Closed && next == (byte)SctpState.Closed)
                {
                    outcome = Outcome.Ignore;
                }
            }

            if (chunk == SctpChunk.CookieAck)
            {
                flow->EndHandshake();
            }

            *state = fits == Outcome.Ignore ? *state : next;
        }

        return outcome;
    }

    /// <summary>What may come first, all chunks of the packet. The tag it has says what the other side will use.</summary>
    static bool Opens(SctpFlow* flow, SctpChunk chunk, uint tag)
    {
        if (SctpTransitions.Next(0, (byte)SctpState.None, chunk) == SctpTransitions.Invalid)
        {
            return false;
        }

        if (chunk == SctpChunk.ShutdownAck)
        {
            // Out of the blue: a SHUTDOWN COMPLETE comes back with this very tag (RFC 9260 8.4).
            flow->Tags[1] = tag;
        }

        return true;
    }

    /// <summary>
    /// Rules of the verification tag (RFC 9260 8.5): zero is INIT's and nobody else's. An ABORT or SHUTDOWN COMPLETE of an end that knows no
    /// tag sends back the one it got, and says so; a SHUTDOWN ACK may be such an end's as well. Ignore: it may pass although it does not fit.
    /// </summary>
    static Outcome TagFits(SctpFlow* flow, SctpChunk chunk, bool reflected, uint tag, int direction, bool hasData)
    {
        bool fits = chunk switch
        {
            SctpChunk.Init => tag == 0,
            _ when tag == 0 => false,
            SctpChunk.Abort or SctpChunk.ShutdownComplete when reflected => tag == flow->Tags[1 - direction],
            SctpChunk.ShutdownAck or SctpChunk.Heartbeat or SctpChunk.HeartbeatAck => true,
            _ => tag == flow->Tags[direction],
        };
        return !fits ? Outcome.Invalid
            : chunk is SctpChunk.Heartbeat or SctpChunk.HeartbeatAck ? HeartbeatFits(flow, chunk, tag, direction, hasData)
            : Outcome.Accept;
    }

    /// <summary>
    /// Heartbeats are all that is seen of an association on its further paths, so they teach the tags, and a restarted association's new
    /// ones too: a HEARTBEAT with a strange tag passes, and when the other side acknowledges it, its tag counts from then on.
    /// </summary>
    static Outcome HeartbeatFits(SctpFlow* flow, SctpChunk chunk, uint tag, int direction, bool hasData)
    {
        if (flow->Tags[direction] == 0)
        {
            flow->Tags[direction] = tag;
            return Outcome.Accept;
        }

        if (flow->Tags[direction] == tag)
        {
            flow->StrangeHeartbeat = 0;
            return Outcome.Accept;
        }

        if (hasData)
        {
            return Outcome.Invalid;
        }

        if (chunk == SctpChunk.Heartbeat)
        {
            flow->StrangeHeartbeat = (byte)(1 + direction);
            return Outcome.Ignore;
        }

        if (flow->StrangeHeartbeat != 2 - direction)
        {
            return Outcome.Invalid;
        }

        flow->StrangeHeartbeat = 0;
        flow->Tags[direction] = tag;
        flow->Tags[1 - direction] = 0;
        return Outcome.Accept;
    }

    /// <summary>An INIT or INIT ACK says which tag the packets to its sender will have. False when it contradicts what its sender said before.</summary>
    static bool Learn(SctpFlow* flow, SctpChunk chunk, uint initiate, int direction)
    {
        int back = 1 - direction;
        if (chunk == SctpChunk.Init)
        {
            // With the tag it has already it begins nothing: retransmitted, or from a time before the cookie was acknowledged.
            if (flow->Tags[back] != initiate)
            {
                flow->Initiate(direction);
            }
        }
        else
        {
            // To no INIT it can only repeat what is known; and after a collision of INITs both sides keep to their own (RFC 9260 5.2.1).
            uint known = flow->Tags[back];
            bool free = flow->HasInitiated(back) && !flow->HasInitiated(direction);
            if (!free && known != 0 && known != initiate)
            {
                return false;
            }
        }

        flow->Tags[back] = initiate;
        return true;
    }
}
