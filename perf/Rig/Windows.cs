using System.Diagnostics;

namespace Conntrack.Rig;

/// <summary>
/// Packets a second in short windows. On a shared machine the median says what one gets, the best windows what the code can do: what
/// disturbs them is over before a window is.
/// </summary>
sealed class Windows
{
    readonly List<double> _rates = [];
    readonly List<double> _best = [];

    /// <summary>Millions of packets a second, window by window.</summary>
    public IReadOnlyList<double> Rates => _rates;

    /// <summary>Millions of packets a second, the median of all windows.</summary>
    public double Median => Quantile(_rates, 0.5);

    /// <summary>The best turn's 90th percentile.</summary>
    public double Quiet => _best.Count == 0 ? 0 : _best.Max();

    public void Measure(CounterPage counters, int windows, TimeSpan length)
    {
        List<double> turn = [];
        (long time, ulong packets) = Sample(counters);
        for (int n = 0; n < windows; n++)
        {
            Thread.Sleep(length);
            (long timeNow, ulong packetsNow) = Sample(counters);
            turn.Add((packetsNow - packets) / Stopwatch.GetElapsedTime(time, timeNow).TotalMicroseconds);
            (time, packets) = (timeNow, packetsNow);
        }

        _rates.AddRange(turn);
        _best.Add(Quantile(turn, 0.9));
    }

    /// <summary>Time and counters belong together only when nothing came between their readings.</summary>
    static (long Time, ulong Packets) Sample(CounterPage counters)
    {
        while (true)
        {
            long before = Stopwatch.GetTimestamp();
            ulong packets = counters.Read().Swallowed;
            if (Stopwatch.GetElapsedTime(before) < TimeSpan.FromMicroseconds(20))
            {
                return (before, packets);
            }
        }
    }

    static double Quantile(List<double> values, double at)
    {
        if (values.Count == 0)
        {
            return 0;
        }

        double[] sorted = [.. values.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * at))];
    }
}
