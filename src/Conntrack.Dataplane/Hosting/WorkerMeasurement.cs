using Conntrack.Dataplane.Abi;

namespace Conntrack.Dataplane.Hosting;

/// <summary>
/// Somebody's look at where the workers' time goes, from <see cref="DataplaneHost.BeginMeasurement"/> to
/// <see cref="DataplaneHost.EndMeasurement"/>. Any number may overlap; each sees its own time and nothing else.
/// </summary>
public sealed class WorkerMeasurement
{
    internal WorkerMeasurement(ulong began, IReadOnlyList<WorkerProfile> start)
    {
        Began = began;
        Start = start;
        LongestGap = new ulong[start.Count];
    }

    /// <summary>TSC at the beginning.</summary>
    internal ulong Began { get; }

    /// <summary>What every worker had counted by then.</summary>
    internal IReadOnlyList<WorkerProfile> Start { get; }

    /// <summary>By worker, TSC cycles of the longest gap since the beginning.</summary>
    internal ulong[] LongestGap { get; }
}

/// <summary>What a worker did with its time during a <see cref="WorkerMeasurement"/>.</summary>
/// <param name="TscFrequency">TSC cycles a second.</param>
/// <param name="MeasuredCycles">TSC cycles the measurement lasted.</param>
/// <param name="Bursts">Times around the loop.</param>
/// <param name="Stages">By <see cref="Stage"/>.</param>
/// <param name="Gaps">How many gaps of 2^n to 2^(n+1) cycles there were, by n.</param>
/// <param name="LongestGapCycles">The longest time between the starts of two bursts.</param>
/// <param name="Stalls">Gaps longer than <see cref="WorkerProfile.StallMicroseconds"/>.</param>
public sealed record MeasuredWorker(
    ulong TscFrequency,
    ulong MeasuredCycles,
    ulong Bursts,
    IReadOnlyList<MeasuredStage> Stages,
    IReadOnlyList<ulong> Gaps,
    ulong LongestGapCycles,
    ulong Stalls);

/// <summary>TSC cycles a stage took and the packets that went through it.</summary>
public readonly record struct MeasuredStage(ulong Cycles, ulong Packets);
