using System.Runtime.InteropServices;

namespace Conntrack.Dataplane.Abi;

/// <summary>What is behind an interface.</summary>
public enum PortKind : uint
{
    /// <summary>A DPDK port: a NIC or a virtual device.</summary>
    Device = 0,

    /// <summary>A capture file of replay: packets come from the feed and go to the outbox.</summary>
    Capture = 1,
}

/// <summary>How the router treats what comes in on an interface.</summary>
public enum PortRole : byte
{
    /// <summary>Packets are routed.</summary>
    Routed = 0,

    /// <summary>One end of a wire: what enters leaves by its <see cref="Routing.InterfaceEntry.Peer"/>.</summary>
    Wire = 1,

    /// <summary>The only interface there is: packets are tracked as if forwarded and go nowhere.</summary>
    Observed = 2,

    /// <summary>Disabled, or the end of a wire whose other end is: nothing passes.</summary>
    Disabled = 3,

    /// <summary>What comes in here the router itself says.</summary>
    Host = 4,
}

/// <summary>
/// A port as workers see it; 16 bytes. What is done with its packets stands in the entry that the route image has under the same number.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct PortState
{
    [FieldOffset(0)] public PortKind Kind;

    /// <summary>DPDK's number of a device port.</summary>
    [FieldOffset(4)] public ushort DevicePort;

    /// <summary>1 while bursts may be asked for: the device is there and started. Written by the control side.</summary>
    [FieldOffset(8)] public uint IsUp;
}

/// <summary>What one worker received and sent on one interface; 64 bytes, so that no two workers write one cache line.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct PortCounters
{
    [FieldOffset(0)] public ulong Received;
    [FieldOffset(8)] public ulong ReceivedBytes;
    [FieldOffset(16)] public ulong Sent;
    [FieldOffset(24)] public ulong SentBytes;

    /// <summary>Packets the device did not take.</summary>
    [FieldOffset(32)] public ulong NotSent;
}
