using System.Text.RegularExpressions;
using Conntrack.Testing;
using Conntrack.V1;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>What rules list and log while a router runs, told by console and gRPC.</summary>
public sealed partial class AddressListTests
{
    const string Script = """
        /interface ethernet set [ find default-name=ether1 ] name=lan
        /ip firewall address-list
        add list=knock address=192.0.2.200
        add list=short address=192.0.2.1 timeout=1s
        add list=long address=192.0.2.1 timeout=1h
        /ip firewall filter
        add chain=forward protocol=udp dst-port=7001 action=add-src-to-address-list address-list=knock address-list-timeout=1h
        add chain=forward protocol=udp dst-port=7002 src-address-list=knock action=add-src-to-address-list address-list=open address-list-timeout=none-dynamic
        add chain=forward protocol=udp dst-port=7003 src-address-list=open action=log log-prefix=inside
        add chain=forward protocol=udp dst-port=7004 action=add-src-to-address-list address-list=kept address-list-timeout=none-static
        add chain=forward protocol=udp dst-port=7005 action=log log-prefix=flood

        """;

    const int Flood = 1500;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_rules_list_and_log_is_told_and_ends()
    {
        string folder = RouterProcess.NewFolder();
        string script = Path.Combine(folder, "router.rsc"), capture = Path.Combine(folder, "observed.pcap");
        await File.WriteAllTextAsync(script, Script);

        // One after the other as fast as they are read: what a packet lists the next one of the same burst finds.
        Capture.Write(capture,
        [
            .. new[] { ("10.0.0.1", 7001), ("10.0.0.1", 7002), ("10.0.0.1", 7003), ("10.0.0.2", 7002), ("10.0.0.2", 7001), ("10.0.0.2", 7003), ("10.0.0.3", 7004) }
                .Select(sent => new Frame().Ipv4(sent.Item1, "198.51.100.1").Udp(1000, sent.Item2).Data(8).ToBytes()),
            .. Enumerable.Range(0, Flood).Select(n => new Frame().Ipv4("10.0.0.4", "198.51.100.1").Udp(1 + n, 7005).Data(8).ToBytes()),
        ]);
        await using RouterProcess process = await RouterProcess.StartAsync(folder, "--config", script, "--port", $"lan=net_pcap0,rx_pcap={capture}");
        var firewall = new FirewallService.FirewallServiceClient(process.Channel);
        var console = new ConsoleService.ConsoleServiceClient(process.Channel);
        await UntilAsync(async () => (await new TelemetryService.TelemetryServiceClient(process.Channel).GetStatsAsync(new GetStatsRequest())).Rx == Flood + 7);

        Assert.Equal([("192.0.2.200", false), ("10.0.0.1", true), ("10.0.0.2", true)], (await ListAsync("knock")).Select(entry => (entry.Address, entry.Dynamic)));
        Assert.Equal(("10.0.0.1", true, "", ""), Assert.Single((await ListAsync("open")).Select(entry => (entry.Address, entry.Dynamic, entry.Timeout, entry.Id))));
        Assert.Matches(@"D +open +10\.0\.0\.1", await ExecuteAsync("/ip firewall address-list print where list=open"));
        Assert.NotEqual("", Assert.Single(await ListAsync("long")).Id);

        // Time runs.
        await UntilAsync(async () => (await ListAsync("knock"))[1].Timeout is { Length: > 0 } left && left != "1h");
        await UntilAsync(async () => await ExecuteAsync("/ip firewall address-list print count-only where list=short") == "0\n");
        await UntilAsync(async () => !(await ExecuteAsync("/ip firewall address-list export")).Contains("list=short", StringComparison.Ordinal));

        // For good means: in the configuration.
        await UntilAsync(async () => (await ExecuteAsync("/ip firewall address-list export")).Contains("add address=10.0.0.3 list=kept", StringComparison.Ordinal));
        await UntilAsync(async () => (await ListAsync("kept")) is [{ Dynamic: false, Id: not "", Address: "10.0.0.3" }]);

        await ExecuteAsync("/ip firewall address-list remove [ find list=knock dynamic ]");
        Assert.Equal("192.0.2.200", Assert.Single(await ListAsync("knock")).Address);
        await ExecuteAsync("/ip firewall address-list remove [ find dynamic ]");
        Assert.Equal(["knock", "kept"], (await ListAsync("")).Select(entry => entry.List));

        (int exitCode, string log) = await process.TerminateAsync();
        Assert.Equal(0, exitCode);
        string[] lines = log.Split('\n');
        string inside = Assert.Single(lines, line => line.Contains("inside forward: ", StringComparison.Ordinal));
        Assert.Contains("in:lan out:(unknown 0), connection-state:new", inside, StringComparison.Ordinal);
        Assert.Contains("proto UDP, 10.0.0.1:1000->198.51.100.1:7003, len 36", inside, StringComparison.Ordinal);
        int written = lines.Count(line => line.Contains("flood forward: ", StringComparison.Ordinal));
        long lost = lines.Select(line => Lost().Match(line)).Where(match => match.Success).Sum(match => long.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(Flood, written + lost);
        Assert.InRange(written, 1, Flood);

        async Task<IReadOnlyList<ListedAddress>> ListAsync(string list) => (await firewall.ListListedAddressesAsync(new ListListedAddressesRequest { List = list })).Addresses;

        async Task<string> ExecuteAsync(string command)
        {
            ExecuteResponse response = await console.ExecuteAsync(new ExecuteRequest { Command = command });
            Assert.True(response.Ok, response.Output);
            return response.Output;
        }
    }

    static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var late = new CancellationTokenSource(s_patience);
        while (!await holds())
        {
            await Task.Delay(50, late.Token);
        }
    }

    [GeneratedRegex("([0-9]+) more packets were to be logged")]
    private static partial Regex Lost();
}
