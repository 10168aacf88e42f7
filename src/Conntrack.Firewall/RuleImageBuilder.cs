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
    /// <param name="rules">The rules of all tables.</param>
    /// <param name="lists">Static entries of the address lists; null for none.</param>
    /// <param name="dynamicLists">
    /// Lists that others than rules add to while the router runs, so that no packet may be matched by static entries alone; null for none.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A number, a slot or a range is out of bounds, numbers do not rise along a chain, or chains jump in a circle.
    /// </exception>
    /// <exception cref="InvalidOperationException">The image would pass 4 GB.</exception>
    public static ImageBlock<RuleImage> Build(
        IEnumerable<RuleSpec> rules,
        IReadOnlyCollection<AddressListSpec>? lists = null,
        IReadOnlyCollection<(ushort Number, bool IsIpv6)>? dynamicLists = null)
    {
        lists ??= [];
        List<RuleSpec> all = [.. rules];
        int userChains = 0;
        uint slots = 0;
        foreach (RuleSpec rule in all)
        {
            RuleCheck.Check(rule);
            userChains = Math.Max(userChains, UserChainOf(rule.Chain));
            userChains = Math.Max(userChains, rule.Target == RuleTarget.Jump ? UserChainOf(rule.Effect!.JumpTo) : 0);
            slots = Math.Max(slots, rule.CounterSlot + 1);
        }

        foreach (AddressListSpec list in lists)
        {
            RuleCheck.Check(list);
        }

        var chains = new List<RuleSpec>[(int)RuleChain.Count + userChains];
        for (int i = 0; i < chains.Length; i++)
        {
            chains[i] = [];
        }

        ListUse use = new(all, lists, dynamicLists ?? []);
        foreach (RuleSpec rule in all)
        {
            List<RuleSpec> chain = chains[(int)rule.Chain];
            RuleCheck.CheckOrder(rule, chain.Count == 0 ? null : chain[^1], chain.Count);
            chain.Add(use.OnAxes(rule));
        }

        ChainGraph graph = new(chains);
        ImageParts parts = new(userChains);
        RuleTables tables = new(parts);
        var compiled = new CompiledChain[chains.Length];
        uint inUse = 0;
        for (int i = 0; i < chains.Length; i++)
        {
            if (chains[i].Count != 0)
            {
                compiled[i] = ChainCompiler.Compile(chains[i], ((RuleChain)i).IsIpv6(), parts, tables);
                inUse |= i < (int)RuleChain.Count ? 1u << i : 0;
            }
        }

        (uint translationsAt, uint effectsAt) = tables.Place();
        uint lists4 = ListCompiler.Place(lists, isIpv6: false, parts);
        uint lists6 = ListCompiler.Place(lists, isIpv6: true, parts);
        uint layer7 = Layer7Compiler.Place(all, parts);
        ImageBlock<RuleImage> block = ImageBlock<RuleImage>.Allocate((nuint)parts.TotalBytes);
        *block.Image = new()
        {
            TotalBytes = parts.TotalBytes,
            RuleCount = (uint)all.Count,
            SlotCount = slots,
            ChainsInUse = inUse,
            FastTracks = all.Any(rule => rule.Target.IsFastTrack()) ? 1u : 0,
            Dependence = graph.Dependence(),
            Translations = translationsAt,
            Effects = effectsAt,
            Lists4 = lists4,
            Lists6 = lists6,
            Layer7 = layer7,
        };
        compiled.CopyTo(new Span<CompiledChain>(RuleImage.ChainOf(block.Image, 0), compiled.Length));
        parts.CopyTo((byte*)block.Image);
        return block;
    }

    static int UserChainOf(RuleChain chain) => Math.Max(0, (int)chain - (int)RuleChain.Count + 1);
}
