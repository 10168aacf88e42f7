using System.Runtime.InteropServices;

namespace Conntrack.Packets;

/// <summary>
/// One direction of an IPv4 connection, 12 bytes, every field in network byte order as it stands in the header.
/// TCP, UDP, UDP-Lite, SCTP and DCCP put their ports here; ICMP queries put the identifier into <see cref="SrcPort"/> and
/// type and code (type first) into <see cref="DstPort"/>, as nf_conntrack's tuple does; protocols without ports leave both zero.
/// </summary>
/// <remarks><code>
///  0      4      8  10 12
///  | src  | dst  |sp|dp|
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 12)]
public struct Tuple4
{
    [FieldOffset(0)] public uint Src;
    [FieldOffset(4)] public uint Dst;
    [FieldOffset(8)] public ushort SrcPort;
    [FieldOffset(10)] public ushort DstPort;

    /// <summary>Both addresses as one word, for a comparison in one instruction.</summary>
    [FieldOffset(0)] public ulong Addresses;

    /// <summary>Both ports as one word.</summary>
    [FieldOffset(8)] public uint Ports;
}
