using Conntrack.Dataplane.Abi;
using Conntrack.Native;

namespace Conntrack.Dataplane.Hosting;

/// <content>Where the workers' time goes, measured while anybody asks.</content>
/// <remarks>
/// Workers count on and on while they measure, so a measurement is the difference of two readings, and two of them at a time do not see
/// each other. Only of the longest gap there is no difference: it is taken whenever one begins or ends, and told to all under way.
/// </remarks>
public sealed unsafe partial class DataplaneHost
{
    readonly Lock _measuring = new();
    readonly List<WorkerMeasurement> _measurements = [];

    /// <summary>Lets every worker measure, from its next burst on, until <see cref="EndMeasurement"/>.</summary>
    public WorkerMeasurement BeginMeasurement()
    {
        lock (_measuring)
        {
            TakeLongestGaps();
            var measurement = new WorkerMeasurement(Tsc.Now(), Profiles());
            _measurements.Add(measurement);
            RequestMeasuring();
            return measurement;
        }
    }

    /// <summary>Ends a measurement; the workers go on measuring as long as there are others.</summary>
    /// <returns>One for each worker. Words are read one by one while it goes on, so they may be a burst apart.</returns>
    /// <exception cref="ArgumentException">It has ended before.</exception>
    public IReadOnlyList<MeasuredWorker> EndMeasurement(WorkerMeasurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        lock (_measuring)
        {
            if (!_measurements.Contains(measurement))
            {
                throw new ArgumentException("The measurement has ended before.", nameof(measurement));
            }

            TakeLongestGaps();
            _measurements.Remove(measurement);
            RequestMeasuring();
            WorkerProfile[] end = Profiles();
            ulong cycles = Tsc.Now() - measurement.Began;
            return [.. end.Select((profile, worker) => Difference(profile, measurement.Start[worker], cycles, measurement.LongestGap[worker]))];
        }
    }

    void RequestMeasuring()
    {
        for (int w = 0; w < _settings->Workers; w++)
        {
            Volatile.Write(ref _settings->WorkerStates[w].Profile->Requested, _measurements.Count == 0 ? 0u : 1u);
        }
    }

    void TakeLongestGaps()
    {
        for (int w = 0; w < _settings->Workers; w++)
        {
            ulong gap = Interlocked.Exchange(ref _settings->WorkerStates[w].Profile->LongestGap, 0);
            foreach (WorkerMeasurement measurement in _measurements)
            {
                measurement.LongestGap[w] = Math.Max(measurement.LongestGap[w], gap);
            }
        }
    }

    WorkerProfile[] Profiles()
    {
        var profiles = new WorkerProfile[_settings->Workers];
        for (int w = 0; w < profiles.Length; w++)
        {
            profiles[w] = *_settings->WorkerStates[w].Profile;
        }

        return profiles;
    }

    static MeasuredWorker Difference(in WorkerProfile end, in WorkerProfile start, ulong cycles, ulong longestGap)
    {
        var stages = new MeasuredStage[(int)Stage.Count];
        for (int stage = 0; stage < stages.Length; stage++)
        {
            stages[stage] = new MeasuredStage(end.Cycles[stage] - start.Cycles[stage], end.Packets[stage] - start.Packets[stage]);
        }

        ulong[] gaps = new ulong[WorkerProfile.GapBuckets];
        for (int n = 0; n < gaps.Length; n++)
        {
            gaps[n] = end.Gaps[n] - start.Gaps[n];
        }

        return new MeasuredWorker(Tsc.Frequency(), cycles, end.Bursts - start.Bursts, stages, gaps, longestGap, end.Stalls - start.Stalls);
    }
}
