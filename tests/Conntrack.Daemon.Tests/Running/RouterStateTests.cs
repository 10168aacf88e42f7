using Conntrack.V1;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>The router as a whole: its counters, its health, what it says of itself.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class RouterStateTests(ObservingRouter router)
{
    static readonly string[] s_services =
    [
        "conntrack.v1.ConfigService", "conntrack.v1.ConnectionService", "conntrack.v1.ConsoleService", "conntrack.v1.FirewallService",
        "conntrack.v1.TelemetryService", "conntrack.v1.TrackingService",
    ];

    [Fact]
    public async Task The_books_balance()
    {
        GetStatsResponse stats = await router.Telemetry.GetStatsAsync(new GetStatsRequest());
        Assert.Equal((ulong)ObservingRouter.FramesOfCapture, stats.Rx);
        Assert.Equal(
            stats.Rx + stats.Generated, stats.Tx + stats.Consumed + stats.Held + stats.Dropped.Values.Aggregate(0ul, (sum, count) => sum + count));
        InterfaceStats lan = stats.Interfaces["lan"];
        Assert.Equal(("net_pcap0", stats.Rx), (lan.Device, lan.RxPacket));
        Assert.Equal(stats.Tracking.Created, stats.Tracking.TotalEntries + stats.Tracking.Removed.Values.Aggregate(0ul, (sum, count) => sum + count));
        WorkerStats worker = Assert.Single(stats.Workers);
        Assert.Equal((stats.Rx, stats.Tracking.TotalEntries), (worker.Rx, worker.TotalEntries));
        Assert.InRange(worker.EmptyPolls, 1ul, worker.Bursts);
    }

    /// <summary>A file keeps no ring of buffers: what was received and has ended holds none.</summary>
    [Fact]
    public async Task Every_buffer_is_free_again()
    {
        BufferStats buffers = (await router.Telemetry.GetStatsAsync(new GetStatsRequest())).Buffers;
        Assert.InRange(buffers.Total, 1024ul, 1ul << 24);
        Assert.Equal(buffers.Total, buffers.Free);
    }

    [Fact]
    public async Task Every_service_is_healthy()
    {
        var health = new Health.HealthClient(router.Process.Channel);
        foreach (string service in s_services.Append(""))
        {
            HealthCheckResponse response = await health.CheckAsync(new HealthCheckRequest { Service = service });
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, response.Status);
        }
    }

    [Fact]
    public async Task Reflection_lists_every_service()
    {
        var reflection = new ServerReflection.ServerReflectionClient(router.Process.Channel);
        using var call = reflection.ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        await call.RequestStream.CompleteAsync();
        Assert.True(await call.ResponseStream.MoveNext(default));
        Assert.Superset(
            s_services.Append("grpc.health.v1.Health").ToHashSet(),
            call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToHashSet());
    }

    [Fact]
    public async Task The_socket_is_for_owner_and_group() =>
        Assert.Equal("660 socket\n", await Shell.RunAsync("stat", "--format=%a %F", router.Process.Socket));

    [Fact]
    public void The_dataplane_is_the_ahead_of_time_compiled_library() =>
        Assert.Contains("/libctrack-dataplane.so\n", File.ReadAllText($"/proc/{router.Process.Id}/maps"), StringComparison.Ordinal);

    [Fact]
    public async Task The_dataplane_for_debugging_is_not()
    {
        string folder = RouterProcess.NewFolder();
        await using RouterProcess debugged = await RouterProcess.StartAsync(
            folder, "--dataplane", "jit", "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)}");
        string maps = await File.ReadAllTextAsync($"/proc/{debugged.Id}/maps");
        Assert.Contains("/libctrack-dpdk.so\n", maps, StringComparison.Ordinal);
        Assert.DoesNotContain("libctrack-dataplane.so", maps, StringComparison.Ordinal);
    }

    /// <summary>A worker has its CPU for itself: no thread of the host may run there.</summary>
    [Fact]
    public void The_host_keeps_off_the_workers_CPU()
    {
        Assert.SkipWhen(Environment.ProcessorCount < 2, "One CPU is shared by all.");
        ILookup<bool, string> cpus = Directory.EnumerateDirectories($"/proc/{router.Process.Id}/task").ToLookup(
            task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("ct-worker-", StringComparison.Ordinal),
            task => File.ReadLines(Path.Combine(task, "status")).First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)));
        string worker = Assert.Single(cpus[true]);
        Assert.NotEmpty(cpus[false]);
        Assert.DoesNotContain(worker, cpus[false]);
        Assert.Single(cpus[false].Distinct());
    }
}
