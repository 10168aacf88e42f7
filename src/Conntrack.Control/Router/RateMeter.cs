using System.Diagnostics;
using Conntrack.Dataplane.Hosting;

namespace Conntrack.Control.Router;

/// <summary>Packets and bits a second of one interface.</summary>
public readonly record struct InterfaceRates(ulong RxPackets, ulong RxBits, ulong TxPackets, ulong TxBits);

/// <summary>Rates from counters: the difference over the last whole second or a little more.</summary>
/// <param name="read">Reads the counters by interface.</param>
/// <param name="now">A clock in <see cref="Stopwatch"/> ticks.</param>
sealed class RateMeter(Func<IReadOnlyList<InterfaceCounters>> read, Func<long> now)
{
    long _sampledAt;
    IReadOnlyList<InterfaceCounters>? _sample;
    volatile InterfaceRates[] _rates = [];

    /// <summary>By interface; empty in the first second.</summary>
    public IReadOnlyList<InterfaceRates> Rates => _rates;

    /// <summary>Called often; looks at the counters once a second. One caller.</summary>
    public void Sample()
    {
        long at = now();
        double seconds = (at - _sampledAt) / (double)Stopwatch.Frequency;
        if (_sample is not null && seconds < 1)
        {
            return;
        }

        IReadOnlyList<InterfaceCounters> counters = read();
        if (_sample is { } before)
        {
            _rates = [.. counters.Select((after, i) => new InterfaceRates(
                PerSecond(after.Received - before[i].Received),
                PerSecond((after.ReceivedBytes - before[i].ReceivedBytes) * 8),
                PerSecond(after.Sent - before[i].Sent),
                PerSecond((after.SentBytes - before[i].SentBytes) * 8))),];
        }

        _sample = counters;
        _sampledAt = at;

        ulong PerSecond(ulong difference) => (ulong)Math.Round(difference / seconds);
    }
}
