using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Conntrack.Control.Settings;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Routing;

/// <summary>
/// <c>/routing rule</c> as far as a forwarding table for each interface can say it: the order of tables in which the destination of what
/// comes in is looked up. An order of several tables is a table of its own: the routes of the first, and for all else a route into the rest.
/// </summary>
sealed class RoutingPlans
{
    readonly Dictionary<string, Plan> _byInterface = [];
    readonly Plan _any;
    readonly Dictionary<string, Plan> _plans = [];
    TableNumbers _numbers = new();

    /// <param name="Order">Names of tables.</param>
    /// <param name="Otherwise">What becomes of packets that none of them has a route for.</param>
    sealed record Plan(IReadOnlyList<string> Order, NextHopKind Otherwise)
    {
        /// <summary>Among the numbers of tables; one table alone is itself.</summary>
        public string Name { get; } = Order.Count == 1 && Otherwise == NextHopKind.None ? Order[0] : $"{string.Join(" ", Order)} {Otherwise}";

        public bool IsTable => Order.Count == 1 && Otherwise == NextHopKind.None;

        /// <summary>What is asked when the first has no route; null when nothing is.</summary>
        public Plan? Rest => Order.Count > 1 ? new Plan([.. Order.Skip(1)], Otherwise) : null;
    }

    RoutingPlans(RouterConfiguration configuration)
    {
        RoutingRuleSettings[] rules = [.. configuration.RoutingRules.Where(rule => !rule.Disabled)];
        foreach (string name in rules.Select(rule => rule.Interface).OfType<string>().Distinct())
        {
            Hold(_byInterface[name] = PlanOf(rules.Where(rule => rule.Interface is null || rule.Interface == name), configuration));
        }

        Hold(_any = PlanOf(rules.Where(rule => rule.Interface is null), configuration));
    }

    /// <param name="configuration">One without <see cref="Problems"/>.</param>
    public static RoutingPlans Of(RouterConfiguration configuration) => new(configuration);

    /// <summary>Rules that match by more than the interface.</summary>
    public static IReadOnlyList<PropertyProblem> Problems(RouterConfiguration configuration)
    {
        List<PropertyProblem> problems = [];
        foreach ((int number, RoutingRuleSettings rule) in configuration.RoutingRules.Index().Where(entry => !entry.Item.Disabled))
        {
            Refuse(number, "src-address", rule.SrcAddress is not null, problems);
            Refuse(number, "dst-address", rule.DstAddress is not null, problems);
            Refuse(number, "routing-mark", rule.RoutingMark is not null, problems);
        }

        return problems;
    }

    /// <summary>Tables of this class's own.</summary>
    public IEnumerable<string> Tables => _plans.Values.Where(plan => !plan.IsTable).Select(plan => plan.Name);

    public void Number(TableNumbers numbers) => _numbers = numbers;

    /// <summary>The table that what comes in on an interface is looked up in. Rules are about what no VRF has.</summary>
    public ushort TableOf(RouterInterface port) =>
        port.Table != 0 ? port.Table : _numbers.Of((_byInterface.GetValueOrDefault(port.Name) ?? _any).Name) ?? 0;

    /// <summary>
    /// What stands in the tables of this class beside the routes of the first of their order: the way on, and the router's own addresses, which
    /// come before every rule. Those belong to main, although the dataplane takes them for the table that their interface looks things up in.
    /// </summary>
    public IEnumerable<RouteSpec> Routes(RouterInterfaces interfaces, IReadOnlyList<AddressSpec> own)
    {
        ushort[] used = [.. interfaces.All.Where(port => port.Table == 0).Select(TableOf).Append((ushort)0).Distinct()];
        foreach (AddressSpec address in own.Where(address => !address.Address.IsIPv6LinkLocal))
        {
            RouterInterface port = interfaces.Numbered(address.Interface)!;
            ushort at = TableOf(port);
            int bits = address.Address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32;
            foreach (ushort table in port.Table == 0 ? used.Where(table => table != at) : [])
            {
                yield return new RouteSpec(table, address.Address, bits, new NextHopSpec(NextHopKind.OtherTable, Table: at));
            }
        }
    }

    /// <summary>The routes of every table, those of this class's own tables made from those of others.</summary>
    public IEnumerable<RouteSpec> Extend(IReadOnlyList<RouteSpec> routes)
    {
        foreach (Plan plan in _plans.Values.Where(plan => !plan.IsTable))
        {
            ushort table = _numbers.Of(plan.Name)!.Value;
            ushort? first = plan.Order.Count == 0 ? null : _numbers.Of(plan.Order[0]);
            List<RouteSpec> copied = [.. routes.Where(route => route.Table == first).Select(route => route with { Table = table })];
            NextHopSpec? otherwise = plan.Rest is { } rest ? new NextHopSpec(NextHopKind.OtherTable, Table: _numbers.Of(rest.Name) ?? 0)
                : plan.Otherwise != NextHopKind.None ? new NextHopSpec(plan.Otherwise)
                : null;
            foreach (IPAddress everything in new[] { IPAddress.Any, IPAddress.IPv6Any })
            {
                if (otherwise is not null && !copied.Exists(route => route.Length == 0 && route.Prefix.AddressFamily == everything.AddressFamily))
                {
                    copied.Add(new RouteSpec(table, everything, 0, otherwise));
                }
            }

            foreach (RouteSpec route in copied)
            {
                yield return route;
            }
        }
    }

    void Hold(Plan plan)
    {
        for (Plan? step = plan; step is not null; step = step.Rest)
        {
            _plans.TryAdd(step.Name, step);
        }
    }

    static Plan PlanOf(IEnumerable<RoutingRuleSettings> rules, RouterConfiguration configuration)
    {
        HashSet<string> tables = TableNumbers.In(configuration);
        List<string> order = [];
        foreach (RoutingRuleSettings rule in rules)
        {
            switch (rule.Action)
            {
                case RoutingRuleAction.Drop:
                    return new Plan([.. order.Distinct()], NextHopKind.Blackhole);
                case RoutingRuleAction.Unreachable:
                    return new Plan([.. order.Distinct()], NextHopKind.Unreachable);
                default:
                    if (rule.Table == RoutingTableSettings.Main || tables.Contains(rule.Table!))
                    {
                        order.Add(rule.Table!);
                    }

                    if (rule.Action == RoutingRuleAction.LookupOnlyInTable)
                    {
                        return new Plan([.. order.Distinct()], NextHopKind.None);
                    }

                    break;
            }
        }

        // Behind all rules main is asked.
        return new Plan([.. order.Append(RoutingTableSettings.Main).Distinct()], NextHopKind.None);
    }

    static void Refuse(int number, string property, bool given, List<PropertyProblem> problems)
    {
        if (given)
        {
            problems.Add(new PropertyProblem(
                property,
                string.Create(CultureInfo.InvariantCulture, $"routing rule {number}: {property}: rules choose a table by interface alone in this version")));
        }
    }
}
