using Conntrack.Live.Bed;

namespace Conntrack.Live.Routers;

/// <summary>Linux as router: what every check must pass through, and what the connection lists are compared with.</summary>
sealed class KernelRouter(Site site, Namespace space) : Router(site, space)
{
    const string Rules = """
        table inet router {
          chain forward { type filter hook forward priority 0;
            ct state established,related accept
            ct state invalid drop
            tcp dport 4444 drop
          }
          chain input { type filter hook input priority 0;
            ct state established,related accept
            ct state invalid drop
            tcp dport 8082 drop
          }
        }
        """;

    public override async Task StartAsync(IReadOnlyList<(int Port, Namespace Space, string Link)> ends, CancellationToken stop)
    {
        await Namespace.RunAsync(
            "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.netfilter.nf_conntrack_acct=1",
            "net.ipv4.conf.all.send_redirects=0", "net.ipv4.conf.default.send_redirects=0");
        string rules = Path.Combine(Site.Folder, "router.nft");
        await File.WriteAllTextAsync(rules, Rules, stop);
        await Namespace.RunAsync("nft", "-f", rules);
        foreach ((int port, Namespace space, string link) in ends)
        {
            await AddVethAsync(port, space, link);
            await Namespace.IpAsync("link", "set", $"ether{port}", "up");
        }

        foreach (InterfacePlan at in Site.Plan.Interfaces)
        {
            if (at.Vlan != 0)
            {
                await AddVlanAsync(at);
            }

            await Namespace.IpAsync("link", "set", at.Name, "mtu", $"{at.Mtu}", "up");
            await Namespace.IpAsync("address", "add", $"{at.Address4}/24", "dev", at.Name);
            await Namespace.IpAsync("address", "add", $"{at.Address6}/64", "dev", at.Name, "nodad");
        }

        if (Site.Layout.IsNarrowBeyond)
        {
            HostPlan narrow = Site.Plan.Hosts[1];
            await Namespace.IpAsync("route", "add", AddressPlan.BeyondNetwork4, "via", narrow.Address4);
            await Namespace.IpAsync("-6", "route", "add", AddressPlan.BeyondNetwork6, "via", narrow.Address6);
        }
    }

    public override async Task<IReadOnlyList<ListedConnection>> ConnectionsAsync(CancellationToken stop)
    {
        string list = await Namespace.RunAsync(stop, "cat", KernelConnections.File);
        return [.. list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(KernelConnections.Parse)];
    }

    public override Task AddRouteAsync(string network, string gateway, CancellationToken stop) =>
        Namespace.IpAsync("route", "add", network, "via", gateway);

    public override Task RemoveRouteAsync(string network, CancellationToken stop) => Namespace.IpAsync("route", "delete", network);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    async Task AddVlanAsync(InterfacePlan at)
    {
        Command added = await Command.TryAsync(
            CancellationToken.None, "ip", "-n", Namespace.Name, "link", "add", "link", at.PortName, "name", at.Name, "type", "vlan", "id", $"{at.Vlan}");
        if (added.ExitCode != 0)
        {
            throw new CheckSkippedException($"this kernel makes no VLAN interfaces: {added.LastWords}");
        }
    }
}
