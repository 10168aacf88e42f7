using Conntrack.V1;
using Grpc.Core;

namespace Conntrack.Daemon.Tests.Running;

[Collection(ObservingRouterTests.Name)]
public sealed class ConnectionServiceTests(ObservingRouter router)
{
    const string NotForDeletion = "!(dst-port=7000)";

    [Fact]
    public async Task A_list_comes_in_pages_in_order_of_creation()
    {
        List<int> pages = [];
        List<Connection> connections = [];
        using AsyncServerStreamingCall<ListConnectionsResponse> call =
            router.Connections.ListConnections(new ListConnectionsRequest { Where = NotForDeletion });
        await foreach (ListConnectionsResponse page in call.ResponseStream.ReadAllAsync())
        {
            pages.Add(page.Connections.Count);
            connections.AddRange(page.Connections);
        }

        Assert.Equal([256, 256, ObservingRouter.Others - 512], pages);
        Assert.Equal(Enumerable.Range(1000, ObservingRouter.Queries).Select(port => $"10.0.0.1:{port}"), connections.Take(ObservingRouter.Queries).Select(c => c.SrcAddress));
        Assert.Equal(["tcp", "icmp", "udp"], connections.Skip(ObservingRouter.Queries).Select(c => c.Protocol));
        Assert.Equal(connections.Count, connections.Select(c => c.Id).Distinct().Count());
        Assert.All(connections, connection => Assert.Matches("^\\*[0-9a-f]+$", connection.Id));
    }

    [Fact]
    public async Task A_connection_has_RouterOSs_properties()
    {
        Connection query = Assert.Single(await router.ListAsync("src-address=10.0.0.1:1001"));
        Assert.Equal(
            ("udp", "10.0.0.1:1001", "192.0.2.1:53", "192.0.2.1:53", "10.0.0.1:1001"),
            (query.Protocol, query.SrcAddress, query.DstAddress, query.ReplySrcAddress, query.ReplyDstAddress));
        Assert.Equal((1ul, 49ul, 1ul, 128ul), (query.OrigPackets, query.OrigBytes, query.ReplPackets, query.ReplBytes));
        Assert.True(query is { Confirmed: true, SeenReply: true, Assured: false, Fasttrack: false, Srcnat: false });
        Assert.False(query.HasSrcPort);
        Assert.Matches("^(5[0-9]m([0-9]+s)?|1h|1h5[0-9]m([0-9]+s)?|2h)$", query.Timeout);

        Connection handshake = Assert.Single(await router.ListAsync("protocol=tcp"));
        Assert.Equal(("established", true), (handshake.TcpState, handshake.Assured));
        Connection ping = Assert.Single(await router.ListAsync("protocol=icmp"));
        Assert.Equal((8u, 0u, 77u), (ping.IcmpType, ping.IcmpCode, ping.IcmpId));
        Connection ipv6 = Assert.Single(await router.ListAsync("src-address=2001:db8::1"));
        Assert.Equal(("2001:db8::2", 5000u, 53u), (ipv6.DstAddress, ipv6.SrcPort, ipv6.DstPort));
    }

    [Theory]
    [InlineData("dst-address=192.0.2.1:53", ObservingRouter.Queries)]
    [InlineData("dst-address=192.0.2.1:53 seen-reply", ObservingRouter.Answers)]
    [InlineData("dst-address=192.0.2.1:53 && !seen-reply", ObservingRouter.Answers)]
    [InlineData("protocol=tcp || protocol=icmp", 2)]
    [InlineData("dst-address in 192.0.2.0/31", ObservingRouter.Queries)]
    [InlineData("src-address~\"^10\\\\.0\\\\.0\\\\.[23]\"", 2)]
    [InlineData("orig-bytes>600", 47)]
    [InlineData("protocol=gre", 0)]
    public async Task A_condition_counts_and_lists_the_same(string where, int expected)
    {
        CountConnectionsResponse count = await router.Connections.CountConnectionsAsync(new CountConnectionsRequest { Where = where });
        List<Connection> listed = await router.ListAsync(where);
        Assert.Equal((ulong)listed.Count, count.Count);
        Assert.Equal(expected, listed.Count);
    }

    [Fact]
    public async Task The_largest_come_first_when_asked_for()
    {
        List<Connection> largest = await router.ListAsync("protocol=udp", "-orig-bytes", 3);
        Assert.Equal(["10.0.0.1:1599", "10.0.0.1:1598", "10.0.0.1:1597"], largest.Select(connection => connection.SrcAddress));
    }

    [Fact]
    public async Task What_is_no_condition_is_told_by_field()
    {
        (string field, string description) = Assert.Single(await Violations.OfAsync(() => router.ListAsync("protocl=tcp")));
        Assert.Equal("where", field);
        Assert.Contains("did you mean \"protocol\"?", description, StringComparison.Ordinal);
        Assert.Equal("order_by", Assert.Single(await Violations.OfAsync(() => router.ListAsync("", "sise"))).Field);
        Assert.Equal(
            "where",
            Assert.Single(await Violations.OfAsync(() => router.Connections.CountConnectionsAsync(new() { Where = "(" }).ResponseAsync)).Field);
    }

    [Fact]
    public async Task One_is_found_by_its_id_for_as_long_as_it_lives()
    {
        Connection listed = Assert.Single(await router.ListAsync("src-address=2001:db8::1"));
        GetConnectionResponse found = await router.Connections.GetConnectionAsync(new GetConnectionRequest { Id = listed.Id });
        Assert.Equal(listed.DstAddress, found.Connection.DstAddress);
        await Violations.HasStatusAsync(
            StatusCode.NotFound, () => router.Connections.GetConnectionAsync(new GetConnectionRequest { Id = "*7fffffff" }).ResponseAsync);
        Assert.Equal(
            "id", Assert.Single(await Violations.OfAsync(() => router.Connections.GetConnectionAsync(new() { Id = "1a" }).ResponseAsync)).Field);
    }

    [Fact]
    public async Task Deleted_connections_are_gone_and_no_others()
    {
        const string Doomed = "dst-port=7000";
        ulong total = (await router.Connections.CountConnectionsAsync(new CountConnectionsRequest())).Count;
        List<Connection> doomed = await router.ListAsync(Doomed);
        Assert.Equal(10, doomed.Count);
        TableStats before = (await router.Telemetry.GetStatsAsync(new GetStatsRequest())).Tracking;

        string[] ids = [doomed[0].Id, doomed[1].Id];
        Assert.Equal(2ul, (await router.Connections.DeleteConnectionsAsync(new DeleteConnectionsRequest { Ids = { ids } })).Deleted);
        Assert.Equal(0ul, (await router.Connections.DeleteConnectionsAsync(new DeleteConnectionsRequest { Ids = { ids } })).Deleted);
        Assert.Equal(8ul, (await router.Connections.DeleteConnectionsAsync(new DeleteConnectionsRequest { Where = Doomed })).Deleted);
        Assert.Empty(await router.ListAsync(Doomed));
        await Violations.HasStatusAsync(
            StatusCode.NotFound, () => router.Connections.GetConnectionAsync(new GetConnectionRequest { Id = ids[0] }).ResponseAsync);
        Assert.Equal(total - 10, (await router.Connections.CountConnectionsAsync(new CountConnectionsRequest())).Count);

        TableStats after = (await router.Telemetry.GetStatsAsync(new GetStatsRequest())).Tracking;
        Assert.Equal(before.TotalIp4Entries - 10, after.TotalIp4Entries);
        Assert.Equal(before.Removed["closed"] + 10, after.Removed["closed"]);
    }

    [Fact]
    public async Task Nothing_named_deletes_nothing()
    {
        (string field, _) = Assert.Single(await Violations.OfAsync(() => router.Connections.DeleteConnectionsAsync(new()).ResponseAsync));
        Assert.Equal("where", field);
        Assert.NotEmpty(await router.ListAsync(limit: 1));
    }
}
