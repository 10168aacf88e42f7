using Conntrack.RouterOs.Console.Completion;
using Conntrack.V1;

namespace Conntrack.Daemon.Terminal;

/// <summary>
/// Commands from standard input that is no terminal: each is carried out when it is complete, and the first one that is wrong ends it, with
/// its place in what was read.
/// </summary>
sealed class PipedConsole(RouterLink link, TextWriter output, TextWriter error, bool json)
{
    public int Run(TextReader input)
    {
        string menu = "";
        string command = "";
        int first = 1, line = 0;
        while (input.ReadLine() is string text)
        {
            line++;
            command = command.Length == 0 ? text : command + "\n" + text;
            if (ConsoleCompleter.IsOpen(command))
            {
                continue;
            }

            if (IsQuit(command))
            {
                return ExitCode.Success;
            }

            if (!Execute(command, first, ref menu))
            {
                return ExitCode.UserError;
            }

            (command, first) = ("", line + 1);
        }

        return command.Length == 0 || Execute(command, first, ref menu) ? ExitCode.Success : ExitCode.UserError;
    }

    /// <summary>Whether somebody wants to leave.</summary>
    public static bool IsQuit(string command) => command.Trim() is "quit" or "/quit" or ":quit";

    bool Execute(string command, int first, ref string menu)
    {
        if (string.IsNullOrWhiteSpace(command))
        {
            return true;
        }

        ExecuteResponse response = link.Execute(new ExecuteRequest { Command = command, Json = json, Menu = menu });
        menu = response.Menu;
        if (!json)
        {
            foreach (Diagnostic finding in response.Diagnostics)
            {
                error.WriteLine(Message.Of(finding, $"stdin:{first + finding.Line - 1}:{finding.Column}: "));
            }

            (_, string shown) = OneCommand.Split(response);
            (response.Ok ? output : error).Write(shown);
        }
        else if (!response.Ok || response.Output != "null")
        {
            output.WriteLine(response.Output);
        }

        output.Flush();
        error.Flush();
        return response.Ok;
    }
}
