using Conntrack.Control.Connections;
using Conntrack.V1;
using Google.Protobuf.WellKnownTypes;
using Entry = Conntrack.RouterOs.Connections.Connection;

namespace Conntrack.Daemon.Api;

/// <summary>From what happened to connections to the messages that tell it.</summary>
static class EventMessages
{
    public static ConnectionEventType TypeOf(HappeningKind kind) => kind switch
    {
        HappeningKind.Existing => ConnectionEventType.Existing,
        HappeningKind.New => ConnectionEventType.New,
        HappeningKind.NatBinding => ConnectionEventType.NatBinding,
        HappeningKind.Update => ConnectionEventType.Update,
        HappeningKind.Destroy => ConnectionEventType.Destroy,
        _ => ConnectionEventType.Unspecified,
    };

    /// <summary>Connections that were there when the watch began.</summary>
    public static WatchConnectionsResponse Existing(IEnumerable<Entry> connections)
    {
        var time = Timestamp.FromDateTime(DateTime.UtcNow);
        return new WatchConnectionsResponse
        {
            Events =
            {
                connections.Select(connection => new ConnectionEvent
                {
                    Type = ConnectionEventType.Existing, Time = time, Connection = ConnectionMessages.Of(connection),
                }),
            },
        };
    }

    /// <summary>Everything in its order: events together, what was lost in a message of its own.</summary>
    public static IEnumerable<WatchConnectionsResponse> Of(IReadOnlyList<WatchItem> items)
    {
        WatchConnectionsResponse? page = null;
        foreach (WatchItem item in items)
        {
            if (item.Happening is { } happening)
            {
                page ??= new WatchConnectionsResponse();
                page.Events.Add(Of(item.Sequence, happening));
                continue;
            }

            if (page is not null)
            {
                yield return page;
                page = null;
            }

            yield return new WatchConnectionsResponse { Lost = new LostEvents { FirstSequence = item.Sequence, Count = item.Lost } };
        }

        if (page is not null)
        {
            yield return page;
        }
    }

    static ConnectionEvent Of(ulong sequence, ConnectionHappening happening)
    {
        bool ended = happening.Kind == HappeningKind.Destroy;
        return new ConnectionEvent
        {
            Sequence = sequence,
            Type = TypeOf(happening.Kind),
            Time = Timestamp.FromDateTimeOffset(happening.Time),
            Connection = ConnectionMessages.Of(happening.Connection),
            Reason = ReasonOf(happening.Reason),
            Duration = ended ? Duration.FromTimeSpan(happening.Duration) : null,
        };
    }

    static ConnectionEndReason ReasonOf(DestroyReason reason) => reason switch
    {
        DestroyReason.Timeout => ConnectionEndReason.Timeout,
        DestroyReason.TcpClose => ConnectionEndReason.TcpClose,
        DestroyReason.Closed => ConnectionEndReason.Closed,
        DestroyReason.Replaced => ConnectionEndReason.Replaced,
        DestroyReason.Evicted => ConnectionEndReason.Evicted,
        DestroyReason.Deleted => ConnectionEndReason.Deleted,
        DestroyReason.Flushed => ConnectionEndReason.Flushed,
        _ => ConnectionEndReason.Unspecified,
    };
}
