using System.Diagnostics;
using Conntrack.V1;
using NameServer = Conntrack.Testing.NameServer;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>Names in address lists, asked of a name server while a router runs.</summary>
public sealed class NamedAddressTests : IDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly NameServer _server = new();

    [Fact]
    public async Task Lists_hold_what_their_names_stand_for()
    {
        _server.Set("bad.example.com", 0, "10.0.0.1", "203.0.113.66", "2001:db8::66");
        string folder = RouterProcess.NewFolder();
        string capture = ObservingRouter.CaptureFile(folder);
        string script = Path.Combine(folder, "router.rsc");
        await File.WriteAllTextAsync(
            script,
            """
            /ip firewall address-list add list=blocked address=bad.example.com
            /ip firewall address-list add list=blocked address=198.51.100.7
            /ipv6 firewall address-list add list=blocked address=bad.example.com
            /ip firewall filter add chain=forward src-address-list=blocked action=drop
            """);
        await using RouterProcess router = await RouterProcess.StartAsync(
            folder, "--config", script, "--name-server", $"{_server.Address}", "--port", $"ether1=net_pcap0,rx_pcap={capture}");
        var console = new ConsoleService.ConsoleServiceClient(router.Channel);

        await UntilAsync(console, "/ip firewall address-list print count-only where dynamic", "2\n");
        await UntilAsync(console, "/ipv6 firewall address-list print count-only where dynamic", "1\n");
        Assert.Equal("1\n", await OutputAsync(console, "/ip firewall address-list print count-only where address=10.0.0.1 comment=bad.example.com"));
        Assert.Contains("address=bad.example.com", await OutputAsync(console, "/ip firewall address-list export"), StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.66", await OutputAsync(console, "/ip firewall address-list export"), StringComparison.Ordinal);

        // Taken off by hand, then moved by its owner, then nobody's any more.
        await OutputAsync(console, "/ip firewall address-list remove [find address=203.0.113.66]");
        _server.Set("bad.example.com", 0, "203.0.113.66", "203.0.113.67");
        await UntilAsync(console, "/ip firewall address-list print count-only where dynamic address=203.0.113.67", "1\n");
        Assert.Equal("0\n", await OutputAsync(console, "/ip firewall address-list print count-only where address=10.0.0.1"));
        Assert.Equal("1\n", await OutputAsync(console, "/ip firewall address-list print count-only where address=203.0.113.66"));
        await UntilAsync(console, "/ipv6 firewall address-list print count-only where dynamic", "0\n");

        await OutputAsync(console, "/ip firewall address-list remove [find address=bad.example.com]");
        await UntilAsync(console, "/ip firewall address-list print count-only where dynamic", "0\n");
        Assert.Equal("1\n", await OutputAsync(console, "/ip firewall address-list print count-only"));
        (int exitCode, string error) = await router.TerminateAsync();
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("no name server", error, StringComparison.Ordinal);
    }

    /// <summary>A list that loses its addresses lets through what it is there to stop.</summary>
    [Fact]
    public async Task What_nobody_answers_stays_as_it_was()
    {
        _server.Set("bad.example.com", 0, "203.0.113.66");
        string folder = RouterProcess.NewFolder();
        string capture = ObservingRouter.CaptureFile(folder);
        string script = Path.Combine(folder, "router.rsc");
        await File.WriteAllTextAsync(script, "/ip firewall address-list add list=blocked address=bad.example.com");
        await using RouterProcess router = await RouterProcess.StartAsync(
            folder, "--config", script, "--name-server", $"{_server.Address}", "--port", $"ether1=net_pcap0,rx_pcap={capture}");
        var console = new ConsoleService.ConsoleServiceClient(router.Channel);
        await UntilAsync(console, "/ip firewall address-list print count-only where dynamic", "1\n");

        _server.Error = 2;
        int asked = _server.Asked;
        var clock = Stopwatch.StartNew();
        while (_server.Asked == asked)
        {
            Assert.True(clock.Elapsed < s_patience, "nobody asks again");
            await Task.Delay(50);
        }

        await Task.Delay(100);
        Assert.Equal("1\n", await OutputAsync(console, "/ip firewall address-list print count-only where dynamic"));
        (int exitCode, string error) = await router.TerminateAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains("no name server answers for bad.example.com; address lists keep the last of its addresses", error, StringComparison.Ordinal);
    }

    public void Dispose() => _server.Dispose();

    static async Task UntilAsync(ConsoleService.ConsoleServiceClient console, string command, string expected)
    {
        var clock = Stopwatch.StartNew();
        string output;
        while ((output = await OutputAsync(console, command)) != expected)
        {
            Assert.True(clock.Elapsed < s_patience, $"{command}: {output}");
            await Task.Delay(50);
        }
    }

    static async Task<string> OutputAsync(ConsoleService.ConsoleServiceClient console, string command)
    {
        ExecuteResponse response = await console.ExecuteAsync(new ExecuteRequest { Command = command });
        Assert.True(response.Ok, response.Output);
        return response.Output;
    }
}
