using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console;

/// <summary>What <c>print</c> of one menu does.</summary>
abstract class MenuPrinter
{
    /// <summary>What the statement shows; nothing when it is wrong, which is reported.</summary>
    public abstract IEnumerable<ConsoleOutput> Print(
        Statement statement, RouterConfiguration configuration, IRouterView router, DiagnosticSink diagnostics);
}

/// <summary>Prints a list.</summary>
/// <param name="listing">What there is to show.</param>
/// <param name="rows">The rows in the order they stand in, of a configuration that the router may not have yet.</param>
/// <param name="plain">The form of a print that names none.</param>
sealed class ListPrinter<TRow>(
    Listing<TRow> listing, Func<RouterConfiguration, IRouterView, IEnumerable<TRow>> rows, PrintForm plain = PrintForm.Brief) : MenuPrinter
{
    public override IEnumerable<ConsoleOutput> Print(
        Statement statement, RouterConfiguration configuration, IRouterView router, DiagnosticSink diagnostics)
    {
        var print = new PrintArguments<TRow>(listing.Fields, diagnostics);
        print.Read(statement.Arguments);
        return diagnostics.HasErrors
            ? []
            : [new ListingOutput<TRow>(listing, [.. print.Query.Apply(rows(configuration, router))], print.Form ?? plain)];
    }
}

/// <summary>Prints a menu that is one set of settings, and what the router adds to it.</summary>
sealed class SettingsPrinter<T>(
    SettingsMenu<T> menu, Func<RouterConfiguration, T> read,
    Func<IRouterView, IEnumerable<(string Name, ValueKind Kind, string Value)>> status)
    : MenuPrinter
    where T : class
{
    public override IEnumerable<ConsoleOutput> Print(
        Statement statement, RouterConfiguration configuration, IRouterView router, DiagnosticSink diagnostics)
    {
        var print = new PrintArguments<T>(new ConditionFields<T>(), diagnostics);
        print.Read(statement.Arguments);
        T settings = read(configuration);
        return
        [
            new SettingsOutput(
                [
                    .. menu.Properties.Properties.Select(property => (property.Name, property.Kind, Value: property.Text(settings) ?? ""))
                        .Where(static property => property.Value.Length > 0),
                    .. status(router),
                ],
                print.Form ?? PrintForm.Detail),
        ];
    }
}
