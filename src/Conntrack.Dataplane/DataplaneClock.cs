using Conntrack.Memory;
using Conntrack.Native;

namespace Conntrack.Dataplane;

/// <summary>The worker's clock: the time stamp counter, read once a burst and scaled to microseconds by one multiplication.</summary>
sealed class DataplaneClock(ulong start)
{
    // Microseconds per count as a 64-bit fraction: the high word of count × this is the time.
    readonly ulong _scale = (ulong)(((UInt128)1_000_000 << 64) / Tsc.Frequency());

    /// <summary>Time since <c>start</c>, a reading of the counter, see <see cref="Timestamp"/>.</summary>
    public ulong Now() => Timestamp.FromMicroseconds(Math.BigMul(Tsc.Now() - start, _scale, out _));
}
