namespace Conntrack.Live.Bed;

/// <summary>A host's place: its role, the port it is at and its VLAN there (0 for none), its addresses and gateways.</summary>
sealed record HostPlan(string Role, int Port, ushort Vlan, string Address4, string Address6)
{
    /// <summary>Its interface: a tap keeps the name the router gave it.</summary>
    public string Link { get; init; } = "eth0";

    public string? Gateway4 { get; init; }

    public string? Gateway6 { get; init; }
}

/// <summary>An interface of the router with its networks: a port of its own (ether1 is port 1), or a VLAN on one.</summary>
sealed record InterfacePlan(int Port, ushort Vlan, string Address4, string Address6, int Mtu)
{
    public string PortName => $"ether{Port}";

    public string Name => Vlan == 0 ? PortName : $"vlan{Vlan}";
}

/// <summary>Who has which address.</summary>
/// <remarks>
/// <code>
///   routed    client 192.168.88.2 ─ .1 ether1 │ ether2 203.0.113.1 ─ .2 server      ether3 198.51.100.1 ─ .2 third
///   beyond                                                           .2 narrow 203.0.114.1 ─ .2 server
///   wire      client 192.168.88.2 ───── ether1 │ ether2 ───────────── .3 server (or narrow)
/// </code>
/// IPv6 is the same with fd00:88::/64, 2001:db8:113::/64, 2001:db8:114::/64 and 2001:db8:100::/64; outside of a home fd00:113::/64, for the default configuration
/// takes addresses for documentation from nobody.
/// </remarks>
sealed record AddressPlan(IReadOnlyList<HostPlan> Hosts, IReadOnlyList<InterfacePlan> Interfaces)
{
    public const int Narrow = 1280;
    public const int Ordinary = 1500;

    /// <summary>The network between the narrow router and the server behind it, as the server and the router in front know it.</summary>
    public const string BeyondNetwork4 = "203.0.114.0/24", BeyondGateway4 = "203.0.114.1", BeyondServer4 = "203.0.114.2";
    public const string BeyondNetwork6 = "2001:db8:114::/64", BeyondGateway6 = "2001:db8:114::1", BeyondServer6 = "2001:db8:114::2";

    public static AddressPlan For(Arrangement arrangement, Layout layout) =>
        arrangement.Kind == RouterKind.Wire ? Wire(layout) : Routed(layout);

    /// <summary>One port each, or one for all hosts of a trunk.</summary>
    public int Ports => Hosts.Max(host => host.Port);

    static AddressPlan Wire(Layout layout)
    {
        ushort vlan = layout.HasVlans ? (ushort)10 : (ushort)0;
        return new AddressPlan(
            [
                new HostPlan("client", 1, vlan, "192.168.88.2", "fd00:88::2")
                {
                    Gateway4 = layout.IsNarrowBeyond ? "192.168.88.3" : null,
                    Gateway6 = layout.IsNarrowBeyond ? "fd00:88::3" : null,
                },
                new HostPlan(layout.IsNarrowBeyond ? "narrow" : "server", 2, vlan, "192.168.88.3", "fd00:88::3"),
            ],
            []);
    }

    static AddressPlan Routed(Layout layout)
    {
        bool vlans = layout.HasVlans;
        var interfaces = new List<InterfacePlan>
        {
            new(1, vlans ? (ushort)10 : (ushort)0, "192.168.88.1", "fd00:88::1", Ordinary),
            new(vlans ? 1 : 2, vlans ? (ushort)20 : (ushort)0, "203.0.113.1", layout.IsHome ? "fd00:113::1" : "2001:db8:113::1", layout.HasNarrowExit ? Narrow : Ordinary),
        };
        if (layout.HasThird)
        {
            interfaces.Add(new InterfacePlan(3, 0, "198.51.100.1", "2001:db8:100::1", Ordinary));
        }

        string[] roles = ["client", layout.IsNarrowBeyond ? "narrow" : "server", "third"];
        return new AddressPlan(
            [
                .. interfaces.Select((at, n) => new HostPlan(roles[n], at.Port, at.Vlan, Neighbour(at.Address4), Neighbour(at.Address6))
                {
                    Gateway4 = at.Address4,
                    Gateway6 = at.Address6,
                }),
            ],
            interfaces);
    }

    /// <summary>The router is 1 in each network, the host 2.</summary>
    static string Neighbour(string routerAddress) => routerAddress[..^1] + "2";
}
