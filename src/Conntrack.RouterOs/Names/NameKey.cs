namespace Conntrack.RouterOs.Names;

/// <summary>What has a name that others can refer to.</summary>
public enum NameKind : byte
{
    Ethernet,
    Vlan,
    Bridge,
    BuiltInList,
    InterfaceList,
    BuiltInTable,
    RoutingTable,
    Vrf,
    Layer7Protocol,
    ServicePort,
}

/// <summary>Where names differ from each other: no two interfaces of whatever kind share one, but an interface and a list may.</summary>
public enum NameScope : byte
{
    Interface,
    InterfaceList,
    RoutingTable,
    Layer7Protocol,
    ServicePort,
}

/// <summary>
/// Who is meant, whatever it is called by now: the number of an Ethernet port, the id of an entry, the place among built-ins.
/// </summary>
public readonly record struct NameKey(NameKind Kind, ulong Number)
{
    public NameScope Scope => Kind switch
    {
        NameKind.Ethernet or NameKind.Vlan or NameKind.Bridge => NameScope.Interface,
        NameKind.ServicePort => NameScope.ServicePort,
        NameKind.Layer7Protocol => NameScope.Layer7Protocol,
        NameKind.BuiltInList or NameKind.InterfaceList => NameScope.InterfaceList,
        _ => NameScope.RoutingTable,
    };
}

static class NameWords
{
    /// <summary>Completes "there is no …".</summary>
    public static string Noun(this NameScope scope) => scope switch
    {
        NameScope.Interface => "interface",
        NameScope.InterfaceList => "interface list",
        NameScope.Layer7Protocol => "layer 7 protocol",
        NameScope.ServicePort => "service port",
        _ => "routing table",
    };

    /// <summary>Completes "expected …".</summary>
    public static string Expected(this NameScope scope) => scope switch
    {
        NameScope.Interface => "an interface such as ether1, or the name it was given",
        NameScope.ServicePort => "one of /ip firewall service-port",
        NameScope.Layer7Protocol => "one of /ip firewall layer7-protocol",
        NameScope.InterfaceList => "an interface list such as all, or one of /interface list",
        _ => "main, or a table of /routing table or /ip vrf",
    };

    /// <summary>Completes "that of … too".</summary>
    public static string Owner(this NameKey key) => key.Kind switch
    {
        NameKind.Ethernet => $"ether{key.Number}",
        NameKind.Vlan => "a VLAN",
        NameKind.Bridge => "a bridge",
        NameKind.BuiltInList => "a built-in list",
        NameKind.InterfaceList => "another list",
        NameKind.BuiltInTable => "the built-in table",
        NameKind.RoutingTable => "a routing table",
        NameKind.Layer7Protocol => "another layer 7 protocol",
        _ => "a VRF",
    };
}
