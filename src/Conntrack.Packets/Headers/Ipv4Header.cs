using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>The fixed part of the IPv4 header, every number in network byte order (RFC 791 3.1).</summary>
/// <remarks><code>
///  0 version, length  1 tos         2 total length      4 identification    6 flags, fragment offset
///  8 time to live     9 protocol   10 header checksum  12 source           16 destination          20
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct Ipv4Header
{
    /// <summary>Bytes of the header without options.</summary>
    public const int ByteSize = 20;

    /// <summary><see cref="VersionAndLength"/> of a header without options: version 4, five words.</summary>
    public const byte Plain = 0x45;

    /// <summary>More fragments (0x2000) and the fragment offset (0x1fff), as they are loaded: either makes the packet a fragment.</summary>
    public const ushort FragmentMask = 0xff3f;

    /// <summary>The fragment offset alone, as loaded.</summary>
    public const ushort FragmentOffsetMask = 0xff1f;

    /// <summary>More fragments, as loaded.</summary>
    public const ushort MoreFragments = 0x0020;

    /// <summary>Don't fragment, as loaded.</summary>
    public const ushort DontFragment = 0x0040;

    /// <summary>Version in the upper, header length in 32-bit words in the lower half.</summary>
    [FieldOffset(0)] public byte VersionAndLength;

    [FieldOffset(1)] public byte TypeOfService;

    /// <summary>Bytes of header and payload.</summary>
    [FieldOffset(2)] public ushort TotalLength;

    [FieldOffset(4)] public ushort Identification;

    /// <summary>Reserved, don't fragment, more fragments (1 bit each), offset in units of 8 bytes (13 bits).</summary>
    [FieldOffset(6)] public ushort Fragment;

    [FieldOffset(8)] public byte TimeToLive;
    [FieldOffset(9)] public byte Protocol;
    [FieldOffset(10)] public ushort Checksum;
    [FieldOffset(12)] public uint Source;
    [FieldOffset(16)] public uint Destination;

    /// <summary>Source and destination as one word, the order of <see cref="Tuple4.Addresses"/>.</summary>
    [FieldOffset(12)] public ulong Addresses;
}
