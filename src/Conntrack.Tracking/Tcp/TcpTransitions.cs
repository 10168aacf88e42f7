using Conntrack.Packets.Headers;

namespace Conntrack.Tracking.Tcp;

/// <summary>
/// The TCP state machine as a table: where a segment of either direction leads from each state. It watches both ends from the middle, so
/// a state is what both have shown, not what one of them is in: fin-wait means "one side sent FIN", close-wait "that FIN is
/// acknowledged", last-ack "both sent FIN", time-wait "both FINs are acknowledged".
/// </summary>
/// <remarks>
/// A cell is the next state or one of two verdicts. <see cref="Ignored"/>: the segment may be legal but proves nothing from here (a stale
/// SYN that the peer will challenge, RFC 5961 4); it passes as established, uncounted, and the state stays. <see cref="Invalid"/>: no
/// legal exchange contains it.
/// </remarks>
public static class TcpTransitions
{
    /// <summary>The segment is let through without effect.</summary>
    public const byte Ignored = 0x40;

    /// <summary>The segment belongs to no legal exchange.</summary>
    public const byte Invalid = 0x80;

    const byte SynSent = (byte)TcpState.SynSent;
    const byte SynReceived = (byte)TcpState.SynReceived;
    const byte Established = (byte)TcpState.Established;
    const byte FinWait = (byte)TcpState.FinWait;
    const byte CloseWait = (byte)TcpState.CloseWait;
    const byte LastAck = (byte)TcpState.LastAck;
    const byte TimeWait = (byte)TcpState.TimeWait;
    const byte Close = (byte)TcpState.Close;
    const byte SynSent2 = (byte)TcpState.SynSent2;

    /// <summary>Columns of a row, by <see cref="TcpKind"/>; rows by state, original direction first.</summary>
    const int Columns = 8;

    // Padding cells make a row eight bytes, so that the index is shifts alone.
    const byte X = Invalid;

    static ReadOnlySpan<byte> Table =>
    [
        // state none, original: the first packet of a connection
        SynSent,     // SYN: an ordinary open
        Established, // SYN,ACK: picked up midstream, loose tracking only (the chapter; nf_conntrack says invalid)
        Invalid,     // FIN: nothing to close
        Established, // ACK: picked up midstream, loose tracking only
        Invalid,     // RST: nothing to reset
        Invalid, X, X,

        // syn-sent, original
        SynSent,     // SYN: retransmitted
        Invalid,     // SYN,ACK: the opener cannot acknowledge what it has not got
        Invalid,     // FIN
        Invalid,     // ACK
        Close,       // RST: the opener gives up
        Invalid, X, X,

        // syn-received, original
        Ignored,     // SYN: late retransmission, the answer is on its way
        SynReceived, // SYN,ACK: answer of a simultaneous open, retransmitted
        FinWait,     // FIN: acknowledges and closes at once
        Established, // ACK: third part of the handshake
        Close,       // RST: the opener refuses the answer
        Invalid, X, X,

        // established, original
        Ignored,     // SYN: RFC 5961 challenge, or a stale duplicate
        Invalid,     // SYN,ACK
        FinWait,     // FIN: closes
        Established, // ACK: data
        Close,       // RST: abort
        Invalid, X, X,

        // fin-wait, original
        Ignored,     // SYN
        Invalid,     // SYN,ACK
        LastAck,     // FIN: retransmitted, or the second one
        CloseWait,   // ACK: acknowledges a FIN
        Close,       // RST
        Invalid, X, X,

        // close-wait, original
        Ignored,     // SYN
        Invalid,     // SYN,ACK
        LastAck,     // FIN: the other half closes
        CloseWait,   // ACK: data of the half still open
        Close,       // RST
        Invalid, X, X,

        // last-ack, original
        Ignored,     // SYN
        Invalid,     // SYN,ACK
        LastAck,     // FIN: retransmitted
        TimeWait,    // ACK: both FINs are acknowledged
        Close,       // RST
        Invalid, X, X,

        // time-wait, original
        SynSent,     // SYN: reopens the same tuple, a new connection
        Invalid,     // SYN,ACK
        TimeWait,    // FIN: the peer's last ACK was lost
        TimeWait,    // ACK: answers it
        Close,       // RST
        Invalid, X, X,

        // close, original
        SynSent,     // SYN: reopens
        Invalid,     // SYN,ACK
        Close,       // FIN: was under way when the connection was reset
        Close,       // ACK: likewise
        Close,       // RST
        Invalid, X, X,

        // syn-sent2, original
        SynSent2,    // SYN: retransmitted
        SynReceived, // SYN,ACK: answers the SYN of the other side
        Invalid,     // FIN
        Invalid,     // ACK
        Close,       // RST
        Invalid, X, X,

        // state none, reply: a connection begins in the original direction
        Invalid, Invalid, Invalid, Invalid, Invalid, Invalid, X, X,

        // syn-sent, reply
        SynSent2,    // SYN: simultaneous open
        SynReceived, // SYN,ACK: second part of the handshake
        Invalid,     // FIN
        Ignored,     // ACK: of an older incarnation, the opener will reset it
        Close,       // RST: refused
        Invalid, X, X,

        // syn-received, reply
        Invalid,     // SYN
        Ignored,     // SYN,ACK: retransmitted
        FinWait,     // FIN: accepts and closes at once
        SynReceived, // ACK: data before the third part was seen
        Close,       // RST
        Invalid, X, X,

        // established, reply
        Invalid,     // SYN
        Ignored,     // SYN,ACK: retransmitted, the third part was lost beyond us
        FinWait,     // FIN: closes
        Established, // ACK: data
        Close,       // RST: abort
        Invalid, X, X,

        // fin-wait, reply
        Invalid,     // SYN
        Ignored,     // SYN,ACK
        LastAck,     // FIN: both have closed
        CloseWait,   // ACK: acknowledges the FIN
        Close,       // RST
        Invalid, X, X,

        // close-wait, reply
        Invalid,     // SYN
        Ignored,     // SYN,ACK
        LastAck,     // FIN: the other half closes
        CloseWait,   // ACK: data of the half still open
        Close,       // RST
        Invalid, X, X,

        // last-ack, reply
        Invalid,     // SYN
        Ignored,     // SYN,ACK
        LastAck,     // FIN: retransmitted
        TimeWait,    // ACK: both FINs are acknowledged
        Close,       // RST
        Invalid, X, X,

        // time-wait, reply
        SynSent,     // SYN: reopens from the other side, a new connection whose original direction is this one
        Ignored,     // SYN,ACK
        TimeWait,    // FIN: retransmitted
        TimeWait,    // ACK
        Close,       // RST
        Invalid, X, X,

        // close, reply
        Invalid,     // SYN
        Ignored,     // SYN,ACK
        Close,       // FIN: was under way
        Close,       // ACK: likewise
        Close,       // RST
        Invalid, X, X,

        // syn-sent2, reply
        SynSent2,    // SYN: retransmitted
        SynReceived, // SYN,ACK: answers the first SYN
        Invalid,     // FIN
        Ignored,     // ACK
        Close,       // RST
        Invalid, X, X,
    ];

    /// <summary>States of one direction.</summary>
    const int Rows = 10;

    /// <summary>The next state's number, <see cref="Ignored"/> or <see cref="Invalid"/>.</summary>
    public static byte Next(int direction, byte state, TcpKind kind) =>
        Table[(((direction * Rows) + state) * Columns) + (int)kind];

    /// <summary>RST outranks SYN, SYN outranks FIN: the flags that end or begin a connection decide.</summary>
    public static TcpKind Classify(byte flags) =>
        (flags & TcpHeader.Reset) != 0 ? TcpKind.Rst
        : (flags & TcpHeader.Syn) != 0 ? ((flags & TcpHeader.Ack) != 0 ? TcpKind.SynAck : TcpKind.Syn)
        : (flags & TcpHeader.Fin) != 0 ? TcpKind.Fin
        : (flags & TcpHeader.Ack) != 0 ? TcpKind.Ack
        : TcpKind.None;
}
