using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Routing;

namespace Conntrack.RouterOs.Settings;

/// <summary>Everything a script can set: one immutable value with structural equality. A change makes a new one.</summary>
public sealed record RouterConfiguration
{
    public static RouterConfiguration Default { get; } = new();

    public TrackingSettings Tracking { get; init; } = TrackingSettings.Default;

    public EthernetTable Ethernets { get; init; } = EthernetTable.Default;

    public EntryList<VlanSettings> Vlans { get; init; } = EntryList<VlanSettings>.Empty;

    public EntryList<BridgeSettings> Bridges { get; init; } = EntryList<BridgeSettings>.Empty;

    public EntryList<BridgePortSettings> BridgePorts { get; init; } = EntryList<BridgePortSettings>.Empty;

    public BridgingSettings Bridging { get; init; } = BridgingSettings.Default;

    /// <summary>Without the built-in ones: all, none, dynamic, static.</summary>
    public EntryList<InterfaceListSettings> InterfaceLists { get; init; } = EntryList<InterfaceListSettings>.Empty;

    public EntryList<InterfaceListMember> InterfaceListMembers { get; init; } = EntryList<InterfaceListMember>.Empty;

    public EntryList<AddressSettings> Ipv4Addresses { get; init; } = EntryList<AddressSettings>.Empty;

    public EntryList<AddressSettings> Ipv6Addresses { get; init; } = EntryList<AddressSettings>.Empty;

    public EntryList<RouteSettings> Ipv4Routes { get; init; } = EntryList<RouteSettings>.Empty;

    public EntryList<RouteSettings> Ipv6Routes { get; init; } = EntryList<RouteSettings>.Empty;

    /// <summary>Without the built-in one, main, and without those of VRFs.</summary>
    public EntryList<RoutingTableSettings> RoutingTables { get; init; } = EntryList<RoutingTableSettings>.Empty;

    /// <summary>In the order in which they are asked.</summary>
    public EntryList<RoutingRuleSettings> RoutingRules { get; init; } = EntryList<RoutingRuleSettings>.Empty;

    /// <summary>Without the built-in one, main, that has every other interface; in the order in which they take theirs.</summary>
    public EntryList<VrfSettings> Vrfs { get; init; } = EntryList<VrfSettings>.Empty;

    /// <summary>The static entries of <c>/ip arp</c>.</summary>
    public EntryList<NeighbourSettings> Ipv4Neighbours { get; init; } = EntryList<NeighbourSettings>.Empty;

    /// <summary>The static entries of <c>/ipv6 neighbor</c>.</summary>
    public EntryList<NeighbourSettings> Ipv6Neighbours { get; init; } = EntryList<NeighbourSettings>.Empty;

    public Ipv4Settings Ipv4 { get; init; } = Ipv4Settings.Default;

    public Ipv6Settings Ipv6 { get; init; } = Ipv6Settings.Default;

    /// <summary>The entries of every list of IPv4 addresses.</summary>
    public EntryList<ListedAddress> Ipv4AddressLists { get; init; } = EntryList<ListedAddress>.Empty;

    public EntryList<ListedAddress> Ipv6AddressLists { get; init; } = EntryList<ListedAddress>.Empty;

    public EntryList<Layer7Settings> Layer7Protocols { get; init; } = EntryList<Layer7Settings>.Empty;

    /// <summary>The helpers of connection tracking, always all of them.</summary>
    public EntryList<ServicePortSettings> ServicePorts { get; init; } = ServicePortSettings.Defaults;

    public FirewallRules Rules { get; init; } = FirewallRules.Empty;
}
