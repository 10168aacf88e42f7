using Conntrack.Firewall;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Firewall;

/// <summary>
/// From the rules of a configuration to what the dataplane's image is built from. Names become numbers here: interfaces their index, rules
/// their position and a counter slot that stays theirs over every recompilation.
/// </summary>
public sealed class RuleCompiler
{
    readonly RuleNames _names = new();
    readonly Dictionary<ulong, uint> _slots = [];
    readonly Stack<uint> _freeSlots = new();
    readonly List<(ulong Rule, uint Slot)> _released = [];
    readonly List<(ulong Rule, uint Slot)> _taken = [];
    readonly List<uint> _reused = [];
    uint _nextSlot;

    /// <summary>Numbers of what rules call by name.</summary>
    internal RuleNames Numbers => _names;

    /// <summary>Slots that the latest compilation gave to another rule than the one before.</summary>
    public IReadOnlyList<uint> Reused => _reused;

    /// <summary>Rules that the latest compilation found gone, and the slots they had.</summary>
    public IReadOnlyList<(ulong Rule, uint Slot)> Released => _released;

    /// <summary>Compiles the enabled rules of every table, in order.</summary>
    /// <param name="rules">The configuration's rules, validated when they were read.</param>
    /// <param name="interfaces">What rules call them by.</param>
    public List<RuleSpec> Compile(FirewallRules rules, RuleInterfaces interfaces)
    {
        _names.BeginLayer7(interfaces.Configuration, rules);
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

    /// <summary>What was compiled last does not come into force: every rule has the slot that it had before, and what was given out is free again.</summary>
    public void Undo()
    {
        foreach ((ulong rule, uint slot) in _taken)
        {
            _slots.Remove(rule);
            _freeSlots.Push(slot);
        }

        _released.ForEach(kept => _slots.Add(kept.Rule, kept.Slot));
        _taken.Clear();
        _released.Clear();
    }

    /// <summary>Static entries of the address lists of a configuration.</summary>
    public List<AddressListSpec> Lists(RouterConfiguration configuration)
    {
        List<AddressListSpec> lists = [];
        foreach (RuleFamily family in Enum.GetValues<RuleFamily>())
        {
            lists.AddRange((family == RuleFamily.Ipv4 ? configuration.Ipv4AddressLists : configuration.Ipv6AddressLists)
                .Where(entry => entry is { Disabled: false, Timeout: null, Name: null })
                .GroupBy(entry => entry.List, (name, entries) => new AddressListSpec(
                    _names.List(family, name), family == RuleFamily.Ipv6, [.. entries.Select(entry => new RuleRange(entry.First, entry.Last))])));
        }

        return lists;
    }

    /// <summary>Lists that have an entry for a time, or a name whose addresses change.</summary>
    public IEnumerable<(ushort Number, bool IsIpv6)> TimedLists(RouterConfiguration configuration)
    {
        foreach (RuleFamily family in Enum.GetValues<RuleFamily>())
        {
            foreach (string list in (family == RuleFamily.Ipv4 ? configuration.Ipv4AddressLists : configuration.Ipv6AddressLists)
                .Where(entry => !entry.Disabled && (entry.Timeout != null || entry.Name != null)).Select(entry => entry.List).Distinct())
            {
                yield return (_names.List(family, list), family == RuleFamily.Ipv6);
            }
        }
    }

    /// <summary>Chain and number of a compiled rule, in the words of traces.</summary>
    public IEnumerable<((RuleChain Chain, uint Number) Rule, string Name)> Names(FirewallRules rules)
    {
        foreach (RuleFamily family in Enum.GetValues<RuleFamily>())
        {
            foreach (RuleTable table in Enum.GetValues<RuleTable>())
            {
                foreach ((uint position, FirewallRule rule) in Positions(rules.Of(family, table)))
                {
                    if (!rule.Disabled)
                    {
                        yield return ((ChainOf(rule), position), NameOf(rule, position));
                    }
                }
            }
        }
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
            if (rule.Disabled || NeverMatches(rule))
            {
                continue;
            }

            specs.Add(new RuleSpec
            {
                Chain = ChainOf(rule),
                Target = rule is { Action: RuleAction.FastTrackConnection, HwOffload: true } ? RuleTarget.FastTrackHardware : TargetOf(rule.Action),
                Number = position,
                CounterSlot = TakeSlot(rule.Id),
                Conditions = RuleConditions.Of(rule, _names, interfaces),
                Effect = RuleEffects.Of(rule, _names, interfaces),
                ConnectionNatState = rule.Connection.NatState is { } natState && !RuleConditions.AsksForMappings(natState.Value) ? NatStates(natState) : null,
                ConnectionState = rule.Connection.State is { } state ? RuleMatch.States((RuleStates)state.Value, state.Negated) : null,
                Protocol = rule.Transport.Protocol is { } protocol ? RuleMatch.Protocol(protocol.Value, protocol.Negated) : null,
                SrcAddress = Addresses(rule.Addresses.SrcAddress),
                DstAddress = Addresses(rule.Addresses.DstAddress),
                SrcPort = Ports(rule.Transport.SrcPort),
                DstPort = Ports(rule.Transport.DstPort),
                InInterface = interfaces.Match(rule.Interfaces.InInterface, rule.Interfaces.InInterfaceList),
                OutInterface = interfaces.Match(rule.Interfaces.OutInterface, rule.Interfaces.OutInterfaceList),
                Translation = TranslationCompiler.TranslationOf(rule),
            });
        }
    }

    /// <summary>What is mapped is translated, so beside the translation a mapping adds nothing.</summary>
    static RuleMatch NatStates(Negatable<Conntrack.RouterOs.Firewall.RuleNatStates> match)
    {
        const Conntrack.Firewall.RuleNatStates Known = Conntrack.Firewall.RuleNatStates.SrcNat | Conntrack.Firewall.RuleNatStates.DstNat;
        return RuleMatch.NatStates((Conntrack.Firewall.RuleNatStates)match.Value & Known, match.Negated);
    }

    /// <summary>There is no IPsec here: no packet comes from it or goes to it, and every packet is none of its business.</summary>
    static bool NeverMatches(FirewallRule rule) => rule.Packet.IpsecPolicy is { Ipsec: true };

    static RuleMatch? Addresses(Negatable<AddressRange>? match) =>
        match is { } range ? RuleMatch.Addresses(range.Value.First, range.Value.Last, range.Negated) : null;

    static RuleMatch? Ports(Negatable<ValueList<PortRange>>? match) =>
        match is { } ports ? RuleMatch.Ports(ports.Value.Select(port => (port.First, port.Last)), ports.Negated) : null;

    static RuleTarget TargetOf(RuleAction action) => action switch
    {
        RuleAction.Accept => RuleTarget.Accept,
        RuleAction.Drop => RuleTarget.Drop,
        RuleAction.Passthrough => RuleTarget.Passthrough,
        RuleAction.FastTrackConnection => RuleTarget.FastTrack,
        RuleAction.NoTrack => RuleTarget.NoTrack,
        RuleAction.Jump => RuleTarget.Jump,
        RuleAction.Return => RuleTarget.Return,
        RuleAction.Log => RuleTarget.Log,
        RuleAction.AddSrcToAddressList => RuleTarget.AddSrcToAddressList,
        RuleAction.AddDstToAddressList => RuleTarget.AddDstToAddressList,
        RuleAction.Reject => RuleTarget.Reject,
        RuleAction.Tarpit => RuleTarget.Tarpit,
        RuleAction.MarkConnection => RuleTarget.MarkConnection,
        RuleAction.MarkPacket => RuleTarget.MarkPacket,
        RuleAction.MarkRouting or RuleAction.Route => RuleTarget.MarkRouting,
        RuleAction.ChangeMss => RuleTarget.ChangeMss,
        RuleAction.ChangeDscp => RuleTarget.ChangeDscp,
        RuleAction.ChangeTtl or RuleAction.ChangeHopLimit => RuleTarget.ChangeTtl,
        RuleAction.SetPriority => RuleTarget.SetPriority,
        RuleAction.ClearDf => RuleTarget.ClearDf,
        RuleAction.StripIpv4Options => RuleTarget.StripIpv4Options,
        _ => TranslationCompiler.TargetOf(action),
    };

    RuleChain ChainOf(FirewallRule rule)
    {
        if (!rule.Table.Chains().Contains(rule.Chain))
        {
            return _names.UserChain(rule.Family, rule.Table, rule.Chain);
        }

        RuleChain chain = (rule.Table, rule.Chain) switch
        {
            (RuleTable.Raw, "prerouting") => RuleChain.RawPrerouting4,
            (RuleTable.Raw, "output") => RuleChain.RawOutput4,
            (RuleTable.Mangle, "prerouting") => RuleChain.ManglePrerouting4,
            (RuleTable.Mangle, "input") => RuleChain.MangleInput4,
            (RuleTable.Mangle, "forward") => RuleChain.MangleForward4,
            (RuleTable.Mangle, "output") => RuleChain.MangleOutput4,
            (RuleTable.Mangle, "postrouting") => RuleChain.ManglePostrouting4,
            (RuleTable.Filter, "input") => RuleChain.FilterInput4,
            (RuleTable.Filter, "forward") => RuleChain.FilterForward4,
            (RuleTable.Filter, "output") => RuleChain.FilterOutput4,
            (RuleTable.Nat, _) when TranslationCompiler.ChainOf(rule.Chain) is { } nat => nat,
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
            _taken.Add((id, slot));
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
        _taken.Clear();
        HashSet<ulong> alive = [.. rules.All.Select(rule => rule.Id)];
        foreach (ulong id in _slots.Keys.Where(id => !alive.Contains(id)).ToList())
        {
            _released.Add((id, _slots[id]));
            _slots.Remove(id);
        }
    }
}
