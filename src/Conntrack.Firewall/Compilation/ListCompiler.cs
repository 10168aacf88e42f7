using Conntrack.Firewall.Lists;

namespace Conntrack.Firewall.Compilation;

/// <summary>Compiles the static entries of a family's address lists.</summary>
static class ListCompiler
{
    /// <summary>A list of no more ranges is matched on the address axis, by the classifier itself, where nobody adds to it.</summary>
    const int MostOnAxis = 64;

    /// <summary>Places the lists; 0 when none has an entry.</summary>
    public static uint Place(IEnumerable<AddressListSpec> lists, bool isIpv6, ImageParts parts)
    {
        List<(UInt128 At, int Bit)> turns = [];
        int highest = -1;
        UInt128 most = isIpv6 ? UInt128.MaxValue : uint.MaxValue;
        foreach (AddressListSpec list in lists.Where(list => list.IsIpv6 == isIpv6 && list.Ranges.Count != 0))
        {
            highest = Math.Max(highest, list.Number);
            AxisIntervals.AddTurns(turns, new([.. list.Ranges], false), list.Number, most);
        }

        if (turns.Count == 0)
        {
            return 0;
        }

        int words = (highest / RulePlacement.WordBits) + 1;
        ListRows rows = new(words);
        AxisIntervals intervals = AxisIntervals.OfTurns(turns, new ulong[words], rows);
        StaticLists compiled = new()
        {
            Intervals = isIpv6 ? IntervalTree.Place6(intervals, parts) : IntervalTree.Place4(intervals, parts),
            Rows = rows.Place(parts),
            Words = (uint)words,
        };
        return parts.Place([compiled]);
    }

    /// <summary>The rule with its lists on the axes, where they are small, nobody adds to them, and the axis is free.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="lists">Static lists of its family by number.</param>
    /// <param name="written">Whether anybody may add to a list.</param>
    public static RuleSpec OnAxes(RuleSpec rule, Func<ushort, AddressListSpec?> lists, Func<ushort, bool> written)
    {
        foreach (RuleCondition condition in rule.Conditions)
        {
            bool isSource = condition.Kind == ConditionKind.SrcAddressList;
            if ((!isSource && condition.Kind != ConditionKind.DstAddressList) || written(condition.Small)
                || (isSource ? rule.SrcAddress : rule.DstAddress) != null)
            {
                continue;
            }

            IReadOnlyList<RuleRange> ranges = lists(condition.Small)?.Ranges ?? [];
            if (ranges.Count <= MostOnAxis)
            {
                RuleMatch match = new([.. ranges], condition.Negated);
                rule = rule with { Conditions = rule.Conditions.Remove(condition) };
                rule = isSource ? rule with { SrcAddress = match } : rule with { DstAddress = match };
            }
        }

        return rule;
    }
}
