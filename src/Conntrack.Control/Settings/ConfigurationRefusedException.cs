namespace Conntrack.Control.Settings;

/// <summary>What is wrong with one property of a change; the name is empty when it is the whole that is wrong.</summary>
public readonly record struct PropertyProblem(string Property, string Description);

/// <summary>A change to the configuration that cannot be made; nothing was changed.</summary>
public sealed class ConfigurationRefusedException(IReadOnlyList<PropertyProblem> problems)
    : Exception(string.Join("; ", problems.Select(problem => problem.Description)))
{
    public IReadOnlyList<PropertyProblem> Problems { get; } = problems;
}
