using System.Globalization;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Values;

namespace Conntrack.Control.Routing;

/// <summary>
/// Decides which routes are in force. A gateway is looked up among the active routes whose scope its route allows, so what is active depends
/// on what is active: the choice is made again until it stays the same.
/// </summary>
/// <param name="interfaces">The router's interfaces.</param>
/// <param name="tables">Numbers of routing tables.</param>
/// <param name="vrfs">Tables of VRFs: a gateway in one is looked up there alone, in other tables in main as well.</param>
/// <param name="own">The router's own addresses, which are nobody's gateway.</param>
sealed class RouteResolver(
    RouterInterfaces interfaces, TableNumbers tables, IReadOnlySet<ushort> vrfs, IReadOnlySet<(RuleFamily Family, UInt128 Address)> own)
{
    /// <summary>Gateways behind gateways behind gateways; who writes more than this, or a circle, gets no route.</summary>
    const int MostRounds = 16;

    readonly List<RouteCandidate> _usable = [];
    Dictionary<(ushort Table, RuleFamily Family), ActiveRoutes> _active = [];

    /// <summary>Sets what each candidate comes down to, and whether it is active.</summary>
    public void Resolve(IEnumerable<RouteCandidate> candidates)
    {
        foreach (RouteCandidate candidate in candidates)
        {
            candidate.Problem = candidate.Forbidden ?? "";
            if (candidate.Problem.Length == 0)
            {
                _usable.Add(candidate);
            }
        }

        var groups = _usable.GroupBy(route => (route.Table!.Value, route.Prefix)).Select(group => group.ToArray()).ToList();
        HashSet<RouteCandidate> before = [];
        for (int round = 0; round < MostRounds; round++)
        {
            _usable.ForEach(Look);
            List<RouteCandidate> best = [.. groups.SelectMany(Best)];
            Index(best);
            if (before.SetEquals(best) && round > 0)
            {
                best.ForEach(route => route.IsActive = true);
                return;
            }

            before = [.. best];
        }

        // Routes that chase each other: those that do not depend on any are sure.
        List<RouteCandidate> sure = [.. before.Where(route => route.Via is not null || route.Settings.Type != RouteType.Unicast)];
        foreach (RouteCandidate route in before.Except(sure))
        {
            route.Ways = [];
            route.Problem = "the gateways of routes lead to each other";
        }

        sure.ForEach(route => route.IsActive = true);
    }

    /// <summary>Those of the least distance that lead somewhere; several share the traffic.</summary>
    static IEnumerable<RouteCandidate> Best(RouteCandidate[] group)
    {
        RouteCandidate[] leading = [.. group.Where(route => route.Ways.Count > 0)];
        return leading.Length == 0 ? [] : leading.Where(route => route.Settings.Distance == leading.Min(other => other.Settings.Distance));
    }

    void Index(List<RouteCandidate> best)
    {
        _active = [];
        foreach (RouteCandidate route in best)
        {
            var key = (route.Table!.Value, route.Prefix.Family);
            if (!_active.TryGetValue(key, out ActiveRoutes? routes))
            {
                _active[key] = routes = new ActiveRoutes(route.Prefix.Family);
            }

            routes.Add(route);
        }
    }

    void Look(RouteCandidate route)
    {
        route.Problem = "";
        route.Ways = route.Settings.Type switch
        {
            RouteType.Blackhole => [new Way(new NextHopSpec(NextHopKind.Blackhole), default)],
            RouteType.Unreachable => [new Way(new NextHopSpec(NextHopKind.Unreachable), default)],
            RouteType.Prohibit => [new Way(new NextHopSpec(NextHopKind.Prohibit), default)],
            _ => [.. route.Settings.Gateways.SelectMany(gateway => Through(route, gateway)).Take(NextHop.MostWays)],
        };
    }

    Way[] Through(RouteCandidate route, Gateway gateway)
    {
        if (gateway.Address is not { } address)
        {
            return OverInterface(route, gateway.Interface!);
        }

        string text = Text(route.Prefix.Family, address);
        if (own.Contains((route.Prefix.Family, address)))
        {
            return Problem(route, $"{text} is an address of this router");
        }

        if (gateway.Interface is { } name)
        {
            return interfaces.Named(name) is { } port && interfaces.Actual(port) is { IsRunning: true } actual
                ? [To(actual, route.Prefix.Family, address)]
                : Problem(route, $"{name} is not running");
        }

        if (route.Prefix.Family == RuleFamily.Ipv6 && (address >> 118) == 0xfe80 >> 6)
        {
            return Problem(route, string.Create(CultureInfo.InvariantCulture, $"{text} is on every link: write {text}%ether1"));
        }

        Way[] found = [.. TablesOf(route, gateway).Select(table => Recursive(route, table, address)).FirstOrDefault(ways => ways.Length > 0) ?? []];
        return found.Length > 0 ? found : Problem(route, $"{text} is reached by no active route of scope {route.Settings.TargetScope} or less");
    }

    Way[] OverInterface(RouteCandidate route, string name)
    {
        if (interfaces.Named(name) is { } port)
        {
            RouterInterface actual = interfaces.Actual(port);
            return actual.IsRunning
                ? [new Way(new NextHopSpec(NextHopKind.Connected, actual.Number), new Gateway(null, actual.Name))]
                : Problem(route, $"{name} is not running");
        }

        return tables.Of(name) is { } table && table != route.Table
            ? [new Way(new NextHopSpec(NextHopKind.OtherTable, Table: table), new Gateway(null, name))]
            : Problem(route, $"{name} is no interface of this router");
    }

    IEnumerable<ushort> TablesOf(RouteCandidate route, Gateway gateway)
    {
        if (gateway.Table is { } name)
        {
            return tables.Of(name) is { } table ? [table] : [];
        }

        ushort of = route.Table!.Value;
        return of == 0 || vrfs.Contains(of) ? [of] : [of, 0];
    }

    Way[] Recursive(RouteCandidate route, ushort table, UInt128 address)
    {
        if (!_active.TryGetValue((table, route.Prefix.Family), out ActiveRoutes? routes))
        {
            return [];
        }

        return
        [
            .. routes.Lookup(address, route).SelectMany(through => through.Ways).Select(way => way.Hop.Kind switch
            {
                NextHopKind.Connected => To(interfaces.Numbered(way.Hop.Interface)!, route.Prefix.Family, address),
                NextHopKind.Gateway => way,
                _ => (Way?)null,
            }).OfType<Way>(),
        ];
    }

    static Way To(RouterInterface port, RuleFamily family, UInt128 address) => new(
        new NextHopSpec(NextHopKind.Gateway, port.Number, family == RuleFamily.Ipv4 ? AddressNumber.ToIPv4(address) : AddressNumber.ToIPv6(address)),
        new Gateway(address, port.Name));

    static Way[] Problem(RouteCandidate route, string problem)
    {
        route.Problem = problem;
        return [];
    }

    static string Text(RuleFamily family, UInt128 address) => AddressText.Format(AddressPrefix.Of(family, address).IPAddress);

    /// <summary>The active routes of one table and family, for lookups of gateways.</summary>
    sealed class ActiveRoutes(RuleFamily family)
    {
        readonly SortedDictionary<int, Dictionary<UInt128, List<RouteCandidate>>> _byLength = new(Comparer<int>.Create((a, b) => b.CompareTo(a)));

        public void Add(RouteCandidate route)
        {
            if (!_byLength.TryGetValue(route.Prefix.Length, out Dictionary<UInt128, List<RouteCandidate>>? routes))
            {
                _byLength[route.Prefix.Length] = routes = [];
            }

            if (!routes.TryGetValue(route.Prefix.Address, out List<RouteCandidate>? same))
            {
                routes[route.Prefix.Address] = same = [];
            }

            same.Add(route);
        }

        /// <summary>The routes of the longest prefix that a gateway of a route may be looked up in.</summary>
        public List<RouteCandidate> Lookup(UInt128 address, RouteCandidate of)
        {
            foreach ((int length, Dictionary<UInt128, List<RouteCandidate>> routes) in _byLength)
            {
                if (routes.TryGetValue(new AddressPrefix(family, address, length).First, out List<RouteCandidate>? same)
                    && same.FindAll(route => route != of && route.Settings.Scope <= of.Settings.TargetScope) is { Count: > 0 } found)
                {
                    return found;
                }
            }

            return [];
        }
    }
}
