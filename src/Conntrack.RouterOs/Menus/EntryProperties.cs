using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>Properties that entries of many menus have.</summary>
static class EntryProperties
{
    public static MenuProperty<T> Disabled<T>()
        where T : ConfigurationEntry =>
        new MenuProperty<T, bool>(
            "disabled", CommonGrammars.YesNo, static entry => entry.Disabled,
            static (entry, value) => entry with { Disabled = value ?? false }, canUnset: true);

    public static MenuProperty<T> Comment<T>()
        where T : ConfigurationEntry =>
        new TextMenuProperty<T>(
            "comment", CommonGrammars.Comment, static entry => entry.Comment, static (entry, value) => entry with { Comment = value },
            canUnset: true);

    public static MenuProperty<T> Name<T>(Func<T, string> read, Func<T, string, T> write) =>
        new TextMenuProperty<T>("name", CommonGrammars.Name, read, write);

    /// <summary>A property that names one other entry and always has a value.</summary>
    public static MenuProperty<T> Reference<T>(string name, NameScope scope, Func<T, string> read, Func<T, string, T> write) =>
        new TextMenuProperty<T>(name, new NameGrammar(scope), read, write);

    /// <summary>A yes or no that goes back to its default when it is unset.</summary>
    public static MenuProperty<T> Flag<T>(string name, bool unset, Func<T, bool> read, Func<T, bool, T> write) =>
        new MenuProperty<T, bool>(
            name, CommonGrammars.YesNo, entry => read(entry), (entry, value) => write(entry, value ?? unset), canUnset: true);
}
