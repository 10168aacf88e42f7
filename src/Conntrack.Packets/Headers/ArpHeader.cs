using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>ARP of IPv4 over Ethernet (RFC 826); the fields stand in the packet's bytes, numbers in network byte order.</summary>
/// <remarks><code>
///  0 hardware (2)   2 protocol (2)   4 hardware length (1)   5 protocol length (1)   6 operation (2)
///  8 sender MAC (6)   14 sender address (4)   18 target MAC (6)   24 target address (4)
/// 28
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct ArpHeader
{
    /// <summary>Bytes of a message.</summary>
    public const int ByteSize = 28;

    /// <summary>The first six bytes of every message: Ethernet (1), IPv4 (0x0800), six and four bytes of address. As loaded.</summary>
    public const ulong EthernetIpv4 = 0x0406_0008_0100;

    /// <summary>Operations as loaded.</summary>
    public const ushort Request = 0x0100, Reply = 0x0200;

    [FieldOffset(0)] public ulong Kind;
    [FieldOffset(6)] public ushort Operation;
    [FieldOffset(8)] public fixed byte SenderMac[6];
    [FieldOffset(14)] public uint SenderAddress;
    [FieldOffset(18)] public fixed byte TargetMac[6];
    [FieldOffset(24)] public uint TargetAddress;
}
