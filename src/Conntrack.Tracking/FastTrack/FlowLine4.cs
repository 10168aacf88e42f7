using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Tracking.FastTrack;

/// <summary>One direction of a fasttracked IPv4 connection: one cache line.</summary>
/// <remarks><code>
///  0 tuple (12)   12 state (52)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct FlowLine4
{
    /// <summary>Bytes of a line.</summary>
    public const int ByteSize = 64;

    [FieldOffset(0)] public Tuple4 Tuple;
    [FieldOffset(12)] public FlowState State;
}
