using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Conntrack.Packets;

/// <summary>
/// The two addresses of one direction of an IPv6 connection, 32 bytes in network order, contiguous as in the IPv6 header.
/// </summary>
/// <remarks><code>
///  0            16           32
///  |    src     |    dst     |
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public struct Addresses6
{
    [FieldOffset(0)] public Vector128<byte> Src;
    [FieldOffset(16)] public Vector128<byte> Dst;
}

/// <summary>Source and destination port of one direction, network order; ICMPv6 queries as in <see cref="Tuple4"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
public struct PortPair
{
    [FieldOffset(0)] public ushort SrcPort;
    [FieldOffset(2)] public ushort DstPort;

    /// <summary>Both ports as one word.</summary>
    [FieldOffset(0)] public uint Ports;
}
