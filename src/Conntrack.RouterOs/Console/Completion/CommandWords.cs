using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console.Completion;

/// <summary>The commands that work in a menu, and what each does in a few words.</summary>
static class CommandWords
{
    static readonly Dictionary<string, string> s_does = new()
    {
        ["add"] = "creates an entry", ["set"] = "changes properties", ["remove"] = "removes entries", ["enable"] = "puts entries into force",
        ["disable"] = "puts entries out of force", ["move"] = "changes the order of entries", ["print"] = "shows what there is",
        ["find"] = "ids of entries that meet a condition", ["get"] = "the value of a property", ["export"] = "shows it as a script",
        ["comment"] = "sets the comment of entries", ["unset"] = "takes a property away",
        ["reset-counters"] = "sets counters of rules to zero", ["reset-counters-all"] = "sets all counters to zero", ["quit"] = "ends the console",
    };

    static readonly Dictionary<string, string[]> s_arguments = new()
    {
        [":if"] = ["do=", "else="], [":foreach"] = ["in=", "do="], [":for"] = ["from=", "to=", "step=", "do="], [":while"] = ["do="],
        [":do"] = ["while=", "on-error="], [":onerror"] = ["in=", "do="], [":retry"] = ["command=", "delay=", "max=", "on-error="],
    };

    static readonly string[] s_rules =
        ["add", "set", "remove", "enable", "disable", "move", "comment", "unset", "reset-counters", "reset-counters-all"];

    /// <summary>What the command does; empty when nothing is known of it.</summary>
    public static string Does(string command) => s_does.GetValueOrDefault(command, "");

    /// <summary>The named arguments of a command of the language.</summary>
    public static IReadOnlyList<string> ArgumentsOf(string construct) => s_arguments.GetValueOrDefault(construct, []);

    /// <summary>The commands of a menu that do something here.</summary>
    public static IEnumerable<string> Of(Menu menu)
    {
        if (menu.Parent is null)
        {
            return ["export", "quit"];
        }

        IEnumerable<string> changing = ConsoleSession.ConnectionsOf(menu.Path) is not null ? ["remove"]
            : ConsoleSession.RulesOf(menu.Path) is not null ? s_rules
            : ScriptLoader.ActionsOf(menu)?.Commands ?? [];
        return changing.Any() ? [.. changing, "print", "find", "get", "export"] : ["export"];
    }

    /// <summary>Whether the menu or one below it does something here.</summary>
    public static bool Leads(Menu menu) =>
        menu.Support == MenuSupport.Supported || ConsoleSession.ConnectionsOf(menu.Path) is not null || menu.Children.Any(Leads);
}
