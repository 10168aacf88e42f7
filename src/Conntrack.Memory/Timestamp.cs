using System.Runtime.CompilerServices;

namespace Conntrack.Memory;

/// <summary>
/// The dataplane's clock: a tick of 10 ms in the upper bits and the microseconds within that tick (0..9999) in the lower 16.
/// Deadlines are kept in ticks (32 bits, compared by signed difference, so 497 days wrap without a trace); the microseconds let replay
/// end a timeout exactly at its instant without a wider deadline.
/// </summary>
/// <remarks><code>
///  63            48 47             16 15        0
///  |      0        |  tick (32)      | us (16)  |
/// </code></remarks>
public static class Timestamp
{
    /// <summary>Microseconds in a tick.</summary>
    public const int MicrosecondsPerTick = 10_000;

    /// <summary>Ticks in a second.</summary>
    public const int TicksPerSecond = 100;

    /// <summary>The longest timeout, 20 weeks: a signed difference of ticks holds 35, and a sweep may be late.</summary>
    public const uint MaxTicks = 20u * 7 * 24 * 3600 * TicksPerSecond;

    /// <summary>From microseconds since the dataplane's start. The first tick is 1, so that 0 can mean "no deadline".</summary>
    public static ulong FromMicroseconds(ulong microseconds)
    {
        (ulong ticks, ulong rest) = Math.DivRem(microseconds, MicrosecondsPerTick);
        return (ulong)(uint)(ticks + 1) << 16 | rest;
    }

    /// <summary>The other way round.</summary>
    public static ulong ToMicroseconds(ulong timestamp) => ((ulong)(Tick(timestamp) - 1) * MicrosecondsPerTick) + Phase(timestamp);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Tick(ulong timestamp) => (uint)(timestamp >> 16);

    /// <summary>Microseconds within the tick.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Phase(ulong timestamp) => (ushort)timestamp;
}
