using System.CommandLine;

namespace Conntrack.Daemon.Terminal;

/// <summary>
/// <c>ctrack console</c>: one command given as words, or commands line by line from standard input, or at a terminal with everything a
/// terminal can do.
/// </summary>
sealed class ConsoleCommandLine
{
    readonly Argument<string[]> _words = new("COMMAND")
    {
        Description = "RouterOS command to carry out; without one commands are read from the terminal or from standard input",
        Arity = ArgumentArity.ZeroOrMore,
    };

    readonly Option<bool> _json = new("--json") { Description = "JSON instead of text" };

    readonly Option<string?> _connect = new("--connect")
    {
        HelpName = "ADDR",
        Description = "Where the router answers, unix:/PATH or 127.0.0.1:PORT. Default unix:/run/ctrack/ctrack.sock, or 127.0.0.1:50051",
    };

    readonly Func<int?> _width;

    public ConsoleCommandLine(Func<int?> width)
    {
        _width = width;
        Command = new Command("console", "Type RouterOS commands at a running router") { _words, _json, _connect };
    }

    public Command Command { get; }

    public int Run(ParseResult arguments, TextWriter output, TextWriter error)
    {
        string[] words = arguments.GetValue(_words) ?? [];
        bool json = arguments.GetValue(_json);
        using var link = RouterLink.Open(arguments.GetValue(_connect) is { } address ? [ListenAddress.Parse(_connect.Name, address)] : ListenAddress.Defaults);
        if (words.Length > 0)
        {
            return new OneCommand(link, output, error, json, _width()).Run(string.Join(' ', words));
        }

        if (Console.IsInputRedirected || Console.IsOutputRedirected || json)
        {
            return new PipedConsole(link, output, error, json).Run(Console.In);
        }

        using var screen = new Screen();
        return new InteractiveConsole(link, screen, CommandHistory.Open()).Run();
    }
}
