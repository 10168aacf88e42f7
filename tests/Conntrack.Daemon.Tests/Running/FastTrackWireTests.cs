using System.Diagnostics;
using System.Globalization;
using Conntrack.V1;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>
/// One long TCP connection between two kernels, over the router as a wire with the usual rules: fasttracked once established,
/// never invalid, and closed by what ends it, which comes after hundreds of thousands of packets that no state machine has seen.
/// </summary>
[Collection(ObservingRouterTests.Name)]
public sealed class FastTrackWireTests
{
    /// <summary>In bytes. The reset is the one that must come after many windows unseen: the sender of a FIN waits for what it has sent.</summary>
    const long Long = 1_000_000_000, Short = 400_000_000;

    const int EthernetHeader = 14;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Prints what came, and whether the end was in order.</summary>
    const string Server = """
        import socket
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('', 5001)); s.listen(1)
        print('listening', flush=True)
        c, _ = s.accept(); room = memoryview(bytearray(1 << 20)); total = 0
        try:
            while (n := c.recv_into(room)): total += n
            print(total, 'fin', flush=True)
        except ConnectionResetError:
            print(total, 'reset', flush=True)
        """;

    /// <summary>Sends so many bytes, then closes: in order, or in the middle of its stream, with what it has not sent yet thrown away.</summary>
    const string Client = """
        import socket, struct, sys
        server, count, end = sys.argv[1], int(sys.argv[2]), sys.argv[3]
        s = socket.create_connection((server, 5001)); chunk = bytes(1 << 20)
        while count > 0: s.sendall(chunk[:count]); count -= len(chunk)
        if end == 'reset': s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        else: s.shutdown(socket.SHUT_WR); s.recv(1)
        s.close()
        """;

    const string Script = """
        /ip firewall connection tracking set tcp-time-wait-timeout=4s tcp-close-timeout=4s
        /ip firewall filter
        add chain=forward action=fasttrack-connection connection-state=established,related comment=fasttrack
        add chain=forward action=accept connection-state=established,related,untracked comment=established
        add chain=forward action=drop connection-state=invalid comment=invalid
        add chain=forward action=accept connection-state=new comment=new

        """;

    [Theory]
    [InlineData("fin", "time-wait", Short)]
    [InlineData("reset", "close", Long)]
    public async Task A_long_transfer_is_fasttracked_to_its_end(string end, string lastState, long size)
    {
        await TwoHosts.SkipWithoutNamespacesAsync("python3");
        await using var hosts = await TwoHosts.CreateAsync();
        string folder = RouterProcess.NewFolder();
        string script = Path.Combine(folder, "router.rsc");
        await File.WriteAllTextAsync(script, Script);
        await using RouterProcess router = await RouterProcess.StartAsync(
            folder, "--config", script, "--port", $"ether1=net_tap0,iface={hosts.LeftLink}", "--port", $"ether2=net_tap1,iface={hosts.RightLink}");
        await hosts.SilenceAsync();
        await hosts.ConnectAsync();
        var connections = new ConnectionService.ConnectionServiceClient(router.Channel);

        using Process server = hosts.StartRight("python3", "-c", Server);
        try
        {
            Assert.Equal("listening", await server.StandardOutput.ReadLineAsync());
            GetStatsResponse before = await StatsAsync(router);
            Task<string> client = hosts.LeftAsync("python3", "-c", Client, TwoHosts.RightAddress, size.ToString(CultureInfo.InvariantCulture), end);
            await AssertIsFastTrackedAsync(router, connections, client);
            await client;
            Connection closed = await WaitForAsync(connections, connection => connection.TcpState == lastState);
            Assert.Matches("^[0-4]s$", closed.Timeout);
            string[] arrived = (await server.StandardOutput.ReadLineAsync() ?? "").Split(' ');
            long bytes = long.Parse(arrived[0], CultureInfo.InvariantCulture);
            Assert.Equal(end, arrived[1]);
            Assert.InRange(bytes, end == "fin" ? size : 1, size);
            await AssertEverythingIsCountedOnceAsync(router, connections, before, bytes);
            await WaitForAsync(connections, connection => connection is null);
            Assert.DoesNotContain(
                (await new FirewallService.FirewallServiceClient(router.Channel).ListRulesAsync(new ListRulesRequest())).Rules, rule => rule.Dynamic);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Seen twice while data flows: the flag is there, and the flow cache has forwarded more in between.</summary>
    static async Task AssertIsFastTrackedAsync(RouterProcess router, ConnectionService.ConnectionServiceClient connections, Task client)
    {
        Connection first = await WaitForAsync(connections, connection => connection is { Fasttrack: true, OrigFasttrackPackets: > 0 });
        Connection later = await WaitForAsync(connections, connection => connection.OrigFasttrackPackets > first.OrigFasttrackPackets + 1000);
        Assert.Equal((first.Id, "established", true, true), (later.Id, later.TcpState, later.Fasttrack, later.Assured));
        ListRulesResponse rules = await new FirewallService.FirewallServiceClient(router.Channel).ListRulesAsync(new ListRulesRequest());
        Assert.Equal([true, false, false, false, false], rules.Rules.Select(rule => rule.Dynamic));
        Assert.Equal([0u, 1, 2, 3], rules.Rules.Skip(1).Select(rule => rule.Number));
        Assert.Equal("special dummy rule to show fasttrack counters", rules.Rules[0].Comment);
        Assert.InRange(rules.Rules[0].Packets, later.OrigFasttrackPackets, ulong.MaxValue);
        await AssertItTellsAsync(router, connections, later);
        Assert.False(client.IsCompleted, "the transfer was over before it was looked at");
    }

    /// <summary>What it tells of itself: mangle's dummy rules, the state of FastTrack with its reason, and that nothing keeps this connection from it.</summary>
    static async Task AssertItTellsAsync(RouterProcess router, ConnectionService.ConnectionServiceClient connections, Connection connection)
    {
        var firewall = new FirewallService.FirewallServiceClient(router.Channel);
        ListRulesResponse mangle = await firewall.ListRulesAsync(new ListRulesRequest { Table = "mangle" });
        Assert.Equal(["prerouting", "forward", "postrouting"], mangle.Rules.Where(rule => rule.Dynamic).Select(rule => rule.Chain));
        Assert.Equal("", (await connections.GetConnectionAsync(new GetConnectionRequest { Id = connection.Id })).FasttrackObstacle);
        GetStatsResponse stats = await StatsAsync(router);
        FastTrackStats ipv4 = stats.Fasttrack["ipv4"], ipv6 = stats.Fasttrack["ipv6"];
        Assert.Equal((true, "", false, 2ul), (ipv4.FasttrackActive, ipv4.Obstacle, ipv4.FastPathActive, ipv4.Lines));
        Assert.InRange(ipv4.FasttrackPackets, connection.OrigFasttrackPackets, ulong.MaxValue);
        Assert.Equal((false, "no rule has action=fasttrack-connection", 0ul), (ipv6.FasttrackActive, ipv6.Obstacle, ipv6.FasttrackPackets));
    }

    static async Task AssertEverythingIsCountedOnceAsync(
        RouterProcess router, ConnectionService.ConnectionServiceClient connections, GetStatsResponse before, long bytes)
    {
        GetStatsResponse after = await StatsAsync(router);
        Connection connection = Assert.Single(await ListAsync(connections));
        (ulong packets, ulong ipBytes) left = Received("ether1"), right = Received("ether2");

        // The connection's totals are what came in on either side, and both went out on the other.
        Assert.Equal((left.packets, left.ipBytes), (connection.OrigPackets, connection.OrigBytes));
        Assert.Equal((right.packets, right.ipBytes), (connection.ReplPackets, connection.ReplBytes));
        Assert.True(connection.OrigBytes > (ulong)bytes, $"{connection.OrigBytes} bytes");

        // What the flow cache forwarded and what rules accepted, of which the first is nearly all; and nothing was ever invalid.
        Dictionary<string, Rule> rules = (await new FirewallService.FirewallServiceClient(router.Channel).ListRulesAsync(new ListRulesRequest()))
            .Rules.ToDictionary(rule => rule.Comment);
        ulong fast = connection.OrigFasttrackPackets + connection.ReplFasttrackPackets;
        Assert.Equal(left.packets + right.packets, fast + rules["established"].Packets + rules["new"].Packets);
        Assert.Equal(rules["established"].Packets, rules["fasttrack"].Packets);
        Assert.InRange(fast, (left.packets + right.packets) * 99 / 100, ulong.MaxValue);
        Assert.Equal((0ul, 0ul), (rules["invalid"].Packets, Dropped(after) - Dropped(before)));
        Assert.Equal(after.Rx - before.Rx, after.Tx - before.Tx);

        (ulong, ulong) Received(string name)
        {
            InterfaceStats then = before.Interfaces[name], now = after.Interfaces[name];
            ulong count = now.RxPacket - then.RxPacket;
            return (count, now.RxByte - then.RxByte - (EthernetHeader * count));
        }

        static ulong Dropped(GetStatsResponse stats) => stats.Dropped.Values.Aggregate(0ul, (sum, count) => sum + count);
    }

    static async Task<GetStatsResponse> StatsAsync(RouterProcess router) =>
        await new TelemetryService.TelemetryServiceClient(router.Channel).GetStatsAsync(new GetStatsRequest());

    /// <summary>Waits until the one connection is as expected; null stands for none.</summary>
    static async Task<Connection> WaitForAsync(ConnectionService.ConnectionServiceClient client, Func<Connection, bool> condition)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            Connection? connection = (await ListAsync(client)).SingleOrDefault();
            if (condition(connection!))
            {
                return connection!;
            }

            Assert.True(clock.Elapsed < s_patience, $"still {connection}");
        }
    }

    static async Task<IReadOnlyList<Connection>> ListAsync(ConnectionService.ConnectionServiceClient client)
    {
        List<Connection> connections = [];
        using var call = client.ListConnections(new ListConnectionsRequest { Where = "protocol=tcp" });
        while (await call.ResponseStream.MoveNext(default))
        {
            connections.AddRange(call.ResponseStream.Current.Connections);
        }

        return connections;
    }
}
