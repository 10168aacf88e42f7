using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Helpers;

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

/// <summary>The families whose packets are tracked; the bit's number is the family's.</summary>
[Flags]
public enum TrackedFamilies : byte
{
    None = 0,
    Ipv4 = 1 << PacketFamily.Ipv4,
    Ipv6 = 1 << PacketFamily.Ipv6,
    Both = Ipv4 | Ipv6,
}

/// <summary>
/// <c>/ip firewall connection tracking</c> in the shape workers read: timeouts in ticks, indexed by state. Lives in native memory shared by
/// both runtimes; every packet reads it afresh, so a change reaches a live connection with its next packet.
/// </summary>
/// <remarks><code>
///   0 timeouts: 10 × TCP state, max-retrans, unacked, udp, udp-stream, icmp, generic (16 × 4)
///  64 max entries (4)  68 enabled (1)  69 loose (1)  70 liberal (1)  71 ignore checksums (1)
///  80 ports of helpers (176)
/// 256
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 256)]
public unsafe struct TrackingParameters
{
    /// <summary>Ticks of 10 ms, at most <see cref="Timestamp.MaxTicks"/>.</summary>
    [FieldOffset(0)] public fixed uint Timeouts[(int)TimeoutSlot.Count];

    /// <summary>Connections of both families together.</summary>
    [FieldOffset(64)] public uint MaxEntries;

    /// <summary>Whose packets are tracked at all; those of the other family are untracked.</summary>
    [FieldOffset(68)] public TrackedFamilies Enabled;

    /// <summary>loose-tcp-tracking.</summary>
    [FieldOffset(69)] public byte Loose;

    /// <summary>liberal-tcp-tracking.</summary>
    [FieldOffset(70)] public byte Liberal;

    /// <summary>1 for <c>--checksums ignore</c>.</summary>
    [FieldOffset(71)] public byte IgnoreChecksums;

    /// <summary>The ports whose connections a helper reads.</summary>
    [FieldOffset(80)] public HelperPorts Helpers;

    /// <summary>Whether packets of this family are tracked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Tracks(PacketFamily family) => (((uint)Enabled >> (int)family) & 1) != 0;

    /// <summary>Sets one timeout, by <see cref="TcpState"/> or <see cref="TimeoutSlot"/>, in ticks.</summary>
    public void SetTimeout(int slot, uint ticks)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)TimeoutSlot.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ticks, Timestamp.MaxTicks);
        Timeouts[slot] = ticks;
    }
}
