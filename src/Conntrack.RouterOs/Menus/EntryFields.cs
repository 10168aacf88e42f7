using System.Globalization;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// What <c>find</c> and <c>print where</c> may name of an entry: the properties of its menu, compared in their canonical form. An entry may
/// be part of a row that knows more of it.
/// </summary>
static class EntryFields
{
    /// <param name="properties">Of the menu.</param>
    /// <param name="blank">What values are read into, so that <c>protocol=6</c> finds <c>tcp</c>.</param>
    /// <param name="entry">The entry of a row.</param>
    public static IEnumerable<ConditionField<TRow>> Of<TRow, TModel>(
        PropertyTable<TModel> properties, TModel blank, Func<TRow, TModel> entry) =>
        properties.Properties.Select(property => Of(property, blank, entry));

    static ConditionField<TRow> Of<TRow, TModel>(MenuProperty<TModel> property, TModel blank, Func<TRow, TModel> entry) =>
        property.Kind switch
        {
            _ when property is MenuProperty<TModel, AddressPrefix> network => new NetworkField<TRow>(
                property.Name, row => network.Value(entry(row)), row => property.Text(entry(row)) ?? "",
                text => Canonical(property, blank, text), property.Expected),
            ValueKind.Flag => new FlagField<TRow>(property.Name, row => property.Text(entry(row)) == "yes"),
            ValueKind.Number => new NumberField<TRow>(
                property.Name,
                row => property.Text(entry(row)) is string text ? ulong.Parse(text, CultureInfo.InvariantCulture) : null),
            _ => new WordField<TRow>(
                property.Name, row => property.Text(entry(row)) ?? "", property.Expected, text => Canonical(property, blank, text),
                property.Words),
        };

    /// <summary>A text as if a script had it for a value.</summary>
    public static TextValue Value(string text) => new(new SourceSpan(0, text.Length), text, true, false, [(0, 0)]);

    static string? Canonical<TModel>(MenuProperty<TModel> property, TModel blank, string text)
    {
        var unheard = new DiagnosticSink(new SourceText("", text));
        return property.TryAssign(blank, Value(text), unheard, out TModel model) ? property.Text(model) : null;
    }
}
