using System.Diagnostics;
using Conntrack.V1;
using Settings = Conntrack.V1.Tracking;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>Two hosts, each a network namespace with the kernel's own stack, and the router as the wire between them.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class WireTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Real_hosts_talk_through_the_wire_and_are_tracked()
    {
        await TwoHosts.SkipWithoutNamespacesAsync("ping", "curl", "python3");
        await using var hosts = await TwoHosts.CreateAsync();
        await using RouterProcess router = await RouterProcess.StartAsync(
            RouterProcess.NewFolder(), "--port", $"ether1=net_tap0,iface={hosts.LeftLink}", "--port", $"ether2=net_tap1,iface={hosts.RightLink}");
        await hosts.ConnectAsync();
        var connections = new ConnectionService.ConnectionServiceClient(router.Channel);
        var tracking = new TrackingService.TrackingServiceClient(router.Channel);

        await hosts.LeftAsync("ping", "-c", "3", "-i", "0.2", "-W", "5", TwoHosts.RightAddress);
        Connection ping = Assert.Single(await ListAsync(connections, "protocol=icmp"));
        Assert.Equal((TwoHosts.LeftAddress, TwoHosts.RightAddress, 3ul, 3ul), (ping.SrcAddress, ping.DstAddress, ping.OrigPackets, ping.ReplPackets));

        // Before both ends were up, what one of them sent had nowhere to go.
        ulong droppedBefore = (await StatsAsync(router)).Dropped.Values.Aggregate(0ul, (sum, count) => sum + count);

        // A file larger than any window.
        string folder = Path.Combine(router.Folder, "www");
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, "file"), new byte[5_000_000]);
        using Process server = hosts.StartRight("python3", "-m", "http.server", "8080", "--bind", TwoHosts.RightAddress, "--directory", folder);
        try
        {
            Assert.Equal(
                "200 5000000",
                await hosts.LeftAsync(
                    "curl", "--silent", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "--max-time", "60", "--output", "/dev/null",
                    "--write-out", "%{http_code} %{size_download}", $"http://{TwoHosts.RightAddress}:8080/file"));
            Connection download = (await ListAsync(connections, "protocol=tcp dst-port=8080", "-repl-bytes"))[0];
            Assert.True(download.ReplBytes > 5_000_000, $"{download.ReplBytes} bytes");
            Assert.True(download is { SeenReply: true, Assured: true });
            Assert.Contains(download.TcpState, (string[])["time-wait", "last-ack", "fin-wait", "close-wait"]);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }

        await AssertTimeoutChangeTakesEffectAsync(hosts, connections, tracking);

        GetStatsResponse stats = await StatsAsync(router);
        Assert.InRange(stats.Interfaces["ether2"].RxByte, 5_000_000ul, 100_000_000ul);
        Assert.Equal(droppedBefore, stats.Dropped.Values.Aggregate(0ul, (sum, count) => sum + count));

        (int exitCode, string error) = await router.TerminateAsync();
        Assert.Equal(0, exitCode);
        Assert.Matches("^ctrack: running; [^\n]+\n(ctrack: ether[12]: link (up|down)\n)*$", error);
        Assert.False(File.Exists(router.Socket));
        Assert.DoesNotContain(hosts.LeftLink, await hosts.LeftAsync("ip", "link"), StringComparison.Ordinal);
        Assert.DoesNotContain(hosts.RightLink, await hosts.RightAsync("ip", "link"), StringComparison.Ordinal);
    }

    /// <summary>A live connection gets the new timeout with its next packet, not before.</summary>
    static async Task AssertTimeoutChangeTakesEffectAsync(
        TwoHosts hosts, ConnectionService.ConnectionServiceClient connections, TrackingService.TrackingServiceClient tracking)
    {
        const string Where = "protocol=udp dst-port=9999";
        await SendAsync();
        Connection before = Assert.Single(await ListAsync(connections, Where));
        Assert.Matches("^(2[0-9]|30)s$", before.Timeout);

        await tracking.UpdateTrackingAsync(new UpdateTrackingRequest { Tracking = new Settings { UdpTimeout = "1h" } });
        Assert.Matches("^(1[0-9]|2[0-9]|30)s$", Assert.Single(await ListAsync(connections, Where)).Timeout);
        await SendAsync();
        Connection after = Assert.Single(await ListAsync(connections, Where));
        Assert.Matches("^(59m[0-9]+s|1h)$", after.Timeout);
        Assert.Equal((before.Id, 2ul), (after.Id, after.OrigPackets));

        await tracking.UpdateTrackingAsync(new UpdateTrackingRequest { Tracking = new Settings { UdpTimeout = "1s" } });
        await SendAsync();
        var clock = Stopwatch.StartNew();
        while ((await ListAsync(connections, Where)).Count != 0)
        {
            Assert.True(clock.Elapsed < s_patience, "the connection outlived its timeout");
            await Task.Delay(100);
        }

        Task SendAsync() => hosts.LeftAsync(
            "python3", "-c",
            "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 7777)); "
            + $"s.sendto(b'x', ('{TwoHosts.RightAddress}', 9999))");
    }

    static async Task<GetStatsResponse> StatsAsync(RouterProcess router) =>
        await new TelemetryService.TelemetryServiceClient(router.Channel).GetStatsAsync(new GetStatsRequest());

    static async Task<List<Connection>> ListAsync(ConnectionService.ConnectionServiceClient client, string where, string orderBy = "")
    {
        List<Connection> connections = [];
        using var call = client.ListConnections(new ListConnectionsRequest { Where = where, OrderBy = orderBy });
        while (await call.ResponseStream.MoveNext(default))
        {
            connections.AddRange(call.ResponseStream.Current.Connections);
        }

        return connections;
    }
}
