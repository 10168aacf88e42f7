using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// What a script may ask of a menu while it runs: <c>[find …]</c>, <c>[get …]</c>, <c>[print count-only]</c>, all about the configuration as
/// the script has made it so far.
/// </summary>
public interface IMenuQuery
{
    /// <summary>How many entries there are: what asking costs a script grows with it.</summary>
    int Count(Loading loading);

    /// <summary>
    /// The internal ids (<c>*1a</c>) of the entries that meet the condition, in the order of the list; <paramref name="condition"/> is its
    /// place in the script, null for every entry. Null when the condition is wrong and reported.
    /// </summary>
    IReadOnlyList<string>? Find(SourceSpan? condition, Loading loading);

    /// <summary>
    /// What the entry that <paramref name="entry"/> names (an id, a number, a name; empty where a menu has only one) has under
    /// <paramref name="name"/>: yes and no for flags, empty for what is not set.
    /// </summary>
    MenuAnswer Ask(string entry, string name, Loading loading);

    /// <summary>What <see cref="Ask"/> may be asked for, for "did you mean".</summary>
    IEnumerable<string> Names { get; }
}

/// <summary>What became of a question.</summary>
public enum MenuAnswerKind
{
    Value,
    NoSuchEntry,
    NoSuchProperty,
}

/// <summary>An answer; the text counts only for <see cref="MenuAnswerKind.Value"/>.</summary>
public readonly record struct MenuAnswer(MenuAnswerKind Kind, string Text = "")
{
    public static MenuAnswer NoSuchEntry { get; } = new(MenuAnswerKind.NoSuchEntry);

    public static MenuAnswer NoSuchProperty { get; } = new(MenuAnswerKind.NoSuchProperty);

    /// <summary>The value a property has, or null for none of that name.</summary>
    public static MenuAnswer Of(string? text) => text is null ? NoSuchProperty : new MenuAnswer(MenuAnswerKind.Value, text);
}
