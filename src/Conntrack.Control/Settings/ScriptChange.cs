using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Language;

namespace Conntrack.Control.Settings;

/// <summary>On what terms a script is to be applied, or a revision to come back.</summary>
public sealed record ChangeTerms
{
    /// <summary>The longest a revision may wait for its confirmation, as in JunOS: 65,535 minutes.</summary>
    public static readonly TimeSpan LongestTrial = TimeSpan.FromMinutes(65_535);

    /// <summary>The revision the change was made for; null for whichever is in force.</summary>
    public ulong? Base { get; init; }

    /// <summary>The script is the whole configuration: it is carried out on the defaults and not on what is in force.</summary>
    public bool Replace { get; init; }

    /// <summary>Time to confirm in, up to <see cref="LongestTrial"/>; zero for a change that needs no confirmation.</summary>
    public TimeSpan Confirm { get; init; }

    /// <inheritdoc cref="Revision.Comment"/>
    public string Comment { get; init; } = "";

    public RevisionAuthor Author { get; init; } = RevisionAuthor.Grpc;
}

/// <summary>What became of a script.</summary>
/// <param name="Revision">The revision in force; null when the script has an error, and nothing was changed.</param>
/// <param name="Diagnostics">Every finding, in the script's order.</param>
public sealed record ScriptChange(Revision? Revision, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>What lies between two configurations.</summary>
/// <param name="Difference">Null when a script has an error.</param>
/// <param name="Diagnostics">Findings about the script.</param>
public sealed record Comparison(ScriptDifference? Difference, IReadOnlyList<Diagnostic> Diagnostics);
