namespace Conntrack.Live.Bed;

/// <summary>Turns the host behind the router into a router of Linux's own, with a narrow link to the server behind it.</summary>
static class NarrowRouter
{
    const string Inner = "eth1";

    /// <summary>The server is narrow too, but offers segments as large as everybody's: only an ICMP error can tell the client.</summary>
    const string OfferedSegment4 = "1460", OfferedSegment6 = "1440";

    public static async Task<Host> AddServerAsync(Namespace narrow, Namespace server)
    {
        string mtu = $"{AddressPlan.Narrow}";
        var host = new Host(server, new HostPlan("server", 9, 0, AddressPlan.BeyondServer4, AddressPlan.BeyondServer6));
        await narrow.IpAsync("link", "add", Inner, "mtu", mtu, "type", "veth", "peer", "name", host.Link, "mtu", mtu, "netns", server.Name);
        await Host.TurnOffloadsOffAsync(narrow, Inner);
        await narrow.IpAsync("address", "add", $"{AddressPlan.BeyondGateway4}/24", "dev", Inner);
        await narrow.IpAsync("address", "add", $"{AddressPlan.BeyondGateway6}/64", "dev", Inner, "nodad");
        await narrow.IpAsync("link", "set", Inner, "up");
        await narrow.RunAsync("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        await host.AttachAsync();
        await server.IpAsync("route", "add", "default", "via", AddressPlan.BeyondGateway4, "advmss", OfferedSegment4);
        await server.IpAsync("-6", "route", "add", "default", "via", AddressPlan.BeyondGateway6, "advmss", OfferedSegment6);
        return host;
    }
}
