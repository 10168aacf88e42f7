using System.Text.Json;
using Conntrack.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>
/// Connections told as they come and go, through a router that receives one capture for ever: whatever is deleted is opened again by its next packet.
/// </summary>
public sealed class WatchTests : IAsyncLifetime
{
    const string Forever = "/ip firewall connection tracking set enabled=yes udp-timeout=1h udp-stream-timeout=2h icmp-timeout=1h tcp-established-timeout=1d\n";

    RouterProcess? _process;

    ConnectionService.ConnectionServiceClient Connections => new(_process!.Channel);

    TelemetryService.TelemetryServiceClient Telemetry => new(_process!.Channel);

    TrackingService.TrackingServiceClient Tracking => new(_process!.Channel);

    public async ValueTask InitializeAsync()
    {
        string folder = RouterProcess.NewFolder();
        string script = Path.Combine(folder, "router.rsc");
        await File.WriteAllTextAsync(script, Forever + "/ip firewall mangle add chain=prerouting protocol=tcp action=mark-connection new-connection-mark=web\n");
        _process = await RouterProcess.StartAsync(
            folder, "--config", script, "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)},infinite_rx=1",
            "--port", "ether2=net_pcap1,tx_pcap=/dev/null");
        while ((await Connections.CountConnectionsAsync(new CountConnectionsRequest())).Count < (ulong)ObservingRouter.Others + 10)
        {
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    /// <summary>Nothing is lost by who reads, numbers have no gap, and in the end what was told is what is listed.</summary>
    [Fact]
    public async Task What_a_watcher_knows_is_what_is_listed()
    {
        using var stop = new CancellationTokenSource();
        using AsyncServerStreamingCall<WatchConnectionsResponse> call =
            Connections.WatchConnections(new WatchConnectionsRequest { IncludeExisting = true }, cancellationToken: stop.Token);
        await call.ResponseHeadersAsync;
        Dictionary<string, Connection> known = [];
        List<ConnectionEvent> events = [];
        Task reading = ReadAsync(call, events, known);
        for (int round = 0; round < 3; round++)
        {
            await Connections.DeleteConnectionsAsync(new DeleteConnectionsRequest { Where = "dst-port=53 seen-reply" });
            await Task.Delay(50);
        }

        await Tracking.UpdateTrackingAsync(new UpdateTrackingRequest
        {
            Tracking = new V1.Tracking { Enabled = "no" }, UpdateMask = new FieldMask { Paths = { "enabled" } },
        });
        await Connections.DeleteConnectionsAsync(new DeleteConnectionsRequest { Where = "dst-port=7000" });
        List<Connection> listed = await ListAsync();
        while (!Same(listed, known))
        {
            // What was told last is still on its way; the test's own time ends it if it never comes.
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await reading;
        Assert.Equal(Enumerable.Range(1, events.Count(told => told.Sequence != 0)).Select(n => (ulong)n), events.Where(told => told.Sequence != 0).Select(told => told.Sequence));
        Assert.Contains(events, told => told.Type == ConnectionEventType.Update);
        ConnectionEvent[] ends = [.. events.Where(told => told.Type == ConnectionEventType.Destroy)];
        Assert.True(ends.Length >= 10);
        Assert.All(ends, end =>
        {
            Assert.Equal(ConnectionEndReason.Deleted, end.Reason);
            Assert.True(end.Duration.ToTimeSpan() < TimeSpan.FromHours(1));
            Assert.NotEqual(0ul, end.Connection.OrigPackets);
        });
        Assert.All(events, told => Assert.InRange(told.Time.ToDateTime(), DateTime.UtcNow - TimeSpan.FromMinutes(10), DateTime.UtcNow));
    }

    /// <summary>Far more connections than may be: each packet opens one and evicts one, and somebody does not read what he asked for.</summary>
    [Fact]
    public async Task A_stalled_watcher_is_told_exactly_what_it_lost()
    {
        await Tracking.UpdateTrackingAsync(new UpdateTrackingRequest
        {
            Tracking = new V1.Tracking { MaxEntries = 64 }, UpdateMask = new FieldMask { Paths = { "max_entries" } },
        });
        await Connections.DeleteConnectionsAsync(new DeleteConnectionsRequest { All = true });
        using AsyncServerStreamingCall<WatchConnectionsResponse> stalled =
            Connections.WatchConnections(new WatchConnectionsRequest { Buffer = 100, Where = "protocol=udp" });
        await stalled.ResponseHeadersAsync;
        ulong received = (await Telemetry.GetStatsAsync(new GetStatsRequest())).Rx;
        while ((await Telemetry.GetStatsAsync(new GetStatsRequest())).Rx < received + 50_000)
        {
            await Task.Delay(20);
        }

        ulong next = 1, lost = 0;
        int seen = 0, evicted = 0;
        while (lost == 0 || seen < 1000)
        {
            Assert.True(await stalled.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            WatchConnectionsResponse response = stalled.ResponseStream.Current;
            if (response.Lost is { } gap)
            {
                Assert.Empty(response.Events);
                Assert.Equal(next, gap.FirstSequence);
                Assert.NotEqual(0ul, gap.Count);
                next += gap.Count;
                lost += gap.Count;
            }

            foreach (ConnectionEvent told in response.Events)
            {
                Assert.Equal(next++, told.Sequence);
                Assert.Equal("udp", told.Connection.Protocol);
                seen++;
                evicted += told.Reason == ConnectionEndReason.Evicted ? 1 : 0;
            }
        }

        Assert.NotEqual(0, evicted);
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_told()
    {
        using AsyncServerStreamingCall<WatchConnectionsResponse> call = Connections.WatchConnections(new WatchConnectionsRequest
        {
            Where = "dst-port=7000", Types_ = { ConnectionEventType.Destroy },
        });
        await call.ResponseHeadersAsync;
        Assert.Equal(10ul, (await Connections.DeleteConnectionsAsync(new DeleteConnectionsRequest { Where = "dst-port=7000" })).Deleted);
        HashSet<string> ended = [];
        while (ended.Count < 10)
        {
            Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            foreach (ConnectionEvent told in call.ResponseStream.Current.Events)
            {
                Assert.Equal(ConnectionEventType.Destroy, told.Type);
                Assert.EndsWith(":7000", told.Connection.DstAddress, StringComparison.Ordinal);
                ended.Add(told.Connection.SrcAddress);
            }
        }

        using AsyncServerStreamingCall<WatchConnectionsResponse> refused = Connections.WatchConnections(new WatchConnectionsRequest { Where = "protocl=tcp" });
        Assert.Equal("where", Assert.Single(await Violations.OfAsync(() => refused.ResponseStream.MoveNext(TestContext.Current.CancellationToken))).Field);
    }

    [Fact]
    public async Task Marks_and_rates_are_listed()
    {
        Connection marked = Assert.Single(await ListAsync("connection-mark=web"));
        Assert.Equal("tcp", marked.Protocol);
        List<Connection> fast = [];
        while (fast.Count == 0)
        {
            fast = await ListAsync("orig-rate>0 dst-port=53", "-orig-rate", 5);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.All(fast, connection => Assert.True(connection.HasOrigRate && connection.HasReplRate));
        Assert.Equal(fast.Select(connection => connection.OrigRate).OrderDescending(), fast.Select(connection => connection.OrigRate));
    }

    [Fact]
    public async Task Top_names_who_holds_most_once_and_as_json()
    {
        ListTopTalkersResponse talkers = new();
        while (talkers.Entries is null || talkers.Entries.Total < ObservingRouter.Queries)
        {
            talkers = await Telemetry.ListTopTalkersAsync(new ListTopTalkersRequest { Limit = 3 });
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal(("10.0.0.1", (ulong)ObservingRouter.Queries, 0ul), talkers.Entries.Sources.Select(t => (t.Address, t.Count, t.Error)).First());
        Assert.Equal("192.0.2.1", talkers.Entries.Destinations[0].Address);
        Assert.Equal(3, talkers.Entries.Sources.Count);
        Assert.NotEmpty(talkers.Fastest);

        CommandLineRun run = CommandLineRun.Of($"top --connect unix:{_process!.Socket} --once --json --interval 0.1");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal("10.0.0.1", json.RootElement.GetProperty("top-talkers").GetProperty("entries").GetProperty("sources")[0].GetProperty("address").GetString());
        Assert.NotEqual("0", json.RootElement.GetProperty("stats").GetProperty("rx").GetString());
        run = CommandLineRun.Of($"top --connect unix:{_process!.Socket} --once --interval 0.1");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("CONNECTIONS HELD, SOURCES", run.Output, StringComparison.Ordinal);
        Assert.Contains("10.0.0.1", run.Output, StringComparison.Ordinal);
        CommandLineRun.Of("top --interval 0").Refused("--interval: seconds from 0.1 to 3600");
    }

    [Fact]
    public async Task Stats_come_again_and_again()
    {
        using AsyncServerStreamingCall<WatchStatsResponse> call = Telemetry.WatchStats(new WatchStatsRequest
        {
            Interval = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(100)), Profile = true,
        });
        ulong rx = 0;
        for (int n = 0; n < 3; n++)
        {
            Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            GetStatsResponse stats = call.ResponseStream.Current.Stats;
            Assert.True(stats.Rx >= rx);
            rx = stats.Rx;
            Assert.Equal(n != 0, stats.Workers[0].Profile is not null);
        }

        Assert.NotEqual(0ul, rx);
    }

    async Task<List<Connection>> ListAsync(string where = "", string orderBy = "", uint limit = 0)
    {
        List<Connection> connections = [];
        using AsyncServerStreamingCall<ListConnectionsResponse> call =
            Connections.ListConnections(new ListConnectionsRequest { Where = where, OrderBy = orderBy, Limit = limit });
        await foreach (ListConnectionsResponse page in call.ResponseStream.ReadAllAsync())
        {
            connections.AddRange(page.Connections);
        }

        return connections;
    }

    static async Task ReadAsync(AsyncServerStreamingCall<WatchConnectionsResponse> call, List<ConnectionEvent> events, Dictionary<string, Connection> known)
    {
        try
        {
            await foreach (WatchConnectionsResponse response in call.ResponseStream.ReadAllAsync())
            {
                Assert.Null(response.Lost);
                lock (known)
                {
                    foreach (ConnectionEvent told in response.Events)
                    {
                        events.Add(told);
                        if (told.Type == ConnectionEventType.Destroy)
                        {
                            known.Remove(told.Connection.Id);
                        }
                        else
                        {
                            known[told.Connection.Id] = told.Connection;
                        }
                    }
                }
            }
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Cancelled)
        {
            // The test is at its end.
        }
    }

    static bool Same(List<Connection> listed, Dictionary<string, Connection> known)
    {
        lock (known)
        {
            return listed.Select(Essence).Order(StringComparer.Ordinal).SequenceEqual(known.Values.Select(Essence).Order(StringComparer.Ordinal));
        }
    }

    static string Essence(Connection c) =>
        $"{c.Id} {c.Protocol} {c.SrcAddress} {c.DstAddress} {c.SrcPort} {c.DstPort} {c.TcpState} {c.ConnectionMark} {c.SeenReply} {c.Assured} {c.Fasttrack}";
}
