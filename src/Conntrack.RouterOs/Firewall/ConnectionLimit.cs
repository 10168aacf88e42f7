namespace Conntrack.RouterOs.Firewall;

/// <summary>
/// Holds once sources within one prefix have <paramref name="Count"/> connections.
/// </summary>
/// <param name="Count">Connections.</param>
/// <param name="PrefixLength">What counts as one source; 32 or 128 for single addresses.</param>
public readonly record struct ConnectionLimit(uint Count, byte PrefixLength);
