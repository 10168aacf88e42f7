using Conntrack.Control.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Firewall;

/// <summary>The interfaces that rules name, alone or by their lists, and routing tables, as the dataplane numbers them.</summary>
/// <param name="configuration">Has the lists.</param>
/// <param name="router">Has the numbers.</param>
public sealed class RuleInterfaces(RouterConfiguration configuration, CompiledRouter router)
{
    readonly RouterInterfaces _interfaces = router.Interfaces;

    /// <summary>An interface that the configuration knows and the dataplane does not have: no packet comes from it or goes to it.</summary>
    const ushort Absent = ushort.MaxValue - 1;

    readonly Dictionary<string, ushort[]> _lists = [];

    /// <summary>The configuration they are of.</summary>
    public RouterConfiguration Configuration => configuration;

    /// <summary>Number of a routing table; one that nothing is forwarded by is nobody's.</summary>
    public ushort TableOf(string name) => router.Tables.GetValueOrDefault(name, ushort.MaxValue);

    /// <summary>What both matchers of one side of a rule say together; null where neither is given.</summary>
    public RuleMatch? Match(Negatable<string>? name, Negatable<string>? list)
    {
        if (list is not { } members)
        {
            return name is { } only ? RuleMatch.Interface(_interfaces.NumberOf(only.Value) ?? Absent, only.Negated) : null;
        }

        if (name is not { } one)
        {
            return RuleMatch.Interfaces(MembersOf(members.Value), members.Negated);
        }

        ushort number = _interfaces.NumberOf(one.Value) ?? Absent;
        return RuleMatch.Interfaces(Some(_interfaces.All.Select(port => port.Number).Where(
            port => MembersOf(members.Value).Contains(port) != members.Negated && (port == number) != one.Negated)));
    }

    /// <summary>A port of a bridge, by name; none where bridged packets pass no firewall, which is also when RouterOS does not know their port.</summary>
    public IEnumerable<ushort> BridgePort(string name) => Ports.Where(port => port.Name == name).Select(port => port.Number);

    /// <summary>Ports of bridges that are in an interface list, likewise.</summary>
    public IEnumerable<ushort> BridgePorts(string list) => Ports.Where(port => configuration.IsInList(list, port.Name)).Select(port => port.Number);

    IEnumerable<RouterInterface> Ports => configuration.Bridging.UseIpFirewall
        ? _interfaces.All.Where(port => port.Bridge != Packet.NoInterface)
        : [];

    ushort[] MembersOf(string list)
    {
        if (!_lists.TryGetValue(list, out ushort[]? members))
        {
            members = Some(_interfaces.All.Where(port => configuration.IsInList(list, port.Name)).Select(port => port.Number));
            _lists.Add(list, members);
        }

        return members;
    }

    /// <summary>A list without members matches nothing, and without it everything.</summary>
    static ushort[] Some(IEnumerable<ushort> numbers) => [.. numbers.DefaultIfEmpty(Absent)];
}
