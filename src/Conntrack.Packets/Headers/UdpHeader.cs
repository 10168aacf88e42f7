using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>The header of UDP (RFC 768) and UDP-Lite (RFC 3828), every number in network byte order.</summary>
/// <remarks><code>
///  0 source port   2 destination port   4 length, or coverage   6 checksum   8
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct UdpHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int ByteSize = 8;

    [FieldOffset(0)] public ushort SourcePort;
    [FieldOffset(2)] public ushort DestinationPort;

    /// <summary>Both ports as one word, the order of <see cref="PortPair.Ports"/>.</summary>
    [FieldOffset(0)] public uint Ports;

    /// <summary>UDP: bytes of header and data. UDP-Lite: bytes the checksum covers, 0 for all of them.</summary>
    [FieldOffset(4)] public ushort Length;

    /// <summary>UDP: zero means that the sender computed none.</summary>
    [FieldOffset(6)] public ushort Checksum;
}
