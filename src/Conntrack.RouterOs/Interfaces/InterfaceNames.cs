using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>
/// Which interface is meant, whatever it is called by now: the number of an Ethernet port, or the id of the entry in its menu.
/// </summary>
public readonly record struct InterfaceKey(InterfaceKind Kind, ulong Number);

/// <summary>The names of interfaces: one space for every kind of them.</summary>
public static class InterfaceNames
{
    /// <summary>
    /// The ids of VLANs and bridges begin behind the numbers of Ethernet ports and are given to both in turn, so that an id says which
    /// interface is meant in <c>/interface</c> too.
    /// </summary>
    public static ulong NextInterfaceId(this RouterConfiguration configuration) =>
        Math.Max(EthernetSettings.MostNumber + 1, Math.Max(configuration.Vlans.NextId, configuration.Bridges.NextId));

    /// <summary>The interfaces now called so: one at most in a finished configuration.</summary>
    public static IReadOnlyList<InterfaceKey> InterfacesNamed(this RouterConfiguration configuration, string name) =>
    [
        .. configuration.Ethernets.NumbersOf(name).Select(static number => new InterfaceKey(InterfaceKind.Ethernet, (ulong)number)),
        .. configuration.Vlans.Where(vlan => vlan.Name == name).Select(static vlan => new InterfaceKey(InterfaceKind.Vlan, vlan.Id)),
        .. configuration.Bridges.Where(bridge => bridge.Name == name)
            .Select(static bridge => new InterfaceKey(InterfaceKind.Bridge, bridge.Id)),
    ];

    /// <summary>What the interface is called; null when it is not there.</summary>
    public static string? NameOf(this RouterConfiguration configuration, InterfaceKey key) => key.Kind switch
    {
        InterfaceKind.Ethernet => configuration.Ethernets[(int)key.Number].Name,
        InterfaceKind.Vlan => configuration.Vlans.Find(key.Number)?.Name,
        _ => configuration.Bridges.Find(key.Number)?.Name,
    };

    /// <summary>The bridge that has the interface of that name for a port; null when none has.</summary>
    public static string? MasterOf(this RouterConfiguration configuration, string interfaceName) =>
        configuration.BridgePorts.FirstOrDefault(port => !port.Disabled && port.Interface == interfaceName)?.Bridge;
}
