using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Conntrack.Live.Bed;

[assembly: SupportedOSPlatform("linux")]

namespace Conntrack.Live;

/// <summary>What the suite is asked to do, and doing it.</summary>
/// <remarks>
/// <c>--through kernel,wire,router</c> which of them, all unless given; <c>--ports tap,veth</c>; <c>--workers 1,2</c>; <c>--only TEXT</c>
/// checks whose "through: scene: check" contains it; <c>--megabytes N</c> of a transfer; <c>--seconds N</c> of a measurement;
/// <c>--short</c> few checks and 20 MB; <c>--soak-minutes N</c> nothing but everything at once, for so long, through a wire on taps unless told; <c>--ctrack FILE</c> another executable than artifacts/ctrack.
/// </remarks>
sealed class CommandLine(string[] given)
{
    static readonly string[] s_switches = ["--short"];

    static readonly string[] s_options =
        ["--through", "--ports", "--workers", "--only", "--megabytes", "--seconds", "--soak-minutes", "--ctrack"];

    /// <summary><c>--name value</c> and <c>--name=value</c> alike.</summary>
    readonly string[] _arguments = [.. given.SelectMany(argument =>
        argument.StartsWith("--", StringComparison.Ordinal) ? argument.Split('=', 2) : (string[])[argument])];

    const int Passed = 0;
    const int Failed = 1;
    const int CannotRun = 2;
    const long Megabyte = 1_000_000;

    public async Task<int> RunAsync()
    {
        if (Unknown() is { } word)
        {
            Console.Error.WriteLine($"live: what is {word}? There are {string.Join(' ', s_switches.Concat(s_options))}");
            return CannotRun;
        }

        if (await ObstacleAsync() is { } reason)
        {
            Console.Error.WriteLine($"live: cannot run here: {reason}");
            return CannotRun;
        }

        // What is under way is taken down by those who made it; only then does the process end.
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        await Namespace.RemoveLeftoversAsync();
        RunFolder.RemoveLeftovers();
        bool isShort = Has("--short");
        int soak = Number("--soak-minutes", 0);
        using var folder = new RunFolder();
        var payload = new Payload(folder, Number("--megabytes", isShort || soak > 0 ? 20 : 1000) * Megabyte);
        var options = new Options
        {
            Ctrack = Ctrack(),
            Folder = folder,
            Payload = payload,
            Seconds = Number("--seconds", isShort ? 2 : 5),
        };
        var report = new Report(Console.Out);
        try
        {
            IReadOnlyList<Scene> scenes = soak > 0 ? Scenes.Soak(TimeSpan.FromMinutes(soak)) : Scenes.All(options);
            await new Suite(scenes, options, report, Value("--only"), isShort).RunAsync(Arrangements(isShort, soak > 0), stop.Token);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("live: stopped");
            report.Write();
            return Failed;
        }

        report.Write();
        return report.HasFailed ? Failed : Passed;
    }

    string? Unknown()
    {
        for (int i = 0; i < _arguments.Length; i++)
        {
            if (s_options.Contains(_arguments[i]))
            {
                i++;
            }
            else if (!s_switches.Contains(_arguments[i]))
            {
                return _arguments[i];
            }
        }

        return null;
    }

    /// <summary>Why nothing at all can be checked here.</summary>
    async Task<string?> ObstacleAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "network namespaces need root";
        }

        if (((string[])["ip", "sysctl", "ethtool", "nft", "ping", "python3"]).FirstOrDefault(tool => !Command.Exists(tool)) is { } missing)
        {
            return $"{missing} is not installed";
        }

        if (!File.Exists("/dev/net/tun"))
        {
            return "there is no /dev/net/tun";
        }

        if (!File.Exists(Ctrack()))
        {
            return $"{Ctrack()} is not built";
        }

        Command namespaces = await Command.TryAsync(CancellationToken.None, "unshare", "--net", "true");
        return namespaces.ExitCode == 0 ? null : $"no network namespaces: {namespaces.LastWords}";
    }

    IEnumerable<Arrangement> Arrangements(bool isShort, bool isSoak)
    {
        string[] kinds = Words("--through", isSoak ? "router" : "kernel,wire,router");
        string[] ports = Words("--ports", isSoak ? "tap" : "tap,veth");
        string[] workers = Words("--workers", isSoak || isShort ? "1" : "1,2");
        foreach (RouterKind kind in kinds.Select(kind => Enum.Parse<RouterKind>(kind, ignoreCase: true)))
        {
            if (kind == RouterKind.Kernel)
            {
                yield return new Arrangement(kind, PortType.Veth);
                continue;
            }

            foreach (string count in workers)
            {
                foreach (string port in ports)
                {
                    yield return new Arrangement(kind, Enum.Parse<PortType>(port, ignoreCase: true), int.Parse(count, CultureInfo.InvariantCulture));
                }
            }
        }
    }

    string Ctrack()
    {
        if (Value("--ctrack") is { } given)
        {
            return Path.GetFullPath(given);
        }

        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Conntrack.sln")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory?.FullName ?? ".", "artifacts", "ctrack");
    }

    bool Has(string option) => Array.IndexOf(_arguments, option) >= 0;

    string? Value(string option)
    {
        int at = Array.IndexOf(_arguments, option);
        return at < 0 || at + 1 == _arguments.Length ? null : _arguments[at + 1];
    }

    string[] Words(string option, string otherwise) => (Value(option) ?? otherwise).Split(',');

    int Number(string option, int otherwise) =>
        Value(option) is string value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
