using Conntrack.Memory.Publication;

namespace Conntrack.Firewall.Tests;

/// <summary>What a chain says about a packet.</summary>
public sealed record PlainVerdict(bool Drop, bool FastTrack, bool NoTrack, uint Rule, IReadOnlyList<uint> Counted)
{
    /// <summary>A rule that fasttracks said that hardware may do so.</summary>
    public bool Hardware { get; init; }
}

/// <summary>A chain asked rule by rule, in order; what the image must agree with.</summary>
public sealed class PlainChain(IReadOnlyList<PlainRule> rules)
{
    public IReadOnlyList<PlainRule> Rules => rules;

    public PlainVerdict Evaluate(PacketSample packet)
    {
        List<uint> counted = [];
        bool fastTrack = false;
        bool hardware = false;
        bool noTrack = false;
        for (int i = 0; i < rules.Count; i++)
        {
            if (!rules[i].Matches(packet))
            {
                continue;
            }

            counted.Add(NumberOf(i));
            switch (rules[i].Target)
            {
                case RuleTarget.Accept:
                    return new(false, fastTrack, noTrack, NumberOf(i), counted) { Hardware = hardware };
                case RuleTarget.Drop:
                    return new(true, fastTrack, noTrack, NumberOf(i), counted) { Hardware = hardware };
                case RuleTarget.FastTrack or RuleTarget.FastTrackHardware:
                    fastTrack = true;
                    hardware |= rules[i].Target == RuleTarget.FastTrackHardware;
                    break;
                case RuleTarget.NoTrack:
                    noTrack = true;
                    break;
            }
        }

        return new(false, fastTrack, noTrack, RuleVerdict.EndOfChain, counted) { Hardware = hardware };
    }

    /// <summary>Numbers have gaps, as where rules are disabled.</summary>
    public static uint NumberOf(int index) => ((uint)index * 3) + 1;

    /// <summary>Slots run against the order of the chain: a slot is not a position.</summary>
    public uint SlotOf(int index) => (uint)(rules.Count - 1 - index);

    public ImageBlock<RuleImage> Compile(RuleChain chain) =>
        RuleImageBuilder.Build(rules.Select((rule, index) => rule.ToSpec(chain, NumberOf(index), SlotOf(index))));
}
