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
    readonly List<double> _turns = [];

    /// <summary>Millions of packets a second, window by window.</summary>
    public IReadOnlyList<double> Rates => _rates;

    /// <summary>Millions of packets a second, the median of all windows.</summary>
    public double Median => Quantile(_rates, 0.5);

    /// <summary>Medians of the turns, in order: who is compared turn by turn saw the same state of the machine.</summary>
    public IReadOnlyList<double> Turns => _turns;

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

        Add(turn);
    }

    /// <summary>Takes the rates of a turn's windows, in millions of packets a second.</summary>
    public void Add(List<double> turn)
    {
        _rates.AddRange(turn);
        _turns.Add(Quantile(turn, 0.5));
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

    public static double Quantile(IReadOnlyCollection<double> values, double at)
    {
        if (values.Count == 0)
        {
            return 0;
        }

        double[] sorted = [.. values.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * at))];
    }
}
