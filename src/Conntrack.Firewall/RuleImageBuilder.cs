using System.Collections.Immutable;
using Conntrack.Firewall.Compilation;
using Conntrack.Memory.Publication;

namespace Conntrack.Firewall;

/// <summary>Compiles rules into an image. Runs on the control side; takes milliseconds for thousands of rules.</summary>
public static unsafe class RuleImageBuilder
{
    /// <summary>Rules a chain may have.</summary>
    public const int MostRules = 1 << 17;

    /// <summary>The highest counter slot.</summary>
    public const uint MostSlot = (1u << 20) - 1;

    /// <summary>An image without rules: every chain accepts.</summary>
    public static ImageBlock<RuleImage> Empty() => Build([]);

    /// <summary>Compiles <paramref name="rules"/>; those of one chain stand in its order, chains may be mixed.</summary>
    /// <exception cref="ArgumentException">A number, a slot or a range is out of bounds, or numbers do not rise along a chain.</exception>
    /// <exception cref="InvalidOperationException">The image would pass 4 GB.</exception>
    public static ImageBlock<RuleImage> Build(IEnumerable<RuleSpec> rules)
    {
        var chains = new List<RuleSpec>[(int)RuleChain.Count];
        for (int i = 0; i < chains.Length; i++)
        {
            chains[i] = [];
        }

        uint slots = 0;
        uint count = 0;
        uint fastTracks = 0;
        foreach (RuleSpec rule in rules)
        {
            Require(rule.Chain < RuleChain.Count, rule, "its chain");
            List<RuleSpec> chain = chains[(int)rule.Chain];
            Check(rule, chain.Count == 0 ? null : chain[^1]);
            Require(chain.Count < MostRules, rule, $"that its chain has more than {MostRules} rules");
            chain.Add(rule);
            slots = Math.Max(slots, rule.CounterSlot + 1);
            count++;
            fastTracks |= rule.Target == RuleTarget.FastTrack ? 1u : 0u;
        }

        ImageParts parts = new();
        TranslationTable translations = new();
        var compiled = new CompiledChain[chains.Length];
        uint inUse = 0;
        for (int i = 0; i < chains.Length; i++)
        {
            if (chains[i].Count != 0)
            {
                compiled[i] = ChainCompiler.Compile(chains[i], ((RuleChain)i).IsIpv6(), parts, translations);
                inUse |= 1u << i;
            }
        }

        uint translationsAt = translations.Place(parts);
        ImageBlock<RuleImage> block = ImageBlock<RuleImage>.Allocate((nuint)parts.TotalBytes);
        *block.Image = new()
        {
            TotalBytes = parts.TotalBytes,
            RuleCount = count,
            SlotCount = slots,
            ChainsInUse = inUse,
            FastTracks = fastTracks,
            Translations = translationsAt,
        };
        compiled.CopyTo(new Span<CompiledChain>(RuleImage.ChainOf(block.Image, 0), compiled.Length));
        parts.CopyTo((byte*)block.Image);
        return block;
    }

    static void Check(RuleSpec rule, RuleSpec? before)
    {
        Require(rule.Target <= RuleTarget.Same, rule, "its target");
        Require(rule.Number <= RuleTrace.MostNumber, rule, "its number");
        Require(rule.CounterSlot <= MostSlot, rule, "its counter slot");
        Require(before == null || before.Number < rule.Number, rule, "a number that does not rise along the chain");
        foreach (RuleAxis axis in RuleAxis.Of(rule.Chain.IsIpv6()))
        {
            ImmutableArray<RuleRange> ranges = axis.MatchOf(rule)?.Ranges ?? [];
            Require(!ranges.IsDefault && ranges.All(range => range.First <= range.Last && range.Last <= axis.Most), rule, axis.Name);
        }

        string? wrong = TranslationTable.WhatIsWrong(rule);
        Require(wrong == null, rule, wrong ?? "");
    }

    static void Require(bool holds, RuleSpec rule, string what)
    {
        if (!holds)
        {
            throw new ArgumentException($"Rule {rule.Number} of {rule.Chain} cannot be compiled for {what}.", nameof(rule));
        }
    }
}
