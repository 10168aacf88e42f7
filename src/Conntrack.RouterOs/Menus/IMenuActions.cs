using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>A script on its way into a configuration: what the menus work on.</summary>
public sealed class Loading(RouterConfiguration configuration, DiagnosticSink diagnostics)
{
    NameIndex? _names;
    NameIndex? _baseNames;

    /// <summary>As changed so far; it counts only if the script turns out to have no error.</summary>
    public RouterConfiguration Configuration { get; set; } = configuration;

    /// <summary>As it was before the script.</summary>
    public RouterConfiguration Base { get; } = configuration;

    public DiagnosticSink Diagnostics { get; } = diagnostics;

    /// <summary>
    /// Whether rules may hold, enabled, what does not act yet: for whoever only reads and writes them, and forwards nothing by them.
    /// </summary>
    public bool ActsOnAll { get; init; }

    /// <summary>Who has which name by now.</summary>
    public NameIndex Names => _names ??= new NameIndex(Base);

    /// <summary>Who had which name before the script.</summary>
    public NameIndex BaseNames => _baseNames ??= new NameIndex(Base);

    /// <summary>Where the script gave each its name, or took it away.</summary>
    public IDictionary<NameKey, SourceSpan> NameSpans { get; } = new Dictionary<NameKey, SourceSpan>();

    /// <summary>What the script's entries call others.</summary>
    public NameUse Uses { get; } = new();

    /// <summary>Names reported so far in one pass over the entries that hold them, each once.</summary>
    internal ISet<string> ReportedNames { get; } = new HashSet<string>();

    /// <summary>Whether names may differ from those the entries hold, so that <see cref="IMenuActions.Rename"/> has to be asked.</summary>
    public bool HasNewNames => !Uses.IsEmpty || _names?.HasChanged == true;

    /// <summary>The last statement that wrote each entry, by the path of its menu and its id.</summary>
    public IDictionary<(string Menu, ulong Id), Statement> Written { get; } = new Dictionary<(string Menu, ulong Id), Statement>();

    /// <summary>Where the script wrote each entry of a menu that keeps no statements, for they would weigh more than its entries.</summary>
    public IDictionary<(string Menu, ulong Id), SourceSpan> WrittenAt { get; } = new Dictionary<(string Menu, ulong Id), SourceSpan>();

    /// <summary>Properties noted as not applicable so far, each once.</summary>
    public ISet<string> Noted { get; } = new HashSet<string>();

    /// <summary>Menus reported as a whole so far, each once.</summary>
    public ISet<string> ReportedMenus { get; } = new HashSet<string>();

    /// <summary>Notes the name that a statement gives, null when it takes it away.</summary>
    internal void Name(NameKey key, string? name, Statement statement)
    {
        Argument? argument = statement.Arguments.LastOrDefault(static argument => argument.Name == "name");
        Names.Set(key, name);
        NameSpans[key] = argument?.Value?.Span ?? statement.HeadSpan;
    }
}

/// <summary>What a supported menu does with its commands.</summary>
public interface IMenuActions
{
    /// <summary>The path as in <see cref="MenuTree.At"/>.</summary>
    string Path { get; }

    /// <summary>Carries out one statement of this menu on <see cref="Loading.Configuration"/>; what is wrong is reported.</summary>
    void Execute(Statement statement, Loading loading);

    /// <summary>Answers scripts that ask about this menu; null when it cannot be asked.</summary>
    IMenuQuery? Query => null;

    /// <summary>Its properties, for completion and help.</summary>
    IReadOnlyList<PropertyDescription> Describe() => [];

    /// <summary>The commands that change something here.</summary>
    IReadOnlyList<string> Commands => ["set"];

    /// <summary>
    /// The entries of this menu in <paramref name="configuration"/> under the names that those they refer to have by now; who is not there
    /// is reported. Asked after the last statement, and for each print between.
    /// </summary>
    RouterConfiguration Rename(RouterConfiguration configuration, Loading loading, DiagnosticSink diagnostics) => configuration;

    /// <summary>Checks what only the whole script decides, after the last statement.</summary>
    void Complete(Loading loading)
    {
    }

    /// <summary>The commands that make of the defaults what this menu is in <paramref name="configuration"/>, without its path.</summary>
    IEnumerable<string> Export(RouterConfiguration configuration);
}

static class MenuCommands
{
    /// <summary>Commands that only show something; in a script that is loaded there is nobody to show it to.</summary>
    static readonly HashSet<string> s_showing =
        ["print", "find", "get", "export", "edit", "monitor", "blink", "beep", "cable-test", "ping"];

    public static bool Shows(Statement statement) => s_showing.Contains(statement.Command);

    /// <summary>Notes a command that only shows something; false for any other.</summary>
    public static bool NoteShowing(Statement statement, DiagnosticSink diagnostics)
    {
        bool shows = Shows(statement);
        if (shows)
        {
            diagnostics.Note(statement.CommandSpan, $"{statement.Command} changes nothing and is skipped");
        }

        return shows;
    }

    /// <summary>The finding for a command that the menu does not carry out.</summary>
    public static void Refuse(Statement statement, DiagnosticSink diagnostics, params string[] commands)
    {
        if (!NoteShowing(statement, diagnostics))
        {
            diagnostics.Error(
                statement.CommandSpan, $"{statement.Path} has no command {DiagnosticSink.Quote(statement.Command)}",
                string.Join(" or ", commands), commands);
        }
    }
}
