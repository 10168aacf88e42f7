using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>The fixed part of the TCP header, every number in network byte order (RFC 9293 3.1).</summary>
/// <remarks><code>
///  0 source port   2 destination port   4 sequence   8 acknowledgment
/// 12 data offset  13 flags  14 window  16 checksum  18 urgent pointer  20
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct TcpHeader
{
    /// <summary>Bytes of the header without options.</summary>
    public const int ByteSize = 20;

    public const byte Fin = 0x01;
    public const byte Syn = 0x02;
    public const byte Reset = 0x04;
    public const byte Push = 0x08;
    public const byte Ack = 0x10;
    public const byte Urgent = 0x20;
    public const byte CongestionEcho = 0x40;
    public const byte CongestionReduced = 0x80;

    [FieldOffset(0)] public ushort SourcePort;
    [FieldOffset(2)] public ushort DestinationPort;

    /// <summary>Both ports as one word, the order of <see cref="PortPair.Ports"/>.</summary>
    [FieldOffset(0)] public uint Ports;

    [FieldOffset(4)] public uint Sequence;
    [FieldOffset(8)] public uint Acknowledgment;

    /// <summary>Header length in 32-bit words in the upper half.</summary>
    [FieldOffset(12)] public byte DataOffset;

    [FieldOffset(13)] public byte Flags;
    [FieldOffset(14)] public ushort Window;
    [FieldOffset(16)] public ushort Checksum;
    [FieldOffset(18)] public ushort UrgentPointer;

    /// <summary>Bytes of header and options; below <see cref="ByteSize"/> it is malformed.</summary>
    public readonly uint HeaderLength => (uint)(DataOffset >> 4) * 4;
}
