using Conntrack.RouterOs.Connections;

namespace Conntrack.Control.Connections;

/// <summary>What a watcher is told of.</summary>
public enum HappeningKind
{
    /// <summary>It was there already when the watch began.</summary>
    Existing,

    /// <summary>A connection was opened.</summary>
    New,

    /// <summary>It was opened with a translation: what its reply comes to is not the mirror of its original.</summary>
    NatBinding,

    /// <summary>Its state, flags or mark changed.</summary>
    Update,

    /// <summary>It ended.</summary>
    Destroy,
}

/// <summary>Why a connection ended.</summary>
public enum DestroyReason
{
    None,
    Timeout,
    TcpClose,
    Closed,
    Replaced,
    Evicted,
    Deleted,
    Flushed,
}

/// <summary>Something that happened to a connection.</summary>
/// <param name="kind">What.</param>
/// <param name="reason">Why, of an end.</param>
/// <param name="time">When.</param>
/// <param name="duration">How long it had lived then; exact to 10 ms.</param>
/// <param name="entry">Makes the connection as it was then; asked once, and only if anybody wants to see it.</param>
public sealed class ConnectionHappening(
    HappeningKind kind, DestroyReason reason, DateTimeOffset time, TimeSpan duration, Func<Connection> entry)
{
    Connection? _connection;

    public HappeningKind Kind => kind;

    public DestroyReason Reason => reason;

    public DateTimeOffset Time => time;

    public TimeSpan Duration => duration;

    /// <summary>The connection as it was then.</summary>
    public Connection Connection => _connection ??= entry();

    /// <summary>The same as something else.</summary>
    internal ConnectionHappening As(HappeningKind other) => new(other, DestroyReason.None, time, duration, () => Connection);
}
