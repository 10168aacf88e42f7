using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Firewall;

/// <summary>What a rule does with a packet that matches.</summary>
public enum RuleAction : byte
{
    /// <summary>The packet passes; no later rule of the chain sees it.</summary>
    Accept,

    /// <summary>The packet is gone; no later rule sees it.</summary>
    Drop,

    /// <summary>The packet is counted and goes on to the next rule.</summary>
    Passthrough,

    /// <summary>The packet's connection takes the fast path from now on; this packet goes on to the next rule.</summary>
    FastTrackConnection,

    /// <summary>The packet is not tracked: its connection-state will be untracked.</summary>
    NoTrack,
}

/// <summary>The words of <see cref="RuleAction"/>.</summary>
public static class RuleActionWords
{
    static readonly string[] s_words = ["accept", "drop", "passthrough", "fasttrack-connection", "notrack"];

    public static string Word(this RuleAction action) => s_words[(int)action];

    public static bool TryParse(ReadOnlySpan<char> word, out RuleAction action)
    {
        int index = WordTable.IndexOf(s_words, word);
        action = index < 0 ? default : (RuleAction)index;
        return index >= 0;
    }

    /// <summary>
    /// Whether rules of <paramref name="table"/> may do this: fasttrack-connection needs a connection, notrack must not have one.
    /// </summary>
    public static bool BelongsTo(this RuleAction action, RuleTable table) => action switch
    {
        RuleAction.FastTrackConnection => table == RuleTable.Filter,
        RuleAction.NoTrack => table == RuleTable.Raw,
        _ => true,
    };
}
