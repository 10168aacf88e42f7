using System.Diagnostics;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>Two network namespaces of this test's own, made and removed here; their only link is the tap the router brings.</summary>
sealed class TwoHosts : IAsyncDisposable
{
    public const string LeftAddress = "10.99.0.1";
    public const string RightAddress = "10.99.0.2";

    // Interface names have 15 characters at most; the process's id keeps two runs apart.
    readonly string _mark = $"{Environment.ProcessId % 100_000}";

    public string LeftLink => $"ctl{_mark}";

    public string RightLink => $"ctr{_mark}";

    string Left => $"ctrack-left-{_mark}";

    string Right => $"ctrack-right-{_mark}";

    /// <summary>Skips a test that this machine cannot run.</summary>
    public static async Task SkipWithoutNamespacesAsync(params string[] programs)
    {
        foreach (string program in programs.Append("ip"))
        {
            Assert.SkipUnless(Shell.Has(program), $"{program} is not installed.");
        }

        Assert.SkipUnless(File.Exists("/dev/net/tun"), "There is no /dev/net/tun.");
        (int exitCode, _, string error) = await Shell.TryAsync("unshare", "--net", "true");
        Assert.SkipUnless(exitCode == 0, $"Network namespaces need root: {error.Trim()}");
    }

    public static async Task<TwoHosts> CreateAsync()
    {
        var hosts = new TwoHosts();
        await Shell.RunAsync("ip", "netns", "add", hosts.Left);
        await Shell.RunAsync("ip", "netns", "add", hosts.Right);
        return hosts;
    }

    /// <summary>Gives each host its end of the wire. Neighbours are set: what is asserted is not to depend on when ARP answered.</summary>
    public async Task ConnectAsync()
    {
        await AttachAsync(Left, LeftLink, LeftAddress, "02:00:00:00:99:01");
        await AttachAsync(Right, RightLink, RightAddress, "02:00:00:00:99:02");
        await Shell.RunAsync("ip", "-n", Left, "neigh", "add", RightAddress, "lladdr", "02:00:00:00:99:02", "dev", LeftLink);
        await Shell.RunAsync("ip", "-n", Right, "neigh", "add", LeftAddress, "lladdr", "02:00:00:00:99:01", "dev", RightLink);
    }

    /// <summary>To be called before <see cref="ConnectAsync"/> where every packet counts: no IPv6, so nobody solicits a router or a neighbour.</summary>
    public async Task SilenceAsync()
    {
        await LeftAsync("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
        await RightAsync("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
    }

    public Task<string> LeftAsync(params string[] words) => Shell.RunAsync("ip", ["netns", "exec", Left, .. words]);

    public Task<string> RightAsync(params string[] words) => Shell.RunAsync("ip", ["netns", "exec", Right, .. words]);

    public Process StartRight(params string[] words) => Shell.Start("ip", ["netns", "exec", Right, .. words]);

    public async ValueTask DisposeAsync()
    {
        await Shell.TryAsync("ip", "netns", "del", Left);
        await Shell.TryAsync("ip", "netns", "del", Right);
    }

    static async Task AttachAsync(string host, string link, string address, string mac)
    {
        await Shell.RunAsync("ip", "link", "set", link, "netns", host);
        await Shell.RunAsync("ip", "-n", host, "link", "set", link, "address", mac);
        await Shell.RunAsync("ip", "-n", host, "addr", "add", $"{address}/24", "dev", link);
        await Shell.RunAsync("ip", "-n", host, "link", "set", link, "up");
    }
}
