using System.Diagnostics;
using Conntrack.Live.Bed;

namespace Conntrack.Live;

/// <summary>One row of the table.</summary>
/// <param name="Name">What is expected, in a few words.</param>
/// <param name="Run">Returns the figure measured; throws <see cref="CheckFailedException"/> or <see cref="CheckSkippedException"/>.</param>
sealed record Check(string Name, Func<Site, CancellationToken, Task<string>> Run)
{
    /// <summary>Programs it runs.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>Longer is a failure.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Why it means nothing in an arrangement; null where it does.</summary>
    public Func<Arrangement, string?> Obstacle { get; init; } = _ => null;

    /// <summary>What the product is known not to do yet in an arrangement; a failure is then told as known. Null: it must be passed.</summary>
    public Func<Arrangement, string?> Known { get; init; } = _ => null;

    /// <summary>Whether the short run has it.</summary>
    public bool IsShort { get; init; }

    public async Task<Outcome> RunAsync(Site site, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(Limit);
        try
        {
            return new Outcome(Verdict.Passed, await Run(site, late.Token), clock.Elapsed);
        }
        catch (CheckSkippedException exception)
        {
            return new Outcome(Verdict.Skipped, exception.Message, clock.Elapsed);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Failure(site, $"no end after {Limit.TotalSeconds:0} s", clock);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return Failure(site, Told(exception), clock);
        }
    }

    /// <summary>A failure in words; what nobody expected with its kind.</summary>
    public static string Told(Exception exception) =>
        exception is CheckFailedException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}";

    Outcome Failure(Site site, string what, Stopwatch clock) => Known(site.Arrangement) is { } reason
        ? new Outcome(Verdict.Known, $"{reason}: {what}", clock.Elapsed)
        : new Outcome(Verdict.Failed, what, clock.Elapsed);
}

/// <summary>Checks that share a site: it is built, they run one after the other, it is taken down.</summary>
sealed record Scene(string Name, Layout Layout, IReadOnlyList<Check> Checks)
{
    /// <summary>Why it means nothing in an arrangement; null where it does.</summary>
    public Func<Arrangement, string?> Obstacle { get; init; } = _ => null;
}
