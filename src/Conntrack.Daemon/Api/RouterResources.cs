using Conntrack.Control.Router;
using Conntrack.Control.Routing;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using Conntrack.V1;

namespace Conntrack.Daemon.Api;

/// <summary>The menus of a router as resources, each with what the running router knows of its entries.</summary>
sealed class RouterResources
{
    /// <summary>In the order of <see cref="NeighbourState"/>.</summary>
    static readonly string[] s_states = ["permanent", "reachable", "stale", "delay", "probe", "failed", "incomplete"];

    readonly FamilyResources[] _families;

    public RouterResources(RunningRouter router)
    {
        Interfaces = new InterfaceEntries(router);
        Vlans = new(router, new VlanMenu(), configuration => configuration.Vlans,
            (message, entry) => message.Running = router.Router.Interfaces.Of(entry)?.IsRunning ?? false);
        Bridges = new(router, new BridgeMenu(), configuration => configuration.Bridges, (message, entry) =>
        {
            RouterInterface? bridge = router.Router.Interfaces.Of(entry);
            message.Running = bridge?.IsRunning ?? false;
            message.MacAddress = bridge?.Mac.ToString() ?? "";
        });
        BridgePorts = new(router, new BridgePortMenu(), configuration => configuration.BridgePorts);
        InterfaceLists = new(router, new InterfaceListMenu(), configuration => configuration.InterfaceLists);
        InterfaceListMembers = new(router, new InterfaceListMemberMenu(), configuration => configuration.InterfaceListMembers);
        RoutingTables = new(router, new RoutingTableMenu(), configuration => configuration.RoutingTables);
        Vrfs = new(router, new VrfMenu(), configuration => configuration.Vrfs);
        _families = [new(router, RuleFamily.Ipv4), new(router, RuleFamily.Ipv6)];
    }

    public InterfaceEntries Interfaces { get; }

    public MenuEntries<VlanSettings, Vlan> Vlans { get; }

    public MenuEntries<BridgeSettings, Bridge> Bridges { get; }

    public MenuEntries<BridgePortSettings, BridgePort> BridgePorts { get; }

    public MenuEntries<InterfaceListSettings, InterfaceList> InterfaceLists { get; }

    public MenuEntries<RouterOs.Interfaces.InterfaceListMember, V1.InterfaceListMember> InterfaceListMembers { get; }

    public MenuEntries<RoutingTableSettings, RoutingTable> RoutingTables { get; }

    public MenuEntries<VrfSettings, Vrf> Vrfs { get; }

    public MenuEntries<AddressSettings, Address> Addresses(string? family) => Of(family).Addresses;

    public MenuEntries<RouteSettings, Route> Routes(string? family) => Of(family).Routes;

    public MenuEntries<NeighbourSettings, Neighbour> Neighbours(string? family) => Of(family).Neighbours;

    FamilyResources Of(string? family) => _families[(int)(family switch
    {
        null or "" or "ip" => RuleFamily.Ipv4,
        "ipv6" => RuleFamily.Ipv6,
        _ => throw Refusal.Of("family", $"'{family}' is neither ip nor ipv6"),
    })];

    /// <summary>Menus that are there for each family.</summary>
    sealed class FamilyResources
    {
        readonly RunningRouter _router;
        readonly RuleFamily _family;
        readonly GatewaysGrammar _gateways;

        public FamilyResources(RunningRouter router, RuleFamily family)
        {
            _router = router;
            _family = family;
            _gateways = new GatewaysGrammar(family);
            Addresses = new(
                router, new AddressMenu(family), configuration => configuration.AddressesOf(family), Show,
                () => router.Router.AddressesOf(family).Where(status => status.IsDynamic).Select(status => Addresses!.Message(status.Address)));
            Routes = new(
                router, new RouteMenu(family), configuration => configuration.RoutesOf(family), Show,
                () => router.Router.Routes.Select(route => route.Status.Route).Where(route => route.Id == 0 && route.Family == family)
                    .Select(route => Routes!.Message(route)));
            Neighbours = new(
                router, new NeighbourMenu(family), configuration => configuration.NeighboursOf(family), Show,
                () => router.Neighbours(family).Where(status => status.IsDynamic).Select(Message));
        }

        public MenuEntries<AddressSettings, Address> Addresses { get; }

        public MenuEntries<RouteSettings, Route> Routes { get; }

        public MenuEntries<NeighbourSettings, Neighbour> Neighbours { get; }

        void Show(Address message, AddressSettings entry)
        {
            message.Family = _family.Word();
            message.Dynamic = entry.Id == 0;
            if (_router.Router.AddressesOf(_family).FirstOrDefault(status => IsOf(status.Address, entry)) is { } status)
            {
                message.ActualInterface = status.ActualInterface ?? "";
                message.Invalid = status.Invalid;
            }
        }

        void Show(Route message, RouteSettings entry)
        {
            message.Family = _family.Word();
            message.Dynamic = entry.Id == 0;
            if (_router.Router.Routes.FirstOrDefault(route => IsOf(route.Status.Route, entry)) is { } route)
            {
                message.Active = route.Status.Active;
                message.Connect = route.Status.Connected;
                message.ImmediateGw = string.Join(',', route.Status.ImmediateGateways.Select(_gateways.FormatOne));
                message.LocalAddress = route.Status.LocalAddress is { } own ? new HostAddressGrammar(_family).Format(own) : "";
                message.InactiveReason = route.Reason;
            }
        }

        void Show(Neighbour message, NeighbourSettings entry)
        {
            message.Family = _family.Word();
            message.Dynamic = entry.Id == 0;
            message.Complete = entry.MacAddress is not null;
            message.Status = entry.Id == 0 || entry.Disabled ? "" : s_states[(int)NeighbourState.Permanent];
        }

        Neighbour Message(NeighbourStatus status)
        {
            Neighbour message = Neighbours.Message(status.Neighbour);
            message.Complete = status.IsComplete;
            message.Status = s_states[(int)status.State];
            return message;
        }

        /// <summary>An entry of the configuration by its id, one that the router made by being the same.</summary>
        static bool IsOf(ConfigurationEntry status, ConfigurationEntry entry) => entry.Id == 0 ? ReferenceEquals(status, entry) : status.Id == entry.Id;
    }
}
