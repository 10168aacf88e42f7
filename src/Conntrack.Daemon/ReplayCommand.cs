using System.CommandLine;
using System.Globalization;
using Conntrack.Control.Replay;

namespace Conntrack.Daemon;

/// <summary>
/// <c>ctrack replay</c>: its options, and how they become <see cref="ReplayOptions"/>. Every option is taken as a list of words, so that a
/// repetition, a bad number and a contradiction are all refused here, in our words.
/// </summary>
sealed class ReplayCommand
{
    /// <summary>A thousand million seconds are 31 years: beyond any timeout, and far from where a clock in nanoseconds overflows.</summary>
    const decimal MaxUntil = 1_000_000_000;

    readonly Option<string[]> _config = Option("--config", "FILE.rsc", "RouterOS script, applied at virtual time zero");

    readonly Option<string[]> _in = Option(
        "--in", "NAME=FILE", "Capture (pcap, pcapng) an interface receives; repeatable. A bare FILE is ether1, both directions in one file");

    readonly Option<string[]> _out = Option("--out", "NAME=FILE", "Capture of what the router sends on an interface; repeatable");

    readonly Option<string[]> _connections = Option("--connections", "FILE", "The connection list at the end, as JSON; - is standard output");
    readonly Option<string[]> _trace = Option("--trace", "FILE", "The fate of every input packet, as JSON lines; - is standard output");
    readonly Option<string[]> _stats = Option("--stats", "FILE", "Counters, drops by reason and the books, as JSON; - is standard output");
    readonly Option<string[]> _print = Option(
        "--print", "COMMAND", "Console command that prints what the router has come to at the end, such as '/ip settings print'; repeatable");

    readonly Option<string[]> _until = Option("--until", "SECONDS", "Let virtual time run on after the last packet, so that timeouts fire");
    readonly Option<string[]> _workers = Option("--workers", "N", $"Workers, 1 to {ReplayOptions.MaxWorkers}; default 1");
    readonly Option<string[]> _burst = Option("--burst", "N", $"Packets a burst, 1 to {ReplayOptions.MaxBurst}; default 1");

    readonly Option<string[]> _checksums = Option(
        "--checksums", "verify|ignore", "What to do about bad checksums of received packets; default verify");

    readonly Option<string[]> _answerNeighbours = Option(
        "--answer-neighbours", "yes|no", "Answer ARP and neighbour solicitations for hosts the captures do not show; default yes");

    readonly RunReplay _replay;
    readonly Func<int?> _terminalWidth;

    public ReplayCommand(RunReplay replay, Func<int?> terminalWidth)
    {
        _replay = replay;
        _terminalWidth = terminalWidth;
        Command = new Command("replay", "Send captures through the dataplane and show what it made of them")
        {
            _config, _in, _out, _connections, _trace, _stats, _print, _until, _workers, _burst, _checksums, _answerNeighbours,
        };
    }

    public Command Command { get; }

    public int Run(ParseResult arguments, TextWriter output, TextWriter error) => _replay(Bind(arguments), output, error);

    ReplayOptions Bind(ParseResult arguments)
    {
        var options = new ReplayOptions
        {
            ConfigFile = Single(arguments, _config) is { } config ? FileName(_config, config) : null,
            Inputs = Captures(arguments, _in),
            Outputs = Captures(arguments, _out),
            Connections = Target(arguments, _connections),
            Trace = Target(arguments, _trace),
            Stats = Target(arguments, _stats),
            Commands = Words(arguments, _print),
            Until = Seconds(arguments, _until),
            Workers = Number(arguments, _workers, ReplayOptions.MaxWorkers),
            Burst = Number(arguments, _burst, ReplayOptions.MaxBurst),
            Checksums = Choice(arguments, _checksums, "verify", "ignore") ? ChecksumHandling.Verify : ChecksumHandling.Ignore,
            AnswerNeighbours = Choice(arguments, _answerNeighbours, "yes", "no"),
            TerminalWidth = _terminalWidth(),
        };
        if (options.Inputs.Count == 0)
        {
            throw new UserErrorException("--in: at least one capture is needed, as NAME=FILE or FILE");
        }

        ReplayFiles.RefuseSharing(options);
        if (options.Commands.Count > 0 && new[] { options.Connections, options.Trace, options.Stats }.Any(static target => target is { IsStandardOutput: true }))
        {
            throw new UserErrorException("--print: standard output is for the data that - asks for");
        }

        return options;
    }

    static Option<string[]> Option(string name, string valueName, string description) => new(name)
    {
        HelpName = valueName,
        Description = description,
        AllowMultipleArgumentsPerToken = false,
    };

    static string[] Words(ParseResult arguments, Option<string[]> option)
    {
        string[] words = arguments.GetValue(option) ?? [];
        return words.All(word => word.Length > 0) ? words : throw new UserErrorException($"{option.Name}: a value is missing");
    }

    static string? Single(ParseResult arguments, Option<string[]> option)
    {
        string[] words = Words(arguments, option);
        return words.Length switch
        {
            0 => null,
            1 => words[0],
            _ => throw new UserErrorException($"{option.Name}: given {words.Length} times, once is enough"),
        };
    }

    static List<InterfaceCapture> Captures(ParseResult arguments, Option<string[]> option)
    {
        List<InterfaceCapture> captures = [];
        foreach (string word in Words(arguments, option))
        {
            InterfaceCapture capture = Capture(option, word);
            if (captures.Exists(other => other.Interface == capture.Interface))
            {
                throw new UserErrorException($"{option.Name}: interface {capture.Interface} is given twice");
            }

            captures.Add(capture);
        }

        return captures;
    }

    static InterfaceCapture Capture(Option<string[]> option, string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);

        // An interface name has no slash: ./a=b.pcap is a file.
        if (equals < 0 || word.AsSpan(0, equals).Contains('/'))
        {
            return new InterfaceCapture(ReplayOptions.DefaultInterface, FileName(option, word), IsBothDirections: true);
        }

        if (equals == 0)
        {
            throw new UserErrorException($"{option.Name}: '{word}' has no interface name before the =");
        }

        if (equals == word.Length - 1)
        {
            throw new UserErrorException($"{option.Name}: '{word}' has no file name behind the =");
        }

        return new InterfaceCapture(word[..equals], FileName(option, word[(equals + 1)..]));
    }

    static string FileName(Option<string[]> option, string word) =>
        word != "-" ? word : throw new UserErrorException($"{option.Name}: - is no file here; only --connections, --trace and --stats take it");

    static OutputTarget? Target(ParseResult arguments, Option<string[]> option) =>
        Single(arguments, option) is { } path ? new OutputTarget(option.Name, path) : null;

    static TimeSpan Seconds(ParseResult arguments, Option<string[]> option)
    {
        string? word = Single(arguments, option);
        if (word is null)
        {
            return TimeSpan.Zero;
        }

        if (!decimal.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds)
            || seconds > MaxUntil)
        {
            throw new UserErrorException($"{option.Name}: '{word}' is not a number of seconds from 0 to {MaxUntil:0}, such as 10 or 2.5");
        }

        return new TimeSpan((long)(seconds * TimeSpan.TicksPerSecond));
    }

    static int Number(ParseResult arguments, Option<string[]> option, int max)
    {
        string? word = Single(arguments, option);
        if (word is null)
        {
            return 1;
        }

        return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= max
            ? number
            : throw new UserErrorException($"{option.Name}: '{word}' is not a whole number from 1 to {max}");
    }

    /// <summary>True for the first word, which is also the default.</summary>
    static bool Choice(ParseResult arguments, Option<string[]> option, string first, string second)
    {
        string word = Single(arguments, option) ?? first;
        return word == first || (word == second
            ? false
            : throw new UserErrorException($"{option.Name}: '{word}' is neither {first} nor {second}"));
    }
}
