using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console;

/// <summary>What a <c>print</c> shows, null when it is wrong, which is reported; and whether it is to be repeated.</summary>
readonly record struct Printed(ConsoleOutput? Output, PrintRepetition? Repetition);

/// <summary>What <c>print</c> of one menu does.</summary>
abstract class MenuPrinter
{
    /// <summary>What may stand in a condition and in <c>proplist</c>.</summary>
    public abstract IEnumerable<string> Names { get; }

    /// <summary>What the statement shows of <paramref name="configuration"/>, entries that were <paramref name="seen"/> left out.</summary>
    public abstract Printed Print(
        Statement statement, RouterConfiguration configuration, IRouterView router, ISet<string>? seen, DiagnosticSink diagnostics);

    /// <summary>Answers commands with what print shows; null when the menu itself knows it all.</summary>
    public virtual IMenuQuery? Query(Func<RouterConfiguration> configuration, IRouterView router) => null;
}

/// <summary>Prints a list.</summary>
/// <param name="listing">What there is to show.</param>
/// <param name="rows">The rows in the order they stand in, of a configuration that the router may not have yet.</param>
/// <param name="plain">The form of a print that names none.</param>
sealed class ListPrinter<TRow>(
    Listing<TRow> listing, Func<RouterConfiguration, IRouterView, IEnumerable<TRow>> rows, PrintForm plain = PrintForm.Brief) : MenuPrinter
{
    public override IEnumerable<string> Names => listing.Names;

    public override Printed Print(
        Statement statement, RouterConfiguration configuration, IRouterView router, ISet<string>? seen, DiagnosticSink diagnostics) =>
        Print(listing, plain, statement, rows(configuration, router), seen, diagnostics);

    public override IMenuQuery Query(Func<RouterConfiguration> configuration, IRouterView router) =>
        new ListingQuery<TRow>(listing, () => rows(configuration(), router), configuration);

    /// <summary>Prints rows by a listing as the statement wants them.</summary>
    public static Printed Print(
        Listing<TRow> listing, PrintForm plain, Statement statement, IEnumerable<TRow> rows, ISet<string>? seen, DiagnosticSink diagnostics)
    {
        PrintArguments<TRow> print = Read(listing, statement, diagnostics);
        return diagnostics.HasErrors ? default : new Printed(Output(listing, plain, print, rows, seen), print.Repetition);
    }

    public static PrintArguments<TRow> Read(Listing<TRow> listing, Statement statement, DiagnosticSink diagnostics)
    {
        var print = new PrintArguments<TRow>(listing.Fields, listing.Names, listing.Number, diagnostics);
        print.Read(statement.Arguments);
        return print;
    }

    public static ListingOutput<TRow> Output(
        Listing<TRow> listing, PrintForm plain, PrintArguments<TRow> print, IEnumerable<TRow> rows, ISet<string>? seen) => new(
        print.Properties is { } names ? listing.Only(names) : listing, [.. Unseen(listing, print.Query.Apply(rows), seen)],
        print.Form ?? (print.Properties is null || plain != PrintForm.Brief ? plain : PrintForm.Brief));

    /// <summary>The rows not shown yet, which now are. A row without an id is known by what it says.</summary>
    public static IEnumerable<TRow> Unseen(Listing<TRow> listing, IEnumerable<TRow> rows, ISet<string>? seen) =>
        seen is null ? rows : rows.Where(row => seen.Add(listing.Id(row) is > 0 and ulong id
            ? $"*{id:x}"
            : string.Join(' ', listing.Properties.Select(property => property.Text(row)))));
}

/// <summary>Prints a menu that is one set of settings, and what the router adds to it.</summary>
sealed class SettingsPrinter<T>(
    SettingsMenu<T> menu, Func<RouterConfiguration, T> read,
    Func<IRouterView, IEnumerable<(string Name, ValueKind Kind, string Value)>> status)
    : MenuPrinter
    where T : class
{
    public override IEnumerable<string> Names => menu.Properties.Names;

    public override Printed Print(
        Statement statement, RouterConfiguration configuration, IRouterView router, ISet<string>? seen, DiagnosticSink diagnostics)
    {
        T settings = read(configuration);
        (string Name, ValueKind Kind, string Value)[] all =
        [
            .. menu.Properties.Properties.Select(property => (property.Name, property.Kind, Value: property.Text(settings) ?? "")),
            .. status(router),
        ];
        return Print(all, statement, diagnostics);
    }

    /// <summary>Prints one set of settings as the statement wants it.</summary>
    public static Printed Print(
        IReadOnlyList<(string Name, ValueKind Kind, string Value)> all, Statement statement, DiagnosticSink diagnostics)
    {
        var print = new PrintArguments<T>(new ConditionFields<T>(), all.Select(static property => property.Name), null, diagnostics);
        print.Read(statement.Arguments);
        return diagnostics.HasErrors ? default : new Printed(
            new SettingsOutput(
                [
                    .. (print.Properties is { } names ? names.Select(name => all.First(property => property.Name == name)) : all)
                        .Where(static property => property.Value.Length > 0),
                ],
                print.Form ?? PrintForm.Detail),
            print.Repetition);
    }
}
