using System.Runtime.InteropServices;

namespace Conntrack.Tracking.FastTrack.Offload;

/// <summary>What the control side says about an offloaded connection to the worker that owns it.</summary>
public enum NoticeKind : byte
{
    None = 0,

    /// <summary>Hardware forwards packets of it now.</summary>
    Begun = 1,

    /// <summary>Hardware has forwarded so many more packets of a direction.</summary>
    Counted = 2,

    /// <summary>Hardware forwards none of its packets any more.</summary>
    Over = 3,
}

/// <summary>One line of the ring to a worker.</summary>
/// <remarks><code>
///  0 kind (1)   1 IPv6 (1)   2 generation (2)   4 record (4)   8 direction (1)   9 spare (1)   10 timeout slot (2)   12 packets (4)
/// 16 bytes (8)   24 spare (8)
/// 32
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct OffloadNotice
{
    /// <summary>Bytes of this struct: two to a cache line.</summary>
    public const int ByteSize = 32;

    [FieldOffset(0)] public NoticeKind Kind;
    [FieldOffset(1)] public byte IsIpv6;

    /// <summary>With the record's number, one connection for as long as it lives.</summary>
    [FieldOffset(2)] public ushort Generation;

    [FieldOffset(4)] public uint Record;
    [FieldOffset(8)] public byte Direction;

    /// <summary>Which timeout packets extend the connection by.</summary>
    [FieldOffset(10)] public ushort TimeoutSlot;

    [FieldOffset(12)] public uint Packets;

    /// <summary>From the IP header on.</summary>
    [FieldOffset(16)] public ulong Bytes;
}
