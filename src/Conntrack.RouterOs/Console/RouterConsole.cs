using Conntrack.RouterOs.Evaluation;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Console;

/// <summary>
/// Carries out commands as a RouterOS terminal takes them: <c>/ip firewall connection print where …</c>,
/// <c>/ip firewall filter print stats</c>, <c>/ip firewall filter add …</c>, <c>/export</c>. Pure: it sees the router through
/// <see cref="IRouterView"/> and answers with what is to be shown and done. Several commands on one line are carried out in order, each
/// on what those before it made of the configuration; with an error in any of them nothing is to be done.
/// </summary>
public static class RouterConsole
{
    /// <summary>The name that findings about what was typed carry.</summary>
    const string FileName = "console";

    public static ConsoleReply Execute(string command, IRouterView router) => Execute(new ConsoleRequest(command), router);

    /// <summary>Carries out a command typed in a menu.</summary>
    public static ConsoleReply Execute(ConsoleRequest request, IRouterView router)
    {
        var source = new SourceText(FileName, request.Command);
        var diagnostics = new DiagnosticSink(source);
        var session = new ConsoleSession(router, diagnostics, request.Seen);
        var run = new ScriptRun(session.Loading, session);
        Menu menu = MenuTree.Find(request.Menu) ?? MenuTree.Root;
        foreach (Statement statement in ScriptParser.Read(MenuTree.Root, menu, diagnostics, end => menu = end as Menu ?? menu))
        {
            run.Execute(statement);
        }

        return session.Complete() with { Menu = MenuTree.PromptOf(menu) };
    }
}
