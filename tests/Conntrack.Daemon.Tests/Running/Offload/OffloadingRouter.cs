using System.Diagnostics;
using System.Net.Sockets;
using Conntrack.V1;

namespace Conntrack.Daemon.Tests.Running.Offload;

/// <summary>
/// A router between two ports that forward flows themselves (tests/Native/net_offload.c), and the other ends of their wires. A unix socket
/// holds some ten datagrams only, so whoever sends waits for what comes of it.
/// </summary>
sealed class OffloadingRouter : IAsyncDisposable
{
    public static readonly byte[] LeftPort = [0x02, 0, 0, 0, 0x98, 0x01], RightPort = [0x02, 0, 0, 0, 0x98, 0x02];
    public static readonly byte[] LeftHost = [0x02, 0, 0, 0, 0x98, 0x11], RightHost = [0x02, 0, 0, 0, 0x98, 0x22];

    /// <summary>What the router has to be told of its neighbours where nobody answers for them.</summary>
    const string StaticNeighbours = """
        /ip arp add address=10.98.1.2 mac-address=02:00:00:00:98:11 interface=ether1
        /ip arp add address=10.98.2.2 mac-address=02:00:00:00:98:22 interface=ether2

        """;

    public const string Script = StaticNeighbours + Router;

    public const string Router = """
        /interface ethernet set ether1 mac-address=02:00:00:00:98:01
        /interface ethernet set ether2 mac-address=02:00:00:00:98:02
        /ip address add address=10.98.1.1/24 interface=ether1
        /ip address add address=10.98.2.1/24 interface=ether2
        /ip firewall filter
        add chain=forward action=fasttrack-connection connection-state=established,related hw-offload=yes
        add chain=forward action=accept

        """;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly RouterProcess _process;

    OffloadingRouter(RouterProcess process, Socket left, Socket right)
    {
        _process = process;
        Left = left;
        Right = right;
        Connections = new ConnectionService.ConnectionServiceClient(process.Channel);
        Telemetry = new TelemetryService.TelemetryServiceClient(process.Channel);
        Config = new ConfigService.ConfigServiceClient(process.Channel);
    }

    /// <summary>The other end of ether1's wire, and of ether2's.</summary>
    public Socket Left { get; }

    public Socket Right { get; }

    /// <summary>Of the host at the right end.</summary>
    public byte[] ServerMac { get; private set; } = RightHost;

    public ConnectionService.ConnectionServiceClient Connections { get; }

    public TelemetryService.TelemetryServiceClient Telemetry { get; }

    public ConfigService.ConfigServiceClient Config { get; }

    /// <summary>Starts one.</summary>
    /// <param name="script">What it is configured with.</param>
    /// <param name="arguments">More arguments of either port.</param>
    public static async Task<OffloadingRouter> StartAsync(string script, string arguments = "")
    {
        string driver = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../native/test/libnet_offload.so"));
        Assert.SkipUnless(File.Exists(driver), "The test's own driver is not built: make -C tests/Native.");
        string folder = RouterProcess.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "router.rsc"), script);
        string left = Path.Combine(folder, "l"), right = Path.Combine(folder, "r");
        Socket leftEnd = Bind(left), rightEnd = Bind(right);
        RouterProcess process = await RouterProcess.StartAsync(
            folder, "--config", Path.Combine(folder, "router.rsc"), "--port", $"ether1=net_offload0,wire={left}{arguments}", "--port",
            $"ether2=net_offload1,wire={right}{arguments}", "--", "-d", driver);
        leftEnd.Connect(new UnixDomainSocketEndPoint(left));
        rightEnd.Connect(new UnixDomainSocketEndPoint(right));
        return new OffloadingRouter(process, leftEnd, rightEnd);
    }

    /// <summary>Sends a frame to one end and asserts what leaves at the other, every byte of it.</summary>
    public void Pass(Socket from, byte[] frame, Socket to, byte[] expected)
    {
        from.Send(frame);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Receive(to)));
    }

    /// <summary>The next frame at an end that is not about neighbours.</summary>
    public byte[] Receive(Socket end)
    {
        byte[] frame = new byte[2048];
        for (; ; )
        {
            byte[] received = frame[..end.Receive(frame)];
            bool isArp = received is [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x06, ..];
            int ip = received[12] == 0x81 ? 18 : 14;
            if (isArp)
            {
                Answer(end, received);
            }

            bool isDiscovery = received[ip - 2] == 0x86 && received[ip + 6] is 58 or 0;
            if (!isArp && !isDiscovery)
            {
                return received;
            }
        }
    }

    /// <summary>Whoever is asked for answers; a host that has got another MAC address says so by <see cref="Move"/>.</summary>
    void Answer(Socket end, byte[] question)
    {
        byte[] target = question[38..42];
        if (question[21] == 1 && target is [10, 98, 1 or 2, 2])
        {
            byte[] mac = target[2] == 1 ? LeftHost : ServerMac;
            end.Send([.. question[6..12], .. mac, .. question[12..21], 2, .. mac, .. target, .. question[22..32]]);
        }
    }

    /// <summary>Gives the host at the right end another MAC address, and says so there.</summary>
    public void Move(byte[] mac)
    {
        ServerMac = mac;
        Right.Send([.. RightPort, .. mac, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 2, .. mac, 10, 98, 2, 2, .. RightPort, 10, 98, 2, 1]);
    }

    public async Task<GetStatsResponse> StatsAsync() => await Telemetry.GetStatsAsync(new GetStatsRequest());

    /// <summary>Waits for what the router says of hardware; between two looks something may be done.</summary>
    public async Task<GetStatsResponse> WaitForStatsAsync(Func<GetStatsResponse, bool> condition, Action? meanwhile = null)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            GetStatsResponse stats = await StatsAsync();
            if (condition(stats))
            {
                return stats;
            }

            Assert.True(clock.Elapsed < s_patience, $"still {stats.HwOffload}");
            meanwhile?.Invoke();
        }
    }

    /// <summary>Waits until the one connection is as expected.</summary>
    public async Task<Connection> WaitForAsync(Func<Connection, bool> condition)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            Connection? connection = await ConnectionAsync();
            if (connection is not null && condition(connection))
            {
                return connection;
            }

            Assert.True(clock.Elapsed < s_patience, $"still {connection}");
        }
    }

    /// <summary>The one connection there is; null when it has ended.</summary>
    public async Task<Connection?> ConnectionAsync()
    {
        List<Connection> connections = [];
        using var call = Connections.ListConnections(new ListConnectionsRequest { Where = "protocol=tcp || protocol=udp" });
        while (await call.ResponseStream.MoveNext(default))
        {
            connections.AddRange(call.ResponseStream.Current.Connections);
        }

        return connections.SingleOrDefault();
    }

    /// <summary>Applies a line of configuration.</summary>
    public async Task ApplyAsync(string script)
    {
        ApplyResponse applied = await Config.ApplyAsync(new ApplyRequest { Script = script });
        Assert.Empty(applied.Diagnostics);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Left.Dispose();
        Right.Dispose();
    }

    static Socket Bind(string wire)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = (int)s_patience.TotalMilliseconds };
        socket.Bind(new UnixDomainSocketEndPoint($"{wire}.peer"));
        return socket;
    }
}
