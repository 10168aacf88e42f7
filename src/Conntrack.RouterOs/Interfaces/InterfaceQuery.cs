using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>
/// Answers scripts about interfaces of every kind. A script is read before anybody knows which hardware it is for, so every Ethernet port
/// that can be there counts as there, and one that is not disabled as running.
/// </summary>
sealed class InterfaceQuery : IMenuQuery
{
    static readonly ConditionFields<InterfaceSettings> s_fields = new(
    [
        .. InterfaceMenu.EveryField,
        new FlagField<InterfaceSettings>("running", static i => !i.Disabled),
        new FlagField<InterfaceSettings>("slave", static _ => false),
    ]);

    public IEnumerable<string> Names => s_fields.Names;

    public int Count(Loading loading) => InterfaceMenu.All(loading.Configuration).Count();

    public IReadOnlyList<string>? Find(SourceSpan? condition, Loading loading)
    {
        Func<InterfaceSettings, bool>? wanted =
            condition is SourceSpan span ? s_fields.Parse(span, loading.Diagnostics) : static _ => true;
        return wanted is null ? null : [.. InterfaceMenu.All(loading.Configuration).Where(wanted).Select(static i => $"*{i.Key.Number:x}")];
    }

    public MenuAnswer Ask(string entry, string name, Loading loading) =>
        InterfaceMenu.Named(entry, loading) is not { } settings ? MenuAnswer.NoSuchEntry
        : s_fields.Find(name) is ConditionField<InterfaceSettings> field ? MenuAnswer.Of(field.Text(settings))
        : MenuAnswer.NoSuchProperty;
}
