using System.Globalization;

namespace Conntrack.Live.Bed;

/// <summary>A network namespace with one interface and the kernel's own stack on it.</summary>
sealed class Host(Namespace space, HostPlan plan)
{
    static readonly string[] s_offloads = ["tx", "off", "rx", "off", "sg", "off", "tso", "off", "gso", "off", "gro", "off"];

    public Namespace Namespace { get; } = space;

    public HostPlan Plan { get; } = plan;

    public string Link => Plan.Link;

    public string Address4 => Plan.Address4;

    public string Address6 => Plan.Address6;

    public string Address(int family) => family == 4 ? Address4 : Address6;

    /// <summary>Brings the interface up with its addresses, and with nothing left to hardware that is not there.</summary>
    public async Task AttachAsync()
    {
        await Namespace.IpAsync("link", "set", Link, "address", $"02:00:00:00:99:{(Plan.Port * 16) + (Plan.Vlan / 10):x2}");
        await TurnOffloadsOffAsync(Namespace, Link);
        await Namespace.RunAsync("sysctl", "-qw", $"net.ipv6.conf.{Link}.keep_addr_on_down=1");
        await Namespace.IpAsync("address", "add", $"{Plan.Address4}/24", "dev", Link);
        await Namespace.IpAsync("address", "add", $"{Plan.Address6}/64", "dev", Link, "nodad");
        await UpAsync();
    }

    /// <summary>Bytes the interface has sent, headers included.</summary>
    public async Task<long> SentBytesAsync(CancellationToken stop) =>
        long.Parse(await Namespace.RunAsync(stop, "cat", $"/sys/class/net/{Link}/statistics/tx_bytes"), CultureInfo.InvariantCulture);

    public Task DownAsync() => Namespace.IpAsync("link", "set", Link, "down");

    /// <summary>The kernel forgets the routes of a link that is down.</summary>
    public async Task UpAsync()
    {
        await Namespace.IpAsync("link", "set", Link, "up");
        if (Plan.Gateway4 != null)
        {
            await Namespace.IpAsync("route", "replace", "default", "via", Plan.Gateway4);
        }

        if (Plan.Gateway6 != null)
        {
            await Namespace.IpAsync("-6", "route", "replace", "default", "via", Plan.Gateway6);
        }
    }

    /// <summary>
    /// On veth a checksum is a promise to compute it, and segments are 64 KB: what leaves the machine is neither. Both are seen by whoever
    /// takes frames off the interface.
    /// </summary>
    public static Task TurnOffloadsOffAsync(Namespace space, string link) => space.RunAsync(["ethtool", "-K", link, .. s_offloads]);
}
