using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking;

/// <summary>Packet types (RFC 4340 5.1), their numbers; 10 to 15 are reserved, and Parse calls them malformed.</summary>
public enum DccpPacket : byte
{
    Request = 0,
    Response = 1,
    Data = 2,
    Ack = 3,
    DataAck = 4,
    CloseRequest = 5,
    Close = 6,
    Reset = 7,
    Sync = 8,
    SyncAck = 9,
}

/// <summary>
/// The DCCP state machine as a table: where a packet of the client (original direction) or the server leads from each state (RFC 4340 8).
/// Cells as in <see cref="TcpTransitions"/>.
/// </summary>
public static class DccpTransitions
{
    /// <summary>The packet is let through without effect.</summary>
    public const byte Ignored = TcpTransitions.Ignored;

    /// <summary>The packet belongs to no legal exchange.</summary>
    public const byte Invalid = TcpTransitions.Invalid;

    const int Columns = 10;
    const int States = 8;

    const byte Request = (byte)DccpState.Request;
    const byte Respond = (byte)DccpState.Respond;
    const byte PartOpen = (byte)DccpState.PartOpen;
    const byte Open = (byte)DccpState.Open;
    const byte CloseReq = (byte)DccpState.CloseRequest;
    const byte Closing = (byte)DccpState.Closing;
    const byte TimeWait = (byte)DccpState.TimeWait;

    /// <summary>Rows by state, the client's first; columns by <see cref="DccpPacket"/>.</summary>
    static ReadOnlySpan<byte> Table =>
    [
        // none, client: the first packet
        Request,    // Request: an ordinary open
        Invalid,    // Response: to no Request
        Open,       // Data: picked up midstream, as nf_conntrack did
        Open,       // Ack: picked up midstream
        Open,       // DataAck: picked up midstream
        Invalid,    // CloseReq: nothing to close
        Invalid,    // Close: nothing to close
        Invalid,    // Reset: nothing to reset
        Invalid,    // Sync: nothing to synchronize
        Invalid,    // SyncAck

        // request, client
        Request,    // Request: retransmitted (8.1.1)
        Invalid,    // Response: a client sends none
        Invalid,    // Data: not before the Response
        Invalid,    // Ack: of nothing
        Invalid,    // DataAck: of nothing
        Invalid,    // CloseReq: a client sends none
        Invalid,    // Close: there is no connection yet
        TimeWait,   // Reset: the client gives up
        Ignored,    // Sync: out of step, the answer will tell
        Ignored,    // SyncAck

        // respond, client
        Respond,    // Request: retransmitted, the Response is on its way
        Invalid,    // Response
        Invalid,    // Data: the Response has to be acknowledged first (8.1.5)
        PartOpen,   // Ack: third part of the handshake
        PartOpen,   // DataAck: the same with data
        Invalid,    // CloseReq
        Invalid,    // Close
        TimeWait,   // Reset: the client refuses the Response
        Respond,    // Sync
        Respond,    // SyncAck

        // part-open, client
        Ignored,    // Request: stale; the server answers with Sync
        Invalid,    // Response
        Invalid,    // Data: must be DataAck until the server has answered (8.1.5)
        PartOpen,   // Ack: retransmitted
        PartOpen,   // DataAck
        Invalid,    // CloseReq
        Closing,    // Close
        TimeWait,   // Reset
        PartOpen,   // Sync
        PartOpen,   // SyncAck

        // open, client
        Ignored,    // Request: stale; the server answers with Sync
        Invalid,    // Response
        Open,       // Data
        Open,       // Ack
        Open,       // DataAck
        Invalid,    // CloseReq
        Closing,    // Close
        TimeWait,   // Reset
        Open,       // Sync
        Open,       // SyncAck

        // close-request, client
        Ignored,    // Request
        Invalid,    // Response
        CloseReq,   // Data: sent before the CloseReq arrived
        CloseReq,   // Ack
        CloseReq,   // DataAck
        Invalid,    // CloseReq
        Closing,    // Close: as asked (8.3)
        TimeWait,   // Reset
        CloseReq,   // Sync
        CloseReq,   // SyncAck

        // closing, client
        Ignored,    // Request
        Invalid,    // Response
        Closing,    // Data: overtaken by the Close
        Closing,    // Ack
        Closing,    // DataAck
        Invalid,    // CloseReq
        Closing,    // Close: retransmitted, or both sides' at once
        TimeWait,   // Reset: answers the Close
        Closing,    // Sync
        Closing,    // SyncAck

        // time-wait, client
        Request,    // Request: the ports are used again
        Invalid,    // Response
        Invalid,    // Data
        Invalid,    // Ack
        Invalid,    // DataAck
        Invalid,    // CloseReq
        Invalid,    // Close
        Ignored,    // Reset: retransmitted
        Ignored,    // Sync
        Ignored,    // SyncAck

        // none, server: nothing is answered before it is there
        Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, Invalid,

        // request, server
        Invalid,    // Request: there is no simultaneous open
        Respond,    // Response: second part of the handshake
        Invalid,    // Data
        Invalid,    // Ack
        Invalid,    // DataAck
        Invalid,    // CloseReq
        Invalid,    // Close
        TimeWait,   // Reset: refused
        Ignored,    // Sync: left over from an earlier connection
        Ignored,    // SyncAck

        // respond, server
        Invalid,    // Request
        Respond,    // Response: retransmitted
        Invalid,    // Data: the server is not open before the client's Ack
        Invalid,    // Ack
        Invalid,    // DataAck
        Invalid,    // CloseReq
        Invalid,    // Close
        TimeWait,   // Reset
        Respond,    // Sync
        Respond,    // SyncAck

        // part-open, server
        Invalid,    // Request
        Ignored,    // Response: a late retransmission
        Open,       // Data: has got the client's Ack
        Open,       // Ack
        Open,       // DataAck
        CloseReq,   // CloseReq
        Closing,    // Close
        TimeWait,   // Reset
        PartOpen,   // Sync: does not end the client's PARTOPEN (8.1.5)
        PartOpen,   // SyncAck

        // open, server
        Invalid,    // Request
        Ignored,    // Response: a late retransmission
        Open,       // Data
        Open,       // Ack
        Open,       // DataAck
        CloseReq,   // CloseReq
        Closing,    // Close
        TimeWait,   // Reset
        Open,       // Sync
        Open,       // SyncAck

        // close-request, server
        Invalid,    // Request
        Ignored,    // Response
        CloseReq,   // Data: overtaken by the CloseReq
        CloseReq,   // Ack
        CloseReq,   // DataAck
        CloseReq,   // CloseReq: retransmitted
        Closing,    // Close: the server will hold TIMEWAIT itself
        TimeWait,   // Reset
        CloseReq,   // Sync
        CloseReq,   // SyncAck

        // closing, server
        Invalid,    // Request
        Ignored,    // Response
        Closing,    // Data: overtaken by the Close
        Closing,    // Ack
        Closing,    // DataAck
        Closing,    // CloseReq: crossed the client's Close
        Closing,    // Close: both sides' at once
        TimeWait,   // Reset: answers the Close
        Closing,    // Sync
        Closing,    // SyncAck

        // time-wait, server
        Request,    // Request: the ports are used again, the other way round
        Invalid,    // Response
        Invalid,    // Data
        Invalid,    // Ack
        Invalid,    // DataAck
        Invalid,    // CloseReq
        Invalid,    // Close
        Ignored,    // Reset: retransmitted
        Ignored,    // Sync
        Ignored,    // SyncAck
    ];

    /// <summary>The state after the packet, <see cref="Ignored"/> or <see cref="Invalid"/>.</summary>
    /// <param name="direction">0 client, 1 server.</param>
    /// <param name="state">A <see cref="DccpState"/>.</param>
    /// <param name="packet">The packet's type, below 10.</param>
    public static byte Next(int direction, byte state, DccpPacket packet) => Table[(((direction * States) + state) * Columns) + (int)packet];
}
