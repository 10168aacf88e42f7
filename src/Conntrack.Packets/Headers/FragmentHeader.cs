using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>The IPv6 fragment header, every number in network byte order (RFC 8200 4.5).</summary>
/// <remarks><code>
///  0 next header   1 reserved   2 offset (13 bits), reserved (2), more fragments (1)   4 identification   8
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct FragmentHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int ByteSize = 8;

    [FieldOffset(0)] public byte NextHeader;

    /// <summary>The upper 13 bits are the offset in bytes without its last three; the lowest bit says "more fragments".</summary>
    [FieldOffset(2)] public ushort OffsetAndMore;

    [FieldOffset(4)] public uint Identification;

    /// <summary>The whole header as one word.</summary>
    [FieldOffset(0)] public ulong Word;
}
