using System.Runtime.InteropServices;
using Conntrack.Packets;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Abi;

/// <summary>
/// What a worker tells the rest of the process: counters with one writer, read by anyone without a lock. Lives in native memory that both
/// runtimes map; 64-bit words, so a reader never sees half a number.
/// </summary>
/// <remarks>
/// The books: <c>received + generated == sent + consumed + Σ dropped + held</c> at any quiet moment, of all workers together, and frames between
/// two workers are held.
/// <code>
///    0 received   8 generated  16 sent   24 consumed   32 held   40 bursts   48 empty polls   56 stop request (4) running (4)
///   64 dropped by reason (64 × 8)
///  576 managed bytes allocated by the worker's thread while it ran   584 kernel thread id   592 no buffers (8)
///  600 neighbours due   608 questions   616 answers   624 failed   632 address conflicts (8 each)
///  640 table of IPv4 connections   648 of IPv6   656 flow cache of IPv4   664 of IPv6   672 profile
///  680 handed over   688 taken over   696 tours refused   704 FastPath: packets of IPv4   712 bytes   720 packets of IPv6   728 bytes
///  736 helpers   744 … 768 spare
/// </code></remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct WorkerState
{
    /// <summary>Room for reasons; <see cref="DropReason.Count"/> must stay below it.</summary>
    public const int DropReasons = 64;

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

    /// <summary>Times that the router had something to say and no buffer to say it in.</summary>
    public ulong NoBuffers;

    /// <summary>
    /// When packets that wait for neighbours have to be looked at again, <see cref="Memory.Timestamp"/>; 0 while none waits. For whoever keeps
    /// the clock.
    /// </summary>
    public ulong NeighboursDue;

    /// <summary>ARP requests and neighbour solicitations sent.</summary>
    public ulong NeighbourQuestions;

    /// <summary>ARP replies and neighbour advertisements received.</summary>
    public ulong NeighbourAnswers;

    /// <summary>Neighbours that were asked in vain.</summary>
    public ulong NeighboursFailed;

    /// <summary>Times that somebody else on a link said that an address of the router is its own (RFC 5227 2.4).</summary>
    public ulong AddressConflicts;

    public TableView* Connections4;
    public TableView* Connections6;

    public FlowCacheView* Flows4;
    public FlowCacheView* Flows6;

    public WorkerProfile* Profile;

    /// <summary>
    /// Frames put into the rings to other workers; what they have not taken yet is held: <c>Σ handed over − Σ taken over</c> of all workers.
    /// </summary>
    public ulong HandedOver;

    /// <summary>Frames taken from the rings of other workers.</summary>
    public ulong TakenOver;

    /// <summary>Errors and datagrams that were not shown to the other workers because too many were.</summary>
    public ulong ToursRefused;

    /// <summary>Packets forwarded while no rule and no tracking was there for their family, and their bytes from the IP header on.</summary>
    public ulong FastPathPackets4;
    public ulong FastPathBytes4;
    public ulong FastPathPackets6;
    public ulong FastPathBytes6;

    /// <summary>What helpers have done.</summary>
    public HelperCounterTable* Helpers;

    fixed ulong _spareEnd[3];
}
