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

    public static ConsoleReply Execute(string command, IRouterView router)
    {
        var source = new SourceText(FileName, command);
        var diagnostics = new DiagnosticSink(source);
        var session = new ConsoleSession(router, diagnostics);
        var run = new ScriptRun(session.Loading, session);
        foreach (Statement statement in ScriptParser.Read(MenuTree.Root, diagnostics))
        {
            run.Execute(statement);
        }

        return session.Complete();
    }
}
