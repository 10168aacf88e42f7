using Conntrack.Memory;

namespace Conntrack.Tracking.FastTrack;

/// <summary>
/// How often a fasttracked direction takes the slow path: once a second while few connections are fasttracked, seldomer when there are so
/// many that samples would be more than a hundredth of all packets, up to an eighth of the connection's timeout.
/// </summary>
public sealed class SamplePace
{
    /// <summary>Ticks between two samples of a direction, at first and at least: one second.</summary>
    public const uint Shortest = Timestamp.TicksPerSecond;

    /// <summary>Ticks after which a silent line gives way to another connection, at most: ten seconds.</summary>
    public const uint LongestSilence = 10 * Timestamp.TicksPerSecond;

    const uint Longest = Shortest << 12;

    /// <summary>Samples of a second that need no packets to go with them, and beyond these one for every so many packets from the cache.</summary>
    const uint FreeSamples = 1024, PacketsPerSample = 128;

    uint _judgedAt;
    ulong _samples;
    ulong _packets;

    /// <summary>Ticks between two samples of a direction whose timeout allows them.</summary>
    public uint Interval { get; private set; } = Shortest;

    /// <summary>Ticks a line has to be silent for before another connection may have it: a busy one would only come back.</summary>
    public uint Silence => Math.Min(Interval, LongestSilence);

    /// <summary>The interval for a connection whose every packet extends it by <paramref name="timeout"/> ticks.</summary>
    public uint IntervalFor(uint timeout) => Math.Max(Shortest, Math.Min(Interval, timeout / 8));

    /// <summary>
    /// Whether another sample may be taken in this second. Where all are due at once, because nobody ran for a while or because the pace is
    /// still too fast, they come as packets leave room for them.
    /// </summary>
    /// <param name="samples">Samples taken so far.</param>
    /// <param name="packets">Packets forwarded from the cache so far.</param>
    public bool MayTake(ulong samples, ulong packets) => samples - _samples < FreeSamples + ((packets - _packets) / PacketsPerSample);

    /// <summary>Once a second: twice as long above a hundredth, half as long below a four-hundredth, so that neither brings on the other.</summary>
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
        if (sampled * 100 > all)
        {
            Interval = Math.Min(Interval * 2, Longest);
        }
        else if (sampled * 400 < all)
        {
            Interval = Math.Max(Interval / 2, Shortest);
        }
    }
}
