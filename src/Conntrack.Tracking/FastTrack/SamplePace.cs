using Conntrack.Memory;

namespace Conntrack.Tracking.FastTrack;

/// <summary>
/// How often a fasttracked direction takes the slow path: once a second while few connections are fasttracked, seldomer when there are so
/// many that samples would be more than a fiftieth of all packets, up to an eighth of the connection's timeout.
/// </summary>
public sealed class SamplePace
{
    /// <summary>Ticks between two samples of a direction, at first and at least: one second.</summary>
    public const uint Shortest = Timestamp.TicksPerSecond;

    /// <summary>Ticks after which a silent line gives way to another connection, at most: ten seconds.</summary>
    public const uint LongestSilence = 10 * Timestamp.TicksPerSecond;

    const uint Longest = Shortest << 12;

    uint _judgedAt;
    ulong _samples;
    ulong _packets;

    /// <summary>Ticks between two samples of a direction whose timeout allows them.</summary>
    public uint Interval { get; private set; } = Shortest;

    /// <summary>Ticks a line has to be silent for before another connection may have it: a busy one would only come back.</summary>
    public uint Silence => Math.Min(Interval, LongestSilence);

    /// <summary>The interval for a connection whose every packet extends it by <paramref name="timeout"/> ticks.</summary>
    public uint IntervalFor(uint timeout) => Math.Max(Shortest, Math.Min(Interval, timeout / 8));

    /// <summary>Once a second: twice as long above a fiftieth, half as long below a two-hundredth, so that neither brings on the other.</summary>
    /// <param name="tick">Now.</param>
    /// <param name="samples">Samples taken so far.</param>
    /// <param name="packets">Packets forwarded from the cache so far.</param>
    public void Judge(uint tick, ulong samples, ulong packets)
    {
        if (tick - _judgedAt < Timestamp.TicksPerSecond)
        {
            return;
        }

        ulong sampled = samples - _samples;
        ulong all = sampled + packets - _packets;
        _judgedAt = tick;
        _samples = samples;
        _packets = packets;
        if (sampled * 50 > all)
        {
            Interval = Math.Min(Interval * 2, Longest);
        }
        else if (sampled * 200 < all)
        {
            Interval = Math.Max(Interval / 2, Shortest);
        }
    }
}
