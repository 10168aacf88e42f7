using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Events;

/// <summary>
/// One line of an <see cref="EventRing"/>: what happened, and the whole record as it was then. Whoever reads it later finds in the table another
/// connection or none.
/// </summary>
/// <remarks><code>
///   0 time (8)    8 lost before (8)   16 record (4)   20 deadline (4)   24 kind   25 end   26 IPv6   27 spare (37)
///  64 extension (64), zero where there is none
/// 128 record (192), of IPv4 the first 128 bytes
/// 320
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct ConnectionEvent
{
    /// <summary>Bytes of this struct: five cache lines.</summary>
    public const int ByteSize = 320;

    /// <summary>When the worker began what made it so, see <see cref="Memory.Timestamp"/>: exact to a burst.</summary>
    [FieldOffset(0)] public ulong Time;

    /// <summary>Events that found the ring full since the start, all of them before this one.</summary>
    [FieldOffset(8)] public ulong LostBefore;

    /// <summary>Number of the record in its table.</summary>
    [FieldOffset(16)] public uint Record;

    /// <summary>Its deadline in ticks.</summary>
    [FieldOffset(20)] public uint Deadline;

    [FieldOffset(24)] public EventKind Kind;

    /// <summary>Why, of <see cref="EventKind.Ended"/>; of any other nothing.</summary>
    [FieldOffset(25)] public ConnectionEnd End;

    /// <summary>1: the record is a <see cref="Connection6"/>.</summary>
    [FieldOffset(26)] public byte IsIpv6;

    [FieldOffset(64)] public Extension Extension;
    [FieldOffset(128)] public Connection4 Ipv4;
    [FieldOffset(128)] public Connection6 Ipv6;
}
