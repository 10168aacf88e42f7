using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>The IPv6 header, every number in network byte order (RFC 8200 3).</summary>
/// <remarks><code>
///  0 version, class, flow label   4 payload length   6 next header   7 hop limit   8 source (16)   24 destination (16)   40
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct Ipv6Header
{
    /// <summary>Bytes of the header.</summary>
    public const int ByteSize = 40;

    /// <summary>Where <see cref="NextHeader"/> stands.</summary>
    public const int NextHeaderOffset = 6;

    /// <summary>Version (4 bits), traffic class (8), flow label (20).</summary>
    [FieldOffset(0)] public uint VersionClassFlow;

    /// <summary>The first byte: version in its upper half.</summary>
    [FieldOffset(0)] public byte VersionByte;

    /// <summary>Bytes after this header, extension headers included; zero in a jumbogram (RFC 2675).</summary>
    [FieldOffset(4)] public ushort PayloadLength;

    [FieldOffset(NextHeaderOffset)] public byte NextHeader;
    [FieldOffset(7)] public byte HopLimit;
    [FieldOffset(8)] public Addresses6 Addresses;
}
