using System.Runtime.InteropServices;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Native;

namespace Conntrack.Dataplane.Steering;

/// <summary>What comes over a ring.</summary>
enum HandedOverKind : byte
{
    /// <summary>A frame for its owner, or one that nobody knew and that is back where it came in. It stays.</summary>
    Frame = 0,

    /// <summary>An ICMP error on its tour: whoever knows the connection it is about keeps it.</summary>
    TouringError = 1,

    /// <summary>The fragments of a datagram, whole, for their owner. They stay.</summary>
    Datagram = 2,

    /// <summary>Such fragments on their tour.</summary>
    TouringDatagram = 3,
}

/// <summary>
/// What one worker tells another about a frame it hands over. Written into the frame's own headroom, at the beginning of its buffer, and read
/// when it is taken from the ring; from then on the headroom is free again. One cache line.
/// </summary>
/// <remarks><code>
///  0 time (8)   8 next (8)   16 number (4)   20 rule (4)   24 port (2)   26 frames (2)   28 origin  29 hops left  30 kind  31 spare
/// 32 fragment (32)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
unsafe struct HandedOver
{
    /// <summary>Bytes of this struct, which a frame has free in front of its data.</summary>
    public const int ByteSize = 64;

    /// <summary>When it arrived; in replay it stays, elsewhere it arrives anew at every worker.</summary>
    [FieldOffset(0)] public ulong Time;

    /// <summary>The datagram's next fragment, null behind the last and for any other frame.</summary>
    [FieldOffset(8)] public Mbuf* Next;

    /// <summary>As <see cref="Packets.Packet.Number"/>; of a datagram, the fragment's that completed it.</summary>
    [FieldOffset(16)] public uint Number;

    /// <summary>The rule that has decided so far, as <see cref="Packets.Packet.Rule"/>.</summary>
    [FieldOffset(20)] public uint Rule;

    /// <summary>The port it came in by.</summary>
    [FieldOffset(24)] public ushort Port;

    /// <summary>Frames in this list, 1 for any but a datagram's first.</summary>
    [FieldOffset(26)] public ushort Frames;

    /// <summary>The worker that a tour ends at.</summary>
    [FieldOffset(28)] public byte Origin;

    /// <summary>Workers that a tour still goes to before it ends.</summary>
    [FieldOffset(29)] public byte HopsLeft;

    [FieldOffset(30)] public HandedOverKind Kind;

    /// <summary>Of a datagram's fragment, what the fragment table knows of it.</summary>
    [FieldOffset(32)] public HeldFragment Fragment;

    /// <summary>Whether it is a datagram's first frame.</summary>
    public readonly bool IsDatagram => Kind is HandedOverKind.Datagram or HandedOverKind.TouringDatagram;

    /// <summary>Whether it is on a tour.</summary>
    public readonly bool IsTouring => Kind is HandedOverKind.TouringError or HandedOverKind.TouringDatagram;

    /// <summary>Where it stands in a frame's first buffer.</summary>
    public static HandedOver* In(Mbuf* frame) => (HandedOver*)frame->BufferAddress;

    /// <summary>Whether the frame has room for it.</summary>
    public static bool Fits(Mbuf* frame) => frame->FreeBefore >= ByteSize;
}
