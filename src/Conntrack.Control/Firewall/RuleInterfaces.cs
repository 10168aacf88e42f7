using Conntrack.Control.Routing;
using Conntrack.Firewall;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Firewall;

/// <summary>The interfaces that rules name, alone or by their lists, as the dataplane numbers them.</summary>
/// <param name="configuration">Has the lists.</param>
/// <param name="interfaces">Those of the dataplane.</param>
public sealed class RuleInterfaces(RouterConfiguration configuration, RouterInterfaces interfaces)
{
    /// <summary>An interface that the configuration knows and the dataplane does not have: no packet comes from it or goes to it.</summary>
    const ushort Absent = ushort.MaxValue - 1;

    readonly Dictionary<string, ushort[]> _lists = [];

    /// <summary>What both matchers of one side of a rule say together; null where neither is given.</summary>
    public RuleMatch? Match(Negatable<string>? name, Negatable<string>? list)
    {
        if (list is not { } members)
        {
            return name is { } only ? RuleMatch.Interface(interfaces.NumberOf(only.Value) ?? Absent, only.Negated) : null;
        }

        if (name is not { } one)
        {
            return RuleMatch.Interfaces(MembersOf(members.Value), members.Negated);
        }

        ushort number = interfaces.NumberOf(one.Value) ?? Absent;
        return RuleMatch.Interfaces(Some(interfaces.All.Select(port => port.Number).Where(
            port => MembersOf(members.Value).Contains(port) != members.Negated && (port == number) != one.Negated)));
    }

    ushort[] MembersOf(string list)
    {
        if (!_lists.TryGetValue(list, out ushort[]? members))
        {
            members = Some(interfaces.All.Where(port => configuration.IsInList(list, port.Name)).Select(port => port.Number));
            _lists.Add(list, members);
        }

        return members;
    }

    /// <summary>A list without members matches nothing, and without it everything.</summary>
    static ushort[] Some(IEnumerable<ushort> numbers) => [.. numbers.DefaultIfEmpty(Absent)];
}
