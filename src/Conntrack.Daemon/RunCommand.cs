using System.CommandLine;
using System.Globalization;
using System.Net;
using Conntrack.Control.Replay;
using Conntrack.Control.Router;
using Conntrack.Control.Settings.Revisions;
using Conntrack.Dataplane.Hosting;

namespace Conntrack.Daemon;

/// <summary>
/// <c>ctrack run</c>: its options, and how they and <see cref="RunSettings"/> become <see cref="RunOptions"/>. An option on the command line
/// replaces the file's of the same name.
/// </summary>
sealed class RunCommand
{
    readonly Option<string[]> _config = Option("--config", "FILE.rsc", "RouterOS script the router starts with, every time; default the latest revision");

    readonly Option<string[]> _state = Option(
        "--state", "DIR|none", $"Where revisions of the configuration are kept, none for in memory. Default {StateLocation.Default.Directory}");

    readonly Option<string[]> _listen = Option(
        "--listen", "ADDR", "Where gRPC answers, unix:/PATH or 127.0.0.1:PORT; repeatable. Default both: unix:/run/ctrack/ctrack.sock and 127.0.0.1:50051");

    readonly Option<string[]> _port = Option(
        "--port", "NAME=DEVICE", "DPDK device of an interface, as ether1=net_tap0,iface=tap0 or ether1=0000:03:00.0; repeatable. Without addresses one is observed and two are a wire");

    readonly Option<string[]> _host = Option(
        "--host-interface", "NAME|none", $"Interface of this host that leads its own programs to the router and through it; a router makes it. Default {RouterOptions.DefaultHostInterface}");

    readonly Option<string[]> _nameServers = Option(
        "--name-server", "ADDRESS[:PORT]", "Who is asked for the addresses of names in address lists; repeatable. Default those that this host asks");

    readonly Option<string[]> _workers = Option("--workers", "N", $"Workers, 1 to {RouterOptions.MaxWorkers}, a CPU each from the second on; default 1");

    readonly Option<string[]> _dataplane = Option("--dataplane", "aot|jit", "Which compilation of the dataplane works; jit is for debugging. Default aot");

    readonly RunRouter _run;
    readonly Func<RunSettings> _settings;

    /// <param name="run">Runs the router.</param>
    /// <param name="settings">Reads the settings file, when the command is carried out.</param>
    public RunCommand(RunRouter run, Func<RunSettings> settings)
    {
        _run = run;
        _settings = settings;
        Command = new Command("run", "Run the router; what stands behind -- goes to DPDK's EAL as it is")
        {
            _config, _state, _listen, _port, _host, _nameServers, _workers, _dataplane,
        };
    }

    public Command Command { get; }

    /// <summary>Takes the words behind <c>--</c>, which the parser would take for arguments of ours.</summary>
    public static (IReadOnlyList<string> Own, IReadOnlyList<string> Eal) Split(IReadOnlyList<string> words)
    {
        int at = words.ToList().IndexOf("--");
        return words is ["run", ..] && at >= 0 ? ([.. words.Take(at)], [.. words.Skip(at + 1)]) : (words, []);
    }

    public int Run(ParseResult arguments, IReadOnlyList<string> eal, TextWriter error) => _run(Bind(arguments, eal), error);

    RunOptions Bind(ParseResult arguments, IReadOnlyList<string> eal)
    {
        RunSettings settings = _settings();
        string[] ports = Words(arguments, _port), listen = Words(arguments, _listen);
        List<PortBinding> bindings = ports.Length > 0 ? Ports(_port.Name, ports.Select(Pair)) : Ports(settings.Name, settings.Ports);
        if (bindings.Count == 0)
        {
            throw new UserErrorException($"--port: at least one interface is needed, as ether1=DEVICE, here or under Ports in {settings.Name}");
        }

        return new RunOptions(
            new RouterOptions
            {
                ConfigFile = Single(arguments, _config) ?? settings.Config,
                State = (Single(arguments, _state) ?? settings.State) is { } state ? StateLocation.Of(state) : StateLocation.Default,
                Ports = bindings,
                Workers = Single(arguments, _workers) is { } workers ? Workers(_workers.Name, workers)
                    : settings.Workers is { } fromFile ? Workers($"{settings.Name}: Workers", fromFile)
                    : 1,
                HostInterface = HostInterface(Single(arguments, _host) ?? RouterOptions.DefaultHostInterface),
                NameServers = [.. Words(arguments, _nameServers).Select(NameServer)],
                Runtime = Single(arguments, _dataplane) switch
                {
                    null or "aot" => DataplaneRuntime.Aot,
                    "jit" => DataplaneRuntime.Jit,
                    { } other => throw new UserErrorException($"--dataplane: '{other}' is neither aot nor jit"),
                },
                EalArguments = eal,
            },
            listen.Length > 0 ? Addresses(_listen.Name, listen)
                : settings.Listen.Count > 0 ? Addresses($"{settings.Name}: Listen", settings.Listen)
                : ListenAddress.Defaults);
    }

    (string Name, string Device) Pair(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < word.Length - 1
            ? (word[..equals], word[(equals + 1)..])
            : throw new UserErrorException($"{_port.Name}: '{word}' is no NAME=DEVICE");
    }

    /// <summary>Linux keeps names of 15 characters, a number behind ours included.</summary>
    string? HostInterface(string word) =>
        word == "none" ? null
        : word.Length <= 12 && word.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.') && char.IsAsciiLetter(word[0]) ? word
        : throw new UserErrorException($"{_host.Name}: '{word}' is no name of an interface of 12 letters, digits, - _ . at most");

    IPEndPoint NameServer(string word)
    {
        const int Domain = 53;
        return IPEndPoint.TryParse(word, out IPEndPoint? server)
            ? new IPEndPoint(server.Address, server.Port == 0 ? Domain : server.Port)
            : throw new UserErrorException($"{_nameServers.Name}: '{word}' is no address; it is written 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53");
    }

    static List<PortBinding> Ports(string source, IEnumerable<(string Name, string Device)> pairs)
    {
        List<PortBinding> bindings = [];
        foreach ((string name, string device) in pairs)
        {
            if (bindings.Exists(other => other.Interface == name))
            {
                throw new UserErrorException($"{source}: interface {name} is given twice");
            }

            bindings.Add(device.Length > 0 ? new PortBinding(name, device) : throw new UserErrorException($"{source}: {name} has no device"));
        }

        return bindings;
    }

    static List<ListenAddress> Addresses(string source, IEnumerable<string> words)
    {
        List<ListenAddress> addresses = [];
        foreach (string word in words)
        {
            ListenAddress address = ListenAddress.Parse(source, word);
            if (addresses.Contains(address))
            {
                throw new UserErrorException($"{source}: {address} is given twice");
            }

            addresses.Add(address);
        }

        return addresses;
    }

    static int Workers(string source, string word) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int workers) && workers is >= 1 and <= RouterOptions.MaxWorkers
            ? workers
            : throw new UserErrorException($"{source}: '{word}' is no number from 1 to {RouterOptions.MaxWorkers}");

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
}
