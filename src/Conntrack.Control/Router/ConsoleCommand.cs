using Conntrack.Control.Settings;
using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Console;
using Conntrack.RouterOs.Console.Completion;

namespace Conntrack.Control.Router;

/// <summary>Carries console commands out: what the console answers is shown, and what it wants done is done.</summary>
public static class ConsoleCommand
{
    /// <summary>One line as typed.</summary>
    /// <exception cref="ChangeRefusedException">The change cannot be brought into force or made durable; nothing was done.</exception>
    public static ConsoleReply Execute(RunningRouter router, ConsoleRequest command)
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
            router.Remove(reply.RemovedAddresses);
            if (reply.ResetCounters.Count > 0)
            {
                router.Rules.ResetCounters(reply.ResetCounters);
            }

            return reply;
        }
    }

    /// <summary>One line as typed that is carried out again and again, and therefore only shows.</summary>
    /// <exception cref="ChangeRefusedException">It would change something; nothing was done.</exception>
    public static ConsoleReply Show(RunningRouter router, ConsoleRequest command)
    {
        ConsoleReply reply = RouterConsole.Execute(command, new RouterView(router, router.Configuration.Current));
        return reply.Configuration is null && reply.RemovedConnections.Count == 0 && reply.ResetCounters.Count == 0
            ? reply
            : throw new ConfigurationRefusedException([new PropertyProblem("", "a command that is repeated can only show something; this one changes it")]);
    }

    /// <summary>What could stand at the cursor of a command being typed.</summary>
    public static ConsoleCompletion Complete(RunningRouter router, string text, int cursor, string menu) =>
        ConsoleCompleter.Complete(text, cursor, menu, new RouterView(router, router.Configuration.Current));
}
