using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Conntrack.Firewall.Compilation;

namespace Conntrack.Firewall;

/// <summary>
/// What packets of established connections can see of a router's rules. Connections remember what rules said of them, and lines of the flow cache
/// stand for it; while two editions of the rules look alike from there, all of that is as good under the one as under the other.
/// </summary>
/// <remarks>
/// The nat table is asked about first packets alone. Of a filter chain nobody established sees what follows the first rule that takes everything
/// established: which is the second or third rule of nearly every firewall, and most of what is edited comes behind it. Raw and mangle are seen whole,
/// for a packet from the flow cache passes none of their rules because nothing there has changed. Chains of users are seen if a rule is that
/// jumps to them. What rules list while the router runs is asked about packet by packet, whatever the edition.
/// </remarks>
public static class RuleSight
{
    const byte Absent = 0, Present = 1;

    /// <summary>A digest of it: two that are equal look alike, counter slots and the numbers that traces know rules by included.</summary>
    /// <param name="rules">The rules of all tables; those of one chain stand in its order.</param>
    /// <param name="lists">Static entries of the address lists.</param>
    /// <param name="dynamicLists">Lists that others than rules add to while the router runs.</param>
    public static ImmutableArray<byte> Of(
        IEnumerable<RuleSpec> rules, IReadOnlyCollection<AddressListSpec>? lists = null,
        IReadOnlyCollection<(ushort Number, bool IsIpv6)>? dynamicLists = null)
    {
        ILookup<RuleChain, RuleSpec> chains = rules.ToLookup(rule => rule.Chain);
        Queue<RuleChain> due = new(Enumerable.Range(0, (int)RuleChain.Count).Select(number => (RuleChain)number).Where(chain => !chain.IsNat()));
        HashSet<RuleChain> seen = [.. due];
        HashSet<(ushort, bool)> read = [];
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (due.TryDequeue(out RuleChain chain))
        {
            foreach (RuleSpec rule in Visible(chain, chains[chain]))
            {
                Add(digest, rule);
                read.UnionWith(rule.Conditions
                    .Where(condition => condition.Kind is ConditionKind.SrcAddressList or ConditionKind.DstAddressList)
                    .Select(condition => (condition.Small, chain.IsIpv6())));
                if (rule.Target == RuleTarget.Jump && seen.Add(rule.Effect!.JumpTo))
                {
                    due.Enqueue(rule.Effect.JumpTo);
                }
            }
        }

        // A list that changes while the router runs is asked about packet by packet, one that does not is part of the rules.
        ListUse use = new(chains.SelectMany(chain => chain), [], dynamicLists ?? []);
        foreach (AddressListSpec list in (lists ?? []).Where(list => read.Contains((list.Number, list.IsIpv6))))
        {
            Add(digest, list.Number, list.IsIpv6 ? 1u : 0, (uint)list.Ranges.Count);
            Add(digest, list.Ranges);
        }

        foreach ((ushort number, bool isIpv6) in read.Order())
        {
            Add(digest, number, isIpv6 ? 1u : 0, use.IsWritten(number, isIpv6) ? 1u : 0);
        }

        return [.. digest.GetHashAndReset()];
    }

    /// <summary>The chain's rules up to the first that takes all that is established.</summary>
    static IEnumerable<RuleSpec> Visible(RuleChain chain, IEnumerable<RuleSpec> rules)
    {
        bool isFilter = chain is >= RuleChain.FilterInput4 and <= RuleChain.FilterOutput6;
        foreach (RuleSpec rule in rules)
        {
            yield return rule;
            if (isFilter && TakesEstablished(rule))
            {
                yield break;
            }
        }
    }

    static bool TakesEstablished(RuleSpec rule) =>
        rule.Target is RuleTarget.Accept or RuleTarget.Drop
        && (rule.ConnectionState == null || rule.ConnectionState.Accepts((uint)Packets.ConnectionStateOfPacket.Established))
        && rule is
        {
            ConnectionNatState: null, Protocol: null, SrcAddress: null, DstAddress: null, SrcPort: null, DstPort: null, InInterface: null,
            OutInterface: null, Conditions.IsEmpty: true,
        };

    static void Add(IncrementalHash digest, RuleSpec rule)
    {
        Add(digest, (uint)rule.Chain, (uint)rule.Target, rule.Number, rule.CounterSlot);
        Add(digest, rule.ConnectionState);
        Add(digest, rule.ConnectionNatState);
        Add(digest, rule.Protocol);
        Add(digest, rule.SrcAddress);
        Add(digest, rule.DstAddress);
        Add(digest, rule.SrcPort);
        Add(digest, rule.DstPort);
        Add(digest, rule.InInterface);
        Add(digest, rule.OutInterface);
        Add(digest, (uint)rule.Conditions.Length);
        foreach (RuleCondition condition in rule.Conditions)
        {
            Add(digest, condition);
        }

        Add(digest, rule.Effect);
        Add(digest, rule.Translation == null ? Absent : Present);
    }

    static void Add(IncrementalHash digest, RuleMatch? match)
    {
        if (match == null)
        {
            Add(digest, Absent);
            return;
        }

        Add(digest, Present, match.Negated ? 1u : 0, (uint)match.Ranges.Length);
        Add(digest, match.Ranges);
    }

    static void Add(IncrementalHash digest, IEnumerable<RuleRange> ranges)
    {
        Span<byte> bytes = stackalloc byte[32];
        foreach (RuleRange range in ranges)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(bytes, range.First);
            BinaryPrimitives.WriteUInt128LittleEndian(bytes[16..], range.Last);
            digest.AppendData(bytes);
        }
    }

    static void Add(IncrementalHash digest, RuleCondition condition)
    {
        Add(digest, (uint)condition.Kind, condition.Negated ? 1u : 0, condition.Small, condition.Middle, condition.Extra);
        Add(digest, (uint)condition.First, (uint)(condition.First >> 32), (uint)condition.Last, (uint)(condition.Last >> 32));
        Add(digest, (uint)condition.Text.Length);
        digest.AppendData(condition.Text.AsSpan());
        if (condition.Pattern is { } pattern)
        {
            // What a number stands for changes with the edition alone.
            Add(digest, pattern.Number, pattern.Edition);
        }
    }

    static void Add(IncrementalHash digest, RuleEffect? effect)
    {
        if (effect == null)
        {
            Add(digest, Absent);
            return;
        }

        Add(digest, Present, (uint)effect.JumpTo, effect.Passthrough ? 1u : 0, effect.Value, (uint)effect.RejectWith, (uint)effect.Ttl, (uint)effect.ListedFor);
        Add(digest, (uint)effect.Timeout.Ticks, (uint)(effect.Timeout.Ticks >> 32), effect.Log ? 1u : 0, effect.LogPrefix);
    }

    static void Add(IncrementalHash digest, params ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        foreach (uint word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
            digest.AppendData(bytes);
        }
    }
}
