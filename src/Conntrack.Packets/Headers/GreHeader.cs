using System.Runtime.InteropServices;

namespace Conntrack.Packets.Headers;

/// <summary>
/// GRE, numbers in network byte order: version 0 (RFC 2784, optional words RFC 2890) and version 1, which PPTP carries PPP in (RFC 2637 4.1).
/// </summary>
/// <remarks><code>
///            0 flags, version   2 protocol   4 …
/// version 0                                  4 checksum, reserved (if C)   then key (4, if K)   then sequence (4, if S)
/// version 1                                  4 payload length   6 call id   8 sequence (4, if S)   then acknowledgment (4, if A)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct GreHeader
{
    /// <summary>Bytes every version has.</summary>
    public const int ByteSize = 4;

    /// <summary>Bytes of version 1 up to the call id.</summary>
    public const int CallByteSize = 8;

    /// <summary>PPP, the only payload of version 1, as loaded (0x880b).</summary>
    const ushort Ppp = 0x0b88;

    const int ChecksumBit = 0x80;
    const int KeyBit = 0x20;
    const int VersionMask = 7;

    /// <summary>Checksum, routing, key, sequence present, and what only old RFCs use.</summary>
    [FieldOffset(0)] public byte Flags;

    /// <summary>Acknowledgment present, reserved, version in the lower three bits.</summary>
    [FieldOffset(1)] public byte FlagsAndVersion;

    /// <summary>EtherType of what it carries.</summary>
    [FieldOffset(2)] public ushort Protocol;

    /// <summary>0 or 1; nobody has defined others.</summary>
    public readonly int Version => FlagsAndVersion & VersionMask;

    /// <summary>False for version 1 with anything but PPP in it. What is too short to tell is sound: GRE without its header has no port.</summary>
    public static bool IsSound(byte* transport, uint available) =>
        !HasCall(transport, available) || ((GreHeader*)transport)->Protocol == Ppp;

    /// <summary>
    /// Ports of the tuple (<see cref="PortPair.Ports"/>): the receiver's call id, the only one a PPTP packet has, in the place of the
    /// destination port; zero for other versions, whose optional key is no part of the tuple.
    /// </summary>
    public static uint PortsOf(byte* transport, uint available) =>
        HasCall(transport, available) ? (uint)((ushort*)transport)[3] << 16 : 0;

    /// <summary>
    /// Contents of the key field: of version 0 the word of RFC 2890, of version 1 the call id. Null when it has none, or it is not there.
    /// Host order.
    /// </summary>
    public static uint? KeyOf(byte* transport, uint available)
    {
        if (available < ByteSize)
        {
            return null;
        }

        var header = (GreHeader*)transport;
        int offset = (header->Flags & ChecksumBit) != 0 ? CallByteSize : ByteSize;
        return header->Version == 1
            ? HasCall(transport, available) ? (uint)((transport[6] << 8) | transport[7]) : null
            : (header->Flags & KeyBit) != 0 && available >= offset + sizeof(uint)
                ? System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(*(uint*)(transport + offset))
                : null;
    }

    static bool HasCall(byte* transport, uint available) =>
        available >= CallByteSize && ((GreHeader*)transport)->Version == 1;
}
