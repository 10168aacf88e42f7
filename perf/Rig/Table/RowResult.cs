namespace Conntrack.Rig.Table;

/// <summary>What one contender did in a row: millions of packets a second, by turn.</summary>
/// <param name="Median">Of the turns.</param>
/// <param name="Lowest">The worst turn.</param>
/// <param name="Highest">The best.</param>
/// <param name="Quiet">The best turn's 90th percentile of windows: what it can do while nothing disturbs it.</param>
/// <param name="BytesPerConnection">Memory; null where not measured.</param>
sealed record Speed(double Median, double Lowest, double Highest, double Quiet, double? BytesPerConnection)
{
    public static Speed Of(Contender contender)
    {
        IReadOnlyList<double> turns = contender.Windows.Turns;
        return new Speed(
            Math.Round(Windows.Quantile([.. turns], 0.5), 4), Math.Round(turns.Min(), 4), Math.Round(turns.Max(), 4), Math.Round(contender.Windows.Quiet, 4),
            contender.BytesPerConnection is double bytes ? Math.Round(bytes) : null);
    }
}

/// <summary>How many times a peer's packets we forward, turn by turn: both saw the same minute.</summary>
/// <param name="Median">Of the turns.</param>
/// <param name="Lowest">The worst turn.</param>
/// <param name="Highest">The best.</param>
sealed record Ratio(double Median, double Lowest, double Highest)
{
    public static Ratio Of(Windows ours, Windows peer)
    {
        double[] ratios = [.. ours.Turns.Zip(peer.Turns, (one, other) => one / other)];
        return new Ratio(Math.Round(Windows.Quantile(ratios, 0.5), 4), Math.Round(ratios.Min(), 4), Math.Round(ratios.Max(), 4));
    }
}

/// <summary>A row as it was measured; what the file of results holds.</summary>
sealed record RowResult
{
    /// <summary>The name of our own column.</summary>
    public const string Ours = "ctrack";

    public required string Id { get; init; }
    public required string Section { get; init; }
    public required string Title { get; init; }

    /// <summary>When, UTC.</summary>
    public required string Time { get; init; }

    /// <summary>What was measured: the revision of the source, with a plus behind it when it was changed since.</summary>
    public required string Revision { get; init; }

    public required int Turns { get; init; }
    public required bool RealTime { get; init; }
    public required ulong TscFrequency { get; init; }
    public required ulong Connections { get; init; }

    /// <summary>Whether every packet opens a connection.</summary>
    public required bool IsFlood { get; init; }

    /// <summary>By contender.</summary>
    public required IReadOnlyDictionary<string, Speed> Speeds { get; init; }

    /// <summary>By peer.</summary>
    public required IReadOnlyDictionary<string, Ratio> Ratios { get; init; }

    /// <summary>Our stages' cycles a packet in a run of its own, under the clock's own cost; empty where not measured.</summary>
    public required IReadOnlyDictionary<string, double> StageCycles { get; init; }

    /// <summary>Why it is not to be believed; empty for a good one.</summary>
    public required IReadOnlyList<string> Complaints { get; init; }

    public double PacketNs => 1000 / Speeds[Ours].Median;

    /// <summary>Cycles of the time-stamp counter, which is not the core's clock.</summary>
    public double Cycles => PacketNs * TscFrequency / 1e9;

    /// <summary>Ours less what receiving and sending cost on the same source; null without testpmd.</summary>
    public double? WorkerNs => Speeds.TryGetValue("testpmd-io", out Speed? io) ? PacketNs - (1000 / io.Median) : null;
}
