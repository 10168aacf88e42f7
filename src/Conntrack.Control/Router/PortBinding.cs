namespace Conntrack.Control.Router;

/// <summary>An interface and what is behind it.</summary>
/// <param name="Interface">The interface's current name; the configuration decides whether there is one of that name.</param>
/// <param name="Device">DPDK's device string: <c>net_tap0,iface=tap0</c>, or a PCI address with its arguments.</param>
public sealed record PortBinding(string Interface, string Device)
{
    /// <summary>What DPDK calls the device: the string up to its first comma.</summary>
    public string DeviceName => Device.Split(',')[0];

    /// <summary>Hardware on the PCI bus, which EAL is to probe: <c>0000:03:00.0</c> or <c>03:00.0</c>.</summary>
    public bool IsPci => System.Text.RegularExpressions.Regex.IsMatch(
        DeviceName, "^([0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}[.][0-7]$", System.Text.RegularExpressions.RegexOptions.IgnoreCase);
}
