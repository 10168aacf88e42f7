using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>The first eight bytes of ICMP (RFC 792) and ICMPv6 (RFC 4443), every number in network byte order.</summary>
/// <remarks><code>
///  0 type   1 code   2 checksum   4 identifier   6 sequence (queries)   8 the quoted packet (errors)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct IcmpHeader
{
    /// <summary>Bytes every message has.</summary>
    public const int ByteSize = 8;

    [FieldOffset(0)] public byte Type;
    [FieldOffset(1)] public byte Code;

    /// <summary>Type and code as one word, type first: <see cref="Tuple4.DstPort"/> of a query.</summary>
    [FieldOffset(0)] public ushort TypeAndCode;

    [FieldOffset(2)] public ushort Checksum;

    /// <summary>Of queries only.</summary>
    [FieldOffset(4)] public ushort Identifier;

    /// <summary>Of queries only.</summary>
    [FieldOffset(6)] public ushort Sequence;
}
