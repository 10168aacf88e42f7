using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>What interfaces of every kind have in common: one row of <c>/interface</c>.</summary>
/// <param name="Key">Which one it is.</param>
/// <param name="Name">What it is called by now.</param>
/// <param name="Mtu">Null is RouterOS's <c>auto</c>, which only bridges have.</param>
/// <param name="Disabled">Whether no packet passes.</param>
/// <param name="Comment">Anybody's.</param>
public sealed record InterfaceSettings(InterfaceKey Key, string Name, int? Mtu, bool Disabled, string Comment)
{
    /// <summary>RouterOS's word for the kind.</summary>
    public string Type => Key.Kind switch
    {
        InterfaceKind.Ethernet => "ether",
        InterfaceKind.Vlan => "vlan",
        _ => "bridge",
    };

    public static InterfaceSettings Of(EthernetSettings port) =>
        new(new InterfaceKey(InterfaceKind.Ethernet, (ulong)port.Number), port.Name, port.Mtu, port.Disabled, port.Comment);

    public static InterfaceSettings Of(VlanSettings vlan) =>
        new(new InterfaceKey(InterfaceKind.Vlan, vlan.Id), vlan.Name, vlan.Mtu, vlan.Disabled, vlan.Comment);

    public static InterfaceSettings Of(BridgeSettings bridge) =>
        new(new InterfaceKey(InterfaceKind.Bridge, bridge.Id), bridge.Name, bridge.Mtu, bridge.Disabled, bridge.Comment);

    /// <summary>The configuration with these settings in place of the interface's.</summary>
    public RouterConfiguration ApplyTo(RouterConfiguration configuration)
    {
        switch (Key.Kind)
        {
            case InterfaceKind.Ethernet:
                EthernetSettings port = configuration.Ethernets[(int)Key.Number];
                port = port with { Name = Name, Mtu = Mtu ?? port.Mtu, Disabled = Disabled, Comment = Comment };
                return configuration with { Ethernets = configuration.Ethernets.With(port) };
            case InterfaceKind.Vlan:
                int at = configuration.Vlans.IndexOf(Key.Number);
                VlanSettings vlan = configuration.Vlans[at];
                vlan = vlan with { Name = Name, Mtu = Mtu ?? vlan.Mtu, Disabled = Disabled, Comment = Comment };
                return configuration with { Vlans = configuration.Vlans.Replace(at, vlan) };
            default:
                int index = configuration.Bridges.IndexOf(Key.Number);
                BridgeSettings bridge = configuration.Bridges[index];
                bridge = bridge with { Name = Name, Mtu = Mtu, Disabled = Disabled, Comment = Comment };
                return configuration with { Bridges = configuration.Bridges.Replace(index, bridge) };
        }
    }

    internal NameKey NameKey => new(
        Key.Kind switch
        {
            InterfaceKind.Ethernet => NameKind.Ethernet,
            InterfaceKind.Vlan => NameKind.Vlan,
            _ => NameKind.Bridge,
        },
        Key.Number);
}
