using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>The SCTP common header (RFC 9260 3.1), numbers in network byte order.</summary>
/// <remarks><code>
///  0 source port   2 destination port   4 verification tag   8 CRC32c   12 first chunk
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct SctpHeader
{
    /// <summary>Bytes of the common header.</summary>
    public const int ByteSize = 12;

    /// <summary>Bytes of a chunk without a value; every packet has at least one chunk.</summary>
    public const int ChunkHeaderSize = 4;

    [FieldOffset(0)] public ushort SourcePort;
    [FieldOffset(2)] public ushort DestinationPort;

    /// <summary>Both ports as one word, the order of <see cref="PortPair.Ports"/>.</summary>
    [FieldOffset(0)] public uint Ports;

    [FieldOffset(4)] public uint VerificationTag;

    /// <summary>CRC32c with its least significant byte first: a little-endian load is its value (RFC 9260 appendix A).</summary>
    [FieldOffset(8)] public uint Checksum;
}
