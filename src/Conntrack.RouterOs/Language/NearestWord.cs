namespace Conntrack.RouterOs.Language;

/// <summary>Finds the valid word a typing error was meant to be: the one it abbreviates, or the one fewest slips away.</summary>
public static class NearestWord
{
    const int MaxLength = 40;

    /// <summary>Null when no candidate is near: about one slip per three letters is forgiven.</summary>
    public static string? Find(ReadOnlySpan<char> word, IEnumerable<string> candidates)
    {
        if (word.Length is 0 or > MaxLength)
        {
            return null;
        }

        string? nearest = null;
        int least = Math.Max(1, word.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            if (candidate.Length > MaxLength)
            {
                continue;
            }

            // An abbreviation, which a RouterOS terminal completes by itself, beats any slip but a single one.
            int distance = word.Length >= 2 && candidate.AsSpan().StartsWith(word, StringComparison.OrdinalIgnoreCase)
                ? 1
                : Distance(word, candidate);
            if (distance < least || (distance == least && nearest is not null && candidate.Length < nearest.Length))
            {
                least = distance;
                nearest = candidate;
            }
        }

        return nearest;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), letter case ignored.</summary>
    static int Distance(ReadOnlySpan<char> word, ReadOnlySpan<char> candidate)
    {
        Span<int> before = stackalloc int[MaxLength + 1];
        Span<int> above = stackalloc int[MaxLength + 1];
        Span<int> row = stackalloc int[MaxLength + 1];
        for (int j = 0; j <= candidate.Length; j++)
        {
            above[j] = j;
        }

        for (int i = 1; i <= word.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= candidate.Length; j++)
            {
                int cost = Same(word[i - 1], candidate[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
                if (i > 1 && j > 1 && Same(word[i - 1], candidate[j - 2]) && Same(word[i - 2], candidate[j - 1]))
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            Span<int> free = before;
            before = above;
            above = row;
            row = free;
        }

        return above[candidate.Length];
    }

    static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
