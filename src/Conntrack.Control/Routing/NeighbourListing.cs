using System.Net.Sockets;
using Conntrack.Dataplane.Hosting;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;
using Known = Conntrack.Dataplane.Routing.NeighbourState;

namespace Conntrack.Control.Routing;

/// <summary>Neighbours as a print shows them: those that are set, with their entries, then those the dataplane has learned.</summary>
static class NeighbourListing
{
    public static IEnumerable<NeighbourStatus> Of(
        RouterConfiguration configuration, RouterInterfaces interfaces, IEnumerable<NeighbourSnapshot> known, RuleFamily family)
    {
        foreach (NeighbourSettings neighbour in configuration.NeighboursOf(family).Where(entry => !entry.Disabled))
        {
            yield return new NeighbourStatus(neighbour, NeighbourState.Permanent);
        }

        foreach (NeighbourSnapshot neighbour in known.Where(neighbour => !neighbour.IsStatic && FamilyOf(neighbour) == family))
        {
            if (interfaces.Numbered(neighbour.Interface) is { } port)
            {
                var settings = new NeighbourSettings
                {
                    Family = family,
                    Address = AddressNumber.Of(neighbour.Address),
                    Interface = port.Name,
                    MacAddress = neighbour.Mac == 0 ? null : new MacAddress(neighbour.Mac),
                };
                yield return new NeighbourStatus(settings, StateOf(neighbour.State)) { IsRouter = neighbour.IsRouter };
            }
        }
    }

    static RuleFamily FamilyOf(NeighbourSnapshot neighbour) =>
        neighbour.Address.AddressFamily == AddressFamily.InterNetworkV6 ? RuleFamily.Ipv6 : RuleFamily.Ipv4;

    static NeighbourState StateOf(Known state) => state switch
    {
        Known.Reachable => NeighbourState.Reachable,
        Known.Stale => NeighbourState.Stale,
        Known.Delay => NeighbourState.Delay,
        Known.Probe => NeighbourState.Probe,
        Known.Failed => NeighbourState.Failed,
        _ => NeighbourState.Incomplete,
    };
}
