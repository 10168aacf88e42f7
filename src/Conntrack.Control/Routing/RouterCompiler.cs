using Conntrack.Control.Firewall;
using Conntrack.Control.Settings;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using InterfaceKind = Conntrack.RouterOs.Interfaces.InterfaceKind;
using SpecKind = Conntrack.Dataplane.Routing.InterfaceKind;

namespace Conntrack.Control.Routing;

/// <summary>
/// From the configuration and the state of the links to the router that the dataplane goes by. Names become numbers here, which stay what
/// they are from one compilation to the next; only routes that are in force go on.
/// </summary>
/// <param name="ports">Ports of the dataplane, that of the host's own programs not counted; its number, whether there is one or not, is this.</param>
public sealed class RouterCompiler(int ports)
{
    readonly InterfaceNumbers _interfaces = new((ushort)(ports + 1));
    readonly TableNumbers _tables = new();

    /// <summary>Neighbours a router keeps where nothing is set: what RouterOS has on a machine of some memory.</summary>
    const int DefaultNeighbours = 16_384;

    /// <summary>The interface that stands for the router itself.</summary>
    public ushort Host => (ushort)ports;

    /// <param name="configuration">Validated when it was read.</param>
    /// <param name="facts">The ports, by their numbers.</param>
    /// <param name="shape">What they are to be.</param>
    /// <param name="host">The port behind which the host's own programs are; null when there is none.</param>
    /// <exception cref="ConfigurationRefusedException">It says something that the dataplane cannot do.</exception>
    public CompiledRouter Compile(RouterConfiguration configuration, IReadOnlyList<PortFacts> facts, RouterShape shape, HostFacts? host = null)
    {
        TranslationCompiler.RefuseWhatIsMissing(configuration.Rules);
        ArgumentOutOfRangeException.ThrowIfNotEqual(facts.Count, ports);
        if (shape != RouterShape.Routed)
        {
            // What is below has neither VLANs nor bridges there: rules name the ports and nothing else.
            RouterConfiguration flat = RouterConfiguration.Default with { Ethernets = configuration.Ethernets };
            _tables.Keep(TableNumbers.In(configuration));
            RouterInterfaces alone = InterfaceCompiler.Compile(flat, facts, _interfaces, _tables);
            return new CompiledRouter
            {
                Shape = shape,
                Interfaces = alone,
                Tables = _tables.Snapshot(),
                Spec = new RouterSpec { Switches = PathSwitchesOf(configuration), Interfaces = [.. Unrouted(alone, facts, shape), HostSpec(null)] },
            };
        }

        configuration = GatewayTables.With(configuration);
        if (Problems(configuration) is { Count: > 0 } problems)
        {
            throw new ConfigurationRefusedException(problems);
        }

        var plans = RoutingPlans.Of(configuration);
        _tables.Keep(TableNumbers.In(configuration).Concat(plans.Tables).ToHashSet());
        RouterInterfaces interfaces = InterfaceCompiler.Compile(configuration, facts, _interfaces, _tables);
        var addresses = new AddressCompiler(configuration, interfaces);
        List<RouteCandidate> routes =
        [
            .. addresses.Connected,
            .. configuration.Ipv4Routes.Concat(configuration.Ipv6Routes).Select(route => new RouteCandidate(route, _tables.Of(route.RoutingTable))),
        ];
        new RouteResolver(interfaces, _tables, VrfTables(configuration), OwnAddresses(addresses)).Resolve(routes);
        plans.Number(_tables);
        List<RouteSpec> active = [.. Active(routes)];
        return new CompiledRouter
        {
            Shape = shape,
            Interfaces = interfaces,
            Tables = _tables.Snapshot(),
            Ipv4Addresses = addresses.Ipv4,
            Ipv6Addresses = addresses.Ipv6,
            Routes = [.. routes.Where(route => !GatewayTables.IsOne(route.Settings.RoutingTable)).Select(ToStatus)],
            Spec = new RouterSpec
            {
                Switches = SwitchesOf(configuration),
                Interfaces = [.. interfaces.All.Select(port => ToSpec(port, plans, facts, configuration)), HostSpec(host)],
                Addresses = addresses.Specs,
                Routes = [.. active, .. plans.Extend(active), .. plans.Routes(interfaces, addresses.Specs)],
                Neighbours = [.. NeighboursOf(configuration, interfaces)],
                IcmpInterval = TimeSpan.FromMilliseconds(configuration.Ipv4.IcmpRateLimit),
                ReachableTime = configuration.Ipv4.ArpTimeout,
                MostNeighbours = MostNeighbours(configuration),
            },
        };
    }

    static IEnumerable<InterfaceSpec> Unrouted(RouterInterfaces interfaces, IReadOnlyList<PortFacts> facts, RouterShape shape)
    {
        // The end of a wire whose other end is disabled leads nowhere.
        bool isCut = shape == RouterShape.Wire && interfaces.All.Any(port => !port.Enabled);
        PortRole role = shape == RouterShape.Wire ? PortRole.Wire : PortRole.Observed;
        return interfaces.All.Select(port => new InterfaceSpec(port.Number, SpecKind.Port, isCut || !port.Enabled ? PortRole.Disabled : role)
        {
            Port = port.Port,
            Peer = shape == RouterShape.Wire ? (ushort)(1 - port.Number) : Packet.NoInterface,
            IsRunning = port.IsRunning,
            AnyMac = facts[port.Number].AnyMac,
            Mac = port.Mac.Value,
            Mtu = (uint)port.Mtu,
        });
    }

    InterfaceSpec HostSpec(HostFacts? host) => new(Host, SpecKind.Host, PortRole.Host)
    {
        Port = host is null ? Packet.NoInterface : Host,
        Mac = host?.Mac.Value ?? 0,
        Mtu = ushort.MaxValue,
    };

    static InterfaceSpec ToSpec(RouterInterface port, RoutingPlans plans, IReadOnlyList<PortFacts> facts, RouterConfiguration configuration) => new(
        port.Number,
        port.Key.Kind switch
        {
            InterfaceKind.Ethernet => SpecKind.Port,
            InterfaceKind.Vlan => SpecKind.Vlan,
            _ => SpecKind.Bridge,
        },
        port.Enabled ? PortRole.Routed : PortRole.Disabled)
    {
        Port = port.Port,
        Peer = port.On,
        IsRunning = port.IsRunning,
        AnyMac = port.Port != Packet.NoInterface && facts[port.Port].AnyMac,
        Mtu = (uint)port.Mtu,
        Mac = port.Mac.Value,
        VlanId = port.VlanId,
        VlanType = port.VlanType == 0 ? (ushort)0x8100 : port.VlanType,
        Table = plans.TableOf(port),
        Bridge = port.Bridge,
        RpFilter = configuration.Ipv4.RpFilter switch
        {
            ReversePathFilter.Loose => RpFilter.Loose,
            ReversePathFilter.Strict => RpFilter.Strict,
            _ => RpFilter.No,
        },
        Arp = (ArpMode)port.Arp,
    };

    static RouterSwitches SwitchesOf(RouterConfiguration configuration) =>
        If(configuration.Ipv4.IpForward, RouterSwitches.Forward4)
        | If(configuration.Ipv6 is { Forward: true, DisableIpv6: false }, RouterSwitches.Forward6)
        | If(configuration.Ipv4.SendRedirects, RouterSwitches.SendRedirects)
        | If(configuration.Bridging.UseIpFirewall, RouterSwitches.BridgeFirewall)
        | If(configuration.Bridging is { UseIpFirewall: true, UseIpFirewallForVlan: true }, RouterSwitches.BridgeFirewallVlan)
        | PathSwitchesOf(configuration);

    /// <summary>Which packets may not go past the rules, whatever shape the router has.</summary>
    static RouterSwitches PathSwitchesOf(RouterConfiguration configuration) =>
        If(!configuration.Ipv4.AllowFastPath, RouterSwitches.SlowPathOnly4)
        | If(!configuration.Ipv6.AllowFastPath, RouterSwitches.SlowPathOnly6)
        | If(!configuration.Bridging.AllowFastPath, RouterSwitches.SlowPathOnlyBridged);

    static RouterSwitches If(bool holds, RouterSwitches then) => holds ? then : RouterSwitches.None;

    HashSet<ushort> VrfTables(RouterConfiguration configuration) =>
        [.. configuration.Vrfs.Where(vrf => !vrf.Disabled).Select(vrf => _tables.Of(vrf.Name)).OfType<ushort>()];

    static HashSet<(RuleFamily, UInt128)> OwnAddresses(AddressCompiler addresses) =>
    [
        .. addresses.Ipv4.Concat(addresses.Ipv6).Where(status => status is { Invalid: false, Address.Disabled: false })
            .Select(status => (status.Address.Family, status.Address.Address.Address)),
    ];

    /// <summary>Several routes of one prefix that are in force share its traffic, as the gateways of one do.</summary>
    static IEnumerable<RouteSpec> Active(List<RouteCandidate> routes) => routes
        .Where(route => route.IsActive)
        .GroupBy(route => (Table: route.Table!.Value, route.Prefix))
        .Select(group => new RouteSpec(group.Key.Table, group.Key.Prefix.IPAddress, group.Key.Prefix.Length, HopOf(group)));

    static NextHopSpec HopOf(IEnumerable<RouteCandidate> routes)
    {
        NextHopSpec[] hops = [.. routes.SelectMany(route => route.Ways.Select(way => HopOf(route, way))).Take(NextHop.MostWays)];

        // What is dropped is not shared with anybody.
        return hops is [var only] || hops[0].Kind is not (NextHopKind.Connected or NextHopKind.Gateway)
            ? hops[0]
            : new NextHopSpec(NextHopKind.Multipath) { Ways = [.. hops.Where(hop => hop.Kind is NextHopKind.Connected or NextHopKind.Gateway)] };
    }

    /// <summary>A connected network is spoken to from the address in it that is nearest.</summary>
    static NextHopSpec HopOf(RouteCandidate route, Way way) => route.Via is null && route.Settings.PrefSrc is { } source
        ? way.Hop with
        {
            Source = route.Settings.Family == RuleFamily.Ipv4
                ? RouterOs.Values.AddressNumber.ToIPv4(source)
                : RouterOs.Values.AddressNumber.ToIPv6(source),
        }
        : way.Hop;

    static CompiledRoute ToStatus(RouteCandidate route) => new(
        new RouteStatus(route.Settings)
        {
            Active = route.IsActive,
            Connected = route.Via is not null,
            ImmediateGateways = route.IsActive ? [.. route.Ways.Select(way => way.Immediate).Where(gateway => gateway != default)] : [],
            LocalAddress = route.Settings.PrefSrc,
        },
        route.IsActive ? "" : route.Problem);

    static IEnumerable<NeighbourSpec> NeighboursOf(RouterConfiguration configuration, RouterInterfaces interfaces)
    {
        foreach (NeighbourSettings neighbour in configuration.Ipv4Neighbours.Concat(configuration.Ipv6Neighbours).Where(entry => !entry.Disabled))
        {
            if (neighbour.MacAddress is { } mac && interfaces.Named(neighbour.Interface) is { } port)
            {
                yield return new NeighbourSpec(
                    interfaces.Actual(port).Number,
                    neighbour.Family == RuleFamily.Ipv4
                        ? RouterOs.Values.AddressNumber.ToIPv4(neighbour.Address)
                        : RouterOs.Values.AddressNumber.ToIPv6(neighbour.Address),
                    mac.Value);
            }
        }
    }

    /// <summary>What a configuration says that the dataplane cannot do, whatever ports there are.</summary>
    public static IReadOnlyList<PropertyProblem> Problems(RouterConfiguration configuration) =>
    [
        // A route that is taken although its gateway does not answer is not what its author asked for.
        .. configuration.Ipv4Routes.Concat(configuration.Ipv6Routes)
            .Where(route => !route.Disabled && route.CheckGateway != GatewayCheck.None)
            .Select(route => new PropertyProblem(
                "check-gateway", $"check-gateway: the route to {route.DstAddress}: gateways are not asked in this version; set check-gateway=none")),
        .. RoutingPlans.Problems(configuration),
    ];

    static uint MostNeighbours(RouterConfiguration configuration) =>
        (uint)((configuration.Ipv4.MaxNeighborEntries ?? DefaultNeighbours) + (configuration.Ipv6.MaxNeighborEntries ?? DefaultNeighbours));
}
