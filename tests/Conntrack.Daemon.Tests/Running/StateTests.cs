using System.Globalization;
using Conntrack.V1;
using Grpc.Core;
using Settings = Conntrack.V1.Tracking;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>What a router knows of the lives before.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class StateTests : IDisposable
{
    readonly string _state = Directory.CreateTempSubdirectory("ctrack-state-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_kill()
    {
        for (int life = 1; life <= 3; life++)
        {
            await using RouterProcess router = await StartAsync();
            Settings found = await TrackingAsync(router);
            Assert.Equal(life == 1 ? "30s" : $"{life - 1}m", found.UdpTimeout);
            var tracking = new TrackingService.TrackingServiceClient(router.Channel);
            await tracking.UpdateTrackingAsync(new UpdateTrackingRequest { Tracking = new Settings { UdpTimeout = $"{life}m" } });
            await router.TerminateAsync("KILL");
        }

        await using RouterProcess last = await StartAsync();
        Revision[] revisions = [.. (await Config(last).ListRevisionsAsync(new ListRevisionsRequest())).Revisions];
        Assert.Equal(["grpc", "grpc", "grpc", "start"], revisions.Select(revision => revision.Author));
        Assert.Equal("ctrack: running; gRPC on unix:" + last.Socket + "\n", (await last.TerminateAsync()).Error);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task An_unconfirmed_change_is_not(string signal)
    {
        await using (RouterProcess router = await StartAsync())
        {
            await Config(router).ApplyAsync(Udp("40s"));
            ApplyRequest trial = Udp("50s");
            trial.ConfirmSeconds = 3600;
            await Config(router).ApplyAsync(trial);
            await router.TerminateAsync(signal);
        }

        await using RouterProcess next = await StartAsync();
        Assert.Equal("40s", (await TrackingAsync(next)).UdpTimeout);
        Revision current = (await Config(next).ListRevisionsAsync(new ListRevisionsRequest())).Revisions[0];
        Assert.Equal(("4", "unconfirmed", "2"), (current.Revision_, current.Author, current.Restores));
        Assert.StartsWith(
            "ctrack: warning: revision 3 was not confirmed before the router stopped: starting with revision 2 of ", (await next.TerminateAsync()).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_is_given_wins_and_says_what_it_replaces()
    {
        string script = Path.Combine(_state, "router.rsc");
        await File.WriteAllTextAsync(script, Udp("35s").Script);
        await using (RouterProcess router = await StartAsync("--config", script))
        {
            Assert.Equal("35s", (await TrackingAsync(router)).UdpTimeout);
            await Config(router).ApplyAsync(Udp("40s"));
            await router.TerminateAsync();
        }

        await using RouterProcess next = await StartAsync("--config", script);
        Assert.Equal("35s", (await TrackingAsync(next)).UdpTimeout);
        await Config(next).RollbackAsync(new RollbackRequest());
        Assert.Equal("40s", (await TrackingAsync(next)).UdpTimeout);
        Assert.StartsWith($"ctrack: warning: --config {script} takes the place of revision 2 of ", (await next.TerminateAsync()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_keeps_it_from_starting()
    {
        await using (RouterProcess router = await StartAsync())
        {
            await Config(router).ApplyAsync(Udp("40s"));
            await router.TerminateAsync();
        }

        string file = Path.Combine(_state, "00000002.rsc");
        string[] lines = await File.ReadAllLinesAsync(file);
        await File.WriteAllTextAsync(file, string.Join('\n', lines[..^1]));
        await using RouterProcess damaged = Start();
        (int exitCode, string error) = await damaged.EndAsync();
        Assert.Equal(2, exitCode);
        Assert.Matches($"^ctrack: --state: {file} is damaged: [^\n]*; the router was not started: move it away to start with revision 1 of [^\n]*\n$", error);

        File.Delete(file);
        await using RouterProcess repaired = await StartAsync();
        Assert.Equal("30s", (await TrackingAsync(repaired)).UdpTimeout);
    }

    [Fact]
    public async Task A_second_router_does_not_share_it()
    {
        await using RouterProcess router = await StartAsync();
        await using RouterProcess second = Start();
        (int exitCode, string error) = await second.EndAsync();
        Assert.Equal((2, $"ctrack: --state: {_state}: is in use, another router runs; --state takes another directory, or none\n"), (exitCode, error));
    }

    /// <summary>A file system of 128 kB, filled to the brim, then read-only.</summary>
    [Fact]
    public async Task A_disk_that_takes_nothing_refuses_the_change_and_the_router_runs_on()
    {
        (int exitCode, _, string error) = await Shell.TryAsync("mount", "-t", "tmpfs", "-o", "size=128k", "ctrack-test", _state);
        Assert.SkipUnless(exitCode == 0, $"Mounting takes root: {error.Trim()}");
        try
        {
            await using RouterProcess router = await StartAsync();
            await Config(router).ApplyAsync(Udp("40s"));
            string ballast = Path.Combine(_state, "ballast");
            await Shell.TryAsync("dd", "if=/dev/zero", $"of={ballast}", "bs=4k", "count=64");
            RpcException full = await Assert.ThrowsAsync<RpcException>(() => Config(router).ApplyAsync(Udp("50s")).ResponseAsync);
            Assert.Equal(StatusCode.ResourceExhausted, full.StatusCode);
            Assert.Equal($"the change was not made: {_state}/next.tmp: No space left on device", full.Status.Detail);
            Assert.Equal("40s", (await TrackingAsync(router)).UdpTimeout);
            ExecuteResponse console = await new ConsoleService.ConsoleServiceClient(router.Channel)
                .ExecuteAsync(new ExecuteRequest { Command = "/ip firewall filter add chain=forward" });
            Assert.False(console.Ok);
            Assert.Contains("No space left on device", console.Output, StringComparison.Ordinal);

            File.Delete(ballast);
            Assert.Equal("3", (await Config(router).ApplyAsync(Udp("50s"))).Revision);

            await Shell.RunAsync("mount", "-o", "remount,ro", _state);
            await Violations.HasStatusAsync(StatusCode.Internal, () => Config(router).ApplyAsync(Udp("60s")).ResponseAsync);
            Assert.Equal("50s", (await TrackingAsync(router)).UdpTimeout);
            await router.TerminateAsync();

            // Nothing has to be written to start with what is there.
            await using RouterProcess next = await StartAsync();
            Assert.Equal("50s", (await TrackingAsync(next)).UdpTimeout);
            await next.TerminateAsync();
        }
        finally
        {
            await Shell.RunAsync("umount", _state);
        }
    }

    [Fact]
    public async Task A_revision_is_a_script_like_any_other()
    {
        await using RouterProcess router = await StartAsync();
        await Config(router).ApplyAsync(Udp("40s"));
        string file = Path.Combine(_state, "00000002.rsc");
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        Assert.Equal(0, new CommandLine(replay: null).Run(["check", file], output, error));
        Assert.Equal("", error.ToString());
        Assert.Contains("\n/ip firewall connection tracking\nset udp-timeout=40s\n# sha256 ", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    static ApplyRequest Udp(string timeout) => new() { Script = $"/ip firewall connection tracking set udp-timeout={timeout}\n" };

    static ConfigService.ConfigServiceClient Config(RouterProcess router) => new(router.Channel);

    static async Task<Settings> TrackingAsync(RouterProcess router) =>
        (await new TrackingService.TrackingServiceClient(router.Channel).GetTrackingAsync(new GetTrackingRequest())).Tracking;

    string[] Words(string folder, string[] words) =>
        ["--state", _state, "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)}", .. words];

    RouterProcess Start()
    {
        string folder = RouterProcess.NewFolder();
        return RouterProcess.Start(folder, ["--listen", $"unix:{folder}/s", .. Words(folder, [])]);
    }

    async Task<RouterProcess> StartAsync(params string[] words)
    {
        string folder = RouterProcess.NewFolder();
        return await RouterProcess.StartAsync(folder, Words(folder, words));
    }
}
