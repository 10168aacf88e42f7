namespace Conntrack.Daemon.Tests.Running;

/// <summary>Two namespaces in networks of their own, each with the router as its way to the other; made and removed here.</summary>
sealed class RoutedHosts : IAsyncDisposable
{
    // Interface names have 15 characters at most; the process's id keeps two runs apart.
    readonly string _mark = $"{Environment.ProcessId % 100_000}";

    public string LeftLink => $"cra{_mark}";

    public string RightLink => $"crb{_mark}";

    /// <summary>For <c>--host-interface</c>.</summary>
    public string HostLink => $"crh{_mark}";

    public string Left => $"ctrack-rl-{_mark}";

    public string Right => $"ctrack-rr-{_mark}";

    public const string Script = """
        /ip address add address=10.98.1.1/24 interface=ether1
        /ip address add address=10.98.2.1/24 interface=ether2
        /ipv6 address add address=2001:db8:98:1::1/64 interface=ether1
        /ipv6 address add address=2001:db8:98:2::1/64 interface=ether2
        /ip route add dst-address=10.97.0.0/16 gateway=10.98.2.2

        """;

    public const string LeftAddress = "10.98.1.2";
    public const string RightAddress = "10.98.2.2";

    public static async Task<RoutedHosts> CreateAsync()
    {
        var hosts = new RoutedHosts();
        await Shell.RunAsync("ip", "netns", "add", hosts.Left);
        await Shell.RunAsync("ip", "netns", "add", hosts.Right);
        return hosts;
    }

    /// <summary>A router between them, once it has made its taps.</summary>
    public async Task<RouterProcess> StartAsync(string script = Script, params string[] words)
    {
        string folder = RouterProcess.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "router.rsc"), script);
        RouterProcess router = await RouterProcess.StartAsync(
            folder,
            ["--config", Path.Combine(folder, "router.rsc"), "--host-interface", HostLink, "--port", $"ether1=net_tap0,iface={LeftLink}",
                "--port", $"ether2=net_tap1,iface={RightLink}", .. words]);
        await AttachAsync(Left, LeftLink, 1);
        await AttachAsync(Right, RightLink, 2);
        return router;
    }

    public Task<string> LeftAsync(params string[] words) => Shell.RunAsync("ip", ["netns", "exec", Left, .. words]);

    public Task<(int ExitCode, string Output, string Error)> TryLeftAsync(params string[] words) => Shell.TryAsync("ip", ["netns", "exec", Left, .. words]);

    public Task<string> RightAsync(params string[] words) => Shell.RunAsync("ip", ["netns", "exec", Right, .. words]);

    public async ValueTask DisposeAsync()
    {
        await Shell.TryAsync("ip", "netns", "del", Left);
        await Shell.TryAsync("ip", "netns", "del", Right);
    }

    static async Task AttachAsync(string host, string link, int network)
    {
        await Shell.RunAsync("ip", "link", "set", link, "netns", host);

        // The tap's own address is the router's: its other end needs one too.
        await Shell.RunAsync("ip", "-n", host, "link", "set", link, "address", $"02:00:00:00:98:0{network}");
        await Shell.RunAsync("ip", "-n", host, "addr", "add", $"10.98.{network}.2/24", "dev", link);
        await UpAsync(host, link, network);
    }

    public static async Task UpAsync(string host, string link, int network)
    {
        await Shell.RunAsync("ip", "-n", host, "link", "set", link, "up");

        // The kernel takes IPv6 addresses along when a link goes down.
        await Shell.RunAsync("ip", "-n", host, "addr", "replace", $"2001:db8:98:{network}::2/64", "dev", link, "nodad");
        await Shell.RunAsync("ip", "-n", host, "route", "replace", "default", "via", $"10.98.{network}.1");
        await Shell.RunAsync("ip", "-n", host, "-6", "route", "replace", "default", "via", $"2001:db8:98:{network}::1");
    }
}
