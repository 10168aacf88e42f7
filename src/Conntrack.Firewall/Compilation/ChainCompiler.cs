namespace Conntrack.Firewall.Compilation;

/// <summary>Compiles one chain: places its rules, sweeps every axis, puts the parts into the image.</summary>
static class ChainCompiler
{
    /// <summary>
    /// Ports fall into this many intervals at most before a table by value is the shorter way: two steps against one into 256 KB.
    /// </summary>
    const int MostPortIntervals = IntervalAxis.Keys * IntervalAxis.Keys;

    /// <summary>Compiles the rules of one chain, in its order; at least one.</summary>
    public static CompiledChain Compile(IReadOnlyList<RuleSpec> rules, bool isIpv6, ImageParts parts, RuleTables tables)
    {
        RulePlacement placement = RulePlacement.Of(rules, RuleAxis.Of(isIpv6));
        RowStore rows = placement.Form is RowForm.Word or RowForm.WordWalk ? new WordRows() : new PagedRows(placement.Pages);
        AxisIntervals inInterface = AxisIntervals.Of(RuleAxis.In, placement, rows);
        AxisIntervals outInterface = AxisIntervals.Of(RuleAxis.Out, placement, rows);
        AxisIntervals srcAddress = AxisIntervals.Of(isIpv6 ? RuleAxis.SrcAddress6 : RuleAxis.SrcAddress4, placement, rows);
        AxisIntervals dstAddress = AxisIntervals.Of(isIpv6 ? RuleAxis.DstAddress6 : RuleAxis.DstAddress4, placement, rows);
        AxisIntervals srcPort = AxisIntervals.Of(RuleAxis.SrcPort, placement, rows);
        AxisIntervals dstPort = AxisIntervals.Of(RuleAxis.DstPort, placement, rows);
        CompiledChain chain = new()
        {
            Form = placement.Form,
            RuleCount = (uint)rules.Count,
            Terminal = placement.Form == RowForm.Word ? TerminalMask(rules) : 0,
            TerminalPages = (uint)placement.TerminalPages,
            RowPages = (uint)placement.Pages,
            Entries = parts.Place(Entries(placement, tables)),
            ProtocolRows = parts.Place(AxisIntervals.Of(RuleAxis.Protocol, placement, rows).Table((int)RuleAxis.Protocol.Most)),
            StateRows = parts.Place(AxisIntervals.Of(RuleAxis.State, placement, rows).Table((int)RuleAxis.State.Most)),
            InLimit = (uint)inInterface.Starts[^1],
            OutLimit = (uint)outInterface.Starts[^1],
            InRows = parts.Place(inInterface.Table((int)inInterface.Starts[^1])),
            OutRows = parts.Place(outInterface.Table((int)outInterface.Starts[^1])),
            SrcAddress = PlaceAddresses(isIpv6, srcAddress, parts),
            DstAddress = PlaceAddresses(isIpv6, dstAddress, parts),
            SrcPort = PlacePorts(srcPort, parts),
            DstPort = PlacePorts(dstPort, parts),
            NoSrcPortRow = srcPort.AbsentRow,
            NoDstPortRow = dstPort.AbsentRow,
        };
        rows.Place(parts, ref chain);
        return chain;
    }

    static ulong TerminalMask(IReadOnlyList<RuleSpec> rules)
    {
        ulong mask = 0;
        for (int i = 0; i < rules.Count; i++)
        {
            mask |= rules[i].Target.IsTerminal() ? 1ul << i : 0;
        }

        return mask;
    }

    static List<RuleEntry> Entries(RulePlacement placement, RuleTables tables) =>
    [
        .. placement.Bits.Select(rule => rule == null
            ? new RuleEntry { Number = RuleEntry.None }
            : new RuleEntry
            {
                Number = rule.Number,
                CounterSlot = rule.CounterSlot,
                TargetAndTranslation = (uint)rule.Target | (tables.NumberOf(rule) << RuleEntry.TranslationShift),
                Conditions = tables.ConditionsOf(rule),
            }),
    ];

    static IntervalAxis PlaceAddresses(bool isIpv6, AxisIntervals intervals, ImageParts parts) =>
        isIpv6 ? IntervalTree.Place6(intervals, parts) : IntervalTree.Place4(intervals, parts);

    static IntervalAxis PlacePorts(AxisIntervals intervals, ImageParts parts) =>
        intervals.Starts.Count > MostPortIntervals
            ? new() { Levels = IntervalAxis.Direct, Rows = parts.Place(intervals.Table(ushort.MaxValue)) }
            : IntervalTree.Place4(intervals, parts);
}
