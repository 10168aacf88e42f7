using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Console;

namespace Conntrack.Control.Router;

/// <summary>Carries console commands out: what the console answers is shown, and what it wants done is done.</summary>
public static class ConsoleCommand
{
    /// <summary>One line as typed.</summary>
    /// <exception cref="Settings.ChangeRefusedException">The change cannot be brought into force or made durable; nothing was done.</exception>
    public static ConsoleReply Execute(RunningRouter router, string command)
    {
        while (true)
        {
            var view = new RouterView(router, router.Configuration.Current);
            ConsoleReply reply = RouterConsole.Execute(command, view);
            if (!reply.Ok)
            {
                return reply;
            }

            // Somebody else's change came between: the command is carried out again on what is there now.
            if (reply.Configuration is { } changed && !router.Configuration.TryReplace(view.Configuration, changed, RevisionAuthor.Console))
            {
                continue;
            }

            router.Remove(reply.RemovedConnections.Select(connection => connection.Id));
            if (reply.ResetCounters.Count > 0)
            {
                router.Rules.ResetCounters(reply.ResetCounters);
            }

            return reply;
        }
    }
}
