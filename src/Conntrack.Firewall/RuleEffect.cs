using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Firewall;

/// <summary>What a reject rule says to the sender, RouterOS's reject-with. Which message that is the dataplane knows.</summary>
public enum RejectWith : byte
{
    /// <summary>icmp-network-unreachable, and icmp-no-route of IPv6.</summary>
    NetworkUnreachable = 0,
    HostUnreachable = 1,
    ProtocolUnreachable = 2,

    /// <summary>icmp-port-unreachable of both families.</summary>
    PortUnreachable = 3,
    NetworkProhibited = 4,
    HostProhibited = 5,

    /// <summary>icmp-admin-prohibited of both families.</summary>
    AdminProhibited = 6,

    /// <summary>A reset to what is TCP, nothing to anything else.</summary>
    TcpReset = 7,

    /// <summary>icmp-address-unreachable of IPv6.</summary>
    AddressUnreachable = 8,

    /// <summary>icmp-not-neighbour of IPv6.</summary>
    NotNeighbour = 9,

    /// <summary>icmp-err-src-routing-header of IPv6 (RFC 6554).</summary>
    SourceRouting = 10,

    /// <summary>icmp-headers-too-long of IPv6 (RFC 8883).</summary>
    HeadersTooLong = 11,
}

/// <summary>How change-ttl comes to its new value.</summary>
public enum TtlChange : byte
{
    Set = 0,
    Increment = 1,
    Decrement = 2,
}

/// <summary>How long an address stays listed.</summary>
public enum ListedFor : byte
{
    /// <summary>No entry: a place that is free.</summary>
    Nothing = 0,

    /// <summary>Until its timeout.</summary>
    Time = 1,

    /// <summary>none-dynamic: until the router restarts.</summary>
    Run = 2,

    /// <summary>none-static: for good.</summary>
    Good = 3,
}

/// <summary>What a rule's target is told besides being the target. Numbers only, names are the control plane's.</summary>
public sealed record RuleEffect
{
    /// <summary>Of jump: where to.</summary>
    public RuleChain JumpTo { get; init; }

    /// <summary>Of the targets that mark or change: whether the packet goes on with the next rule or is accepted.</summary>
    public bool Passthrough { get; init; } = true;

    /// <summary>
    /// The new mark, routing table, priority, DSCP, TTL, MSS (0 clamps to the path's MTU), or the number of the address list.
    /// </summary>
    public ushort Value { get; init; }

    public RejectWith RejectWith { get; init; }

    public TtlChange Ttl { get; init; }

    /// <summary>How long the address is listed that a rule adds.</summary>
    public ListedFor ListedFor { get; init; }

    /// <summary>Of <see cref="ListedFor.Time"/>.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Whether the packet is logged, whatever the target.</summary>
    public bool Log { get; init; }

    /// <summary>Number of the log prefix.</summary>
    public uint LogPrefix { get; init; }
}

/// <summary>An effect in the image. 32 bytes.</summary>
/// <remarks><code>
///  0 flags (1)   1 mode (1): reject-with, kind of TTL change, how long listed   2 value (2)   4 chain (2)   6 spare (2)
///  8 timeout in ticks (4)   12 log prefix (4)   16 spare (16)
/// 32
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
struct CompiledEffect
{
    public const int ByteSize = 32;
    public const byte Passthrough = 1, Log = 2;

    [FieldOffset(0)] public byte Flags;
    [FieldOffset(1)] public byte Mode;
    [FieldOffset(2)] public ushort Value;
    [FieldOffset(4)] public RuleChain JumpTo;
    [FieldOffset(8)] public uint TimeoutTicks;
    [FieldOffset(12)] public uint LogPrefix;

    public static CompiledEffect Of(RuleEffect effect) => new()
    {
        Flags = (byte)((effect.Passthrough ? Passthrough : 0) | (effect.Log ? Log : 0)),
        Mode = (byte)((byte)effect.RejectWith | (byte)effect.Ttl | (byte)effect.ListedFor),
        Value = effect.Value,
        JumpTo = effect.JumpTo,
        TimeoutTicks = (uint)Math.Min(effect.Timeout.Ticks / (TimeSpan.TicksPerSecond / Timestamp.TicksPerSecond), Timestamp.MaxTicks),
        LogPrefix = effect.LogPrefix,
    };
}
