using Conntrack.Tracking.Talkers;

namespace Conntrack.Dataplane.Hosting.Observation;

/// <summary>Counters of several sketches added up, and the heaviest of them.</summary>
sealed unsafe class TalkerSum
{
    /// <summary>Addresses of a ranking.</summary>
    public const int Most = 100;

    readonly Dictionary<UInt128, (ulong Count, ulong Error)> _counts = [];

    /// <summary>Of all addresses.</summary>
    public ulong Total { get; private set; }

    public void Add(TalkerCounts* counts)
    {
        Total += counts->Total;
        for (int n = 0; n < TalkerCounts.Counters; n++)
        {
            TalkerCounts.Counter* counter = TalkerCounts.At(counts, n);
            if (counter->Count != 0)
            {
                (ulong count, ulong error) = _counts.GetValueOrDefault(counter->Address);
                _counts[counter->Address] = (count + counter->Count, error + counter->Error);
            }
        }
    }

    /// <summary>The heaviest, by what they have for sure; those that may have nothing are left out.</summary>
    /// <param name="scale">What one is to count for.</param>
    public IReadOnlyList<RankedTalker> Heaviest(double scale) =>
    [
        .. _counts
            .Select(pair => new RankedTalker(pair.Key, Scaled(pair.Value.Count - pair.Value.Error, scale), Scaled(pair.Value.Error, scale)))
            .Where(talker => talker.Count != 0)
            .OrderByDescending(talker => talker.Count)
            .ThenBy(talker => talker.Address)
            .Take(Most),
    ];

    public static ulong Scaled(ulong count, double scale) => (ulong)Math.Round(count * scale);
}
