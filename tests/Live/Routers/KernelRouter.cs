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

    /// <summary>The same policy as <see cref="RouterScript"/>'s home.</summary>
    const string Home = """
        table ip nat {
          chain srcnat { type nat hook postrouting priority srcnat; oifname "ether2" masquerade; }
          chain dstnat { type nat hook prerouting priority dstnat; iifname "ether2" tcp dport 8080 dnat to 192.168.88.2; }
        }
        table inet router {
          chain forward { type filter hook forward priority 0;
            ct state established,related accept
            ct state invalid drop
            meta nfproto ipv4 ct status dnat accept
            ip6 saddr { ::/96, 2001:db8::/32 } drop
            ip6 daddr { ::/96, 2001:db8::/32 } drop
            meta l4proto icmpv6 accept
            iifname "ether2" drop
          }
          chain input { type filter hook input priority 0;
            ct state established,related accept
            ct state invalid drop
            meta l4proto { icmp, icmpv6 } accept
            iifname "ether2" drop
          }
        }
        """;

    public override async Task StartAsync(IReadOnlyList<(int Port, Namespace Space, string Link)> ends, CancellationToken stop)
    {
        await Namespace.RunAsync(
            "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.netfilter.nf_conntrack_acct=1",
            "net.ipv4.conf.all.send_redirects=0", "net.ipv4.conf.default.send_redirects=0");
        string rules = Path.Combine(Site.Folder, "router.nft");
        await File.WriteAllTextAsync(rules, Site.Layout.IsHome ? Home : Rules, stop);
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

    public override Task RemoveAddressAsync(InterfacePlan at, CancellationToken stop) =>
        Namespace.IpAsync("address", "delete", $"{at.Address4}/24", "dev", at.Name);

    public override Task AddAddressAsync(InterfacePlan at, CancellationToken stop) =>
        Namespace.IpAsync("address", "add", $"{at.Address4}/24", "dev", at.Name);

    public override Task TranslateOwnAsync(string asked, string goes, int daemonPort, string comes, CancellationToken stop) => Namespace.RunAsync(
        stop, "nft",
        "add table ip own; add chain ip own output { type nat hook output priority -100; }; add chain ip own input { type nat hook input priority 100; }; "
        + $"add rule ip own output ip daddr {asked} dnat to {goes}; add rule ip own input tcp dport {daemonPort} snat to {comes}");

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
