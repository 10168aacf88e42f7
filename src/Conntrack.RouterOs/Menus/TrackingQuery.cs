using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>Answers scripts about the tracking settings, which are one entry without an id.</summary>
sealed class TrackingQuery : IMenuQuery
{
    public IEnumerable<string> Names => TrackingMenu.Properties.Properties.Select(static property => property.Name);

    public int Count(Loading loading) => 1;

    public IReadOnlyList<string>? Find(SourceSpan? condition, Loading loading) => [];

    public MenuAnswer Ask(string entry, string name, Loading loading) =>
        entry.Length > 0 ? MenuAnswer.NoSuchEntry
        : TrackingMenu.Properties.Find(name) is MenuProperty<TrackingSettings> property
            ? MenuAnswer.Of(property.Text(loading.Configuration.Tracking) ?? (name == "enabled" ? "auto" : ""))
            : MenuAnswer.NoSuchProperty;
}
