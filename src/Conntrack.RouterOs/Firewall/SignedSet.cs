namespace Conntrack.RouterOs.Firewall;

/// <summary>Bits that have to be set and bits that must not be; the others do not matter.</summary>
public readonly record struct SignedSet<T>(T Set, T Clear)
    where T : struct, Enum;
