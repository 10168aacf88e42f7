namespace Conntrack.RouterOs.Printing;

/// <summary>The flags of a menu in their columns: those that no entry has together may share one.</summary>
static class PrintFlags
{
    /// <summary>The indices of flags by column, in order.</summary>
    /// <param name="flags">Every flag of the menu.</param>
    /// <param name="shared">Whether flags share columns at all.</param>
    public static IReadOnlyList<int[]> Columns(IReadOnlyList<PrintFlag> flags, bool shared)
    {
        var columns = new List<List<int>>();
        for (int i = 0; i < flags.Count; i++)
        {
            if (columns.Count == 0 || !shared || !flags[i].SharesColumn)
            {
                columns.Add([]);
            }

            columns[^1].Add(i);
        }

        return [.. columns.Select(static column => column.ToArray())];
    }

    /// <summary>The letter of a column: that of the last of its flags that is set, or a blank.</summary>
    public static char Letter(IReadOnlyList<PrintFlag> flags, int[] column, ulong flagSet)
    {
        char letter = ' ';
        foreach (int flag in column)
        {
            letter = (flagSet >> flag & 1) != 0 ? flags[flag].Letter : letter;
        }

        return letter;
    }

    /// <summary>One row's letters, every column in its place.</summary>
    public static string Line(IReadOnlyList<PrintFlag> flags, ulong flagSet) =>
        string.Concat(Columns(flags, shared: true).Select(column => Letter(flags, column, flagSet)));
}
