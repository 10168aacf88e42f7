using Conntrack.Testing;
using Conntrack.V1;
using Grpc.Core;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>
/// A router that has observed a capture and tracks what was in it: 600 DNS queries (every other one answered), one TCP handshake, one ping,
/// one IPv6 datagram, and ten datagrams for tests to delete. It needs no root and no hugepages.
/// </summary>
public sealed class ObservingRouter : IAsyncLifetime
{
    public const int Queries = 600;
    public const int Answers = Queries / 2;

    /// <summary>Queries, the handshake, the ping and the IPv6 datagram; those that are deleted stand apart.</summary>
    public const int Others = Queries + 3;

    const int Ack = 0x10, Syn = 0x02;

    RouterProcess? _process;

    internal RouterProcess Process => _process!;

    internal ConnectionService.ConnectionServiceClient Connections => new(Process.Channel);

    internal TrackingService.TrackingServiceClient Tracking => new(Process.Channel);

    internal FirewallService.FirewallServiceClient Firewall => new(Process.Channel);

    internal TelemetryService.TelemetryServiceClient Telemetry => new(Process.Channel);

    internal ConsoleService.ConsoleServiceClient Console => new(Process.Channel);

    public static string CaptureFile(string folder)
    {
        List<byte[]> frames = [];
        for (int i = 0; i < Queries; i++)
        {
            frames.Add(new Frame().Ipv4("10.0.0.1", "192.0.2.1").Udp(1000 + i, 53).Data(20 + i).ToBytes());
            if (i % 2 == 1)
            {
                frames.Add(new Frame().Ipv4("192.0.2.1", "10.0.0.1").Udp(53, 1000 + i).Data(100).ToBytes());
            }
        }

        frames.Add(new Frame().Ipv4("10.0.0.2", "192.0.2.2").Tcp(40000, 443, sequence: 100, flags: Syn).ToBytes());
        frames.Add(new Frame().Ipv4("192.0.2.2", "10.0.0.2").Tcp(443, 40000, sequence: 500, acknowledgment: 101, flags: Syn | Ack).ToBytes());
        frames.Add(new Frame().Ipv4("10.0.0.2", "192.0.2.2").Tcp(40000, 443, sequence: 101, acknowledgment: 501, flags: Ack).ToBytes());
        frames.Add(new Frame().Ipv4("10.0.0.3", "192.0.2.3").Icmp(8, 0, identifier: 77).Data(56).ToBytes());
        frames.Add(new Frame().Ipv6("2001:db8::1", "2001:db8::2").Udp(5000, 53).Data(8).ToBytes());
        for (int i = 0; i < 10; i++)
        {
            frames.Add(new Frame().Ipv4("10.0.0.9", "192.0.2.9").Udp(2000 + i, 7000).Data(8).ToBytes());
        }

        string file = Path.Combine(folder, "observed.pcap");
        Capture.Write(file, frames);
        return file;
    }

    public static int FramesOfCapture => Queries + Answers + 3 + 1 + 1 + 10;

    public async ValueTask InitializeAsync()
    {
        string folder = RouterProcess.NewFolder();
        string capture = CaptureFile(folder);
        string script = Path.Combine(folder, "router.rsc");
        await File.WriteAllTextAsync(
            script,
            "/ip firewall connection tracking set enabled=yes udp-timeout=1h udp-stream-timeout=2h icmp-timeout=1h\n"
            + "/interface ethernet set [ find default-name=ether1 ] name=lan\n");
        _process = await RouterProcess.StartAsync(folder, "--config", script, "--port", $"lan=net_pcap0,rx_pcap={capture}");
        while ((await Telemetry.GetStatsAsync(new GetStatsRequest())).Rx < (ulong)FramesOfCapture)
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

    internal async Task<List<Connection>> ListAsync(string where = "", string orderBy = "", uint limit = 0)
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
}

/// <summary>One router for all tests of its services, which run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ObservingRouterTests : ICollectionFixture<ObservingRouter>
{
    public const string Name = "observing router";
}
