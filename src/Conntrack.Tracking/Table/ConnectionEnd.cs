namespace Conntrack.Tracking.Table;

/// <summary>Why a connection is no more. Every record that was ever taken ends in exactly one of these.</summary>
public enum ConnectionEnd : byte
{
    /// <summary>Its timeout passed.</summary>
    Expired = 0,

    /// <summary>A packet of its own ended it: a RST that answers a SYN, an ICMP-like refusal of its protocol.</summary>
    Closed = 1,

    /// <summary>A packet with its tuple began another connection in its place.</summary>
    Reopened = 2,

    /// <summary>Its first packet never left: dropped by a rule, by a route, or because there was no room for it.</summary>
    Unconfirmed = 3,

    /// <summary>Somebody removed it from the connection list.</summary>
    Deleted = 4,

    /// <summary>It was masqueraded to an address that the router lost.</summary>
    AddressLost = 5,

    /// <summary>Gave way in a full table, never answered.</summary>
    EvictedHalfOpen = 6,

    /// <summary>Gave way in a full table, answered but not assured.</summary>
    EvictedUnassured = 7,

    /// <summary>Gave way in a nearly full table: idle for longer than the timeout that is left of its own one under pressure.</summary>
    EvictedIdle = 8,

    /// <summary>The router's own, not assured, gave way to another one of the router's own.</summary>
    EvictedOwn = 9,

    /// <summary>How many there are.</summary>
    Count = 10,
}

/// <summary>What the ends are called, and which of them are evictions.</summary>
public static class ConnectionEnds
{
    static readonly string[] s_names =
    [
        "expired", "closed", "reopened", "unconfirmed", "deleted", "address-lost",
        "evicted-half-open", "evicted-unassured", "evicted-idle", "evicted-own",
    ];

    /// <summary>As statistics name it.</summary>
    public static string Name(ConnectionEnd end) => s_names[(int)end];

    /// <summary>Whether it would have lived on, had there been more room.</summary>
    public static bool IsEviction(ConnectionEnd end) => end >= ConnectionEnd.EvictedHalfOpen;

    /// <summary>Why one of a class gives way.</summary>
    public static ConnectionEnd Of(EvictionClass given) => given switch
    {
        EvictionClass.HalfOpen => ConnectionEnd.EvictedHalfOpen,
        EvictionClass.Own => ConnectionEnd.EvictedOwn,
        _ => ConnectionEnd.EvictedUnassured,
    };
}
