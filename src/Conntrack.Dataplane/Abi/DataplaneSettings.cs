using System.Runtime.InteropServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Memory.Publication;
using Conntrack.Native;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack.Offload;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Dataplane.Abi;

/// <summary>
/// Everything a dataplane is created from, and the memory it shares with its creator. Filled by the host, read once by
/// <c>ct_create</c>; the pointed-to memory stays mapped until <c>ct_destroy</c>. Worker n owns queue n of every device port.
/// </summary>
/// <remarks><code>
///   0 workers (4)   4 burst size (4)   8 ports (4)  12 reserved entries (4)  16 flow lines (4)  20 held buffers (4)
///  24 clock start  32 ports  40 port counters  48 worker states  56 tables  64 feeds  72 tracking  80 rules  88 rule memory
///  96 mailboxes  104 routes  112 neighbours  120 stations  128 pool  136 expectations  144 room  152 mappings  160 offloads (8 each)
/// 168 hash key (64)  232 error (256)
/// 488
/// </code></remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct DataplaneSettings
{
    /// <summary>1 to 64.</summary>
    public uint Workers;

    /// <summary>Packets a burst takes at most, 1 to 32.</summary>
    public uint BurstSize;

    /// <summary>Interfaces in <see cref="Ports"/>.</summary>
    public uint PortCount;

    /// <summary>Address space is reserved for this many connections of each family.</summary>
    public uint ReservedEntries;

    /// <summary>Lines of each family's flow cache in each worker, at most.</summary>
    public uint FlowLines;

    /// <summary>Packet buffers that incomplete datagrams may occupy in each worker, at least 64.</summary>
    public uint HeldBuffers;

    /// <summary>Time stamp counter at time zero; one clock for all workers and for whoever reads their tables.</summary>
    public ulong ClockStart;

    public PortState* Ports;

    /// <summary>Rows of <see cref="PortCount"/>, one row for each worker.</summary>
    public PortCounters* PortCounters;

    /// <summary>One for each worker.</summary>
    public WorkerState* WorkerStates;

    /// <summary>Room for two of every worker; filled with its tables, which share one max-entries.</summary>
    public TableView** Tables;

    /// <summary>One for each worker when packets come from captures and carry their own time; otherwise null.</summary>
    public Feed* Feeds;

    /// <summary>
    /// Replaced as a whole: workers take the pointer once a burst, so none sees half a change, and whoever swapped it waits for every worker
    /// to begin another burst before the old block is written again.
    /// </summary>
    public TrackingParameters* Tracking;

    /// <summary>Where the current rules are published, and acknowledged by the workers.</summary>
    public ImagePublication* Rules;

    /// <summary>One for each worker: its rule counters, and what rules remember.</summary>
    public RuleMemory* RuleMemory;

    /// <summary>One for each worker.</summary>
    public Mailbox* Mailboxes;

    /// <summary>Where the current router is published: interfaces, addresses, routes.</summary>
    public ImagePublication* Routes;

    /// <summary>Shared by all workers.</summary>
    public NeighbourTable* Neighbours;

    /// <summary>Stations behind ports of bridges, likewise.</summary>
    public StationTable* Stations;

    /// <summary>Buffers for what the router itself says; null when there are none and it says nothing.</summary>
    public Mempool* Pool;

    /// <summary>Connections that helpers have heard of, shared by all workers.</summary>
    public ExpectationTable* Expectations;

    /// <summary>max-entries of several workers, shared by them.</summary>
    public SharedRoom* Room;

    /// <summary>Endpoint-independent mappings, likewise; without room until a rule maps.</summary>
    public MappingTable* Mappings;

    /// <summary>One for each worker; null in replay, which has no hardware.</summary>
    public OffloadExchange* Offloads;

    /// <summary>Key of the flow hash, 64 bytes.</summary>
    public fixed byte HashKey[64];

    /// <summary>Why <c>ct_create</c> failed: UTF-8, zero-terminated.</summary>
    public fixed byte Error[256];
}
