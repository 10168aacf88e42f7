namespace Conntrack.Live;

enum Verdict
{
    Passed,
    Failed,

    /// <summary>Failed, and for a reason that is written down: <see cref="Check.Known"/>.</summary>
    Known,
    Skipped,
}

/// <summary>How a check ended.</summary>
/// <param name="Verdict">Whether what was expected came.</param>
/// <param name="Figure">What was measured, or why it failed or could not run.</param>
/// <param name="Elapsed">How long it took.</param>
sealed record Outcome(Verdict Verdict, string Figure, TimeSpan Elapsed);

/// <summary>What was expected did not come; the text says what did.</summary>
sealed class CheckFailedException(string message) : Exception(message)
{
    /// <summary>Ends the check unless what it expects is so.</summary>
    public static void Unless(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new CheckFailedException(otherwise);
        }
    }
}

/// <summary>It cannot be checked here; the text says why.</summary>
sealed class CheckSkippedException(string message) : Exception(message);
