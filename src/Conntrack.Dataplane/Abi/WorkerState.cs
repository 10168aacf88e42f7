using System.Runtime.InteropServices;
using Conntrack.Packets;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Abi;

/// <summary>
/// What a worker tells the rest of the process: counters with one writer, read by anyone without a lock. Lives in native memory that both
/// runtimes map; 64-bit words, so a reader never sees half a number.
/// </summary>
/// <remarks>
/// The books: <c>received + generated == sent + consumed + Σ dropped + held</c> at any quiet moment.
/// <code>
///    0 received   8 generated  16 sent   24 consumed   32 held   40 bursts   48 empty polls   56 stop request (4) running (4)
///   64 dropped by reason (32 × 8)
///  320 managed bytes allocated by the worker's thread while it ran   328 kernel thread id   336 … 384 spare
///  384 table of IPv4 connections   392 table of IPv6 connections   400 … 448 spare
/// </code></remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct WorkerState
{
    /// <summary>Room for reasons; <see cref="DropReason.Count"/> must stay below it.</summary>
    public const int DropReasons = 32;

    public ulong Received;
    public ulong Generated;
    public ulong Sent;
    public ulong Consumed;
    public ulong Held;
    public ulong Bursts;
    public ulong EmptyPolls;

    /// <summary>Set to 1 by the control side; the worker leaves its loop at the next burst boundary.</summary>
    public uint StopRequested;

    /// <summary>1 while the worker's loop runs.</summary>
    public uint Running;

    public fixed ulong Dropped[DropReasons];

    /// <summary>Bytes the worker's own runtime allocated for its thread between the first and the last burst; anything but 0 is a defect.</summary>
    public ulong ManagedBytesAllocated;

    /// <summary>Kernel thread id of the running worker, for tracing tools.</summary>
    public ulong ThreadId;

    fixed ulong _spare[6];

    public TableView* Connections4;
    public TableView* Connections6;

    fixed ulong _spareEnd[6];
}
