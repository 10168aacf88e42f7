using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Live.Bed;

/// <summary>
/// A network namespace of this run. Its name holds the process's id, so that two runs do not meet and what a killed run left is known as
/// such by the next.
/// </summary>
sealed class Namespace : IAsyncDisposable
{
    const string Prefix = "ctlive-";
    const string Folder = "/run/netns";

    static int s_made;

    Namespace(string name) => Name = name;

    public string Name { get; }

    public static async Task<Namespace> CreateAsync(string role)
    {
        var made = new Namespace($"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_made)}-{role}");
        await Command.RunAsync("ip", "netns", "add", made.Name);

        // A host that waits for duplicate address detection is one that does not answer yet.
        await made.RunAsync("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.router_solicitations=0");
        await made.IpAsync("link", "set", "lo", "up");
        return made;
    }

    /// <summary>Removes what runs left that could not clean up, those whose process is gone: their programs, then the namespaces.</summary>
    public static async Task RemoveLeftoversAsync()
    {
        foreach (string path in Directory.Exists(Folder) ? Directory.GetFiles(Folder, Prefix + "*") : [])
        {
            string name = Path.GetFileName(path);
            if (int.TryParse(name.Split('-')[1], CultureInfo.InvariantCulture, out int owner) && !Directory.Exists($"/proc/{owner}"))
            {
                foreach (string process in (await Command.RunAsync("ip", "netns", "pids", name)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    await Command.TryAsync(CancellationToken.None, "kill", "-KILL", process);
                }

                await Command.RunAsync("ip", "netns", "del", name);
            }
        }
    }

    /// <summary>Runs a program that must end well.</summary>
    public Task<string> RunAsync(params IReadOnlyList<string> words) => Command.RunAsync("ip", ["netns", "exec", Name, .. words]);

    /// <summary>Runs a program that must end well, for as long as the check may take.</summary>
    public Task<string> RunAsync(CancellationToken stop, params IReadOnlyList<string> words) =>
        Command.RunAsync(stop, "ip", ["netns", "exec", Name, .. words]);

    public Task<Command> TryAsync(CancellationToken stop, params IReadOnlyList<string> words) =>
        Command.TryAsync(stop, "ip", ["netns", "exec", Name, .. words]);

    /// <summary><c>ip</c> in here.</summary>
    public Task<string> IpAsync(params IReadOnlyList<string> words) => Command.RunAsync("ip", ["-n", Name, .. words]);

    /// <summary>Starts a program; <c>ip netns exec</c> becomes it, so its id is the program's own.</summary>
    public RunningProgram Start(params IReadOnlyList<string> words)
    {
        Process process = Command.Start("ip", ["netns", "exec", Name, .. words]);
        return new RunningProgram(process, $"{words[0]} {words.ElementAtOrDefault(1)}");
    }

    /// <summary>One of the suite's own programs, in Programs.</summary>
    public RunningProgram StartPython(string program, params IReadOnlyList<string> words) => Start(Python.Words(program, words));

    public Task<string> PythonAsync(CancellationToken stop, string program, params IReadOnlyList<string> words) =>
        RunAsync(stop, Python.Words(program, words));

    public async ValueTask DisposeAsync() => await Command.RunAsync("ip", "netns", "del", Name);
}
