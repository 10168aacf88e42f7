namespace Conntrack.RouterOs.Console;

/// <summary>A command as typed, and where.</summary>
/// <param name="Command">One line, or several.</param>
public sealed record ConsoleRequest(string Command)
{
    /// <summary>The menu it is typed in, as in a prompt: <c>/ip/firewall/filter</c>; empty for the root.</summary>
    public string Menu { get; init; } = "";

    /// <summary>Ids of the entries that a print need not show again; it adds those it shows. Null when it is to show all.</summary>
    public ISet<string>? Seen { get; init; }
}
