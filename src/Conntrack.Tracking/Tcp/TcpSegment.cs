using System.Buffers.Binary;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Tracking.Tcp;

/// <summary>What a TCP segment's flags say to the state machine; PSH, URG, ECE and CWR say nothing.</summary>
public enum TcpKind : byte
{
    Syn = 0,
    SynAck = 1,
    Fin = 2,
    Ack = 3,
    Rst = 4,

    /// <summary>None of the above: no legal segment after the first SYN lacks ACK (RFC 9293 3.10.7).</summary>
    None = 5,
}

/// <summary>One segment as tracking reads it, in host order.</summary>
readonly unsafe struct TcpSegment
{
    /// <summary>The flags that decide a segment's kind.</summary>
    public const byte KindFlags = TcpHeader.Fin | TcpHeader.Syn | TcpHeader.Reset | TcpHeader.Ack;

    /// <param name="packet">Parsed, not malformed: the whole TCP header is in the buffer.</param>
    public TcpSegment(Packet* packet)
    {
        Header = (TcpHeader*)packet->Transport;
        Flags = packet->TcpFlags;
        Kind = TcpTransitions.Classify(Flags);
        Direction = packet->Direction;
        Sequence = BinaryPrimitives.ReverseEndianness(Header->Sequence);
        Acknowledgment = BinaryPrimitives.ReverseEndianness(Header->Acknowledgment);
        Window = BinaryPrimitives.ReverseEndianness(Header->Window);
        End = Sequence + packet->TransportLength - Header->HeaderLength
            + ((Flags & TcpHeader.Syn) != 0 ? 1u : 0) + ((Flags & TcpHeader.Fin) != 0 ? 1u : 0);
    }

    /// <summary>For the options.</summary>
    public TcpHeader* Header { get; }

    public byte Flags { get; }

    public TcpKind Kind { get; }

    /// <summary>0 original, 1 reply.</summary>
    public int Direction { get; }

    /// <summary>Number of its first byte; SYN and FIN count as one each.</summary>
    public uint Sequence { get; }

    /// <summary>The number after its last byte.</summary>
    public uint End { get; }

    /// <summary>As in the header, also without the ACK flag.</summary>
    public uint Acknowledgment { get; }

    /// <summary>As in the header, not scaled.</summary>
    public ushort Window { get; }

    public bool IsSyn => (Flags & TcpHeader.Syn) != 0;

    public bool Acknowledges => (Flags & TcpHeader.Ack) != 0;
}
