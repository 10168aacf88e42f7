namespace Conntrack.RouterOs.Console.Completion;

/// <summary>What a candidate is.</summary>
public enum CandidateKind : byte
{
    Menu,
    Command,
    Property,
    Value,
    Name,
    Variable,
    Keyword,
}

/// <summary>Something that could stand at the cursor.</summary>
/// <param name="Text">As it is to be written, quoted where needed; a property with its <c>=</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Description">A short explanation; empty when the text says it all.</param>
public readonly record struct CompletionCandidate(string Text, CandidateKind Kind, string Description = "");

/// <summary>What could stand at the cursor of a line being typed.</summary>
/// <param name="Start">Where the text begins that a candidate takes the place of, in UTF-16 units.</param>
/// <param name="Length">How long it is; it ends at the cursor.</param>
/// <param name="Candidates">In alphabetical order, each beginning with the replaced text.</param>
/// <param name="Expected">What kind of value is due, in words; empty where the candidates say it all.</param>
public sealed record ConsoleCompletion(int Start, int Length, IReadOnlyList<CompletionCandidate> Candidates, string Expected);
