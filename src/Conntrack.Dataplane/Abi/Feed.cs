using System.Runtime.InteropServices;
using Conntrack.Firewall;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Abi;

/// <summary>A frame on its way into a worker of a replay. 32 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public unsafe struct FeedItem
{
    [FieldOffset(0)] public Mbuf* Mbuf;

    /// <summary>Virtual time, <see cref="Memory.Timestamp"/>.</summary>
    [FieldOffset(8)] public ulong Time;

    [FieldOffset(16)] public uint Number;
    [FieldOffset(20)] public ushort Interface;

    /// <summary>1 when the capture holds fewer bytes than were on the wire.</summary>
    [FieldOffset(22)] public byte Truncated;
}

/// <summary>A frame that a worker of a replay sent. 24 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
public unsafe struct OutboxItem
{
    [FieldOffset(0)] public Mbuf* Mbuf;

    /// <summary>Number of the frame that caused it; output files are in this order whatever worker sent it.</summary>
    [FieldOffset(8)] public uint Number;

    [FieldOffset(12)] public ushort Interface;

    /// <summary>Order among those of one cause: 0 for what it is itself, more for what had waited for it.</summary>
    [FieldOffset(16)] public uint Behind;

    /// <summary>Whether one leaves before another.</summary>
    public static bool IsBefore(OutboxItem* one, OutboxItem* other) =>
        one->Number != other->Number ? one->Number < other->Number : one->Behind < other->Behind;
}

/// <summary>How a frame ended that waited.</summary>
public enum HeldFate : byte
{
    None = 0,

    /// <summary>It became part of the datagram that a later frame completed.</summary>
    Reassembled = 1,

    /// <summary>It still waited when the replay ended.</summary>
    StillHeld = 2,

    /// <summary>Its neighbour answered, and it was sent.</summary>
    Sent = 3,
}

/// <summary>What became of a frame that was held. 24 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
public struct FragmentFate
{
    /// <summary>When it was decided, <see cref="Memory.Timestamp"/>.</summary>
    [FieldOffset(0)] public ulong Time;

    /// <summary>Of the frame.</summary>
    [FieldOffset(8)] public uint Number;

    /// <summary>Number of the frame that decided it; <see cref="NoCause"/> when time did.</summary>
    [FieldOffset(12)] public uint Cause;

    /// <summary>Why it was dropped, <see cref="DropReason.None"/> when it was not.</summary>
    [FieldOffset(16)] public DropReason Reason;

    [FieldOffset(17)] public HeldFate Fate;

    /// <summary>Stands for "no frame".</summary>
    public const uint NoCause = uint.MaxValue;
}

/// <summary>What happened to one frame, the content of a trace line. 32 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public struct TraceItem
{
    /// <summary>Virtual time in nanoseconds since the first packet.</summary>
    [FieldOffset(0)] public ulong Nanoseconds;

    [FieldOffset(8)] public uint FrameNumber;
    [FieldOffset(12)] public ushort Interface;
    [FieldOffset(14)] public ushort OutInterface;
    [FieldOffset(16)] public ConnectionStateOfPacket State;
    [FieldOffset(17)] public Verdict Verdict;
    [FieldOffset(18)] public DropReason Reason;

    /// <summary>As <see cref="Packet.Path"/>; a line that is written says 0 for the slow path, 1 for FastTrack.</summary>
    [FieldOffset(19)] public byte Path;

    /// <summary>The rule that decided, see <see cref="Packet.Rule"/>.</summary>
    [FieldOffset(20)] public uint Rule;

    /// <summary>Set when the frame was held.</summary>
    [FieldOffset(24)] public HeldFate Fate;
}

/// <summary>Where a worker of a replay finds its packets and leaves what came of them; one burst at a time.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Feed
{
    /// <summary>Frames waiting, at most a burst.</summary>
    public uint Count;

    /// <summary>Frames in <see cref="Outbox"/>.</summary>
    public uint Sent;

    /// <summary>Number of the first frame of the burst: slot of a frame's trace item is its number less this.</summary>
    public uint FirstNumber;

    /// <summary>Items in <see cref="Fates"/>.</summary>
    public uint FateCount;

    /// <summary>Room for a burst.</summary>
    public FeedItem* Items;

    /// <summary>Room for <see cref="OutboxRoom"/>.</summary>
    public OutboxItem* Outbox;

    /// <summary>Room for a burst.</summary>
    public TraceItem* Trace;

    /// <summary>Beside <see cref="Trace"/>, the rules that counted the frame; null when nobody asks for them.</summary>
    public RuleTrace* Rules;

    /// <summary>What became of frames that were held; room for a burst, and for every frame that may be held besides.</summary>
    public FragmentFate* Fates;

    /// <summary>Frames that a burst may send; what is beyond is lost as by a port that is too slow.</summary>
    public uint OutboxRoom;

    readonly uint _spare;

    /// <summary>The time where no frame tells it: what is due by then happens. 0 while frames tell it.</summary>
    public ulong Now;
}
