using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking;

/// <summary>Chunks that say something about the state of an association; in the order of the table's columns.</summary>
public enum SctpChunk : byte
{
    Init = 0,
    InitAck = 1,
    Abort = 2,
    Shutdown = 3,
    ShutdownAck = 4,
    Error = 5,
    CookieEcho = 6,
    CookieAck = 7,
    ShutdownComplete = 8,
    Heartbeat = 9,
    HeartbeatAck = 10,

    /// <summary>DATA, SACK and every other chunk: part of an association, without effect on its state.</summary>
    Other = 11,
}

/// <summary>
/// The SCTP state machine as a table: where a chunk of either direction leads from each state. It watches both ends from the middle, as
/// <see cref="TcpTransitions"/> does; what has no effect where it is leaves the state as it is, for an association under way cannot be
/// hurt by a chunk whose verification tag fits and that its receiver discards (RFC 9260 5.2, 8.4).
/// </summary>
public static class SctpTransitions
{
    /// <summary>No legal exchange contains it.</summary>
    public const byte Invalid = 0x80;

    const int Columns = 12;

    const byte Closed = (byte)SctpState.Closed;
    const byte CookieWait = (byte)SctpState.CookieWait;
    const byte CookieEchoed = (byte)SctpState.CookieEchoed;
    const byte Established = (byte)SctpState.Established;
    const byte ShutSent = (byte)SctpState.ShutdownSent;
    const byte ShutReceived = (byte)SctpState.ShutdownReceived;
    const byte ShutAckSent = (byte)SctpState.ShutdownAckSent;
    const byte Heartbeat = (byte)SctpState.HeartbeatSent;

    /// <summary>Rows by state, those of the original direction first; columns by <see cref="SctpChunk"/>.</summary>
    static ReadOnlySpan<byte> Table =>
    [
        // none, original: the first packet
        Closed,         // INIT: opens; nothing is there before its answer
        Invalid,        // INIT ACK: answers nothing
        Invalid,        // ABORT: nothing to abort (8.4)
        Invalid,        // SHUTDOWN
        ShutAckSent,    // SHUTDOWN ACK: the last the other end has not heard of; it gets a SHUTDOWN COMPLETE (8.4)
        Invalid,        // ERROR
        Invalid,        // COOKIE ECHO: its INIT was never seen
        Invalid,        // COOKIE ACK
        Invalid,        // SHUTDOWN COMPLETE
        Heartbeat,      // HEARTBEAT: another path of an association
        Closed,         // HEARTBEAT ACK: its heartbeat took another path
        Invalid,        // DATA and others: no association is picked up midstream

        // closed, original
        Closed,         // INIT: retransmitted, or the first of another association
        Closed, Closed, Closed, Closed, Closed, Closed, Closed, Closed, Closed, Closed, Closed,

        // cookie-wait, original
        CookieWait,     // INIT: retransmitted, its answer is on its way
        CookieWait,     // INIT ACK: collision (5.2.1)
        Closed,         // ABORT: the opener gives up
        CookieWait, CookieWait, CookieWait,
        CookieEchoed,   // COOKIE ECHO: third part of the handshake
        CookieWait, CookieWait, CookieWait, CookieWait, CookieWait,

        // cookie-echoed, original
        CookieEchoed, CookieEchoed,
        Closed,         // ABORT
        CookieEchoed, CookieEchoed, CookieEchoed,
        CookieEchoed,   // COOKIE ECHO: retransmitted
        Established,    // COOKIE ACK: collision, the other side's cookie came first
        CookieEchoed, CookieEchoed, CookieEchoed, CookieEchoed,

        // established, original
        Established,    // INIT: a restart, unless the endpoint discards it (5.2.2)
        Established,
        Closed,         // ABORT
        ShutSent,       // SHUTDOWN
        Established,    // SHUTDOWN ACK: to no shutdown
        Established, Established, Established, Established, Established, Established, Established,

        // shutdown-sent, original
        Closed,         // INIT: the opener has forgotten the association and opens another
        ShutSent,
        Closed,         // ABORT
        ShutSent,       // SHUTDOWN: retransmitted
        ShutAckSent,    // SHUTDOWN ACK: both have sent SHUTDOWN (9.2)
        ShutSent, ShutSent, ShutSent, ShutSent, ShutSent, ShutSent, ShutSent,

        // shutdown-received, original
        Closed,         // INIT: the opener has forgotten the association and opens another
        ShutReceived,
        Closed,         // ABORT
        ShutReceived,   // SHUTDOWN: both want to
        ShutAckSent,    // SHUTDOWN ACK
        ShutReceived, ShutReceived, ShutReceived, ShutReceived, ShutReceived, ShutReceived, ShutReceived,

        // shutdown-ack-sent, original
        ShutAckSent,    // INIT: is answered by the SHUTDOWN ACK once more (9.2)
        ShutAckSent,
        Closed,         // ABORT
        ShutAckSent,
        ShutAckSent,    // SHUTDOWN ACK: retransmitted
        ShutAckSent, ShutAckSent, ShutAckSent,
        Closed,         // SHUTDOWN COMPLETE: the end
        ShutAckSent, ShutAckSent, ShutAckSent,

        // heartbeat-sent, original
        CookieWait,     // INIT: this path opens an association of its own
        Closed,         // INIT ACK
        Closed,         // ABORT
        Closed,         // SHUTDOWN
        ShutAckSent,    // SHUTDOWN ACK
        Closed, Closed, Closed, Closed,
        Heartbeat,      // HEARTBEAT: retransmitted
        Heartbeat, Heartbeat,

        // none, reply: no connection is answered before it is there
        Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid,

        // closed, reply
        Closed,         // INIT: both open at once (5.2.1)
        CookieWait,     // INIT ACK: answers, with the cookie
        Closed, Closed, Closed, Closed, Closed, Closed, Closed, Closed, Closed, Closed,

        // cookie-wait, reply
        CookieWait,
        CookieWait,     // INIT ACK: retransmitted
        Closed,         // ABORT: refused
        CookieWait, CookieWait, CookieWait,
        CookieEchoed,   // COOKIE ECHO: collision, the other side goes on with its own
        CookieWait, CookieWait, CookieWait, CookieWait, CookieWait,

        // cookie-echoed, reply
        CookieEchoed, CookieEchoed,
        Closed,         // ABORT
        CookieEchoed, CookieEchoed,
        Closed,         // ERROR: the cookie is stale (5.2.6)
        CookieEchoed,
        Established,    // COOKIE ACK: fourth part of the handshake
        CookieEchoed, CookieEchoed, CookieEchoed, CookieEchoed,

        // established, reply
        Established, Established,
        Closed,         // ABORT
        ShutReceived,   // SHUTDOWN
        Established, Established, Established, Established, Established, Established, Established, Established,

        // shutdown-sent, reply
        ShutSent, ShutSent,
        Closed,         // ABORT
        ShutSent,       // SHUTDOWN: both want to
        ShutAckSent,    // SHUTDOWN ACK
        ShutSent, ShutSent, ShutSent, ShutSent, ShutSent, ShutSent, ShutSent,

        // shutdown-received, reply
        ShutReceived, ShutReceived,
        Closed,         // ABORT
        ShutReceived,   // SHUTDOWN: retransmitted
        ShutAckSent,    // SHUTDOWN ACK: both have sent SHUTDOWN (9.2)
        ShutReceived, ShutReceived, ShutReceived, ShutReceived, ShutReceived, ShutReceived, ShutReceived,

        // shutdown-ack-sent, reply
        ShutAckSent, ShutAckSent,
        Closed,         // ABORT
        ShutAckSent, ShutAckSent, ShutAckSent, ShutAckSent, ShutAckSent,
        Closed,         // SHUTDOWN COMPLETE: the end
        ShutAckSent, ShutAckSent, ShutAckSent,

        // heartbeat-sent, reply: the other end speaks on this path once it has answered
        Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid,
        Heartbeat,      // HEARTBEAT: the other side probes the path as well
        Established,    // HEARTBEAT ACK: the path works, and the association is there already
        Heartbeat,
    ];

    /// <summary>Rows of a direction.</summary>
    const int States = 9;

    /// <summary>What a chunk's type says (RFC 9260 3.2).</summary>
    public static SctpChunk Classify(byte type) => type switch
    {
        1 => SctpChunk.Init,
        2 => SctpChunk.InitAck,
        4 => SctpChunk.Heartbeat,
        5 => SctpChunk.HeartbeatAck,
        6 => SctpChunk.Abort,
        7 => SctpChunk.Shutdown,
        8 => SctpChunk.ShutdownAck,
        9 => SctpChunk.Error,
        10 => SctpChunk.CookieEcho,
        11 => SctpChunk.CookieAck,
        14 => SctpChunk.ShutdownComplete,
        _ => SctpChunk.Other,
    };

    /// <summary>The state after the chunk, or <see cref="Invalid"/>.</summary>
    /// <param name="direction">0 original, 1 reply.</param>
    /// <param name="state">A <see cref="SctpState"/>.</param>
    /// <param name="chunk">The chunk.</param>
    public static byte Next(int direction, byte state, SctpChunk chunk) => Table[(((direction * States) + state) * Columns) + (int)chunk];
}
