using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting.Offload;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Native;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Hosting;

/// <summary>A port of a dataplane to be created, and the interface that it begins as.</summary>
/// <param name="Kind">What is behind it.</param>
/// <param name="DevicePort">DPDK's number of a device port.</param>
/// <param name="Role">How packets that enter here are treated, unless <see cref="DataplaneOptions.Router"/> says otherwise.</param>
/// <param name="WirePeer">Index of the interface at the other end when it is a wire.</param>
public sealed record InterfaceOptions(PortKind Kind, ushort DevicePort, PortRole Role, ushort WirePeer = 0);

/// <summary>What a dataplane is created from.</summary>
public sealed record DataplaneOptions
{
    public DataplaneRuntime Runtime { get; init; } = DataplaneRuntime.Aot;

    /// <summary>1 to 64.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Packets a burst takes at most, 1 to 32.</summary>
    public int BurstSize { get; init; } = 32;

    public required IReadOnlyList<InterfaceOptions> Interfaces { get; init; }

    public required TrackingParameters Tracking { get; init; }

    /// <summary>
    /// Connections of each family and worker that address space is reserved for, the most that max-entries can be raised to later. Costs no
    /// memory. Null: max-entries.
    /// </summary>
    public uint? ReservedEntries { get; init; }

    /// <summary>Packets come from capture files and carry their own time.</summary>
    public bool Replay { get; init; }

    /// <summary>Directions of fasttracked connections that each family's flow cache has room for in each worker, 2 to 2^24; memory is committed as they are used.</summary>
    public int FlowLines { get; init; } = 1 << 17;

    /// <summary>How much is handed to hardware, where rules and ports allow it.</summary>
    public HardwareOptions Hardware { get; init; } = new();

    /// <summary>Packet buffers that fragments waiting for the rest of their datagram occupy in each worker, at least 64 (a datagram of 64 KB in full Ethernet frames).</summary>
    public int HeldBuffers { get; init; } = 2048;

    /// <summary>The router to begin with; null for one whose interfaces are what <see cref="Interfaces"/> says.</summary>
    public RouterSpec? Router { get; init; }

    /// <summary>Where packets that the router itself says are taken from; null for a router that says nothing.</summary>
    public MbufPool? Pool { get; init; }

    /// <summary>Neighbours there is room for, up to 65535.</summary>
    public uint Neighbours { get; init; } = 16_384;

    /// <summary>CPU of worker 0, the others on those after it; null leaves threads to the scheduler.</summary>
    public int? FirstCpu { get; init; }
}
