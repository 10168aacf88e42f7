namespace Conntrack.RouterOs.Language;

/// <summary>The language's own commands, which RouterOS calls global: known in every menu, with a colon in front where it could be mistaken.</summary>
public static class ScriptCommands
{
    static readonly string[] s_names =
    [
        "beep", "break", "continue", "convert", "delay", "deserialize", "do", "environment", "error", "execute", "exit", "find", "for",
        "foreach", "global", "grep", "if", "import", "jobname", "len", "local", "log", "nothing", "onerror", "parse", "pick", "ping", "put",
        "quit", "range", "resolve", "retry", "return", "rndnum", "rndstr", "serialize", "set", "terminal", "time", "timestamp", "toarray",
        "tobool", "tocrlf", "toid", "toip", "toip6", "tolf", "tonsec", "tonum", "tostr", "totime", "typeof", "while",
    ];

    static readonly HashSet<string> s_known = [.. s_names];

    /// <summary>The words of their arguments in front of which braces hold commands and not an array.</summary>
    static readonly HashSet<string> s_code = ["do", "else", "on-error", "command"];

    /// <summary>Commands whose first argument without a name is code too.</summary>
    static readonly HashSet<string> s_codeAlone = [":do", ":time", ":execute", ":parse"];

    /// <summary>All of them with their colon.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_names.Select(static name => ":" + name)];

    /// <summary>Whether the word, without a colon, is one of them.</summary>
    public static bool Contains(ReadOnlySpan<char> word) => s_known.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);

    /// <summary>Whether braces behind <paramref name="argument"/> (empty: an argument without a name) of that command hold commands.</summary>
    internal static bool TakesCode(string command, string argument) =>
        command[0] == ':'
        && (argument.Length == 0 ? s_codeAlone.Contains(command)
            : s_code.Contains(argument) || (argument == "in" && command == ":onerror"));
}
