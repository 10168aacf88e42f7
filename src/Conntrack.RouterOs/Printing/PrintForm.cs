namespace Conntrack.RouterOs.Printing;

/// <summary>The forms of RouterOS's <c>print</c>.</summary>
public enum PrintForm : byte
{
    /// <summary>A table of the most wanted columns.</summary>
    Brief,

    /// <summary>Every property as <c>name=value</c>, wrapped, a blank line between entries.</summary>
    Detail,

    /// <summary>Every property as <c>name=value</c>, one line an entry, no legend.</summary>
    Terse,

    /// <summary>A table of the counters.</summary>
    Stats,

    /// <summary>The number of entries.</summary>
    CountOnly,

    /// <summary>The array a script gets, as <c>:put</c> writes it.</summary>
    AsValue,

    /// <summary>A property a line, the values of all entries beside each other.</summary>
    ValueList,
}

/// <summary>The words of <see cref="PrintForm"/>.</summary>
public static class PrintFormWords
{
    static readonly string[] s_words = ["brief", "detail", "terse", "stats", "count-only", "as-value", "value-list"];

    public static string Word(this PrintForm form) => s_words[(int)form];

    public static bool TryParse(ReadOnlySpan<char> word, out PrintForm form)
    {
        int index = WordTable.IndexOf(s_words, word);
        form = index < 0 ? default : (PrintForm)index;
        return index >= 0;
    }
}
