using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Replays;

/// <summary>What came of a replay.</summary>
sealed record ReplayResult
{
    /// <summary>One item for each frame, in order of processing.</summary>
    public required IReadOnlyList<TraceItem> Trace { get; init; }

    public required IReadOnlyList<ConnectionLine> Connections { get; init; }

    public required DataplaneCounters Counters { get; init; }

    public required TableTotals Tables { get; init; }

    /// <summary>What was sent on each interface.</summary>
    public required IReadOnlyList<IReadOnlyList<CapturedFrame>> Outputs { get; init; }

    /// <summary>connection-state of every frame, in order.</summary>
    public IEnumerable<ConnectionStateOfPacket> States => Trace.Select(item => item.State);

    /// <summary>Fails, saying where, unless everything a user can see but the path is the same.</summary>
    public void AssertSame(ReplayResult other, string title)
    {
        Same(Trace.Select(Describe), other.Trace.Select(Describe), $"{title}, trace");
        Same(Connections.Select(line => line.ToString()), other.Connections.Select(line => line.ToString()), $"{title}, connections");
        for (int i = 0; i < Outputs.Count; i++)
        {
            Same(Outputs[i].Select(frame => frame.ToString()), other.Outputs[i].Select(frame => frame.ToString()), $"{title}, output {i}");
        }

        Same(Totals(), other.Totals(), $"{title}, totals");
    }

    /// <summary>Which connections there ever were, and where every frame ended.</summary>
    IEnumerable<string> Totals() =>
    [
        (Tables with { FastTrackPackets = 0 }).ToString(),
        string.Join(' ', Tables.Ended),
        $"consumed {Counters.Consumed} generated {Counters.Generated} held {Counters.Held}",
        .. Counters.Dropped.OrderBy(drop => drop.Key).Select(drop => $"{drop.Key} {drop.Value}"),
        .. Counters.Interfaces.Select(counts => counts.ToString()),
    ];

    static string Describe(TraceItem item) =>
        $"frame {item.FrameNumber} of {item.Interface} at {item.Nanoseconds}: {item.State} {item.Verdict} {item.Reason} {item.Fate} to {item.OutInterface}";

    static void Same(IEnumerable<string> expected, IEnumerable<string> actual, string title)
    {
        string[] left = [.. expected], right = [.. actual];
        int at = Enumerable.Range(0, Math.Max(left.Length, right.Length))
            .FirstOrDefault(i => left.ElementAtOrDefault(i) != right.ElementAtOrDefault(i), -1);
        Assert.True(at < 0, $"{title}, line {at + 1}:\n  expected {left.ElementAtOrDefault(at)}\n  found    {right.ElementAtOrDefault(at)}");
    }
}
