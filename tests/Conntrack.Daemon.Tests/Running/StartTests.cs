using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>What keeps a router from starting is one line on standard error and exit code 2; what stops it is a signal, and exit code 0.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class StartTests
{
    [Theory]
    [InlineData("--port ether1=net_nonesuch0", "^ctrack: --port: ether1: net_nonesuch0: [^\n]+\n$")]
    [InlineData("--port wan=net_null0", "^ctrack: --port: no interface is named wan; they are ether1 to ether250 [^\n]+\n$")]
    [InlineData("--port ether1=net_null0 --port ether2=net_null0", "^ctrack: --port: net_null0 is given to ether1 and to ether2\n$")]
    [InlineData("--port ether1=net_pcap0,rx_pcap=/nonesuch.pcap", "^ctrack: --port: ether1: [^\n]+\n$")]
    [InlineData("--port ether1=net_null0 --config /nonesuch.rsc", "^ctrack: --config: /nonesuch.rsc: no such file\n$")]
    [InlineData("--port ether1=net_null0 -- --no-such-eal-option", "^ctrack: DPDK: [^\n]+\n$")]
    [InlineData("--port ether1=net_pcap0,rx_pcap=CAPTURE --workers 2", "^(ctrack: warning: [^\n]+\n)?ctrack: --workers: ether1: net_pcap0 has 1 receive queue at most, 2 workers need one each\n$")]
    public async Task What_the_user_gave_is_refused(string words, string error)
    {
        string folder = RouterProcess.NewFolder();
        words = words.Replace("CAPTURE", ObservingRouter.CaptureFile(folder), StringComparison.Ordinal);
        await using var router = RouterProcess.Start(folder, ["--listen", $"unix:{folder}/s", .. words.Split(' ')]);
        (int exitCode, string written) = await router.EndAsync();
        Assert.Matches(new Regex(error), written);
        Assert.Equal(2, exitCode);
        Assert.False(File.Exists($"{folder}/s"));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_it_and_nothing_is_left(string signal)
    {
        string folder = RouterProcess.NewFolder();
        await using RouterProcess router = await RouterProcess.StartAsync(folder, "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)}");
        (int exitCode, string written) = await router.TerminateAsync(signal);
        Assert.Equal($"ctrack: running; gRPC on unix:{router.Socket}\n", written);
        Assert.Equal(0, exitCode);
        Assert.False(File.Exists(router.Socket));
        Assert.False(Directory.Exists($"/var/run/dpdk/ctrack-{router.Id}"));
    }

    [Fact]
    public async Task A_socket_that_nobody_answers_on_is_replaced_and_one_in_use_is_not()
    {
        string folder = RouterProcess.NewFolder();
        string socket = Path.Combine(folder, "ctrack.sock");
        string[] words = ["--listen", $"unix:{socket}", "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)}"];
        await using (RouterProcess killed = await RouterProcess.StartAsync(RouterProcess.NewFolder(), words))
        {
            // Both sockets of a router that was killed stay behind.
            await killed.TerminateAsync("KILL");
            Assert.True(File.Exists(socket));
        }

        await using RouterProcess router = await RouterProcess.StartAsync(folder, words[2..]);
        await using var second = RouterProcess.Start(RouterProcess.NewFolder(), words);
        (int exitCode, string written) = await second.EndAsync();
        Assert.Equal($"ctrack: --listen: unix:{socket} is in use, another router runs\n", written);
        Assert.Equal(2, exitCode);
        Assert.Equal(0, (await router.TerminateAsync()).ExitCode);
    }

    [Fact]
    public async Task A_file_that_is_no_socket_stays_as_it_is()
    {
        string folder = RouterProcess.NewFolder();
        string file = Path.Combine(folder, "precious");
        await File.WriteAllTextAsync(file, "kept");
        await using var router = RouterProcess.Start(folder, "--listen", $"unix:{file}", "--port", "ether1=net_null0");
        (int exitCode, string written) = await router.EndAsync();
        Assert.Equal($"ctrack: --listen: {file} is there already and is no socket\n", written);
        Assert.Equal(2, exitCode);
        Assert.Equal("kept", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task A_loopback_port_that_is_taken_is_told()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string folder = RouterProcess.NewFolder();
        await using var router = RouterProcess.Start(
            folder, "--listen", $"{taken.LocalEndpoint}", "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)}");
        (int exitCode, string written) = await router.EndAsync();
        Assert.Matches($"^ctrack: --listen: [^\n]*{Regex.Escape(taken.LocalEndpoint.ToString()!)}[^\n]*\n$", written);
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public async Task Ports_may_stand_in_appsettings()
    {
        string folder = RouterProcess.NewFolder();
        string capture = ObservingRouter.CaptureFile(folder);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "appsettings.json"),
            $$"""{ "Ports": { "ether1": "net_pcap0,rx_pcap={{capture}}" }, "Listen": [ "unix:{{folder}}/ctrack.sock" ] }""");
        await using RouterProcess router = await RouterProcess.StartAsync(folder);
        var telemetry = new V1.TelemetryService.TelemetryServiceClient(router.Channel);
        Assert.Equal("net_pcap0", (await telemetry.GetStatsAsync(new V1.GetStatsRequest())).Interfaces["ether1"].Device);
    }

    /// <summary>RouterOS's auto: nothing of a family is tracked before its first filter rule, by whatever way it comes.</summary>
    [Fact]
    public async Task An_observing_router_without_rules_tracks_nothing()
    {
        string folder = RouterProcess.NewFolder();
        await using RouterProcess router = await RouterProcess.StartAsync(folder, "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)}");
        var tracking = new V1.TrackingService.TrackingServiceClient(router.Channel);
        V1.Tracking before = (await tracking.GetTrackingAsync(new V1.GetTrackingRequest())).Tracking;
        Assert.Equal(("auto", false, 0ul), (before.Enabled, before.ActiveIpv4, before.TotalEntries));
        var firewall = new V1.FirewallService.FirewallServiceClient(router.Channel);
        await firewall.CreateRuleAsync(new V1.CreateRuleRequest { Rule = new V1.Rule { Chain = "forward" } });
        V1.Tracking after = (await tracking.GetTrackingAsync(new V1.GetTrackingRequest())).Tracking;
        Assert.Equal(("auto", true, false), (after.Enabled, after.ActiveIpv4, after.ActiveIpv6));
        await firewall.CreateRuleAsync(new V1.CreateRuleRequest { Rule = new V1.Rule { Family = "ipv6", Chain = "forward" } });
        Assert.True((await tracking.GetTrackingAsync(new V1.GetTrackingRequest())).Tracking is { ActiveIpv4: true, ActiveIpv6: true });
    }
}
