using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.RouterOs.Tests.Settings;

/// <summary>Random configurations of a router that a script could make: whoever is named is there, and nobody twice.</summary>
static class RouterConfigurations
{
    static readonly Gen<bool> s_coin = Gen.Elements(true, false);

    static readonly Gen<string> s_text = Gen.OneOf(
        Gen.Elements("", "x", "!x", "defconf", "a=b", "$x", "[find]", "{", "#", "\\", "é€😀", "\r\n", "up link"),
        ArbMap.Default.GeneratorFor<char[]>().Select(static characters => new string([.. (characters ?? []).Take(50)])));

    static readonly Gen<MacAddress> s_mac = Gen.Choose(1, int.MaxValue).Select(static number => new MacAddress((ulong)number));

    static readonly Gen<ArpMode> s_arp = Gen.Elements(Enum.GetValues<ArpMode>());

    static readonly string[] s_interfaces = ["ether1", "up link", "ether3", "vlan a", "v$b", "bridge"];
    static readonly string[] s_lists = ["LAN", "W A N", "all", "none"];
    static readonly string[] s_tables = ["main", "isp 2", "guests"];

    public static Gen<RouterConfiguration> Any() =>
        from interfaces in Interfaces()
        from withLists in Lists(interfaces)
        from addresses in Gen.ListOf(Address(RuleFamily.Ipv4))
        from addresses6 in Gen.ListOf(Address(RuleFamily.Ipv6))
        from routes in Gen.ListOf(Route(RuleFamily.Ipv4))
        from routes6 in Gen.ListOf(Route(RuleFamily.Ipv6))
        from rules in Gen.ListOf(Rule())
        from neighbours in Gen.ListOf(Neighbour(RuleFamily.Ipv4))
        from neighbours6 in Gen.ListOf(Neighbour(RuleFamily.Ipv6))
        from vrf in Gen.SubListOf(s_interfaces)
        from settings in Settings()
        select withLists with
        {
            RoutingTables = EntryList<RoutingTableSettings>.Empty.Add(new RoutingTableSettings { Name = "isp 2", Fib = vrf.Count > 2 }),
            Vrfs = EntryList<VrfSettings>.Empty.Add(new VrfSettings { Name = "guests", Interfaces = [.. vrf], Disabled = vrf.Count == 1 }),
            Ipv4Addresses = Unique(addresses, static address => address.Address.Address),
            Ipv6Addresses = Unique(addresses6, static address => address.Address.Address),
            Ipv4Routes = Unique(routes, static route => (route.DstAddress, route.Distance)),
            Ipv6Routes = Unique(routes6, static route => (route.DstAddress, route.Distance)),
            RoutingRules = Unique(rules, static rule => (rule.SrcAddress, rule.DstAddress)),
            Ipv4Neighbours = Unique(neighbours, static neighbour => neighbour.Address),
            Ipv6Neighbours = Unique(neighbours6, static neighbour => neighbour.Address),
            Ipv4 = settings.Ipv4,
            Ipv6 = settings.Ipv6,
            Bridging = settings.Bridging,
        };

    static Gen<RouterConfiguration> Interfaces() =>
        from mtu in Gen.Choose(EthernetSettings.LeastMtu, EthernetSettings.MostMtu)
        from hasMtu in s_coin
        from mac in s_mac
        from hasMac in s_coin
        from arp in s_arp
        from mode in Gen.Elements(Enum.GetValues<BridgeProtocolMode>())
        from ageing in Gen.Choose(10, 1_000_000)
        from vlanId in Gen.Choose(VlanSettings.LeastVlanId, VlanSettings.MostVlanId)
        from tag in s_coin
        from under in Gen.Elements("bridge", "ether1", "vlan a")
        from ports in Gen.SubListOf("ether3", "ether4")
        from horizon in Gen.Elements<uint?>(null, 0, 7)
        from learn in Gen.Elements<bool?>(null, true, false)
        from comment in s_text
        from disabled in s_coin
        let bridge = new BridgeSettings
        {
            Name = "bridge", Mtu = hasMtu ? mtu : null, AdminMac = hasMac ? mac : null, AutoMac = !hasMac, Arp = arp, ProtocolMode = mode,
            AgeingTime = TimeSpan.FromSeconds(ageing), Comment = comment, Disabled = disabled,
        }
        let first = new VlanSettings { Name = "vlan a", VlanId = vlanId, Interface = "bridge", Mtu = mtu, UseServiceTag = tag, Comment = comment }
        let second = new VlanSettings
        {
            Name = "v$b", VlanId = (vlanId % 4000) + 1, Interface = under, MacAddress = hasMac ? mac : null, Arp = arp, Disabled = disabled,
            UseServiceTag = !tag,
        }
        select new RouterConfiguration
        {
            Ethernets = EthernetTable.Default.With(new EthernetSettings(2) { Name = "up link", Arp = arp, Mtu = mtu, Comment = comment }),
            Bridges = EntryList<BridgeSettings>.Empty.Add(bridge),
            Vlans = EntryList<VlanSettings>.Empty.Add(first).Add(second),
            BridgePorts = ports.Aggregate(EntryList<BridgePortSettings>.Empty, (list, port) => list.Add(new BridgePortSettings
            {
                Bridge = "bridge", Interface = port, Horizon = horizon, Learn = learn, UnknownUnicastFlood = tag,
                UnknownMulticastFlood = disabled, BroadcastFlood = hasMac, Disabled = disabled, Comment = comment,
            })),
        };

    static Gen<RouterConfiguration> Lists(RouterConfiguration configuration) =>
        from include in Gen.SubListOf(s_lists[1..])
        from exclude in Gen.SubListOf(s_lists[1..])
        from members in Gen.ListOf(
            from list in Gen.Elements(s_lists[..2])
            from place in Gen.Elements(s_interfaces)
            from disabled in s_coin
            from comment in s_text
            select new InterfaceListMember { List = list, Interface = place, Disabled = disabled, Comment = comment })
        from comment in s_text
        select configuration with
        {
            InterfaceLists = EntryList<InterfaceListSettings>.Empty
                .Add(new InterfaceListSettings { Name = "LAN", Include = [.. include], Exclude = [.. exclude], Comment = comment })
                .Add(new InterfaceListSettings { Name = "W A N" }),
            InterfaceListMembers = Unique(members, static member => (member.List, member.Interface)),
        };

    static Gen<AddressSettings> Address(RuleFamily family) =>
        from address in Host(family)
        from length in Gen.Choose(1, family == RuleFamily.Ipv4 ? 32 : 128)
        from place in Gen.Elements(s_interfaces)
        from network in Host(family)
        from own in s_coin
        from advertise in s_coin
        from eui64 in s_coin
        from disabled in s_coin
        from comment in s_text
        let prefix = new AddressPrefix(family, address, family == RuleFamily.Ipv6 && eui64 ? 64 : length)
        let far = family == RuleFamily.Ipv4 && (own || address == prefix.Last)
        select new AddressSettings
        {
            Family = family, Address = prefix, Interface = place, Disabled = disabled, Comment = comment,
            Network = far && network != prefix.First ? network : null,
            Broadcast = far && advertise && network != prefix.Last ? network : null,
            Advertise = family == RuleFamily.Ipv4 || advertise, Eui64 = family == RuleFamily.Ipv6 && eui64,
            NoDad = family == RuleFamily.Ipv6 && own,
        };

    static Gen<RouteSettings> Route(RuleFamily family) =>
        from to in Network(family)
        from type in Gen.Elements(Enum.GetValues<RouteType>())
        from gateways in Gen.NonEmptyListOf(
            from address in Host(family)
            from place in Gen.Elements(s_interfaces)
            from table in Gen.Elements(null, "main", "isp 2")
            from form in Gen.Choose(0, 2)
            select new Gateway(form == 0 ? null : address, form == 1 ? null : place, form == 1 ? table : null))
        from distance in Gen.Choose(1, 255)
        from source in Host(family)
        from has in s_coin
        from table in Gen.Elements(s_tables)
        from scope in Gen.Choose(0, 255)
        from check in Gen.Elements(Enum.GetValues<GatewayCheck>())
        from place in Gen.Elements([null, .. s_interfaces])
        from disabled in s_coin
        from comment in s_text
        select new RouteSettings
        {
            Family = family, DstAddress = to, Type = type, Gateways = type == RouteType.Unicast ? [.. gateways.Take(8)] : [],
            Distance = distance, PrefSrc = has ? source : null, RoutingTable = table, Scope = scope, TargetScope = 255 - scope,
            CheckGateway = check, VrfInterface = place, Disabled = true, Comment = comment,
        };

    static Gen<RoutingRuleSettings> Rule() =>
        from family in Gen.Elements(RuleFamily.Ipv4, RuleFamily.Ipv6)
        from source in Network(family)
        from target in Network(family)
        from has in s_coin
        from action in Gen.Elements(Enum.GetValues<RoutingRuleAction>())
        from table in Gen.Elements(s_tables)
        from mark in Gen.Elements([null, .. s_tables])
        from place in Gen.Elements([null, .. s_interfaces])
        from comment in s_text
        select new RoutingRuleSettings
        {
            SrcAddress = source, DstAddress = has ? target : null, Interface = place, RoutingMark = mark, Action = action, Comment = comment,
            Table = action is RoutingRuleAction.Lookup or RoutingRuleAction.LookupOnlyInTable ? table : null, Disabled = !has,
        };

    static Gen<NeighbourSettings> Neighbour(RuleFamily family) =>
        from address in Host(family)
        from mac in s_mac
        from published in s_coin
        from place in Gen.Elements(s_interfaces)
        from comment in s_text
        select new NeighbourSettings
        {
            Family = family, Address = address, Interface = place, Comment = comment, Published = family == RuleFamily.Ipv4 && published,
            MacAddress = family == RuleFamily.Ipv4 && published ? null : mac,
        };

    static Gen<RouterConfiguration> Settings() =>
        from coins in Gen.ArrayOf(s_coin, 10)
        from filter in Gen.Elements(Enum.GetValues<ReversePathFilter>())
        from policy in Gen.Elements(Enum.GetValues<MultipathHashPolicy>())
        from accept in Gen.Elements(Enum.GetValues<RouterAdvertisementPolicy>())
        from mask in Gen.Choose(0, int.MaxValue)
        from entries in Gen.Choose(1, Ipv4Settings.MostNeighbourEntries)
        from timeout in Gen.Choose(1, 86_400)
        select new RouterConfiguration
        {
            Ipv4 = new Ipv4Settings
            {
                IpForward = coins[0], SendRedirects = coins[1], AcceptRedirects = coins[2], AcceptSourceRoute = coins[3],
                SecureRedirects = coins[4], RpFilter = filter, MultipathHashPolicy = policy, AllowFastPath = coins[5],
                IcmpErrorsUseInboundInterfaceAddress = coins[6], IcmpRateLimit = timeout, IcmpRateMask = (uint)mask,
                ArpTimeout = TimeSpan.FromSeconds(timeout), MaxNeighborEntries = coins[7] ? entries : null,
            },
            Ipv6 = new Ipv6Settings
            {
                DisableIpv6 = coins[0], Forward = coins[1], MultipathHashPolicy = policy, AcceptRouterAdvertisements = accept,
                DisableLinkLocalAddress = coins[2], AllowFastPath = coins[3], MaxNeighborEntries = coins[4] ? entries : null,
            },
            Bridging = new BridgingSettings { UseIpFirewall = coins[7], UseIpFirewallForVlan = coins[8], AllowFastPath = coins[9] },
        };

    /// <summary>10.0.0.0/8 or 2001:db8::/32, where every address is one of a host.</summary>
    static Gen<UInt128> Host(RuleFamily family) =>
        from low in Gen.Choose(1, 0xFFFFFE)
        from high in Gen.Choose(0, int.MaxValue)
        select family == RuleFamily.Ipv4
            ? (UInt128)(0x0A000000u | (uint)low)
            : ((UInt128)0x20010DB8 << 96) | ((UInt128)(uint)high << 56) | (uint)low;

    static Gen<AddressPrefix> Network(RuleFamily family) =>
        from address in Host(family)
        from length in Gen.Choose(0, family == RuleFamily.Ipv4 ? 32 : 128)
        select new AddressPrefix(family, address, length).Whole;

    static EntryList<T> Unique<T, TKey>(IEnumerable<T> entries, Func<T, TKey> key)
        where T : ConfigurationEntry =>
        entries.DistinctBy(key).Aggregate(EntryList<T>.Empty, static (list, entry) => list.Add(entry));
}
