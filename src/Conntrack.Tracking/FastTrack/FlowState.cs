using System.Runtime.InteropServices;
using Conntrack.Packets.Rewriting;

namespace Conntrack.Tracking.FastTrack;

/// <summary>
/// What a line of the flow cache knows apart from its key: the last 52 bytes of <see cref="FlowLine4"/> and <see cref="FlowLine6"/>.
/// </summary>
/// <remarks><code>
///  0 protocol   1 direction   2 out-interface (2)   4 record (4)          8 edition (4)
/// 12 timeout slot   13 news   14 neighbour (2)      16 sample tick (4)    20 refreshed tick (4)  24 packets (4)  28 bytes (8)
/// 36 how its packets leave when they are translated (16): of IPv4 only, see FlowLine6
/// 52
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct FlowState
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 52;

    [FieldOffset(0)] public byte Protocol;

    /// <summary>0 original, 1 reply.</summary>
    [FieldOffset(1)] public byte Direction;

    [FieldOffset(2)] public ushort OutInterface;

    /// <summary>Number of the connection's record, 0 for an empty line.</summary>
    [FieldOffset(4)] public uint Record;

    /// <summary>Rules and routes under which the connection was fasttracked; under any other its next packet takes the slow path.</summary>
    [FieldOffset(8)] public uint Edition;

    /// <summary>Which timeout every packet extends the connection by, see <see cref="TrackingParameters.Timeouts"/>; a changed setting reaches the next packet.</summary>
    [FieldOffset(12)] public byte TimeoutSlot;

    /// <summary>The next sample changes the connection, and does not wait: see <see cref="SampleTick"/>.</summary>
    [FieldOffset(13)] public bool HasNews;

    /// <summary>Whom its packets are sent to, 0 where the link layer stays as it is.</summary>
    [FieldOffset(14)] public ushort Neighbour;

    /// <summary>From this tick on one packet takes the slow path.</summary>
    [FieldOffset(16)] public uint SampleTick;

    /// <summary>Tick in which the deadline was last written.</summary>
    [FieldOffset(20)] public uint RefreshedTick;

    /// <summary>Packets not yet added to the record.</summary>
    [FieldOffset(24)] public uint Packets;

    /// <summary>Bytes from the IP header on, not yet added to the record.</summary>
    [FieldOffset(28)] public ulong Bytes;

    /// <summary>IPv4: the translation of its packets, not set for a connection without one.</summary>
    [FieldOffset(36)] public FlowRewrite4 Rewrite;
}
