using System.Diagnostics;
using System.Net.Sockets;
using Conntrack.Live.Bed;
using Conntrack.V1;
using Grpc.Net.Client;

namespace Conntrack.Live.Routers;

/// <summary><c>ctrack run</c> as a user starts it: a script, ports, and EAL told to keep off the machine's own cards.</summary>
sealed class CtrackRouter(Site site, Namespace space) : Router(site, space)
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    RunningProgram? _process;
    GrpcChannel? _channel;

    public int ProcessId => _process!.Id;

    GrpcChannel Channel => _channel ??= Connect(Socket);

    string Socket => Path.Combine(Site.Folder, "ctrack.sock");

    public override async Task StartAsync(IReadOnlyList<(int Port, Namespace Space, string Link)> ends, CancellationToken stop)
    {
        List<string> ports = [];
        foreach ((int port, Namespace space, string link) in ends)
        {
            ports.Add("--port");
            if (Site.Arrangement.Ports == PortType.Veth)
            {
                await AddVethAsync(port, space, link);
                await TakeFromKernelAsync(port);
                ports.Add($"ether{port}=net_af_packet{port - 1},iface=ether{port}" + (Site.Arrangement.Workers > 1 ? $",qpairs={Site.Arrangement.Workers}" : ""));
            }
            else
            {
                ports.Add($"ether{port}=net_tap{port - 1},iface={link}");
            }
        }

        string script = Path.Combine(Site.Folder, "router.rsc");
        await File.WriteAllTextAsync(script, RouterScript.For(Site), stop);
        await RefuseUnknownMenusAsync(script, stop);
        string[] workers = Site.Arrangement.Workers > 1 ? ["--workers", $"{Site.Arrangement.Workers}"] : [];
        _process = Namespace.Start(
            [Site.Options.Ctrack, "run", "--config", script, "--state", "none", "--listen", $"unix:{Socket}", .. ports, .. workers, "--", "--no-pci"]);
        await AwaitAnswerAsync(stop);
        if (Site.Arrangement.Ports == PortType.Tap)
        {
            foreach ((_, Namespace space, string link) in ends)
            {
                await Namespace.IpAsync("link", "set", link, "netns", space.Name);
            }
        }
    }

    public override async Task<IReadOnlyList<ListedConnection>> ConnectionsAsync(CancellationToken stop)
    {
        List<ListedConnection> listed = [];
        using var call = new ConnectionService.ConnectionServiceClient(Channel).ListConnections(new ListConnectionsRequest(), cancellationToken: stop);
        while (await call.ResponseStream.MoveNext(stop))
        {
            listed.AddRange(call.ResponseStream.Current.Connections.Select(CtrackConnections.Of));
        }

        return listed;
    }

    public async Task<GetStatsResponse> StatsAsync(CancellationToken stop) =>
        await new TelemetryService.TelemetryServiceClient(Channel).GetStatsAsync(new GetStatsRequest(), cancellationToken: stop);

    /// <summary>Why the connections to a port are not fasttracked, those that say why.</summary>
    public async Task<IReadOnlyList<string>> ObstaclesAsync(int port, CancellationToken stop)
    {
        var client = new ConnectionService.ConnectionServiceClient(Channel);
        List<Connection> found = [];
        using (var call = client.ListConnections(new ListConnectionsRequest(), cancellationToken: stop))
        {
            while (await call.ResponseStream.MoveNext(stop))
            {
                found.AddRange(call.ResponseStream.Current.Connections.Where(each => CtrackConnections.Of(each).DestinationPort == port));
            }
        }

        List<string> obstacles = [];
        foreach (Connection each in found)
        {
            obstacles.Add((await client.GetConnectionAsync(new GetConnectionRequest { Id = each.Id }, cancellationToken: stop)).FasttrackObstacle);
        }

        return obstacles;
    }

    /// <summary>A console command; what is wrong with it is a failure.</summary>
    public async Task<string> ConsoleAsync(string command, CancellationToken stop, bool json = false)
    {
        ExecuteResponse response = await new ConsoleService.ConsoleServiceClient(Channel)
            .ExecuteAsync(new ExecuteRequest { Command = command, Json = json }, cancellationToken: stop);
        return response.Ok ? response.Output : throw new CheckFailedException($"console: {command}: {response.Output.Trim()}");
    }

    public override Task AddRouteAsync(string network, string gateway, CancellationToken stop) =>
        ConsoleAsync($"/ip route add dst-address={network} gateway={gateway}", stop);

    public override Task RemoveRouteAsync(string network, CancellationToken stop) =>
        ConsoleAsync($"/ip route remove [ find dst-address={network} ]", stop);

    public override Task RemoveAddressAsync(InterfacePlan at, CancellationToken stop) =>
        ConsoleAsync($"/ip address remove [ find address={at.Address4}/24 ]", stop);

    public override Task AddAddressAsync(InterfacePlan at, CancellationToken stop) =>
        ConsoleAsync($"/ip address add address={at.Address4}/24 interface={at.Name}", stop);

    public override async Task TranslateOwnAsync(string asked, string goes, int daemonPort, string comes, CancellationToken stop)
    {
        await ConsoleAsync($"/ip firewall nat add chain=output dst-address={asked} action=dst-nat to-addresses={goes}", stop);
        await ConsoleAsync($"/ip firewall nat add chain=input protocol=tcp dst-port={daemonPort} action=src-nat to-addresses={comes}", stop);
    }

    public override void ThrowIfEnded()
    {
        if (_process is { HasExited: true })
        {
            throw new CheckFailedException($"ctrack ended: {_process.Error.Trim()}");
        }
    }

    public override async Task<string> DescribeAsync(CancellationToken stop)
    {
        string said = $"it said: {_process!.Error.Trim().ReplaceLineEndings(" | ")}";
        try
        {
            return $"; {CtrackEnd.Books(await StatsAsync(stop)).Figure}; {said}";
        }
        catch (Grpc.Core.RpcException exception)
        {
            return $"; GetStats: {exception.Status.Detail}; {said}";
        }
    }

    public override async Task<IReadOnlyList<(string Name, Outcome Outcome)>> EndAsync() =>
        [("its books balance", await CtrackEnd.BooksAsync(this)), ("it ends when told to", await CtrackEnd.TerminateAsync(_process!))];

    public override async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_process != null)
        {
            await _process.DisposeAsync();
        }
    }

    /// <summary>
    /// A packet socket sees what the kernel's own stack sees too, and that would answer. The ingress hook comes after packet sockets: what
    /// is dropped there is the router's alone. A router that routes does it itself.
    /// </summary>
    async Task TakeFromKernelAsync(int port)
    {
        string link = $"ether{port}";
        await Namespace.RunAsync("sysctl", "-qw", $"net.ipv6.conf.{link}.disable_ipv6=1");
        if (Site.Arrangement.Kind == RouterKind.Wire)
        {
            await Namespace.RunAsync("nft", $"add table netdev {link}; add chain netdev {link} silence {{ type filter hook ingress device {link} priority 0; policy drop; }}");
        }

        await Namespace.IpAsync("link", "set", link, "up");
    }

    /// <summary>What this build's script language has no word for is not there to be checked.</summary>
    async Task RefuseUnknownMenusAsync(string script, CancellationToken stop)
    {
        Command check = await Command.TryAsync(stop, Site.Options.Ctrack, "check", script);
        const int HasErrors = 2;
        if (check.ExitCode == HasErrors)
        {
            throw new CheckSkippedException($"this build refuses the script: {check.LastWords}");
        }

        CheckFailedException.Unless(check.ExitCode == 0, $"ctrack check: exit code {check.ExitCode}: {check.LastWords}");
    }

    async Task AwaitAnswerAsync(CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        while (!File.Exists(Socket) || !Answers(Socket))
        {
            if (_process!.HasExited)
            {
                Command ended = await _process.EndAsync(stop);
                throw new CheckFailedException($"ctrack did not start, exit code {ended.ExitCode}: {ended.LastWords}");
            }

            CheckFailedException.Unless(clock.Elapsed < s_patience, $"ctrack does not answer within {s_patience.TotalSeconds:0} s");
            await Task.Delay(20, stop);
        }
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

    static GrpcChannel Connect(string path) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(path), cancelled);
                return new NetworkStream(connection, ownsSocket: true);
            },
        },
    });
}
