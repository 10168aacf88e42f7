namespace Conntrack.RouterOs.Connections;

/// <summary>What of a connection keeps it from being fasttracked.</summary>
public enum FastTrackObstacle : byte
{
    /// <summary>Nothing: it is, or no packet of it has passed a fasttrack-connection rule since it could be.</summary>
    None,

    /// <summary>Only TCP and UDP are.</summary>
    Protocol,

    /// <summary>A helper reads what it says.</summary>
    Helper,

    /// <summary>TCP whose handshake is not complete, or that is closing: every packet may be news.</summary>
    TcpState,

    /// <summary>UDP that nobody has answered.</summary>
    Unanswered,

    /// <summary>A rule wanted it, and its packets go by another routing table than main, or are bridged where that may not go fast.</summary>
    Way,
}

/// <summary>Obstacles in words.</summary>
public static class FastTrackObstacles
{
    /// <summary>Why a connection is not fasttracked; empty for one that is.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="general">What keeps every connection of its family from it; empty for nothing.</param>
    public static string Describe(Connection connection, string general) => connection switch
    {
        { } when connection.Has(ConnectionFlags.FastTrack) => "",
        { FastTrackObstacle: FastTrackObstacle.Protocol } => "only tcp and udp are fasttracked",
        { FastTrackObstacle: FastTrackObstacle.Helper } => "a helper reads its packets",
        { } when general.Length > 0 => general,
        { FastTrackObstacle: FastTrackObstacle.TcpState } => "its tcp-state is not established and assured",
        { FastTrackObstacle: FastTrackObstacle.Unanswered } => "it has no answer yet",
        { FastTrackObstacle: FastTrackObstacle.Way } => "its packets have a routing mark, come by a VRF, or are bridged where allow-fast-path=no",
        _ => "none of its packets has passed a fasttrack-connection rule",
    };
}
