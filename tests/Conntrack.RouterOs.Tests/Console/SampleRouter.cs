using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Console;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Tests.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Tests.Console;

/// <summary>A router of five ports: ether1 up to the ISP, ether2 and ether3 bridged, a VLAN on the bridge, what it says of each.</summary>
sealed class SampleRouter : IRouterView
{
    public RouterConfiguration Configuration { get; } = Scripts.Load("""
        /interface ethernet
        set [ find default-name=ether1 ] name=WAN comment="to the ISP"
        set [ find default-name=ether5 ] disabled=yes
        /interface bridge add name=bridge comment=defconf admin-mac=02:00:00:00:00:07 auto-mac=no
        /interface vlan add name=guests vlan-id=20 interface=bridge
        /interface bridge port
        add bridge=bridge interface=ether2
        add bridge=bridge interface=ether3 horizon=1
        /interface list
        add name=LAN comment=defconf
        add name=outside exclude=LAN include=all
        /interface list member add list=LAN interface=bridge
        /ip address
        add address=192.168.88.1/24 interface=bridge comment=defconf
        add address=10.0.0.1/24 interface=guests
        add address=192.0.2.2/30 interface=WAN disabled=yes
        /ipv6 address
        add address=2001:db8::1 interface=bridge
        add address=2001:db8:1::1 interface=guests advertise=no
        /routing table add name=isp2 fib
        /ip vrf add name=lab interfaces=ether4
        /routing rule add src-address=10.0.0.0/24 action=lookup-only-in-table table=isp2 comment="guests go their own way"
        /ip route
        add gateway=192.0.2.1
        add dst-address=10.9.0.0/16 gateway=192.168.88.2,192.168.88.3 distance=5 check-gateway=ping
        add dst-address=10.0.0.0/8 blackhole distance=250
        add gateway=10.0.0.9 routing-table=isp2
        add dst-address=10.8.0.0/16 gateway=ether9 disabled=yes
        /ip arp
        add address=192.168.88.2 interface=bridge mac-address=02:00:00:00:00:22
        add address=192.168.88.99 interface=bridge published=yes
        """);

    public TrackingStatus Tracking { get; } = new();

    public IEnumerable<Connection> Connections(RuleFamily family) => [];

    public RuleCounters Counters(ulong rule) => default;

    public RuleCounters? FastTracked(RuleFamily family) => family == RuleFamily.Ipv4 ? new RuleCounters(346, 25_675) : null;

    public IEnumerable<InterfaceStatus> Interfaces =>
    [
        .. Enumerable.Range(1, 5).Select(static number => new InterfaceStatus
        {
            Key = new InterfaceKey(InterfaceKind.Ethernet, (ulong)number), Running = number < 4, Slave = number is 2 or 3,
            ActualMtu = 1500, MacAddress = new MacAddress(0x02_00_00_00_00_00UL + (ulong)number), RxBytes = (ulong)number * 1_000_000,
            RxPackets = (ulong)number * 1_000, TxBytes = (ulong)number * 2_000_000, TxPackets = (ulong)number * 2_000,
        }),
        new InterfaceStatus
        {
            Key = Configuration.InterfacesNamed("bridge")[0], Running = true, ActualMtu = 1500, MacAddress = new MacAddress(0x02_00_00_00_00_07),
        },
        new InterfaceStatus
        {
            Key = Configuration.InterfacesNamed("guests")[0], Running = true, ActualMtu = 1500, MacAddress = new MacAddress(0x02_00_00_00_00_07),
        },
    ];

    public IEnumerable<AddressStatus> Addresses(RuleFamily family) => family == RuleFamily.Ipv4
        ?
        [
            new AddressStatus(Configuration.Ipv4Addresses[0]) { ActualInterface = "bridge" },
            new AddressStatus(Configuration.Ipv4Addresses[1]) { ActualInterface = "guests" },
        ]
        :
        [
            new AddressStatus(Configuration.Ipv6Addresses[0]) { ActualInterface = "bridge" },
            new AddressStatus(new AddressSettings
            {
                Family = RuleFamily.Ipv6, Address = Prefix("fe80::ff:fe00:7/64"), Interface = "bridge", Advertise = false,
            })
            {
                ActualInterface = "bridge",
            },
        ];

    public IEnumerable<RouteStatus> Routes(RuleFamily family) => family == RuleFamily.Ipv6 ? [] :
    [
        new RouteStatus(Configuration.Ipv4Routes[0]),
        new RouteStatus(Configuration.Ipv4Routes[1])
        {
            Active = true, ImmediateGateways = [new(Address("192.168.88.2"), "bridge"), new(Address("192.168.88.3"), "bridge")],
        },
        new RouteStatus(Configuration.Ipv4Routes[2]) { Active = true },
        new RouteStatus(Configuration.Ipv4Routes[3]) { Active = true, ImmediateGateways = [new(Address("10.0.0.9"), "guests")] },
        Connected("10.0.0.0/24", "guests", "10.0.0.1"),
        Connected("192.168.88.0/24", "bridge", "192.168.88.1"),
    ];

    public IEnumerable<NeighbourStatus> Neighbours(RuleFamily family) => family == RuleFamily.Ipv4
        ?
        [
            new NeighbourStatus(Configuration.Ipv4Neighbours[0], NeighbourState.Permanent),
            Learned("192.168.88.7", 0x02_00_00_00_00_77, NeighbourState.Reachable),
            Learned("192.168.88.8", 0x02_00_00_00_00_88, NeighbourState.Stale),
            Learned("192.168.88.9", null, NeighbourState.Failed),
        ]
        :
        [
            new NeighbourStatus(
                new NeighbourSettings
                {
                    Family = RuleFamily.Ipv6, Address = Address("fe80::1"), Interface = "WAN", MacAddress = new MacAddress(0x02_00_00_00_00_01),
                },
                NeighbourState.Delay) { IsRouter = true },
        ];

    static RouteStatus Connected(string network, string place, string local) => new(new RouteSettings
    {
        Family = RuleFamily.Ipv4, DstAddress = Prefix(network), Gateways = [new Gateway(null, place)], Distance = 0, Scope = 10,
        TargetScope = 5,
    })
    {
        Active = true, Connected = true, ImmediateGateways = [new Gateway(null, place)], LocalAddress = Address(local),
    };

    static NeighbourStatus Learned(string address, ulong? mac, NeighbourState state) => new(
        new NeighbourSettings
        {
            Family = RuleFamily.Ipv4, Address = Address(address), Interface = "bridge",
            MacAddress = mac is { } value ? new MacAddress(value) : null,
        },
        state);

    static UInt128 Address(string text) => Prefix(text).Address;

    static AddressPrefix Prefix(string text) =>
        AddressPrefix.TryParse(text.Contains(':') ? RuleFamily.Ipv6 : RuleFamily.Ipv4, text, out AddressPrefix prefix)
            ? prefix : throw new ArgumentException(text, nameof(text));
}
