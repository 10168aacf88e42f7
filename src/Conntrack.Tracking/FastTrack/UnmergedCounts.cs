namespace Conntrack.Tracking.FastTrack;

/// <summary>
/// What the lines of a flow cache have counted and not yet merged into the records, for a reader on another thread. While packets flow, a
/// line may be merged between this look and the look at its record; at a quiet moment the sum is exact.
/// </summary>
public sealed class UnmergedCounts
{
    readonly Dictionary<ulong, (uint Packets, ulong Bytes)> _counts = [];

    /// <summary>Reads every line of an IPv4 cache.</summary>
    public static unsafe UnmergedCounts Of4(FlowCacheView* flows)
    {
        var counts = new UnmergedCounts();
        for (uint n = 0, count = LinesOf(flows); n < count; n++)
        {
            counts.Add(((FlowLine4*)flows->Lines)[n].State);
        }

        return counts;
    }

    /// <summary>Reads every line of an IPv6 cache.</summary>
    public static unsafe UnmergedCounts Of6(FlowCacheView* flows)
    {
        var counts = new UnmergedCounts();
        for (uint n = 0, count = LinesOf(flows); n < count; n++)
        {
            counts.Add(((FlowLine6*)flows->Lines)[n].State);
        }

        return counts;
    }

    /// <summary>Packets and bytes of a direction that its record does not hold yet.</summary>
    public (uint Packets, ulong Bytes) Of(uint record, int direction) => _counts.GetValueOrDefault(((ulong)record << 1) | (uint)direction);

    /// <summary>An empty cache has nothing to be read, and may be hundreds of megabytes of it.</summary>
    static unsafe uint LinesOf(FlowCacheView* flows) =>
        flows == null || flows->Installed == flows->Displaced + flows->Forgotten ? 0 : flows->Count;

    void Add(FlowState state)
    {
        if (state.Record != 0 && state.Packets != 0)
        {
            _counts[((ulong)state.Record << 1) | state.Direction] = (state.Packets, state.Bytes);
        }
    }
}
