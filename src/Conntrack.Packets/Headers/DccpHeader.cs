using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>The part of the DCCP generic header that both of its forms share (RFC 4340 5.1), numbers in network byte order.</summary>
/// <remarks><code>
///  0 source port   2 destination port   4 data offset   5 CCVal, coverage   6 checksum   8 reserved, type, X   9 sequence …   12 or 16
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct DccpHeader
{
    /// <summary>Bytes of the short form.</summary>
    public const int ByteSize = 12;

    /// <summary>Bytes of the form with 48-bit sequence numbers, X = 1.</summary>
    public const int LongByteSize = 16;

    [FieldOffset(0)] public ushort SourcePort;
    [FieldOffset(2)] public ushort DestinationPort;

    /// <summary>Both ports as one word, the order of <see cref="PortPair.Ports"/>.</summary>
    [FieldOffset(0)] public uint Ports;

    /// <summary>Header length, options included, in 32-bit words.</summary>
    [FieldOffset(4)] public byte DataOffset;

    /// <summary>CCVal in the upper half; coverage in the lower: 0 everything, n the header and (n − 1) words of data.</summary>
    [FieldOffset(5)] public byte Coverage;

    [FieldOffset(6)] public ushort Checksum;

    /// <summary>Reserved (3 bits), packet type (4), extended sequence numbers X (1).</summary>
    [FieldOffset(8)] public byte TypeAndX;
}
