using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary>
/// One entry of <c>/ip firewall address-list</c>. There may be a million: the text of an address is made when somebody wants to read it, and
/// the name of the list is one object for all its entries.
/// </summary>
public sealed record ListedAddress : ConfigurationEntry
{
    public required string List { get; init; }

    /// <summary>A name of the DNS that stands for its addresses, as written; null for the addresses from <see cref="First"/> to <see cref="Last"/>.</summary>
    public string? Name { get; init; }

    /// <summary>In host order; IPv4 in the low 32 bits.</summary>
    public UInt128 First { get; init; }

    /// <summary>In host order; not below <see cref="First"/>.</summary>
    public UInt128 Last { get; init; }

    /// <summary>How long it stays, counted from when the router took it in; null for ever.</summary>
    public TimeSpan? Timeout { get; init; }
}
