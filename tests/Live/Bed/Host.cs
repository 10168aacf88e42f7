namespace Conntrack.Live.Bed;

/// <summary>A network namespace with one interface, eth0, and the kernel's own stack on it.</summary>
sealed class Host(Namespace space, string role, string address4, string address6)
{
    public const string Link = "eth0";

    static readonly string[] s_offloads = ["tx", "off", "rx", "off", "sg", "off", "tso", "off", "gso", "off", "gro", "off"];

    public Namespace Namespace { get; } = space;

    public string Role { get; } = role;

    public string Address4 { get; } = address4;

    public string Address6 { get; } = address6;

    public string Address(int family) => family == 4 ? Address4 : Address6;

    /// <summary>Brings the interface up with the addresses of a place, and with nothing left to hardware that is not there.</summary>
    public static async Task AttachAsync(Namespace space, HostPlan plan)
    {
        await space.IpAsync("link", "set", Link, "address", $"02:00:00:00:99:{plan.Port * 16 + plan.Vlan / 10:x2}");
        await TurnOffloadsOffAsync(space, Link);
        await space.IpAsync("address", "add", $"{plan.Address4}/24", "dev", Link);
        await space.IpAsync("address", "add", $"{plan.Address6}/64", "dev", Link, "nodad");
        await space.IpAsync("link", "set", Link, "up");
        if (plan.Gateway4 != null)
        {
            await space.IpAsync("route", "add", "default", "via", plan.Gateway4);
        }

        if (plan.Gateway6 != null)
        {
            await space.IpAsync("-6", "route", "add", "default", "via", plan.Gateway6);
        }
    }

    /// <summary>
    /// On veth a checksum is a promise to compute it, and segments are 64 KB: what leaves the machine is neither. Both are seen by whoever
    /// takes frames off the interface.
    /// </summary>
    public static Task TurnOffloadsOffAsync(Namespace space, string link) => space.RunAsync(["ethtool", "-K", link, .. s_offloads]);
}
