using System.Runtime.InteropServices;

namespace Conntrack.Dataplane.Abi;

/// <summary>The stages of a packet's way, in order; a stage's number is its place in <see cref="WorkerProfile"/>.</summary>
public enum Stage
{
    Receive,
    Parse,
    FastTrack,
    Steer,
    Raw,
    Reassemble,
    Track,
    DstNat,
    Route,
    Filter,
    SrcNat,
    Confirm,
    Neighbour,
    Deliver,
    Transmit,
    Originate,
    Housekeeping,
    Count,
}

/// <summary>
/// Where a worker's time goes, measured while <see cref="Requested"/> is set: TSC cycles and packets of every stage, and how long the gaps
/// between the starts of two bursts are. One writer, the worker; while nobody asks, the worker runs code that has no measurement in it.
/// </summary>
/// <remarks><code>
///   0 requested (4)   4 spare (4)   8 last burst began (8)   16 longest gap (8)   24 bursts (8)   32 stall (8)   40 stalls (8)   48 spare (16)
///  64 cycles of stage (24 × 8)
/// 256 packets of stage (24 × 8)
/// 448 gaps: bucket n counts gaps of 2^n to 2^(n+1) cycles (64 × 8)
/// 960
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 960)]
public unsafe struct WorkerProfile
{
    /// <summary>Room for stages.</summary>
    public const int Stages = 24;

    /// <summary>Buckets of the gap histogram.</summary>
    public const int GapBuckets = 64;

    /// <summary>A burst takes microseconds: what keeps a worker longer than this came from outside, and full queues may have run over.</summary>
    public const int StallMicroseconds = 100;

    /// <summary>1 while somebody wants to know.</summary>
    [FieldOffset(0)] public uint Requested;

    /// <summary>TSC at the start of the latest measured burst, 0 when the burst before was not measured.</summary>
    [FieldOffset(8)] public ulong LastBegan;

    /// <summary>
    /// TSC cycles of the longest gap since the host last took it. Taking leaves 0 behind, the one word here with two writers; the worker
    /// stores only what is longer than what it finds, so a store that comes between takes nothing back and loses nothing.
    /// </summary>
    [FieldOffset(16)] public ulong LongestGap;

    /// <summary>Bursts measured, empty ones included.</summary>
    [FieldOffset(24)] public ulong Bursts;

    /// <summary>TSC cycles from which on a gap is a stall: <see cref="StallMicroseconds"/>, set by the host.</summary>
    [FieldOffset(32)] public ulong StallCycles;

    /// <summary>Gaps longer than <see cref="StallCycles"/>.</summary>
    [FieldOffset(40)] public ulong Stalls;

    [FieldOffset(64)] public fixed ulong Cycles[Stages];
    [FieldOffset(256)] public fixed ulong Packets[Stages];
    [FieldOffset(448)] public fixed ulong Gaps[GapBuckets];
}
