namespace Conntrack.Firewall.Compilation;

/// <summary>Lays intervals out as the search tree that <see cref="IntervalAxis"/> describes.</summary>
static class IntervalTree
{
    const int Keys = IntervalAxis.Keys;

    /// <summary>The tree of values of 32 bits and its row numbers.</summary>
    public static IntervalAxis Place4(AxisIntervals intervals, ImageParts parts)
    {
        List<UInt128> keys = KeysOf(intervals.Starts, uint.MaxValue, out uint levels);
        List<uint> tree = new(keys.Count);
        foreach (UInt128 key in keys)
        {
            tree.Add((uint)key ^ IntervalAxis.Turn4);
        }

        return Axis(parts.Place(tree), levels, parts.Place(intervals.Rows));
    }

    /// <summary>The tree of values of 128 bits and its row numbers.</summary>
    public static IntervalAxis Place6(AxisIntervals intervals, ImageParts parts)
    {
        List<UInt128> keys = KeysOf(intervals.Starts, UInt128.MaxValue, out uint levels);
        List<ulong> tree = new(keys.Count * 2);
        for (int block = 0; block < keys.Count; block += Keys)
        {
            for (int key = block; key < block + Keys; key++)
            {
                tree.Add((ulong)(keys[key] >> 64) ^ IntervalAxis.Turn6);
            }

            for (int key = block; key < block + Keys; key++)
            {
                tree.Add((ulong)keys[key] ^ IntervalAxis.Turn6);
            }
        }

        return Axis(parts.Place(tree), levels, parts.Place(intervals.Rows));
    }

    static IntervalAxis Axis(uint tree, uint levels, uint rows) =>
        new() { Tree = tree, Levels = levels, Rows = rows - (IntervalAxis.WholeBlocks(levels) * sizeof(uint)) };

    /// <summary>All keys, block after block from the root down.</summary>
    static List<UInt128> KeysOf(IReadOnlyList<UInt128> starts, UInt128 most, out uint levels)
    {
        List<UInt128> lowest = new(starts.Count);
        for (int i = 1; i < starts.Count; i++)
        {
            lowest.Add(starts[i] - 1);
        }

        lowest.Add(most);
        List<List<UInt128>> fromBelow = [Filled(lowest, most)];
        while (fromBelow[^1].Count > Keys)
        {
            List<UInt128> children = fromBelow[^1];
            List<UInt128> level = new(children.Count / Keys);
            for (int last = Keys - 1; last < children.Count; last += Keys)
            {
                level.Add(children[last]);
            }

            fromBelow.Add(Filled(level, most));
        }

        // Where nothing divides the values there is nothing to look for.
        levels = starts.Count == 1 ? 0 : (uint)fromBelow.Count;
        List<UInt128> keys = [];
        int whole = Keys;
        for (int level = fromBelow.Count - 1; level >= 0; level--, whole *= Keys)
        {
            keys.AddRange(fromBelow[level]);

            // Blocks of inner levels stand where their numbers say, also behind the last one in use.
            for (int key = fromBelow[level].Count; level != 0 && key < whole; key++)
            {
                keys.Add(most);
            }
        }

        return keys;
    }

    static List<UInt128> Filled(List<UInt128> level, UInt128 most)
    {
        while (level.Count % Keys != 0)
        {
            level.Add(most);
        }

        return level;
    }
}
