using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Tracking;

/// <summary>Slots of <see cref="TrackingParameters.Timeouts"/> after the ten that <see cref="TcpState"/> numbers.</summary>
public enum TimeoutSlot
{
    TcpMaxRetrans = 10,
    TcpUnacked = 11,
    Udp = 12,
    UdpStream = 13,
    Icmp = 14,
    Generic = 15,
    Count = 16,
}

/// <summary>
/// <c>/ip firewall connection tracking</c> in the shape workers read: timeouts in ticks, indexed by state. Lives in native memory shared by
/// both runtimes; every packet reads it afresh, so a change reaches a live connection with its next packet.
/// </summary>
/// <remarks><code>
///   0 timeouts: 10 × TCP state, max-retrans, unacked, udp, udp-stream, icmp, generic (16 × 4)
///  64 max entries (4)  68 enabled (1)  69 loose (1)  70 liberal (1)  71 ignore checksums (1)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public unsafe struct TrackingParameters
{
    /// <summary>Ticks of 10 ms, at most <see cref="Timestamp.MaxTicks"/>.</summary>
    [FieldOffset(0)] public fixed uint Timeouts[(int)TimeoutSlot.Count];

    /// <summary>Connections of both families together.</summary>
    [FieldOffset(64)] public uint MaxEntries;

    /// <summary>1 when packets are tracked at all.</summary>
    [FieldOffset(68)] public byte Enabled;

    /// <summary>loose-tcp-tracking.</summary>
    [FieldOffset(69)] public byte Loose;

    /// <summary>liberal-tcp-tracking.</summary>
    [FieldOffset(70)] public byte Liberal;

    /// <summary>1 for <c>--checksums ignore</c>.</summary>
    [FieldOffset(71)] public byte IgnoreChecksums;

    /// <summary>Sets one timeout, by <see cref="TcpState"/> or <see cref="TimeoutSlot"/>, in ticks.</summary>
    public void SetTimeout(int slot, uint ticks)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)TimeoutSlot.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ticks, Timestamp.MaxTicks);
        Timeouts[slot] = ticks;
    }
}
