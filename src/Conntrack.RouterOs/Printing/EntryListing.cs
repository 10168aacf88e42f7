using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Printing;

/// <summary>What print shows of a menu's rows: the properties a script can set, and what the router adds.</summary>
static class EntryListing
{
    /// <param name="menu">Whose properties; disabled is a flag, and a comment has its own place.</param>
    /// <param name="flags">In the order of the legend.</param>
    /// <param name="brief">Names of the properties that a brief print shows, in order.</param>
    /// <param name="status">Properties that only the router knows, behind those that are set.</param>
    /// <param name="stats">Names of those that <c>print stats</c> shows.</param>
    public static Listing<EntryRow<T, TStatus>> Of<T, TStatus>(
        ListMenu<T> menu, IReadOnlyList<ListingFlag<EntryRow<T, TStatus>>> flags, IReadOnlyList<string> brief,
        IReadOnlyList<ListingProperty<EntryRow<T, TStatus>>>? status = null, IReadOnlyList<string>? stats = null)
        where T : ConfigurationEntry
        where TStatus : class =>
        new([.. Set(menu.Properties, menu.Blank, static (EntryRow<T, TStatus> row) => row.Entry), .. status ?? []], flags, brief, stats)
        {
            Number = static row => row.Number,
            Id = static row => row.Entry.Id,
            Comment = static row => row.Entry.Comment,
        };

    /// <summary>The properties of a menu as a listing shows them.</summary>
    public static IEnumerable<ListingProperty<TRow>> Set<TModel, TRow>(
        PropertyTable<TModel> properties, TModel blank, Func<TRow, TModel> entry) =>
        properties.Properties.Zip(EntryFields.Of(properties, blank, entry))
            .Where(static pair => pair.First.Name is not ("disabled" or "comment"))
            .Select(pair => ListingProperty<TRow>.Of(pair.First, entry, pair.Second));

    /// <summary>A flag of a legend.</summary>
    public static ListingFlag<EntryRow<T, TStatus>> Flag<T, TStatus>(
        char letter, string word, Func<EntryRow<T, TStatus>, bool> isSet, bool shares = false)
        where TStatus : class =>
        new(new PrintFlag(letter, word, shares), isSet);

    public static ListingProperty<EntryRow<T, TStatus>> Text<T, TStatus>(string name, Func<EntryRow<T, TStatus>, string?> text)
        where TStatus : class =>
        new(name, ValueKind.Text, text);

    /// <summary>The rows of a list, numbered, with what the router says of each; behind them those that it made itself.</summary>
    public static IEnumerable<EntryRow<T, TStatus>> Rows<T, TStatus>(
        EntryList<T> entries, IEnumerable<TStatus> statuses, Func<TStatus, T> entry)
        where T : ConfigurationEntry
        where TStatus : class
    {
        ILookup<ulong, TStatus> byId = statuses.ToLookup(status => entry(status).Id);
        return entries.Select((own, number) => new EntryRow<T, TStatus>(number, own, byId[own.Id].FirstOrDefault()))
            .Concat(byId[0].Select(status => new EntryRow<T, TStatus>(null, entry(status), status)));
    }
}

/// <summary>What is known of an entry that no router has to be asked about.</summary>
sealed record BuiltInStatus
{
    /// <summary>Always there, and not to be changed.</summary>
    public bool IsBuiltIn { get; init; }

    /// <summary>There because of another entry.</summary>
    public bool IsDynamic { get; init; }
}
