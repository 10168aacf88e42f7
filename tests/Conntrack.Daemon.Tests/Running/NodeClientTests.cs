using System.Text.Json;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>A client that is not .NET and has none of our files: everything it knows comes from reflection.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class NodeClientTests(ObservingRouter router)
{
    static readonly string s_clients = Path.Combine(RepositoryRoot(), "tests", "Clients");

    [Fact]
    public async Task It_lists_services_and_connections_and_changes_a_timeout()
    {
        Assert.SkipUnless(Shell.Has("node") && Shell.Has("npm"), "node and npm are not installed.");
        if (!Directory.Exists(Path.Combine(s_clients, "node_modules")))
        {
            await Shell.RunAsync("npm", "ci", "--prefix", s_clients, "--no-audit", "--no-fund", "--ignore-scripts");
        }

        Assert.Superset(
            new HashSet<string> { "conntrack.v1.ConnectionService", "conntrack.v1.TrackingService", "grpc.health.v1.Health" },
            (await ClientAsync("services")).Select(line => line.GetString()!).ToHashSet());

        JsonElement page = Assert.Single(await CallAsync("conntrack.v1.ConnectionService/ListConnections", new { where = "protocol=tcp" }));
        JsonElement connection = Assert.Single(page.GetProperty("connections").EnumerateArray());
        Assert.Equal("10.0.0.2:40000", connection.GetProperty("src_address").GetString());
        Assert.Equal("established", connection.GetProperty("tcp_state").GetString());

        await CallAsync("conntrack.v1.TrackingService/UpdateTracking", new { tracking = new { tcp_fin_wait_timeout = "12s" } });
        JsonElement tracking = Assert.Single(await CallAsync("conntrack.v1.TrackingService/GetTracking", new { })).GetProperty("tracking");
        Assert.Equal("12s", tracking.GetProperty("tcp_fin_wait_timeout").GetString());
        await CallAsync("conntrack.v1.TrackingService/UpdateTracking", new { tracking = new { tcp_fin_wait_timeout = "10s" } });
    }

    Task<List<JsonElement>> CallAsync(string method, object request) => ClientAsync("call", method, JsonSerializer.Serialize(request));

    async Task<List<JsonElement>> ClientAsync(params string[] words)
    {
        string output = await Shell.RunAsync("node", [Path.Combine(s_clients, "client.mjs"), $"unix:{router.Process.Socket}", .. words]);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    static string RepositoryRoot()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Conntrack.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"No Conntrack.sln above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }
}
