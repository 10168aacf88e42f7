using System.Runtime.InteropServices;
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

/// <summary>A frame that a worker of a replay sent. 16 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public unsafe struct OutboxItem
{
    [FieldOffset(0)] public Mbuf* Mbuf;

    /// <summary>Number of the frame that caused it; output files are in this order whatever worker sent it.</summary>
    [FieldOffset(8)] public uint Number;

    [FieldOffset(12)] public ushort Interface;
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

    /// <summary>0 slow path, 1 FastTrack.</summary>
    [FieldOffset(19)] public byte Path;
}

/// <summary>Where a worker of a replay finds its packets and leaves what came of them; one burst at a time.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Feed
{
    /// <summary>Frames waiting, at most a burst.</summary>
    public uint Count;

    /// <summary>Frames in <see cref="Outbox"/>.</summary>
    public uint Sent;

    /// <summary>Number of the first frame of the step: slot of a frame's trace item is its number less this.</summary>
    public uint FirstNumber;

    /// <summary>Room for a burst.</summary>
    public FeedItem* Items;

    /// <summary>Room for a burst.</summary>
    public OutboxItem* Outbox;

    public TraceItem* Trace;
}
