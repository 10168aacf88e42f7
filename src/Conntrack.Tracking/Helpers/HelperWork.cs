namespace Conntrack.Tracking.Helpers;

/// <summary>What a helper works with, besides the packet and its connection.</summary>
/// <param name="expectations">Everybody's.</param>
/// <param name="parameters">The settings of this burst.</param>
/// <param name="counters">The worker's, of the helper that works.</param>
/// <param name="mostBytes">Bytes that the packet may have, from the IP header on, where it leaves.</param>
public readonly unsafe struct HelperWork(ExpectationTable* expectations, TrackingParameters* parameters, HelperCounters* counters, uint mostBytes)
{
    public ExpectationTable* Expectations { get; } = expectations;

    public TrackingParameters* Parameters { get; } = parameters;

    public HelperCounters* Counters { get; } = counters;

    public uint MostBytes { get; } = mostBytes;
}
