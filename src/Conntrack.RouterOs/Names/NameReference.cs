using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Names;

/// <summary>A property that refers to others by name.</summary>
/// <param name="Property">The property's name.</param>
/// <param name="Scope">Whom it refers to.</param>
/// <param name="Read">The names it holds, in order.</param>
/// <param name="Write">The entry with other names in their place, as many as were read.</param>
public sealed record NameReference<T>(
    string Property, NameScope Scope, Func<T, IReadOnlyList<string>> Read, Func<T, IReadOnlyList<string>, T> Write)
{
    /// <summary>Tells two references of one property apart: a gateway can name an interface and a table.</summary>
    public string Slot { get; init; } = Property;

    /// <summary>Whether a script can write that name here; null when any can be written.</summary>
    public Func<string, bool>? CanSpell { get; init; }

    /// <summary>What is wrong with a name that cannot be written here.</summary>
    public string Misspelt { get; init; } = "";

    /// <summary>A property that holds one name; none when it is null or empty.</summary>
    public static NameReference<T> One(string property, NameScope scope, Func<T, string?> read, Func<T, string, T> write) => new(
        property, scope, entry => read(entry) is { Length: > 0 } name ? [name] : [], (entry, names) => write(entry, names[0]));

    /// <summary>A property that holds several names with commas between them.</summary>
    public static NameReference<T> Many(
        string property, NameScope scope, Func<T, ValueList<string>> read, Func<T, ValueList<string>, T> write) =>
        new(property, scope, entry => read(entry), (entry, names) => write(entry, [.. names]))
        {
            CanSpell = static name => !name.Contains(','),
            Misspelt = $"{property} names this {scope.Noun()} among others, so its name cannot hold a comma",
        };
}
