namespace Conntrack.Dataplane.Hosting.Observation;

/// <summary>What a look at all connections has shown, and who opened connections and lost packets while it was taken.</summary>
public sealed record SurveyResult
{
    /// <summary>Before the first look has ended.</summary>
    public static SurveyResult None { get; } = new();

    /// <summary>By entries held.</summary>
    public TalkerRanking Entries { get; init; } = TalkerRanking.None;

    /// <summary>By connections opened a second.</summary>
    public TalkerRanking Opened { get; init; } = TalkerRanking.None;

    /// <summary>By packets dropped a second.</summary>
    public TalkerRanking Dropped { get; init; } = TalkerRanking.None;

    /// <summary>The fastest connections, the fastest first; see <see cref="ConnectionIdentity.Value"/>.</summary>
    public IReadOnlyList<ulong> Fastest { get; init; } = [];
}

/// <summary>The heaviest of one kind.</summary>
/// <param name="Total">Of all addresses.</param>
/// <param name="Sources">The heaviest first.</param>
/// <param name="Destinations">Likewise.</param>
public sealed record TalkerRanking(ulong Total, IReadOnlyList<RankedTalker> Sources, IReadOnlyList<RankedTalker> Destinations)
{
    /// <summary>Nothing.</summary>
    public static TalkerRanking None { get; } = new(0, [], []);
}

/// <summary>One address and what it has at least.</summary>
/// <param name="Address">See <see cref="Tracking.Talkers.Talker"/>.</param>
/// <param name="Count">At least so many.</param>
/// <param name="Error">By how much it may be more.</param>
public readonly record struct RankedTalker(UInt128 Address, ulong Count, ulong Error);
