namespace Conntrack.Control.Settings;

/// <summary>Lines that one text has where another one has others: from the first up to, not including, the end.</summary>
readonly record struct LineChange(int Before, int BeforeEnd, int After, int AfterEnd);

/// <summary>
/// Which lines of two texts are the same ones. Lines that either text has once hold the rest in place (patience diff): most commands of a
/// configuration are unique, so it takes n log n, and what comes out are commands that moved or changed, not blanks and braces. A stretch
/// without any unique line is aligned line by line from both ends.
/// </summary>
static class LineAlignment
{
    /// <summary>The changes that make <paramref name="after"/> of <paramref name="before"/>, in order, with equal lines between them.</summary>
    public static List<LineChange> Changes(string[] before, string[] after)
    {
        List<LineChange> changes = [];

        // A stack and no recursion: what is behind the top comes later in the text.
        var stretches = new Stack<LineChange>([new LineChange(0, before.Length, 0, after.Length)]);
        while (stretches.TryPop(out LineChange stretch))
        {
            (int from, int to, int afterFrom, int afterTo) = Trim(before, after, stretch);
            if (from == to || afterFrom == afterTo)
            {
                Add(changes, new LineChange(from, to, afterFrom, afterTo));
                continue;
            }

            List<(int Before, int After)> anchors = Anchors(before, after, from, to, afterFrom, afterTo);
            if (anchors.Count == 0)
            {
                Add(changes, new LineChange(from, to, afterFrom, afterTo));
                continue;
            }

            stretches.Push(new LineChange(anchors[^1].Before + 1, to, anchors[^1].After + 1, afterTo));
            for (int i = anchors.Count - 1; i >= 0; i--)
            {
                (int start, int afterStart) = i == 0 ? (from, afterFrom) : (anchors[i - 1].Before + 1, anchors[i - 1].After + 1);
                stretches.Push(new LineChange(start, anchors[i].Before, afterStart, anchors[i].After));
            }
        }

        return changes;
    }

    static void Add(List<LineChange> changes, LineChange change)
    {
        if (change.Before == change.BeforeEnd && change.After == change.AfterEnd)
        {
            return;
        }

        // Two stretches with nothing between them are one change.
        if (changes is [.., var last] && last.BeforeEnd == change.Before && last.AfterEnd == change.After)
        {
            changes[^1] = last with { BeforeEnd = change.BeforeEnd, AfterEnd = change.AfterEnd };
        }
        else
        {
            changes.Add(change);
        }
    }

    static LineChange Trim(string[] before, string[] after, LineChange stretch)
    {
        (int from, int to, int afterFrom, int afterTo) = stretch;
        while (from < to && afterFrom < afterTo && before[from] == after[afterFrom])
        {
            from++;
            afterFrom++;
        }

        while (from < to && afterFrom < afterTo && before[to - 1] == after[afterTo - 1])
        {
            to--;
            afterTo--;
        }

        return new LineChange(from, to, afterFrom, afterTo);
    }

    /// <summary>The longest row of lines that each text has once in the stretch, in the same order in both.</summary>
    static List<(int Before, int After)> Anchors(string[] before, string[] after, int from, int to, int afterFrom, int afterTo)
    {
        Dictionary<string, int> unique = Unique(before, from, to), afterUnique = Unique(after, afterFrom, afterTo);
        (int Before, int After)[] pairs =
        [
            .. unique.Where(line => line.Value >= 0 && afterUnique.GetValueOrDefault(line.Key, -1) >= 0)
                .Select(line => (line.Value, afterUnique[line.Key])).OrderBy(pair => pair.Value),
        ];

        // Patience sorting: piles by ascending place in the second text, each card knows the one below it.
        List<int> tops = [];
        int[] below = new int[pairs.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            int pile = tops.BinarySearch(i, Comparer<int>.Create((left, right) => pairs[left].After.CompareTo(pairs[right].After)));
            pile = pile < 0 ? ~pile : pile;
            below[i] = pile == 0 ? -1 : tops[pile - 1];
            if (pile == tops.Count)
            {
                tops.Add(i);
            }
            else
            {
                tops[pile] = i;
            }
        }

        List<(int, int)> row = [];
        for (int i = tops.Count == 0 ? -1 : tops[^1]; i >= 0; i = below[i])
        {
            row.Add(pairs[i]);
        }

        row.Reverse();
        return row;
    }

    /// <summary>The place of each line in the stretch, -1 where it stands more than once.</summary>
    static Dictionary<string, int> Unique(string[] lines, int from, int to)
    {
        Dictionary<string, int> places = [];
        for (int i = from; i < to; i++)
        {
            places[lines[i]] = places.ContainsKey(lines[i]) ? -1 : i;
        }

        return places;
    }
}
