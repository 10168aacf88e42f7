using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>A menu that is one set of settings, so <c>set</c> names nothing but properties.</summary>
public sealed class SettingsMenu<T>(
    string path, PropertyTable<T> properties, T defaults, Func<RouterConfiguration, T> read,
    Func<RouterConfiguration, T, RouterConfiguration> write) : IMenuActions
    where T : class
{
    public string Path => path;

    public PropertyTable<T> Properties => properties;

    public IMenuQuery Query { get; } = new SettingsQuery<T>(properties, read);

    public IReadOnlyList<PropertyDescription> Describe() => PropertyDescription.Of(properties);

    public void Execute(Statement statement, Loading loading)
    {
        if (statement.Command != "set")
        {
            MenuCommands.Refuse(statement, loading.Diagnostics, "set");
            return;
        }

        loading.Configuration = write(
            loading.Configuration, properties.Apply(read(loading.Configuration), statement.Arguments, loading.Noted, loading.Diagnostics));
    }

    public IEnumerable<string> Export(RouterConfiguration configuration)
    {
        string changes = properties.Write(read(configuration), defaults);
        return changes.Length == 0 ? [] : ["set" + changes];
    }
}
