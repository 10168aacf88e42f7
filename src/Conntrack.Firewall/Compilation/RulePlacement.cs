namespace Conntrack.Firewall.Compilation;

/// <summary>Which bit of a chain's rows stands for which rule.</summary>
/// <remarks>
/// <para>Up to 64 rules stand in the chain's order. More are rearranged, because a word is only skipped when some axis has no bit in it:
/// were a rule that leaves the source open in every word, no source address would ever rule out a word. So words are formed of rules that
/// are narrow on the same axes, and among those of neighbours by value (Baboescu and Varghese, "Scalable Packet Classification", 2001,
/// call it rule rearrangement).</para>
/// <para>What order a search needs is kept: bits of a word rise with the chain, words rise with their first rule, and rules that only
/// count come in pages of their own, behind the pages of those that decide.</para>
/// </remarks>
sealed class RulePlacement
{
    public const int WordBits = 64;

    /// <summary>Part of an axis that a narrow range covers at most.</summary>
    const uint WidthOfNarrow = 128;

    RulePlacement(RowForm form, RuleSpec?[] bits, int terminalPages, int pages)
    {
        Form = form;
        Bits = bits;
        TerminalPages = terminalPages;
        Pages = pages;
    }

    public RowForm Form { get; }

    /// <summary>The rule of every bit, null for bits that stand for none.</summary>
    public RuleSpec?[] Bits { get; }

    public int TerminalPages { get; }

    public int Pages { get; }

    /// <summary>Places the rules of one chain, given in its order; at least one.</summary>
    public static RulePlacement Of(IReadOnlyList<RuleSpec> rules, IReadOnlyList<RuleAxis> axes)
    {
        if (rules.Any(IsWalked))
        {
            return InOrder(rules);
        }

        if (rules.Count <= WordBits)
        {
            return new(RowForm.Word, [.. rules], 0, 0);
        }

        List<RuleSpec[]> deciding = Words(rules.Where(rule => rule.Target.IsTerminal()), axes);
        List<RuleSpec[]> counting = Words(rules.Where(rule => !rule.Target.IsTerminal()), axes);
        int terminalPages = PagesFor(deciding.Count);
        int pages = terminalPages + PagesFor(counting.Count);
        var bits = new RuleSpec?[pages * RulePage.BitCount];
        Lay(deciding, bits.AsSpan());
        Lay(counting, bits.AsSpan(terminalPages * RulePage.BitCount));
        return new(RowForm.Paged, bits, terminalPages, pages);
    }

    /// <summary>Whether a rule makes its chain one that is gone through rule by rule.</summary>
    static bool IsWalked(RuleSpec rule) =>
        rule.Chain.IsUser() || rule.Conditions.Length != 0 || !rule.Target.IsPlain() || rule.Effect != null;

    /// <summary>
    /// What a condition says may depend on what an earlier rule did, so matching rules have to come up in their order: that of the bits.
    /// </summary>
    static RulePlacement InOrder(IReadOnlyList<RuleSpec> rules)
    {
        if (rules.Count <= WordBits)
        {
            return new(RowForm.WordWalk, [.. rules], 0, 0);
        }

        int pages = (rules.Count + RulePage.BitCount - 1) / RulePage.BitCount;
        var bits = new RuleSpec?[pages * RulePage.BitCount];
        for (int i = 0; i < rules.Count; i++)
        {
            bits[i] = rules[i];
        }

        return new(RowForm.PagedWalk, bits, pages, pages);
    }

    static List<RuleSpec[]> Words(IEnumerable<RuleSpec> rules, IReadOnlyList<RuleAxis> axes)
    {
        List<RuleSpec[]> words = [];
        foreach (IGrouping<int, RuleSpec> alike in rules.GroupBy(rule => NarrowOn(rule, axes)))
        {
            RuleSpec[] neighbours = [.. alike];
            Array.Sort(neighbours, (left, right) => CompareValues(left, right, axes));
            words.AddRange(neighbours.Chunk(WordBits));
        }

        foreach (RuleSpec[] word in words)
        {
            Array.Sort(word, (left, right) => left.Number.CompareTo(right.Number));
        }

        words.Sort((left, right) => left[0].Number.CompareTo(right[0].Number));
        return words;
    }

    /// <summary>A bit for every axis on which the rule is narrow.</summary>
    static int NarrowOn(RuleSpec rule, IReadOnlyList<RuleAxis> axes)
    {
        int narrow = 0;
        for (int i = 0; i < RuleAxis.NarrowAxes; i++)
        {
            narrow |= IsNarrow(axes[i], axes[i].MatchOf(rule)) ? 1 << i : 0;
        }

        return narrow;
    }

    /// <summary>
    /// One that leaves a good part of the values open, as a negated one does, would keep its whole word in the search for all of them.
    /// </summary>
    static bool IsNarrow(RuleAxis axis, RuleMatch? match) =>
        match is { Negated: false } && match.Ranges.All(range => range.Last - range.First <= axis.Most / WidthOfNarrow);

    static int CompareValues(RuleSpec left, RuleSpec right, IReadOnlyList<RuleAxis> axes)
    {
        foreach (RuleAxis axis in axes)
        {
            int order = Place(axis.MatchOf(left)).CompareTo(Place(axis.MatchOf(right)));
            if (order != 0)
            {
                return order;
            }
        }

        return left.Number.CompareTo(right.Number);
    }

    /// <summary>Rules that do not ask, those that ask what a value is not, those that ask what it is; each by value.</summary>
    static (int Kind, UInt128 Value) Place(RuleMatch? match) =>
        match == null ? (0, 0) : (match.Negated ? 1 : 2, match.Ranges.IsEmpty ? 0 : match.Ranges[0].First);

    static int PagesFor(int words) => (words + RulePage.WordCount - 1) / RulePage.WordCount;

    static void Lay(List<RuleSpec[]> words, Span<RuleSpec?> bits)
    {
        for (int i = 0; i < words.Count; i++)
        {
            words[i].CopyTo(bits[(i * WordBits)..]);
        }
    }
}
