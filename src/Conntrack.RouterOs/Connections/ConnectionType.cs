using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Connections;

/// <summary>The application protocol a helper has recognised; <see cref="None"/> prints as nothing.</summary>
public enum ConnectionType : byte
{
    None,
    Ftp,
    H323,
    Irc,
    Pptp,
    Quake3,
    Sip,
    Tftp,
}

/// <summary>The words of <see cref="ConnectionType"/>.</summary>
public static class ConnectionTypeWords
{
    static readonly string[] s_words = ["", "ftp", "h323", "irc", "pptp", "quake3", "sip", "tftp"];

    public static string Word(this ConnectionType type) => s_words[(int)type];

    public static bool TryParse(ReadOnlySpan<char> word, out ConnectionType type)
    {
        int index = WordTable.IndexOf(s_words, word);
        type = index < 0 ? default : (ConnectionType)index;
        return index >= 0;
    }
}
