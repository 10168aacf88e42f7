using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Connections;

/// <summary>What connection tracking says of a packet.</summary>
public enum ConnectionState : byte
{
    New,
    Established,
    Related,
    Invalid,
    Untracked,
}

/// <summary>The words of <see cref="ConnectionState"/>.</summary>
public static class ConnectionStateWords
{
    static readonly string[] s_words = ["new", "established", "related", "invalid", "untracked"];

    public static string Word(this ConnectionState state) => s_words[(int)state];

    public static bool TryParse(ReadOnlySpan<char> word, out ConnectionState state)
    {
        int index = WordTable.IndexOf(s_words, word);
        state = index < 0 ? default : (ConnectionState)index;
        return index >= 0;
    }
}
