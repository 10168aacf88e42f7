using Conntrack.RouterOs.Evaluation;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Routing;

namespace Conntrack.RouterOs.Settings;

/// <summary>What became of a script: the new configuration, null when there is any error; and all findings in the script's order.</summary>
public sealed record LoadResult(RouterConfiguration? Configuration, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>Loads a RouterOS script into a configuration, whole or not at all. Pure: reads and writes nothing but its arguments.</summary>
public static class ScriptLoader
{
    /// <summary>The menus that act, in the order of an export: what others refer to comes first.</summary>
    internal static readonly IMenuActions[] Menus =
    [
        new InterfaceMenu(), new BridgeMenu(), new EthernetMenu(), new VlanMenu(), new InterfaceListMenu(), new VrfMenu(),
        new RoutingTableMenu(), new BridgePortMenu(), IpSettingsMenus.Bridging, new InterfaceListMemberMenu(), IpSettingsMenus.Ipv4, IpSettingsMenus.Ipv6,
        new AddressMenu(RuleFamily.Ipv4), new NeighbourMenu(RuleFamily.Ipv4), new RouteMenu(RuleFamily.Ipv4),
        new AddressMenu(RuleFamily.Ipv6), new NeighbourMenu(RuleFamily.Ipv6), new RouteMenu(RuleFamily.Ipv6), new RoutingRuleMenu(),
        new AddressListMenu(RuleFamily.Ipv4), new AddressListMenu(RuleFamily.Ipv6), new TrackingMenu(), new ServicePortMenu(), new Layer7Menu(),
        new RuleMenu(RuleFamily.Ipv4, RuleTable.Filter), new RuleMenu(RuleFamily.Ipv4, RuleTable.Mangle),
        new RuleMenu(RuleFamily.Ipv4, RuleTable.Nat), new RuleMenu(RuleFamily.Ipv4, RuleTable.Raw),
        new RuleMenu(RuleFamily.Ipv6, RuleTable.Filter), new RuleMenu(RuleFamily.Ipv6, RuleTable.Mangle),
        new RuleMenu(RuleFamily.Ipv6, RuleTable.Nat), new RuleMenu(RuleFamily.Ipv6, RuleTable.Raw),
    ];

    static readonly Dictionary<Menu, IMenuActions> s_actions = Menus.ToDictionary(static actions => MenuTree.At(actions.Path));

    /// <summary>
    /// Applies the script <paramref name="text"/> on top of <paramref name="baseConfiguration"/>; <paramref name="fileName"/> is what its
    /// diagnostics are to be called by. <paramref name="actsOnAll"/> lets rules hold, enabled, what does not act yet.
    /// </summary>
    public static LoadResult Load(string fileName, string text, RouterConfiguration baseConfiguration, bool actsOnAll = false)
    {
        var source = new SourceText(fileName, text);
        var diagnostics = new DiagnosticSink(source);
        var loading = new Loading(baseConfiguration, diagnostics) { ActsOnAll = actsOnAll };
        var run = new ScriptRun(loading, new LoaderHost(loading));
        foreach (Statement statement in ScriptParser.Read(MenuTree.Root, diagnostics))
        {
            run.Execute(statement);
        }

        Complete(loading);
        return new LoadResult(diagnostics.HasErrors ? null : loading.Configuration, diagnostics.ToList());
    }

    /// <summary>Checks what only the whole script decides.</summary>
    internal static void Complete(Loading loading)
    {
        NameChecks.Report(loading);
        loading.Configuration = Renamed(loading, loading.Diagnostics);
        foreach (IMenuActions actions in Menus)
        {
            actions.Complete(loading);
        }
    }

    /// <summary>Whether a menu acts: its commands change the configuration.</summary>
    internal static bool Acts(Menu menu) => s_actions.ContainsKey(menu);

    /// <summary>What a menu does with its commands; null for one that does not act.</summary>
    internal static IMenuActions? ActionsOf(Menu menu) => s_actions.GetValueOrDefault(menu);

    /// <summary>What answers scripts that ask about a menu; null when it cannot be asked.</summary>
    internal static IMenuQuery? QueryOf(Menu menu) => s_actions.GetValueOrDefault(menu)?.Query;

    /// <summary>The configuration so far, with the names that those its entries refer to have by now.</summary>
    internal static RouterConfiguration Renamed(Loading loading, DiagnosticSink diagnostics)
    {
        loading.ReportedNames.Clear();
        return loading.HasNewNames
            ? Menus.Aggregate(loading.Configuration, (configuration, menu) => menu.Rename(configuration, loading, diagnostics))
            : loading.Configuration;
    }

    /// <summary>Carries out one command of a menu whose arguments have been computed.</summary>
    internal static void Execute(Statement statement, Loading loading)
    {
        var menu = (Menu)statement.Menu;
        if (s_actions.TryGetValue(menu, out IMenuActions? actions))
        {
            actions.Execute(statement, loading);
        }
        else if (menu.Support == MenuSupport.NotYet && MenuCommands.NoteShowing(statement, loading.Diagnostics))
        {
            return;
        }
        else if (menu == MenuTree.Root)
        {
            loading.Diagnostics.Error(statement.HeadSpan, $"/{statement.Command} is not supported yet in this version");
        }
        else if (loading.ReportedMenus.Add(statement.Path))
        {
            ReportMenu(menu, statement.HeadSpan, loading.Diagnostics);
        }
    }

    static void ReportMenu(Menu menu, SourceSpan span, DiagnosticSink diagnostics)
    {
        if (menu.Support == MenuSupport.NotYet)
        {
            diagnostics.Error(
                span, $"the menu {menu.Path} is not supported yet in this version; it cannot be left out, so the script is refused");
        }
        else if (menu.Consequence is not null)
        {
            diagnostics.Warning(span, $"{menu.Path} is not applicable here and is skipped: {menu.Consequence}");
        }
        else
        {
            diagnostics.Note(span, $"{menu.Path} is not applicable here and is skipped");
        }
    }
}
