namespace Conntrack.Firewall.Compilation;

/// <summary>
/// An axis cut where some rule's answer changes: first values of the intervals, rising from 0, and the row of each. Neighbours differ in
/// their rows.
/// </summary>
sealed class AxisIntervals
{
    readonly List<UInt128> _starts = [];
    readonly List<uint> _rows = [];

    AxisIntervals()
    {
    }

    public IReadOnlyList<UInt128> Starts => _starts;

    public List<uint> Rows => _rows;

    /// <summary>Row of packets that have no value on this axis: the rules that do not ask.</summary>
    public uint AbsentRow { get; private init; }

    /// <summary>Sweeps over the axis. A rule's bit begins as it stands at 0 and turns over at every end of its ranges.</summary>
    public static AxisIntervals Of(RuleAxis axis, RulePlacement placement, RowStore rows)
    {
        var atZero = new ulong[Math.Max(placement.Bits.Length / RulePlacement.WordBits, 1)];
        var indifferent = new ulong[atZero.Length];
        List<(UInt128 At, int Bit)> turns = [];
        for (int bit = 0; bit < placement.Bits.Length; bit++)
        {
            if (placement.Bits[bit] is not RuleSpec rule)
            {
                continue;
            }

            RuleMatch? match = axis.MatchOf(rule);
            if (match == null)
            {
                Set(indifferent, bit);
            }

            if (match == null || match.Negated)
            {
                Set(atZero, bit);
            }

            if (match != null)
            {
                AddTurns(turns, match, bit, axis.Most);
            }
        }

        rows.Load(indifferent);
        AxisIntervals intervals = new() { AbsentRow = rows.Number() };
        intervals.Sweep(turns, atZero, rows);
        return intervals;
    }

    /// <summary>An axis on which bits begin as <paramref name="atZero"/> says and turn over where <paramref name="turns"/> do.</summary>
    public static AxisIntervals OfTurns(List<(UInt128 At, int Bit)> turns, ReadOnlySpan<ulong> atZero, RowStore rows)
    {
        AxisIntervals intervals = new();
        intervals.Sweep(turns, atZero, rows);
        return intervals;
    }

    /// <summary>Where a bit turns over: at every end of its ranges.</summary>
    public static void AddTurns(List<(UInt128 At, int Bit)> turns, RuleMatch match, int bit, UInt128 most)
    {
        foreach (RuleRange range in Disjoint(match))
        {
            turns.Add((range.First, bit));
            if (range.Last != most)
            {
                turns.Add((range.Last + 1, bit));
            }
        }
    }

    /// <summary>The row of every value from 0 up to <paramref name="most"/>.</summary>
    public List<uint> Table(int most)
    {
        List<uint> table = new(most + 1);
        for (int interval = 0; interval < _starts.Count; interval++)
        {
            int end = interval + 1 < _starts.Count ? (int)UInt128.Min(_starts[interval + 1], (UInt128)most + 1) : most + 1;
            while (table.Count < end)
            {
                table.Add(_rows[interval]);
            }
        }

        return table;
    }

    void Sweep(List<(UInt128 At, int Bit)> turns, ReadOnlySpan<ulong> atZero, RowStore rows)
    {
        rows.Load(atZero);
        turns.Sort(static (left, right) => left.At.CompareTo(right.At));
        UInt128 start = 0;
        for (int i = 0; ;)
        {
            for (; i < turns.Count && turns[i].At == start; i++)
            {
                rows.Flip(turns[i].Bit);
            }

            uint row = rows.Number();
            if (_rows.Count == 0 || _rows[^1] != row)
            {
                _starts.Add(start);
                _rows.Add(row);
            }

            if (i == turns.Count)
            {
                return;
            }

            start = turns[i].At;
        }
    }

    /// <summary>The union as ranges that do not overlap, so that every end turns the bit over.</summary>
    static List<RuleRange> Disjoint(RuleMatch match)
    {
        List<RuleRange> disjoint = [];
        foreach (RuleRange range in match.Ranges.OrderBy(range => range.First))
        {
            if (disjoint.Count != 0 && range.First <= disjoint[^1].Last)
            {
                disjoint[^1] = new(disjoint[^1].First, UInt128.Max(disjoint[^1].Last, range.Last));
            }
            else
            {
                disjoint.Add(range);
            }
        }

        return disjoint;
    }

    static void Set(ulong[] words, int bit) => words[bit / RulePlacement.WordBits] |= 1ul << (bit % RulePlacement.WordBits);
}
