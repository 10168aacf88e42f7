using System.Net;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.Control.Routing;

/// <summary>
/// Mangle's action route as what it comes to: a routing table that knows one way, everything by one gateway, and packets that are marked with it.
/// Nobody can name such a table, and no menu shows it.
/// </summary>
static class GatewayTables
{
    /// <summary>No name that is typed begins with it.</summary>
    const char Unnamed = '\0';

    public static string NameOf(IPAddress gateway) => $"{Unnamed}route-dst {gateway}";

    public static bool IsOne(string table) => table.Length > 0 && table[0] == Unnamed;

    /// <summary>The configuration with a table for each gateway that an enabled rule routes by.</summary>
    public static RouterConfiguration With(RouterConfiguration configuration)
    {
        foreach (IPAddress gateway in configuration.Rules.All
            .Where(static rule => rule is { Disabled: false, Action: RuleAction.Route })
            .Select(static rule => rule.Mangle.RouteDst).OfType<IPAddress>().Distinct())
        {
            configuration = configuration with
            {
                RoutingTables = configuration.RoutingTables.Add(new RoutingTableSettings { Name = NameOf(gateway), Fib = true }),
                Ipv4Routes = configuration.Ipv4Routes.Add(new RouteSettings
                {
                    Family = RuleFamily.Ipv4,
                    DstAddress = AddressPrefix.Everything(RuleFamily.Ipv4),
                    Gateways = [new Gateway(AddressNumber.Of(gateway), null, RoutingTableSettings.Main)],
                    RoutingTable = NameOf(gateway),
                }),
            };
        }

        return configuration;
    }
}
