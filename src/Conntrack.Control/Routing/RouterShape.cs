using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Routing;

/// <summary>What a configuration makes of the ports it finds.</summary>
public enum RouterShape : byte
{
    /// <summary>The only port there is: its packets are tracked as if forwarded and go nowhere.</summary>
    Observed,

    /// <summary>Two ports, each the other's exit.</summary>
    Wire,

    /// <summary>Packets go where routes lead.</summary>
    Routed,
}

/// <summary>Decides between them.</summary>
public static class RouterShapes
{
    /// <summary>
    /// Whatever has an address, a route, a bridge or a VLAN routes, and so do more than two ports. What is disabled makes no difference.
    /// </summary>
    public static RouterShape Of(RouterConfiguration configuration, int ports) => ports switch
    {
        _ when Routes(configuration) => RouterShape.Routed,
        1 => RouterShape.Observed,
        2 => RouterShape.Wire,
        _ => RouterShape.Routed,
    };

    /// <summary>Whether one interface, or a VLAN or bridge on it, has an address.</summary>
    public static bool HasAddress(RouterConfiguration configuration, string name)
    {
        HashSet<string> above = [name];
        int before;
        do
        {
            before = above.Count;
            above.UnionWith(configuration.Vlans.Where(vlan => !vlan.Disabled && above.Contains(vlan.Interface)).Select(vlan => vlan.Name));
            above.UnionWith(configuration.BridgePorts.Where(port => !port.Disabled && above.Contains(port.Interface)).Select(port => port.Bridge));
        }
        while (above.Count != before);

        return configuration.Ipv4Addresses.Concat(configuration.Ipv6Addresses)
            .Any(address => !address.Disabled && above.Contains(address.Interface));
    }

    static bool Routes(RouterConfiguration configuration) =>
        AnyEnabled(configuration.Ipv4Addresses) || AnyEnabled(configuration.Ipv6Addresses)
        || AnyEnabled(configuration.Ipv4Routes) || AnyEnabled(configuration.Ipv6Routes)
        || AnyEnabled(configuration.Bridges) || AnyEnabled(configuration.Vlans);

    static bool AnyEnabled<T>(EntryList<T> entries)
        where T : ConfigurationEntry => entries.Any(entry => !entry.Disabled);
}
