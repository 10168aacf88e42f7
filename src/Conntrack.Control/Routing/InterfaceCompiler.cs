using Conntrack.Packets;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Routing;

/// <summary>
/// From the interface menus to the interfaces of a router: what each is on, whether packets can pass it, and by which address and size.
/// Works from the ports up: what is on something the dataplane does not have, or on itself, is not there.
/// </summary>
sealed class InterfaceCompiler
{
    const ushort CustomerTag = 0x8100, ServiceTag = 0x88a8;

    /// <summary>Locally administered; a bridge without ports has to be called something.</summary>
    const ulong BridgeMacs = 0x02_00_ff_00_00_00;

    readonly RouterConfiguration _configuration;
    readonly IReadOnlyList<PortFacts> _ports;
    readonly InterfaceNumbers _numbers;
    readonly Dictionary<InterfaceKey, RouterInterface?> _built = [];
    readonly Dictionary<string, BridgeSettings> _bridgeOf = [];

    InterfaceCompiler(RouterConfiguration configuration, IReadOnlyList<PortFacts> ports, InterfaceNumbers numbers)
    {
        _configuration = configuration;
        _ports = ports;
        _numbers = numbers;
        foreach (BridgePortSettings port in configuration.BridgePorts.Where(port => !port.Disabled))
        {
            // Where several claim an interface the first one has it.
            if (configuration.Bridges.FirstOrDefault(bridge => !bridge.Disabled && bridge.Name == port.Bridge) is { } bridge)
            {
                _bridgeOf.TryAdd(port.Interface, bridge);
            }
        }
    }

    public static RouterInterfaces Compile(
        RouterConfiguration configuration, IReadOnlyList<PortFacts> ports, InterfaceNumbers numbers, TableNumbers tables)
    {
        InterfaceKey[] others =
        [
            .. configuration.Bridges.Select(bridge => new InterfaceKey(InterfaceKind.Bridge, bridge.Id)),
            .. configuration.Vlans.Select(vlan => new InterfaceKey(InterfaceKind.Vlan, vlan.Id)),
        ];
        numbers.Keep(others.ToHashSet());
        var compiler = new InterfaceCompiler(configuration, ports, numbers);
        List<RouterInterface> all =
        [
            .. ports.Select(port => compiler.Build(new InterfaceKey(InterfaceKind.Ethernet, (ulong)port.Number))).OfType<RouterInterface>(),
            .. others.Select(compiler.Build).OfType<RouterInterface>(),
        ];
        return new RouterInterfaces([.. all.Select(port => port with { Bridge = compiler.BridgeOf(port), Table = TableOf(port) })]);

        ushort TableOf(RouterInterface port) =>
            configuration.Vrfs.FirstOrDefault(vrf => !vrf.Disabled && vrf.Interfaces.Contains(port.Name)) is { } vrf
                ? tables.Of(vrf.Name) ?? 0
                : (ushort)0;
    }

    RouterInterface? Build(InterfaceKey key)
    {
        if (!_built.TryGetValue(key, out RouterInterface? built))
        {
            // What asks for itself on its way down finds nothing.
            _built[key] = null;
            built = key.Kind switch
            {
                InterfaceKind.Ethernet => BuildPort(key),
                InterfaceKind.Vlan => BuildVlan(key, _configuration.Vlans.Find(key.Number)!),
                _ => BuildBridge(key, _configuration.Bridges.Find(key.Number)!),
            };
            _built[key] = built;
        }

        return built;
    }

    RouterInterface? Build(string name) => _configuration.InterfacesNamed(name) is [InterfaceKey only] ? Build(only) : null;

    RouterInterface? BuildPort(InterfaceKey key)
    {
        for (ushort number = 0; number < _ports.Count; number++)
        {
            PortFacts facts = _ports[number];
            if (facts.Number == (int)key.Number)
            {
                EthernetSettings settings = _configuration.Ethernets[facts.Number];
                return new RouterInterface(number, key, settings.Name)
                {
                    Enabled = !settings.Disabled,
                    IsRunning = !settings.Disabled && facts.HasLink,
                    Mac = settings.MacAddress ?? facts.Mac,
                    Mtu = facts.Mtu ?? settings.Mtu,
                    Arp = settings.Arp,
                    Port = number,
                };
            }
        }

        return null;
    }

    RouterInterface? BuildVlan(InterfaceKey key, VlanSettings settings) => Build(settings.Interface) is { } on
        ? new RouterInterface(_numbers.Of(key), key, settings.Name)
        {
            Enabled = !settings.Disabled,
            IsRunning = !settings.Disabled && on.IsRunning,
            Mac = settings.MacAddress ?? on.Mac,
            Mtu = Math.Min(settings.Mtu, on.Mtu),
            Arp = settings.Arp,
            Port = on.Port,
            On = on.Number,
            VlanId = (ushort)settings.VlanId,
            VlanType = settings.UseServiceTag ? ServiceTag : CustomerTag,
        }
        : null;

    /// <summary>A bridge without ports runs: it is where a router has its loopback addresses.</summary>
    RouterInterface BuildBridge(InterfaceKey key, BridgeSettings settings)
    {
        RouterInterface[] ports =
            [.. _bridgeOf.Where(port => ReferenceEquals(port.Value, settings)).Select(port => Build(port.Key)).OfType<RouterInterface>()];
        bool isOwn = settings is { AdminMac: not null, AutoMac: false };
        return new RouterInterface(_numbers.Of(key), key, settings.Name)
        {
            Enabled = !settings.Disabled,
            IsRunning = !settings.Disabled && (ports.Length == 0 || ports.Any(port => port.IsRunning)),
            Mac = isOwn ? settings.AdminMac!.Value
                : ports.Length > 0 ? ports.MinBy(port => port.Number)!.Mac
                : settings.AdminMac ?? new MacAddress(BridgeMacs | (settings.Id & 0xff_ff_ff)),
            Mtu = settings.Mtu ?? (ports.Length > 0 ? ports.Min(port => port.Mtu) : 1500),
            Arp = settings.Arp,
        };
    }

    ushort BridgeOf(RouterInterface port) =>
        _bridgeOf.TryGetValue(port.Name, out BridgeSettings? bridge) && port.Key.Number != bridge.Id
            ? _numbers.Of(new InterfaceKey(InterfaceKind.Bridge, bridge.Id))
            : Packet.NoInterface;
}
