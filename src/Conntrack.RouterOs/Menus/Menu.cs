using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>What this product does with a menu of RouterOS.</summary>
public enum MenuSupport
{
    /// <summary>Its commands act.</summary>
    Supported,
    /// <summary>It belongs to this product, but not yet to this version: refused, for a rule that is silently left out is a hole.</summary>
    NotYet,
    /// <summary>This product has no use for it: skipped with a note.</summary>
    NotApplicable,
}

/// <summary>One menu of RouterOS: its submenus, its commands, and what this product does with it.</summary>
public sealed class Menu : IMenuNode
{
    /// <summary>What any menu may be asked, whether or not it makes sense there; a supported menu refuses what it does not have.</summary>
    static readonly HashSet<string> s_commonCommands =
    [
        "add", "set", "remove", "enable", "disable", "move", "print", "find", "get", "export", "edit", "comment", "unset", "monitor",
        "reset", "reset-counters", "reset-counters-all",
    ];

    readonly Dictionary<string, Menu> _children = [];
    readonly HashSet<string> _commands = [];
    readonly Menu? _parent;

    Menu(Menu? parent, string path, MenuSupport support, bool isKnown)
    {
        _parent = parent;
        Path = path;
        Support = support;
        IsKnown = isKnown;
    }

    public string Path { get; }

    public IMenuNode? Parent => _parent;

    public bool IsKnown { get; }

    public MenuSupport Support { get; internal set; }

    /// <summary>What it means for traffic that this menu is left out, when that is worth a warning; null for a plain note.</summary>
    public string? Consequence { get; internal set; }

    /// <summary>Words below a menu without use need not be spelled right, unless they might be meant for a submenu that matters.</summary>
    public bool IsOpen => Support == MenuSupport.NotApplicable && !LeadsToMore;

    /// <summary>Whether a submenu at any depth is treated otherwise than this menu.</summary>
    internal bool LeadsToMore { get; set; }

    public IEnumerable<string> Words =>
        _children.Keys.Concat(_commands).Concat(_parent is null ? [] : s_commonCommands);

    public IMenuNode? Child(ReadOnlySpan<char> word) =>
        _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out Menu? child) ? child : null;

    public bool HasCommand(ReadOnlySpan<char> word) =>
        _commands.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word)
        || (_parent is not null && s_commonCommands.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word));

    /// <summary>A menu that no table lists, as skipped as the open menu above it.</summary>
    public IMenuNode OpenChild(string word) => new Menu(this, PathOf(word), Support, isKnown: false) { Consequence = Consequence };

    internal static Menu CreateRoot() => new(null, "/", MenuSupport.NotApplicable, isKnown: true);

    /// <summary>The listed submenu of that name, created when it is new; a new one is treated as the menu above it.</summary>
    internal Menu GetOrAdd(string word)
    {
        if (!_children.TryGetValue(word, out Menu? child))
        {
            child = new Menu(this, PathOf(word), Support, isKnown: true) { Consequence = Consequence };
            _children.Add(word, child);
        }

        return child;
    }

    internal void AddCommand(string word) => _commands.Add(word);

    internal IEnumerable<Menu> Children => _children.Values;

    // Under a menu nobody lists a script may nest paths as deep as it is long; the name of each level must not grow with it.
    string PathOf(string word) => !IsKnown ? Path : _parent is null ? $"/{word}" : $"{Path} {word}";
}
