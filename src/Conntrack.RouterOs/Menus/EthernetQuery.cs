using System.Globalization;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// Answers scripts about Ethernet ports. A script is read before anybody knows which hardware it is for, so every port that can be there
/// counts as there.
/// </summary>
sealed class EthernetQuery : IMenuQuery
{
    static readonly ConditionFields<EthernetSettings> s_fields = new(
    [
        .. EthernetMenu.Properties.Properties
            .Where(static property => property.Name != "disabled")
            .Select(static property => new WordField<EthernetSettings>(property.Name, port => property.Text(port) ?? "", property.Expected)),
        new WordField<EthernetSettings>("default-name", static port => port.DefaultName),
        new WordField<EthernetSettings>(".id", static port => IdOf(port)),
        new WordField<EthernetSettings>("type", static _ => "ether"),
        new FlagField<EthernetSettings>("disabled", static port => port.Disabled),
        new FlagField<EthernetSettings>("slave", static _ => false),
        new FlagField<EthernetSettings>("running", static port => !port.Disabled),
    ]);

    public IEnumerable<string> Names => s_fields.Names;

    public int Count(Loading loading) => EthernetSettings.MostNumber;

    public IReadOnlyList<string>? Find(SourceSpan? condition, Loading loading)
    {
        Func<EthernetSettings, bool>? wanted =
            condition is SourceSpan span ? s_fields.Parse(span, loading.Diagnostics) : static _ => true;
        return wanted is null ? null : [.. Ports(loading).Where(wanted).Select(static port => IdOf(port))];
    }

    public MenuAnswer Ask(string entry, string name, Loading loading)
    {
        EthernetSettings? port = Ports(loading).FirstOrDefault(port => port.Name == entry || IdOf(port) == entry)
            ?? (int.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < EthernetSettings.MostNumber
                ? loading.Configuration.Ethernets[number + 1]
                : null);
        return port is null ? MenuAnswer.NoSuchEntry
            : s_fields.Find(name) is ConditionField<EthernetSettings> field ? MenuAnswer.Of(field.Text(port))
            : MenuAnswer.NoSuchProperty;
    }

    static IEnumerable<EthernetSettings> Ports(Loading loading) => Enumerable
        .Range(EthernetSettings.LeastNumber, EthernetSettings.MostNumber)
        .Select(number => loading.Configuration.Ethernets[number]);

    static string IdOf(EthernetSettings port) => $"*{port.Number:x}";
}
