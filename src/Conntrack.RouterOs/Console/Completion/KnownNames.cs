using System.Text.RegularExpressions;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console.Completion;

/// <summary>The names a router has for things: what values that refer to others may be.</summary>
sealed partial class KnownNames(IRouterView router)
{
    /// <summary>Lists with more entries are not looked through for names while somebody types.</summary>
    const int MostEntries = 2_000;

    RouterConfiguration Configuration => router.Configuration;

    public IEnumerable<string> Of(NameScope scope) => scope switch
    {
        NameScope.Interface => InterfaceRows.All(Configuration, router).Select(static row => row.Entry.Name),
        NameScope.InterfaceList => InterfaceListMembers.BuiltIn.Concat(Configuration.InterfaceLists.Select(static list => list.Name)),
        _ => new NameIndex(Configuration).Names(scope),
    };

    /// <summary>What the rules of a table say already for a property whose values users choose: chains, lists, marks.</summary>
    public IEnumerable<string> InRules(RuleFamily family, RuleTable table, string property)
    {
        bool isChain = property is "chain" or "jump-target";
        if (!isChain && !property.EndsWith("-list", StringComparison.Ordinal) && !property.EndsWith("-mark", StringComparison.Ordinal)
            && property != "layer7-protocol")
        {
            return [];
        }

        IReadOnlyList<FirewallRule> rules = Configuration.Rules.Of(family, table);
        string[] sources = isChain ? ["chain", "jump-target"] : [property];
        return
        [
            .. sources.Select(name => RuleProperties.Of(family, table).Find(name)).OfType<MenuProperty<FirewallRule>>()
                .SelectMany(source => rules.Take(MostEntries).Select(rule => source.Text(rule)?.TrimStart('!')))
                .OfType<string>().Where(static name => name.Length > 0).Distinct(),
        ];
    }

    /// <summary>The names of a menu's own entries, by which commands can mean them.</summary>
    public IEnumerable<string> Entries(Menu menu)
    {
        var loading = new Loading(Configuration, new DiagnosticSink(new SourceText("", "")));
        if ((MenuPrinters.Of(menu)?.Query(() => Configuration, router) ?? ScriptLoader.QueryOf(menu)) is not IMenuQuery query
            || query.Count(loading) > MostEntries || !query.Names.Contains("name"))
        {
            return [];
        }

        return
        [
            .. (query.Find(null, loading) ?? []).Select(id => query.Ask(id, "name", loading)).Where(static name => name.Kind == MenuAnswerKind.Value)
                .Select(static name => name.Text),
        ];
    }

    /// <summary>The variables that a text declares.</summary>
    public static IEnumerable<string> Variables(string text) =>
        Declaration().Matches(text).SelectMany(static match => match.Groups["name"].Value.Split(',')).Where(static name => name.Length > 0).Distinct();

    [GeneratedRegex(
        @"(?:^|[\s;{\[:])(?:local|global|set|for|foreach)\s+""?(?<name>[A-Za-z0-9,]+)", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Declaration();
}
