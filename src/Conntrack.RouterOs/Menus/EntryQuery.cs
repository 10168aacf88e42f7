using System.Globalization;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>Answers scripts about the entries of a list, known by name where they have one, by internal id or by number.</summary>
sealed class EntryQuery<T>(ListMenu<T> menu) : IMenuQuery
    where T : ConfigurationEntry
{
    public IEnumerable<string> Names => menu.Fields.Names;

    public int Count(Loading loading) => menu.Entries(loading.Configuration).Count;

    public IReadOnlyList<string>? Find(SourceSpan? condition, Loading loading)
    {
        Func<T, bool>? wanted = condition is SourceSpan span ? menu.Fields.Parse(span, loading.Diagnostics) : static _ => true;
        return wanted is null ? null : [.. menu.Entries(loading.Configuration).Where(wanted).Select(static entry => $"*{entry.Id:x}")];
    }

    public MenuAnswer Ask(string entry, string name, Loading loading) =>
        EntryOf(entry, loading) is not T found ? MenuAnswer.NoSuchEntry
        : menu.Fields.Find(name) is ConditionField<T> field ? MenuAnswer.Of(field.Text(found))
        : MenuAnswer.NoSuchProperty;

    T? EntryOf(string entry, Loading loading)
    {
        EntryList<T> entries = menu.Entries(loading.Configuration);
        if (menu.Names is { } kind && loading.Names.Find(new NameKey(kind, 0).Scope, entry) is { } named && named.Kind == kind)
        {
            return entries.Find(named.Number);
        }

        if (entry.StartsWith('*'))
        {
            return ulong.TryParse(entry.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
                ? entries.Find(id) : null;
        }

        return int.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < entries.Count
            ? entries[number] : null;
    }
}
