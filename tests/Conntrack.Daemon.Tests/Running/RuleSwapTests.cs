using System.Globalization;
using Conntrack.V1;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>A thousand changes of the rules over gRPC, under a worker that is never out of packets.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class RuleSwapTests
{
    const int Changes = 1000;
    const int WarmUp = 100;

    /// <summary>A managed heap breathes; a thousand forgotten images would take several times this.</summary>
    const long MostGrowth = 32 << 20;

    /// <summary>Rules that no packet matches make an image of some hundred kilobytes.</summary>
    const int Others = 200;

    [Fact]
    public async Task Changes_lose_no_packet_and_no_count_and_leave_no_memory_behind()
    {
        string folder = RouterProcess.NewFolder();
        string script = Path.Combine(folder, "router.rsc");
        await File.WriteAllTextAsync(script, Script());
        await using RouterProcess router = await RouterProcess.StartAsync(
            folder, "--config", script, "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)},infinite_rx=1",
            "--port", "ether2=net_pcap1,tx_pcap=/dev/null");
        var firewall = new FirewallService.FirewallServiceClient(router.Channel);
        var telemetry = new TelemetryService.TelemetryServiceClient(router.Channel);
        await ChangeAsync(firewall, WarmUp);
        GetStatsResponse before = await telemetry.GetStatsAsync(new GetStatsRequest());
        long resident = ResidentBytes(router);

        using var stop = new CancellationTokenSource();
        Task<int> reader = CountBackwardsAsync(firewall, stop.Token);
        await ChangeAsync(firewall, Changes);
        await stop.CancelAsync();
        Assert.Equal(0, await reader);
        Assert.InRange(ResidentBytes(router) - resident, long.MinValue, MostGrowth);

        GetStatsResponse after = await telemetry.GetStatsAsync(new GetStatsRequest());
        Assert.True(after.Rx > before.Rx, "there was no load");
        Assert.Empty(after.Dropped);
        Assert.Equal(before.Tracking.Created, after.Tracking.Created);

        // The two that let everything pass have counted all along, the others nothing; what was put in is out again.
        Rule[] rules = [.. (await firewall.ListRulesAsync(new ListRulesRequest())).Rules];
        Assert.Equal(Others + 2, rules.Length);
        Assert.All(rules, rule => Assert.Equal(rule.Comment == "counts", rule.Packets != 0));
    }

    /// <summary>Odd changes put a rule in front of all others, even ones take it out again.</summary>
    static async Task ChangeAsync(FirewallService.FirewallServiceClient firewall, int changes)
    {
        string first = (await firewall.ListRulesAsync(new ListRulesRequest())).Rules[0].Id;
        for (int n = 0; n < changes; n += 2)
        {
            Rule made = (await firewall.CreateRuleAsync(new CreateRuleRequest
            {
                Rule = new Rule { Chain = "forward", Action = "accept", Protocol = "udp", DstPort = "53" },
                PlaceBefore = first,
            })).Rule;
            await firewall.DeleteRuleAsync(new DeleteRuleRequest { Id = made.Id });
        }
    }

    /// <summary>How often a rule was listed with less than before.</summary>
    static async Task<int> CountBackwardsAsync(FirewallService.FirewallServiceClient firewall, CancellationToken stop)
    {
        int backwards = 0;
        Dictionary<string, (ulong Packets, ulong Bytes)> seen = [];
        while (!stop.IsCancellationRequested)
        {
            ListRulesResponse listed = await firewall.ListRulesAsync(new ListRulesRequest(), cancellationToken: CancellationToken.None);
            foreach (Rule rule in listed.Rules)
            {
                (ulong packets, ulong bytes) = seen.GetValueOrDefault(rule.Id);
                backwards += rule.Packets < packets || rule.Bytes < bytes ? 1 : 0;
                seen[rule.Id] = (rule.Packets, rule.Bytes);
            }

            await Task.Delay(2, CancellationToken.None);
        }

        return backwards;
    }

    static string Script() => string.Concat(
        Enumerable.Range(20_000, Others).Select(port => string.Create(
            CultureInfo.InvariantCulture, $"/ip firewall filter add chain=forward action=drop protocol=udp dst-port={port}\n"))
        .Append("/ip firewall filter add chain=forward action=accept connection-state=established comment=counts\n")
        .Append("/ip firewall filter add chain=forward action=accept connection-state=new comment=counts\n")
        .Append("/ip firewall connection tracking set udp-timeout=1h udp-stream-timeout=1h icmp-timeout=1h\n"));

    static long ResidentBytes(RouterProcess router) =>
        long.Parse(File.ReadAllText($"/proc/{router.Id}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
