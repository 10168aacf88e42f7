using Conntrack.Live.Bed;

namespace Conntrack.Live;

/// <summary>What a run is asked for.</summary>
sealed record Options
{
    /// <summary>The executable a user starts.</summary>
    public required string Ctrack { get; init; }

    /// <summary>Where files go.</summary>
    public required RunFolder Folder { get; init; }

    /// <summary>What is transferred.</summary>
    public required Payload Payload { get; init; }

    /// <summary>Seconds of a measurement that has no size.</summary>
    public int Seconds { get; init; } = 5;

    /// <summary>Nothing forwards slower on a machine that can be used at all: a megabyte a second, with a minute to begin.</summary>
    public TimeSpan TransferLimit => TimeSpan.FromSeconds(60 + (Payload.Bytes / 1_000_000));
}
