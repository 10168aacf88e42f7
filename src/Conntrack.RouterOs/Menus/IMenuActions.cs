using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>A script on its way into a configuration: what the menus work on.</summary>
public sealed class Loading(RouterConfiguration configuration, DiagnosticSink diagnostics)
{
    /// <summary>As changed so far; it counts only if the script turns out to have no error.</summary>
    public RouterConfiguration Configuration { get; set; } = configuration;

    /// <summary>As it was before the script.</summary>
    public RouterConfiguration Base { get; } = configuration;

    public DiagnosticSink Diagnostics { get; } = diagnostics;

    /// <summary>What the script's rules call interfaces.</summary>
    public InterfaceUse Interfaces { get; } = new();

    /// <summary>Properties noted as not applicable so far, each once.</summary>
    public ISet<string> Noted { get; } = new HashSet<string>();

    /// <summary>Menus reported as a whole so far, each once.</summary>
    public ISet<string> ReportedMenus { get; } = new HashSet<string>();

    /// <summary>Where the script gave each port, by number, its name.</summary>
    public IDictionary<int, SourceSpan> EthernetNames { get; } = new Dictionary<int, SourceSpan>();
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

    /// <summary>Checks what only the whole script decides, after the last statement.</summary>
    void Complete(Loading loading);

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
