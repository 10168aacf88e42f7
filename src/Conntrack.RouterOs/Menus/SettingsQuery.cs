using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>Answers scripts about one set of settings, which is an entry without an id.</summary>
sealed class SettingsQuery<T>(PropertyTable<T> properties, Func<RouterConfiguration, T> read) : IMenuQuery
    where T : class
{
    public IEnumerable<string> Names => properties.Properties.Select(static property => property.Name);

    public int Count(Loading loading) => 1;

    public IReadOnlyList<string>? Find(SourceSpan? condition, Loading loading) => [];

    public MenuAnswer Ask(string entry, string name, Loading loading) =>
        entry.Length > 0 ? MenuAnswer.NoSuchEntry
        : properties.Find(name) is MenuProperty<T> property ? MenuAnswer.Of(property.Text(read(loading.Configuration)) ?? "")
        : MenuAnswer.NoSuchProperty;
}
