using System.Globalization;
using Conntrack.Live.Bed;
using Conntrack.Live.Routers;

namespace Conntrack.Live.Checks;

/// <summary>What a busy site does, all of it at once and again and again: files both ways, many short connections, datagrams and fragments,
/// echoes, and an operator who lists connections and changes rules.</summary>
sealed class MixedTraffic(Site site) : IAsyncDisposable
{
    const int ManyPort = 7000, EchoPort = 7100;
    const int Many = 300;

    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(300);

    readonly List<RunningProgram> _servers = [];
    int _files;
    int _connections;
    int _datagrams;
    int _echoes;
    int _changes;

    public string Summary =>
        $"{_files} files of {site.Options.Payload.Bytes / 1_000_000} MB, {_connections} short connections, {_datagrams} large datagrams, {_echoes} echoes, {_changes} changes of rules";

    /// <summary>Runs until told to end; what goes wrong before that ends it.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        _servers.Add(await HttpServer.StartAsync(site, site.Server, end));
        foreach ((string program, int port) in ((string, int)[])[("connections.py", ManyPort), ("udp_echo.py", EchoPort)])
        {
            RunningProgram server = site.Server.Namespace.StartPython(program, "server", $"{port}");
            _servers.Add(server);
            await server.ReadLineAsync(end);
        }

        using var all = CancellationTokenSource.CreateLinkedTokenSource(end);
        Task[] parts =
        [
            .. ((Func<CancellationToken, Task>[])[FilesDownAsync, FilesUpAsync, ManyAsync, DatagramsAsync, EchoesAsync, OperatorAsync])
                .Select(part => RepeatAsync(part, all)),
        ];
        await Task.WhenAll(parts);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningProgram server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>The first that fails takes the others with it.</summary>
    static async Task RepeatAsync(Func<CancellationToken, Task> part, CancellationTokenSource all)
    {
        try
        {
            while (!all.IsCancellationRequested)
            {
                await part(all.Token);
                await Task.Delay(s_pause, all.Token);
            }
        }
        catch (Exception exception) when (all.IsCancellationRequested && exception is OperationCanceledException or Grpc.Core.RpcException)
        {
            // Told to end.
        }
        catch
        {
            await all.CancelAsync();
            throw;
        }
    }

    async Task FilesDownAsync(CancellationToken end)
    {
        await HttpServer.DownloadAsync(site, site.Client, site.Server, 4, end);
        _files++;
    }

    async Task FilesUpAsync(CancellationToken end)
    {
        await HttpServer.UploadAsync(site, site.Client, site.Server, 6, end);
        _files++;
    }

    /// <summary>Opened together, and reset together by the end of who opened them.</summary>
    async Task ManyAsync(CancellationToken end)
    {
        await using RunningProgram client = site.Client.Namespace.StartPython("connections.py", "client", site.Server.Address4, $"{ManyPort}", $"{Many}");
        int opened = int.Parse(await client.ReadLineAsync(end), CultureInfo.InvariantCulture);
        CheckFailedException.Unless(opened == Many, $"{opened} of {Many} connections were opened");
        _connections += opened;
    }

    /// <summary>Some may be lost: queues are short, and everything else is going on.</summary>
    async Task DatagramsAsync(CancellationToken end)
    {
        int family = site.Arrangement.Ports == PortType.Tap && _datagrams % 2 == 0 ? 4 : 6;
        _datagrams += int.Parse(
            await site.Client.Namespace.PythonAsync(end, "udp_echo.py", "client", site.Server.Address(family), $"{EchoPort}", "9000", "11"),
            CultureInfo.InvariantCulture);
    }

    async Task EchoesAsync(CancellationToken end)
    {
        (int lost, _) = await Reaching.PingAsync(site.Client, site.Server, 4, 50, "0.02", end);
        _echoes += 50 - lost;
    }

    async Task OperatorAsync(CancellationToken end)
    {
        if (site.Router is CtrackRouter router)
        {
            await router.ConsoleAsync("/ip firewall filter add chain=forward action=accept protocol=tcp dst-port=8080 place-before=0 comment=soak", end);
            await router.ConnectionsAsync(end);
            await router.ConsoleAsync("/ip firewall filter remove [ find comment=soak ]", end);
            _changes += 2;
        }
    }
}
