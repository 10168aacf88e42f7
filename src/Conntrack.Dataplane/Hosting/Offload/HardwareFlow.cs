using Conntrack.Native;

namespace Conntrack.Dataplane.Hosting.Offload;

/// <summary>A direction of a connection, for as long as that lives.</summary>
readonly record struct HardwareFlowKey(ConnectionIdentity Connection, byte Direction);

/// <summary>A direction that hardware forwards.</summary>
sealed unsafe class HardwareFlow(HardwareFlowKey key, ushort device, DeviceFlow* rule)
{
    public HardwareFlowKey Key { get; } = key;

    /// <summary>DPDK's number of the port that has the rule.</summary>
    public ushort Device { get; } = device;

    public DeviceFlow* Rule { get; } = rule;

    /// <summary>Numbers of the ports it comes in by and leaves by.</summary>
    public required ushort InPort { get; init; }

    public required ushort OutPort { get; init; }

    /// <summary>0 where the link layer stays as it is.</summary>
    public required ushort Neighbour { get; init; }

    /// <summary>Time to live that its packets come with.</summary>
    public required byte Hops { get; init; }

    public required ushort TimeoutSlot { get; init; }

    /// <summary>Bytes in front of the IP header, as it comes in and as it leaves.</summary>
    public required ushort LinkBytes { get; init; }

    public required ushort NewLinkBytes { get; init; }

    /// <summary>What its counter said when it was last looked at.</summary>
    public FlowRuleCount Seen { get; set; }

    /// <summary>When it was made, in ticks.</summary>
    public required uint SinceTick { get; init; }

    /// <summary>When it is looked at next, and when it last had forwarded anything: ticks.</summary>
    public uint DueTick { get; set; }

    public uint BusyTick { get; set; }

    public bool IsOver { get; set; }
}
