using System.Collections.Immutable;
using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Firewall;

/// <summary>The table a rule stands in. Packets pass raw before connection tracking, the others behind it.</summary>
public enum RuleTable : byte
{
    Raw,

    /// <summary>What packets are marked with, and what is written into their headers.</summary>
    Mangle,

    /// <summary>Only the first packet of a connection passes it; what it decides holds for all of them.</summary>
    Nat,
    Filter,
}

/// <summary>The words of <see cref="RuleTable"/>, and the chains each table has.</summary>
public static class RuleTableWords
{
    static readonly string[] s_words = ["raw", "mangle", "nat", "filter"];
    static readonly ImmutableArray<string> s_raw = ["prerouting", "output"];
    static readonly ImmutableArray<string> s_mangle = ["prerouting", "input", "forward", "output", "postrouting"];
    static readonly ImmutableArray<string> s_nat = ["srcnat", "dstnat", "input", "output"];
    static readonly ImmutableArray<string> s_filter = ["input", "forward", "output"];

    public static string Word(this RuleTable table) => s_words[(int)table];

    public static bool TryParse(ReadOnlySpan<char> word, out RuleTable table)
    {
        int index = WordTable.IndexOf(s_words, word);
        table = index < 0 ? default : (RuleTable)index;
        return index >= 0;
    }

    /// <summary>The chains packets enter by themselves; any other name is a chain that only a jump reaches.</summary>
    public static ImmutableArray<string> Chains(this RuleTable table) => table switch
    {
        RuleTable.Raw => s_raw,
        RuleTable.Mangle => s_mangle,
        RuleTable.Nat => s_nat,
        _ => s_filter,
    };
}
