using System.Collections.Immutable;
using Conntrack.Firewall;
using Conntrack.RouterOs.Firewall;

namespace Conntrack.Control.Firewall;

/// <summary>
/// From the rules of a configuration to what the dataplane's image is built from. Names become numbers here: interfaces their index, rules
/// their position and a counter slot that stays theirs over every recompilation.
/// </summary>
public sealed class RuleCompiler
{
    readonly Dictionary<ulong, uint> _slots = [];
    readonly Stack<uint> _freeSlots = new();
    readonly List<(ulong Rule, uint Slot)> _released = [];
    readonly List<uint> _reused = [];
    uint _nextSlot;

    /// <summary>Slots that the latest compilation gave to another rule than the one before.</summary>
    public IReadOnlyList<uint> Reused => _reused;

    /// <summary>Rules that the latest compilation found gone, and the slots they had.</summary>
    public IReadOnlyList<(ulong Rule, uint Slot)> Released => _released;

    /// <summary>Compiles the enabled rules of every table, in order.</summary>
    /// <param name="rules">The configuration's rules, validated when they were read.</param>
    /// <param name="interfaces">What rules call them by.</param>
    public List<RuleSpec> Compile(FirewallRules rules, RuleInterfaces interfaces)
    {
        ReleaseSlots(rules);
        List<RuleSpec> specs = [];
        foreach (RuleFamily family in Enum.GetValues<RuleFamily>())
        {
            foreach (RuleTable table in Enum.GetValues<RuleTable>())
            {
                Compile(rules.Of(family, table), interfaces, specs);
            }
        }

        return specs;
    }

    /// <summary>Where the dataplane counts for a rule; null before it was compiled.</summary>
    public uint? SlotOf(ulong ruleId) => _slots.TryGetValue(ruleId, out uint slot) ? slot : null;

    /// <summary>Position of every rule in its own chain, which traces and statistics call it by.</summary>
    public static IEnumerable<(uint Position, FirewallRule Rule)> Positions(IEnumerable<FirewallRule> list)
    {
        Dictionary<string, uint> next = [];
        foreach (FirewallRule rule in list)
        {
            uint position = next.GetValueOrDefault(rule.Chain);
            next[rule.Chain] = position + 1;
            yield return (position, rule);
        }
    }

    /// <summary>The words of a rule in traces and statistics: <c>filter forward 3</c>, IPv6 with <c>ipv6 </c> in front.</summary>
    public static string NameOf(FirewallRule rule, uint position) =>
        $"{(rule.Family == RuleFamily.Ipv6 ? "ipv6 " : "")}{rule.Table.Word()} {rule.Chain} {position}";

    void Compile(IReadOnlyList<FirewallRule> list, RuleInterfaces interfaces, List<RuleSpec> specs)
    {
        foreach ((uint position, FirewallRule rule) in Positions(list))
        {
            if (rule.Disabled)
            {
                continue;
            }

            specs.Add(new RuleSpec
            {
                Chain = ChainOf(rule),
                Target = TargetOf(rule.Action),
                Number = position,
                CounterSlot = TakeSlot(rule.Id),
                ConnectionState = rule.ConnectionState is { } state ? RuleMatch.States((RuleStates)state.Value, state.Negated) : null,
                Protocol = rule.Protocol is { } protocol ? RuleMatch.Protocol(protocol.Value, protocol.Negated) : null,
                SrcAddress = Addresses(rule.SrcAddress),
                DstAddress = Addresses(rule.DstAddress),
                SrcPort = Ports(rule.SrcPort),
                DstPort = Ports(rule.DstPort),
                InInterface = interfaces.Match(rule.InInterface, rule.InInterfaceList),
                OutInterface = interfaces.Match(rule.OutInterface, rule.OutInterfaceList),
            });
        }
    }

    static RuleMatch? Addresses(Negatable<AddressRange>? match) =>
        match is { } range ? RuleMatch.Addresses(range.Value.First, range.Value.Last, range.Negated) : null;

    static RuleMatch? Ports(Negatable<ImmutableArray<PortRange>>? match) =>
        match is { } ports ? RuleMatch.Ports(ports.Value.Select(port => (port.First, port.Last)), ports.Negated) : null;

    static RuleTarget TargetOf(RuleAction action) => action switch
    {
        RuleAction.Accept => RuleTarget.Accept,
        RuleAction.Drop => RuleTarget.Drop,
        RuleAction.Passthrough => RuleTarget.Passthrough,
        RuleAction.FastTrackConnection => RuleTarget.FastTrack,
        RuleAction.NoTrack => RuleTarget.NoTrack,
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "No such action."),
    };

    static RuleChain ChainOf(FirewallRule rule)
    {
        RuleChain chain = (rule.Table, rule.Chain) switch
        {
            (RuleTable.Raw, "prerouting") => RuleChain.RawPrerouting4,
            (RuleTable.Raw, "output") => RuleChain.RawOutput4,
            (RuleTable.Filter, "input") => RuleChain.FilterInput4,
            (RuleTable.Filter, "forward") => RuleChain.FilterForward4,
            (RuleTable.Filter, "output") => RuleChain.FilterOutput4,
            _ => throw new ArgumentException($"{rule.Table.Word()} has no chain {rule.Chain}.", nameof(rule)),
        };
        return rule.Family == RuleFamily.Ipv6 ? chain + 1 : chain;
    }

    uint TakeSlot(ulong id)
    {
        if (!_slots.TryGetValue(id, out uint slot))
        {
            if (_freeSlots.TryPop(out slot))
            {
                _reused.Add(slot);
            }
            else
            {
                slot = _nextSlot++;
            }

            _slots[id] = slot;
        }

        return slot;
    }

    /// <summary>
    /// Slots of rules that are gone serve new rules, but not before the compilation after next: until this one is in force a worker may
    /// still count under them.
    /// </summary>
    void ReleaseSlots(FirewallRules rules)
    {
        _reused.Clear();
        _released.ForEach(gone => _freeSlots.Push(gone.Slot));
        _released.Clear();
        HashSet<ulong> alive = [.. rules.All.Select(rule => rule.Id)];
        foreach (ulong id in _slots.Keys.Where(id => !alive.Contains(id)).ToList())
        {
            _released.Add((id, _slots[id]));
            _slots.Remove(id);
        }
    }
}
