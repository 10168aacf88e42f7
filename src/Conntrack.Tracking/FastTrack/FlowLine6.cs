using System.Runtime.InteropServices;
using Conntrack.Packets;
using Conntrack.Packets.Rewriting;

namespace Conntrack.Tracking.FastTrack;

/// <summary>One direction of a fasttracked IPv6 connection: two cache lines.</summary>
/// <remarks><code>
///   0 addresses (32)   32 ports (4)   36 how packets leave when they are translated (40)   76 state (52)
/// 128
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct FlowLine6
{
    /// <summary>Bytes of a line.</summary>
    public const int ByteSize = 128;

    [FieldOffset(0)] public Addresses6 Addresses;
    [FieldOffset(32)] public PortPair Ports;

    /// <summary>The translation of its packets, not set for a connection without one.</summary>
    [FieldOffset(36)] public FlowRewrite6 Rewrite;

    [FieldOffset(76)] public FlowState State;
}
