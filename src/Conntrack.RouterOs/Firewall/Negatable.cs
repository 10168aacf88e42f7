namespace Conntrack.RouterOs.Firewall;

/// <summary>
/// What a matcher compares with; <paramref name="Negated"/> when it stands behind a <c>!</c> and everything else matches.
/// </summary>
public readonly record struct Negatable<T>(T Value, bool Negated = false);
