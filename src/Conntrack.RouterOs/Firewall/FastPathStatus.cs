namespace Conntrack.RouterOs.Firewall;

/// <summary>
/// How the packets of one family may go past the firewall: FastPath, when it has neither rules nor tracking, and FastTrack, for connections
/// that a rule names. Only one of them can be active at a time. Counts are since the router started.
/// </summary>
public sealed record FastPathStatus
{
    public bool IsFastPathActive { get; init; }

    public RuleCounters FastPath { get; init; }

    /// <summary>Connections are fasttracked now.</summary>
    public bool IsFastTrackActive { get; init; }

    public RuleCounters FastTrack { get; init; }

    /// <summary>Why FastTrack is not active, in words; empty while it is.</summary>
    public string Obstacle { get; init; } = "";

    /// <summary>No connection can be fasttracked, for <see cref="Obstacle"/>.</summary>
    public bool IsBarred { get; init; }

    /// <summary>What a family's configuration and what its flow caches hold come to.</summary>
    /// <param name="isAllowed">allow-fast-path.</param>
    /// <param name="isTracked">Connections of the family are tracked.</param>
    /// <param name="rules">All rules.</param>
    /// <param name="family">The family.</param>
    /// <param name="lines">Directions of connections that are fasttracked now.</param>
    public static FastPathStatus Of(bool isAllowed, bool isTracked, FirewallRules rules, RuleFamily family, ulong lines)
    {
        FirewallRule[] inForce = [.. Enum.GetValues<RuleTable>().SelectMany(table => rules.Of(family, table)).Where(static rule => !rule.Disabled)];
        string obstacle = !isAllowed ? "allow-fast-path=no"
            : !isTracked ? "connections are not tracked"
            : !inForce.Any(static rule => rule.Action == RuleAction.FastTrackConnection) ? "no rule has action=fasttrack-connection"
            : "";
        bool isBarred = obstacle.Length > 0;
        obstacle = !isBarred && lines == 0 ? "no connection is fasttracked" : obstacle;
        return new FastPathStatus
        {
            IsFastPathActive = isAllowed && !isTracked && inForce.Length == 0,
            IsFastTrackActive = obstacle.Length == 0,
            Obstacle = obstacle,
            IsBarred = isBarred,
        };
    }
}
