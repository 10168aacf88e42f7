using Conntrack.RouterOs.Names;

namespace Conntrack.RouterOs.Menus;

/// <summary>What completion and help need to know of a property, whatever kind of entry has it.</summary>
/// <param name="Name">RouterOS's word.</param>
/// <param name="Expected">Completes "expected …" for its values.</param>
/// <param name="Words">The words that would be valid, where they are a closed list.</param>
public sealed record PropertyDescription(string Name, string Expected, IReadOnlyList<string>? Words)
{
    /// <summary>Whose names its values are; null when it names nobody.</summary>
    public NameScope? Scope { get; init; }

    /// <summary>Whether its name alone sets it.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>The properties of a table, with those that name others.</summary>
    internal static IReadOnlyList<PropertyDescription> Of<T>(PropertyTable<T> table, IEnumerable<NameReference<T>>? references = null)
    {
        var scopes = (references ?? []).DistinctBy(static reference => reference.Property)
            .ToDictionary(static reference => reference.Property, static reference => reference.Scope);
        return
        [
            .. table.Properties.Select(property => new PropertyDescription(property.Name, property.Expected, property.Words)
            {
                IsSwitch = property.IsSwitch,
                Scope = scopes.TryGetValue(property.Name, out NameScope scope) ? scope : null,
            }),
        ];
    }
}
