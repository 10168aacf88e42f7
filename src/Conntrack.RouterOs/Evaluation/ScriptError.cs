using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>A run-time error of a script on its way to the <c>on-error</c> that catches it, or to the list of findings.</summary>
sealed class ScriptError(
    SourceSpan span, string message, string? expected = null, IEnumerable<string>? candidates = null) : Exception(message)
{
    public SourceSpan Span { get; } = span;

    public string? Expected { get; } = expected;

    public IEnumerable<string>? Candidates { get; } = candidates;

    /// <summary>Whether nothing catches it and the script ends: it has used up what a script may.</summary>
    public bool IsFinal { get; init; }

    /// <summary>Whether the finding is there already; only the way out is left.</summary>
    public bool IsReported { get; init; }

    /// <summary>Whether the script asked for it with <c>:error</c>: it ends there, as it would on a router.</summary>
    public bool IsAsked { get; init; }
}
