using System.Diagnostics;
using Conntrack.V1;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>Two hosts in networks of their own, and the router between them.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class RouterTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Hosts_in_two_networks_reach_each_other_and_routes_follow_the_links()
    {
        await TwoHosts.SkipWithoutNamespacesAsync("ping");
        await using RoutedHosts hosts = await RoutedHosts.CreateAsync();
        await using RouterProcess router = await hosts.StartAsync();
        var service = new RouterService.RouterServiceClient(router.Channel);
        await UntilAsync("both links are up", async () => (await service.ListInterfacesAsync(new())).Interfaces.Count(port => port.Running) == 2);

        await hosts.LeftAsync("ping", "-c", "3", "-i", "0.2", "-W", "5", RoutedHosts.RightAddress);
        await hosts.LeftAsync("ping", "-c", "3", "-i", "0.2", "-W", "5", "2001:db8:98:2::2");
        await hosts.LeftAsync("ping", "-c", "1", "-W", "5", "10.98.2.1");
        Assert.Contains(
            (await service.ListNeighboursAsync(new())).Neighbours,
            neighbour => neighbour is { Address: RoutedHosts.RightAddress, Dynamic: true, Complete: true, Interface: "ether2" });

        Assert.Equal(("10.97.0.0/16", true, "10.98.2.2%ether2"), await RouteAsync());
        uint downs = await DownsAsync();
        await hosts.RightAsync("ip", "link", "set", hosts.RightLink, "down");
        await UntilAsync("the route is withdrawn", async () => !(await RouteAsync()).Active);
        (int exitCode, string output, _) = await hosts.TryLeftAsync("ping", "-c", "1", "-W", "2", RoutedHosts.RightAddress);
        Assert.Equal(1, exitCode);
        Assert.Contains("Unreachable", output, StringComparison.OrdinalIgnoreCase);

        await RoutedHosts.UpAsync(hosts.Right, hosts.RightLink, 2);
        await UntilAsync("the route is back", async () => (await RouteAsync()).Active);
        await hosts.LeftAsync("ping", "-c", "2", "-i", "0.2", "-W", "5", RoutedHosts.RightAddress);
        Assert.Equal(downs + 1, await DownsAsync());

        async Task<(string Prefix, bool Active, string Gateway)> RouteAsync()
        {
            Route route = Assert.Single((await service.ListRoutesAsync(new())).Routes, route => !route.Dynamic);
            return (route.DstAddress, route.Active, route.ImmediateGw);
        }

        async Task<uint> DownsAsync() => (await service.GetInterfaceAsync(new GetInterfaceRequest { Id = "*2" })).Interface.LinkDowns;
    }

    [Fact]
    public async Task The_hosts_own_programs_are_reached_through_the_router_and_nothing_stays_behind()
    {
        await TwoHosts.SkipWithoutNamespacesAsync("curl", "python3");
        await using RoutedHosts hosts = await RoutedHosts.CreateAsync();
        string before = await Shell.RunAsync("ip", "route");
        string rules = await Shell.RunAsync("ip", "rule");
        await using (RouterProcess router = await hosts.StartAsync())
        {
            var service = new RouterService.RouterServiceClient(router.Channel);
            await UntilAsync("both links are up", async () => (await service.ListInterfacesAsync(new())).Interfaces.Count(port => port.Running) == 2);
            Assert.Contains("10.98.2.1/32", await Shell.RunAsync("ip", "addr", "show", hosts.HostLink), StringComparison.Ordinal);
            Assert.Contains("10.98.1.0/24", await Shell.RunAsync("ip", "route", "show", "dev", hosts.HostLink), StringComparison.Ordinal);
            foreach (string address in new[] { "10.98.1.1", "[2001:db8:98:1::1]" })
            {
                using Process server = Shell.Start("python3", "-m", "http.server", "8098", "--bind", address.Trim('[', ']'), "--directory", router.Folder);
                try
                {
                    Assert.Equal("200", await hosts.LeftAsync(
                        "curl", "--silent", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "--max-time", "30", "--output", "/dev/null",
                        "--write-out", "%{http_code}", $"http://{address}:8098/router.rsc"));
                }
                finally
                {
                    server.Kill(entireProcessTree: true);
                }
            }

            // The host reaches out, too.
            await Shell.RunAsync("ping", "-c", "1", "-W", "5", "-I", "10.98.1.1", RoutedHosts.LeftAddress);

            // An address that comes and goes is the host's as long.
            Address added = (await service.CreateAddressAsync(new() { Address = new() { Address_ = "10.98.3.1/24", Interface = "ether1" } })).Address;
            Assert.Contains("10.98.3.1/32", await Shell.RunAsync("ip", "addr", "show", hosts.HostLink), StringComparison.Ordinal);
            await service.DeleteAddressAsync(new() { Id = added.Id });
            Assert.DoesNotContain("10.98.3.1", await Shell.RunAsync("ip", "addr", "show", hosts.HostLink), StringComparison.Ordinal);

            // Killed, it can remove nothing.
            await router.TerminateAsync("KILL");
            Assert.NotEqual(rules, await Shell.RunAsync("ip", "rule"));
        }

        await using (RouterProcess router = await RouterProcess.StartAsync(
            RouterProcess.NewFolder(), "--host-interface", hosts.HostLink, "--port", "ether1=net_null0", "--port", "ether2=net_null1"))
        {
            // A wire has nothing to do with the host; what became a router has, and then not any more.
            var service = new RouterService.RouterServiceClient(router.Channel);
            Assert.False(Directory.Exists($"/sys/class/net/{hosts.HostLink}"));
            Address added = (await service.CreateAddressAsync(new() { Address = new() { Address_ = "10.98.4.1/24", Interface = "ether1" } })).Address;
            Assert.DoesNotContain("10.98.1.1", await Shell.RunAsync("ip", "rule"), StringComparison.Ordinal);
            Assert.Contains("10.98.4.1", await Shell.RunAsync("ip", "rule"), StringComparison.Ordinal);
            await service.DeleteAddressAsync(new() { Id = added.Id });
            Assert.Equal(rules, await Shell.RunAsync("ip", "rule"));
            Assert.Equal(0, (await router.TerminateAsync()).ExitCode);
        }

        Assert.Equal(rules, await Shell.RunAsync("ip", "rule"));
        Assert.Equal(before, await Shell.RunAsync("ip", "route"));
        Assert.DoesNotContain(hosts.HostLink, await Shell.RunAsync("ip", "link"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_whose_device_is_not_there_is_tried_again_and_stops_nobody()
    {
        await TwoHosts.SkipWithoutNamespacesAsync();
        string link = $"crc{Environment.ProcessId % 100_000}";
        string folder = RouterProcess.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "router.rsc"), "/ip address add address=10.98.5.1/24 interface=ether1");
        await using RouterProcess router = await RouterProcess.StartAsync(
            folder, "--config", Path.Combine(folder, "router.rsc"), "--host-interface", "none", "--port", $"ether1=net_af_packet0,iface={link}",
            "--port", "ether2=net_null0");
        var service = new RouterService.RouterServiceClient(router.Channel);
        Interface missing = (await service.GetInterfaceAsync(new() { Id = "*1" })).Interface;
        Assert.False(missing.Running);
        Assert.NotEqual("", missing.Error);
        Assert.True((await service.GetInterfaceAsync(new() { Id = "*2" })).Interface.Running);

        await Shell.RunAsync("ip", "link", "add", link, "type", "veth", "peer", "name", $"{link}p");
        try
        {
            await Shell.RunAsync("ip", "link", "set", link, "up");
            await Shell.RunAsync("ip", "link", "set", $"{link}p", "up");
            await UntilAsync("the port is open", async () => (await service.GetInterfaceAsync(new() { Id = "*1" })).Interface is { Running: true, Error: "" });

            // No carrier, because the other end is down.
            await Shell.RunAsync("ip", "link", "set", $"{link}p", "down");
            await UntilAsync("the link is down", async () => (await service.GetInterfaceAsync(new() { Id = "*1" })).Interface is { Running: false, Error: "" });
        }
        finally
        {
            await Shell.TryAsync("ip", "link", "del", link);
        }

        await UntilAsync("the device has gone", async () => (await service.GetInterfaceAsync(new() { Id = "*1" })).Interface.Error.Length > 0);
        Assert.Equal(0, (await router.TerminateAsync()).ExitCode);
    }

    [Fact]
    public async Task Nonsense_for_a_device_ends_a_router_too()
    {
        string folder = RouterProcess.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "router.rsc"), "/ip address add address=10.98.6.1/24 interface=ether1");
        await using var router = RouterProcess.Start(
            folder, "--listen", $"unix:{folder}/s", "--config", Path.Combine(folder, "router.rsc"), "--port", "ether1=net_nonesuch0");
        (int exitCode, string error) = await router.EndAsync();
        Assert.Equal(2, exitCode);
        Assert.Matches("ctrack: --port: ether1: net_nonesuch0: [^\n]+\n$", error);
    }

    static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < s_patience, $"never: {what}");
            await Task.Delay(100);
        }
    }
}
