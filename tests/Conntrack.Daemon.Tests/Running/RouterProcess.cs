using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Conntrack.Daemon.Tests.Running;

/// <summary><c>ctrack run</c> as a process of its own, with a folder for its files and a channel to its unix socket.</summary>
sealed class RouterProcess : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly Process _process;
    readonly Task<string> _error;
    GrpcChannel? _channel;

    RouterProcess(Process process, string folder)
    {
        _process = process;
        Folder = folder;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Of this process alone; gone afterwards.</summary>
    public string Folder { get; }

    public string Socket => Path.Combine(Folder, "ctrack.sock");

    public int Id => _process.Id;

    public GrpcChannel Channel => _channel ??= Connect(Socket);

    /// <summary>A folder whose path is short enough for a socket in it.</summary>
    public static string NewFolder() => Directory.CreateTempSubdirectory("ctrack-").FullName;

    /// <summary>Starts a router in a folder. It keeps no revisions unless the words say where.</summary>
    public static RouterProcess Start(string folder, params string[] words)
    {
        // A shell's background job hands an ignored SIGINT down to its children, and one of the tests is about that signal.
        var start = new ProcessStartInfo("env")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.ArgumentList.Add("--default-signal=INT");
        start.ArgumentList.Add("dotnet");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ctrack.dll"));
        start.ArgumentList.Add("run");
        if (!words.Contains("--state"))
        {
            start.ArgumentList.Add("--state");
            start.ArgumentList.Add("none");
        }

        foreach (string word in words)
        {
            start.ArgumentList.Add(word);
        }

        return new RouterProcess(Process.Start(start)!, folder);
    }

    /// <summary>Starts one and waits until it answers.</summary>
    public static async Task<RouterProcess> StartAsync(string folder, params string[] words)
    {
        RouterProcess router = Start(folder, ["--listen", $"unix:{Path.Combine(folder, "ctrack.sock")}", .. words]);
        var clock = Stopwatch.StartNew();
        while (!File.Exists(router.Socket) || !Answers(router.Socket))
        {
            if (router._process.HasExited || clock.Elapsed > s_patience)
            {
                string error = router._process.HasExited ? await router._error : "it does not answer";
                await router.DisposeAsync();
                Assert.Fail($"the router did not start: {error}");
            }

            await Task.Delay(20);
        }

        return router;
    }

    public static GrpcChannel Connect(string socket) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancelled);
                return new NetworkStream(connection, ownsSocket: true);
            },
        },
    });

    /// <summary>Waits for the end; what it wrote on standard error comes with the exit code.</summary>
    public async Task<(int ExitCode, string Error)> EndAsync()
    {
        using var late = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(late.Token);
        return (_process.ExitCode, await _error);
    }

    /// <summary>SIGTERM, as a service manager sends it.</summary>
    public async Task<(int ExitCode, string Error)> TerminateAsync(string signal = "TERM")
    {
        await Shell.RunAsync("kill", $"-{signal}", $"{Id}");
        return await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (!_process.HasExited)
        {
            // Asked first: what a router has told the kernel of its host's side only it takes back.
            await Shell.TryAsync("kill", "-TERM", $"{Id}");
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }
        }

        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    static bool Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
