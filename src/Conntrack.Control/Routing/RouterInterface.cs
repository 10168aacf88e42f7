using Conntrack.Packets;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Routing;

/// <summary>An interface that the dataplane has.</summary>
/// <param name="Number">The dataplane's number of it.</param>
/// <param name="Key">Which one it is in the configuration.</param>
/// <param name="Name">What it is called now.</param>
public sealed record RouterInterface(ushort Number, InterfaceKey Key, string Name)
{
    public required bool Enabled { get; init; }

    /// <summary>Packets can pass: it is enabled, and so is what is below it, down to a link.</summary>
    public required bool IsRunning { get; init; }

    public required MacAddress Mac { get; init; }

    /// <summary>Largest IP packet in bytes.</summary>
    public required int Mtu { get; init; }

    public required ArpMode Arp { get; init; }

    /// <summary>The port that its frames leave by; none for a bridge and what is on one.</summary>
    public ushort Port { get; init; } = Packet.NoInterface;

    /// <summary>Of a VLAN the interface it is on.</summary>
    public ushort On { get; init; } = Packet.NoInterface;

    public ushort VlanId { get; init; }

    /// <summary>EtherType of a VLAN's tag, host order.</summary>
    public ushort VlanType { get; init; }

    /// <summary>The bridge it is a port of.</summary>
    public ushort Bridge { get; init; } = Packet.NoInterface;

    /// <summary>The routing table of its VRF: that of its networks.</summary>
    public ushort Table { get; init; }
}

/// <summary>The interfaces of a router by what they are called.</summary>
public sealed class RouterInterfaces
{
    readonly Dictionary<string, RouterInterface> _byName = [];
    readonly Dictionary<ushort, RouterInterface> _byNumber;

    internal RouterInterfaces(IReadOnlyList<RouterInterface> all)
    {
        All = all;
        _byNumber = all.ToDictionary(port => port.Number);
        foreach (RouterInterface port in all)
        {
            _byName.TryAdd(port.Name, port);
        }
    }

    /// <summary>Ports first.</summary>
    public IReadOnlyList<RouterInterface> All { get; }

    /// <summary>Null for a name that no interface of the dataplane has.</summary>
    public RouterInterface? Named(string name) => _byName.GetValueOrDefault(name);

    public RouterInterface? Of(VlanSettings vlan) => All.FirstOrDefault(port => port.Key == new InterfaceKey(InterfaceKind.Vlan, vlan.Id));

    public RouterInterface? Of(BridgeSettings bridge) => All.FirstOrDefault(port => port.Key == new InterfaceKey(InterfaceKind.Bridge, bridge.Id));

    public RouterInterface? Numbered(ushort number) => _byNumber.GetValueOrDefault(number);

    /// <summary>The interface that an address or a route on this one works on: of a bridge's port the bridge.</summary>
    public RouterInterface Actual(RouterInterface port) => Numbered(port.Bridge) ?? port;

    /// <summary>As rules name interfaces; null for one that the dataplane does not have.</summary>
    public ushort? NumberOf(string name) => Named(name)?.Number;
}
