using System.Text.Json;
using Conntrack.V1;

namespace Conntrack.Daemon.Tests.Running;

[Collection(ObservingRouterTests.Name)]
public sealed class ConsoleServiceTests(ObservingRouter router)
{
    [Fact]
    public async Task Print_prints()
    {
        string output = await OutputAsync("/ip firewall connection print where protocol=tcp");
        Assert.Contains("10.0.0.2:40000", output, StringComparison.Ordinal);
        Assert.Contains("established", output, StringComparison.Ordinal);
        Assert.Contains("S - SEEN-REPLY", output, StringComparison.Ordinal);
        Assert.Equal($"{ObservingRouter.Answers}\n", await OutputAsync("/ip firewall connection print count-only where dst-port=53 seen-reply"));
        Assert.Equal("1\n", await OutputAsync("/ipv6 firewall connection print count-only"));
        Assert.Contains("udp-stream-timeout: 2h", await OutputAsync("/ip firewall connection tracking print"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_an_array_of_what_the_list_shows()
    {
        using JsonDocument json = JsonDocument.Parse(await OutputAsync("/ip firewall connection print where protocol=tcp", json: true));
        JsonElement connection = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal("192.0.2.2:443", connection.GetProperty("dst-address").GetString());
        Assert.True(connection.GetProperty("assured").GetBoolean());
    }

    [Fact]
    public async Task Commands_change_the_router()
    {
        await OutputAsync("/ip firewall connection tracking set tcp-max-retrans-timeout=4m");
        Assert.Equal("4m", (await router.Tracking.GetTrackingAsync(new GetTrackingRequest())).Tracking.TcpMaxRetransTimeout);
        await OutputAsync("/ip firewall connection tracking set tcp-max-retrans-timeout=5m");

        await OutputAsync("/ip firewall raw add chain=prerouting action=drop comment=console");
        Assert.Contains("console", await OutputAsync("/ip firewall raw print"), StringComparison.Ordinal);
        await OutputAsync("/ip firewall raw remove [ find comment=console ]");
        Assert.Equal("0\n", await OutputAsync("/ip firewall raw print count-only"));
    }

    [Fact]
    public async Task What_is_wrong_with_a_command_is_its_output()
    {
        ExecuteResponse response = await router.Console.ExecuteAsync(new ExecuteRequest { Command = "/ip firewall connection prnt" });
        Assert.False(response.Ok);
        Assert.Contains("did you mean \"print\"?", response.Output, StringComparison.Ordinal);
        response = await router.Console.ExecuteAsync(
            new ExecuteRequest { Command = "/ip firewall connection tracking set max-entries=200000000" });
        Assert.False(response.Ok);
        Assert.Contains("restart", response.Output, StringComparison.Ordinal);
    }

    async Task<string> OutputAsync(string command, bool json = false)
    {
        ExecuteResponse response = await router.Console.ExecuteAsync(new ExecuteRequest { Command = command, Json = json });
        Assert.True(response.Ok, response.Output);
        return response.Output;
    }
}
