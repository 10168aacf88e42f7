namespace Conntrack.RouterOs.Language;

/// <summary>
/// What the parser has to know about menus: a script does not mark where a path ends and the command begins, and
/// <c>/ip firewall filter add</c>, <c>ip firewall filter</c> and <c>filter add</c> can only be told apart by the words of each menu.
/// </summary>
public interface IMenuNode
{
    /// <summary><c>/ip firewall filter</c>; <c>/</c> for the root.</summary>
    string Path { get; }

    /// <summary>The menu above; null for the root.</summary>
    IMenuNode? Parent { get; }

    /// <summary>False for a word below an open menu that no table lists.</summary>
    bool IsKnown { get; }

    /// <summary>Whether words that no table lists are taken as submenus instead of refused.</summary>
    bool IsOpen { get; }

    /// <summary>The submenu of that name among the listed ones, or null.</summary>
    IMenuNode? Child(ReadOnlySpan<char> word);

    /// <summary>A submenu that no table lists; only asked of an open menu.</summary>
    IMenuNode OpenChild(string word);

    bool HasCommand(ReadOnlySpan<char> word);

    /// <summary>Submenus and commands of its own, for "did you mean".</summary>
    IEnumerable<string> Words { get; }
}
