using System.Globalization;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console;

/// <summary>
/// Answers commands typed at a running router about everything that a print of the menu shows: status, flags, and the rows the router made
/// itself, which have an id for the time of the command.
/// </summary>
sealed class ListingQuery<TRow>(Listing<TRow> listing, Func<IEnumerable<TRow>> read, Func<RouterConfiguration> configuration) : IMenuQuery
{
    const ulong FirstTransient = 0x8000_0000;

    readonly ConditionFields<TRow> _fields = listing.Fields;
    RouterConfiguration? _seen;
    List<(string Id, TRow Row)> _rows = [];
    Dictionary<string, TRow> _byName = [];

    public IEnumerable<string> Names => _fields.Names;

    public int Count(Loading loading) => Rows().Count;

    public IReadOnlyList<string>? Find(SourceSpan? condition, Loading loading)
    {
        Func<TRow, bool>? wanted = condition is SourceSpan span ? _fields.Parse(span, loading.Diagnostics) : static _ => true;
        return wanted is null ? null : [.. Rows().Where(row => wanted(row.Row)).Select(static row => row.Id)];
    }

    public MenuAnswer Ask(string entry, string name, Loading loading)
    {
        Rows();
        return !_byName.TryGetValue(entry, out TRow? row) ? MenuAnswer.NoSuchEntry
            : name == ".id" ? MenuAnswer.Of(_rows.First(other => EqualityComparer<TRow>.Default.Equals(other.Row, row)).Id)
            : _fields.Find(name) is ConditionField<TRow> field ? MenuAnswer.Of(field.Text(row))
            : MenuAnswer.NoSuchProperty;
    }

    /// <summary>As they are with the configuration that the commands so far have made; asked of the router once for each.</summary>
    List<(string Id, TRow Row)> Rows()
    {
        RouterConfiguration now = configuration();
        if (ReferenceEquals(now, _seen))
        {
            return _rows;
        }

        _seen = now;
        ulong transient = FirstTransient;
        _rows = [.. read().Select(row => (listing.Id(row) is > 0 and ulong id ? $"*{id:x}" : $"*{transient++:x}", row))];
        _byName = new Dictionary<string, TRow>(_rows.Count * 2);
        ConditionField<TRow>? name = _fields.Find("name");
        foreach ((string id, TRow row) in _rows)
        {
            _byName.TryAdd(id, row);
            if (listing.Number(row) is int number)
            {
                _byName.TryAdd(number.ToString(CultureInfo.InvariantCulture), row);
            }
        }

        foreach ((_, TRow row) in _rows)
        {
            if (name?.Text(row) is { Length: > 0 } own)
            {
                _byName[own] = row;
            }
        }

        return _rows;
    }
}
