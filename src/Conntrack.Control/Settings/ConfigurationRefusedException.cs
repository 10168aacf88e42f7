namespace Conntrack.Control.Settings;

/// <summary>What is wrong with one property of a change; the name is empty when it is the whole that is wrong.</summary>
public readonly record struct PropertyProblem(string Property, string Description);

/// <summary>A change that the configuration's own rules forbid, told by property; nothing was changed.</summary>
public sealed class ConfigurationRefusedException(IReadOnlyList<PropertyProblem> problems)
    : ChangeRefusedException(string.Join("; ", problems.Select(problem => problem.Description)))
{
    public IReadOnlyList<PropertyProblem> Problems { get; } = problems;
}
