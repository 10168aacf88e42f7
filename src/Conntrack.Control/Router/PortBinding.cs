using System.Text.RegularExpressions;

namespace Conntrack.Control.Router;

/// <summary>An interface and what is behind it.</summary>
/// <param name="Interface">The interface's current name; the configuration decides whether there is one of that name.</param>
/// <param name="Device">DPDK's device string: <c>net_tap0,iface=tap0</c>, or a PCI address with its arguments.</param>
public sealed partial record PortBinding(string Interface, string Device)
{
    /// <summary>What DPDK calls the device: the string up to its first comma.</summary>
    public string DeviceName => Device.Split(',')[0];

    /// <summary>Hardware on the PCI bus, which EAL is to probe: <c>0000:03:00.0</c> or <c>03:00.0</c>.</summary>
    public bool IsPci => PciAddress().IsMatch(DeviceName);

    /// <summary>Whether the device may turn up later; any other string never names one.</summary>
    public bool IsPlausible => IsPci || VirtualDevice().IsMatch(DeviceName);

    /// <summary>The kernel's interface behind a device that is made of one; null for others.</summary>
    /// <param name="driver">DPDK's name of the device's driver.</param>
    public string? KernelInterface(string driver) => driver switch
    {
        "net_tap" or "net_af_packet" => Device.Split(',').Skip(1).FirstOrDefault(argument => argument.StartsWith("iface=", StringComparison.Ordinal))?["iface=".Length..],
        _ => null,
    };

    [GeneratedRegex("^(net|eth)_(af_packet|af_xdp|memif|null|pcap|ring|tap|tun|vhost|virtio_user)[0-9a-z_]*$")]
    private static partial Regex VirtualDevice();

    [GeneratedRegex("^([0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}[.][0-7]$", RegexOptions.IgnoreCase)]
    private static partial Regex PciAddress();
}
