using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Reflection;
using Conntrack.Control.Replay;
using Conntrack.Daemon.Terminal;

namespace Conntrack.Daemon;

/// <summary>
/// The command line of <c>ctrack</c>. Whatever is wrong with it is one line on standard error and exit code 2, a fault of ours one line and
/// exit code 1; standard output holds only what was asked for.
/// </summary>
public sealed class CommandLine
{
    const string Name = "ctrack";

    // No @file expansion and no bundling of letters: a word is what it looks like.
    static readonly ParserConfiguration s_parser = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    readonly RootCommand _root = new("RouterOS connection tracking in software");
    readonly VersionOption _version;
    readonly ReplayCommand? _replay;
    readonly RunCommand? _run;
    readonly CheckCommand _check;
    readonly ConsoleCommandLine _console;
    readonly TopCommand _top;

    /// <param name="replay">Carries out <c>replay</c>; without it the command is not there.</param>
    /// <param name="run">Carries out <c>run</c>; without it the command is not there.</param>
    /// <param name="terminalWidth">Characters a line of standard output has, null when it is no terminal; asked only when needed.</param>
    /// <param name="settings">Reads the settings file of <c>run</c>; without it there is none.</param>
    /// <param name="errorWidth">Characters a line of standard error has, null when it is no terminal.</param>
    public CommandLine(
        RunReplay? replay, RunRouter? run = null, Func<int?>? terminalWidth = null, Func<RunSettings>? settings = null,
        Func<int?>? errorWidth = null)
    {
        _root.Directives.Clear();
        _version = _root.Options.OfType<VersionOption>().Single();
        if (run is not null)
        {
            _run = new RunCommand(run, settings ?? (() => new RunSettings()));
            _root.Subcommands.Add(_run.Command);
        }

        if (replay is not null)
        {
            _replay = new ReplayCommand(replay, terminalWidth ?? (() => null));
            _root.Subcommands.Add(_replay.Command);
        }

        _check = new CheckCommand(errorWidth ?? (() => null));
        _root.Subcommands.Add(_check.Command);
        _console = new ConsoleCommandLine(terminalWidth ?? (() => null));
        _root.Subcommands.Add(_console.Command);
        _top = new TopCommand();
        _root.Subcommands.Add(_top.Command);
    }

    /// <summary>The product's version as <c>--version</c> prints it.</summary>
    public static string Version =>
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Carries out one command line and returns the process's exit code; it never throws.</summary>
    public int Run(IReadOnlyList<string> words, TextWriter output, TextWriter error)
    {
        try
        {
            if (words is [['[', ..], ..])
            {
                // The parser would take the word for a directive and pass over it in silence.
                throw UnknownCommand(words[0]);
            }

            (IReadOnlyList<string> own, IReadOnlyList<string> eal) = RunCommand.Split(words);
            int code = Dispatch(_root.Parse(own, s_parser), eal, output, error);
            output.Flush();
            return code;
        }
        catch (UserErrorException exception)
        {
            WriteLine(error, exception.Message);
            return ExitCode.UserError;
        }
        catch (IOException exception)
        {
            // Files are named where they are opened and written; what is left is standard output.
            WriteLine(error, UserErrorException.StandardOutput(exception).Message);
            return ExitCode.UserError;
        }
#pragma warning disable CA1031 // The outermost frame: a fault becomes a line, not a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            WriteLine(error, $"internal error: {exception.GetType().Name}: {exception.Message}");
            return ExitCode.InternalFault;
        }
    }

    int Dispatch(ParseResult arguments, IReadOnlyList<string> eal, TextWriter output, TextWriter error)
    {
        if (arguments.Action is HelpAction)
        {
            return arguments.Invoke(new InvocationConfiguration { Output = output, Error = error });
        }

        RefuseErrors(arguments);
        Command command = arguments.CommandResult.Command;
        if (command == _replay?.Command)
        {
            return _replay.Run(arguments, output, error);
        }

        if (command == _run?.Command)
        {
            return _run.Run(arguments, eal, error);
        }

        if (command == _check.Command)
        {
            return _check.Run(arguments, error);
        }

        if (command == _console.Command)
        {
            return _console.Run(arguments, output, error);
        }

        if (command == _top.Command)
        {
            return _top.Run(arguments, output);
        }

        if (arguments.GetResult(_version) is null)
        {
            throw MissingCommand();
        }

        output.WriteLine($"{Name} {Version}");
        return ExitCode.Success;
    }

    /// <summary>The parser's own report is a page of help; the first thing wrong in one line is what a user needs.</summary>
    void RefuseErrors(ParseResult arguments)
    {
        Command command = arguments.CommandResult.Command;
        foreach (SymbolResult taker in arguments.CommandResult.Children)
        {
            // Where a value is due the parser takes an option for it, and then trips over the words behind.
            if (taker.Tokens.FirstOrDefault(token => token.Value.StartsWith("--", StringComparison.Ordinal)) is { } taken)
            {
                throw taker is OptionResult option
                    ? new UserErrorException($"{option.Option.Name}: a value is missing before '{taken.Value}'")
                    : UnknownOption(taken.Value, command);
            }
        }

        if (arguments.UnmatchedTokens.Count > 0)
        {
            string word = arguments.UnmatchedTokens[0];
            throw word switch
            {
                ['-', _, ..] => UnknownOption(word, command),
                _ when command == _root => UnknownCommand(word),
                _ when command == _replay?.Command => new UserErrorException($"unexpected argument '{word}'; a capture is given with --in"),
                _ when command == _run?.Command => new UserErrorException($"unexpected argument '{word}'; an interface is given with --port, EAL's arguments behind --"),
                _ => new UserErrorException($"unexpected argument '{word}'"),
            };
        }

        if (arguments.Errors.Count > 0)
        {
            ParseError first = arguments.Errors[0];
            throw first.SymbolResult switch
            {
                OptionResult option when option.Option == _version => new UserErrorException("--version: stands alone"),
                OptionResult { Tokens.Count: 0 } option => new UserErrorException($"{option.Option.Name}: a value is missing"),
                ArgumentResult argument => new UserErrorException($"{command.Name}: {argument.Argument.Name} is missing"),
                CommandResult when command == _root => MissingCommand(),
                _ => new UserErrorException(first.Message),
            };
        }
    }

    UserErrorException MissingCommand() => new($"a command is missing; see {Usage(_root)}");

    UserErrorException UnknownOption(string word, Command command) => new($"unknown option '{word}'; see {Usage(command)}");

    UserErrorException UnknownCommand(string word) => new($"unknown command '{word}'; see {Usage(_root)}");

    string Usage(Command command) => command == _root ? $"{Name} --help" : $"{Name} {command.Name} --help";

    /// <summary>One line whatever the words hold: a control character in an argument must not break the line or reach the terminal.</summary>
    static void WriteLine(TextWriter error, string message)
    {
        try
        {
            error.WriteLine($"{Name}: {string.Concat(message.Select(c => char.IsControl(c) ? ' ' : c))}");
            error.Flush();
        }
        catch (IOException)
        {
            // Standard error is gone: the exit code is all that is left to say it.
        }
    }
}
