using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary>One entry of <c>/ip firewall layer7-protocol</c>; RouterOS cannot disable one.</summary>
public sealed record Layer7Settings : ConfigurationEntry
{
    public required string Name { get; init; }

    /// <summary>A POSIX regular expression over the first bytes of a connection, upper and lower case alike. Empty matches nothing.</summary>
    public string Regexp { get; init; } = "";
}
