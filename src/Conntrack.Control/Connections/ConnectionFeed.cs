using Conntrack.Dataplane.Hosting;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.Table;
using Connection = Conntrack.RouterOs.Connections.Connection;

namespace Conntrack.Control.Connections;

/// <summary>
/// Hands on what the workers tell of their connections to everybody who watches. It runs only while somebody does; a worker whose ring is full goes
/// on without it, and a watcher that does not read loses only what is its own.
/// </summary>
/// <param name="dataplane">Whose workers tell.</param>
/// <param name="toEntry">A connection as it is listed.</param>
sealed class ConnectionFeed(DataplaneHost dataplane, Func<LiveConnection, Connection> toEntry) : IDisposable
{
    /// <summary>While nothing happens; a ring holds far more than comes in this time.</summary>
    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(2);

    readonly Lock _lock = new();
    readonly ulong[] _lost = new ulong[dataplane.Options.Workers];
    volatile ConnectionWatch[] _watches = [];
    Thread? _thread;
    bool _ended;

    /// <summary>Everything that happens from the return of this call on.</summary>
    /// <param name="wants">Called for everything that happens, by the thread that hands it on.</param>
    /// <param name="room">Most that may wait to be read.</param>
    /// <exception cref="ObjectDisposedException">The router has ended.</exception>
    public ConnectionWatch Watch(Func<ConnectionHappening, bool> wants, int room)
    {
        var watch = new ConnectionWatch(wants, room, End);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            if (_thread is null)
            {
                for (int worker = 0; worker < _lost.Length; worker++)
                {
                    _lost[worker] = dataplane.LostEvents(worker);
                }

                dataplane.BeginWatching();
                _watches = [watch];
                _thread = new Thread(Run) { IsBackground = true, Name = "ct-events" };
                _thread.Start();
            }
            else
            {
                _watches = [.. _watches, watch];
            }
        }

        return watch;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Thread? thread;
        lock (_lock)
        {
            _ended = true;
            foreach (ConnectionWatch watch in _watches)
            {
                watch.Complete();
            }

            _watches = [];
            thread = _thread;
        }

        thread?.Join();
    }

    void End(ConnectionWatch watch)
    {
        lock (_lock)
        {
            _watches = [.. _watches.Where(other => other != watch)];
        }
    }

    void Run()
    {
        while (true)
        {
            if (!Drain())
            {
                Thread.Sleep(s_pause);
            }

            if (_watches.Length != 0)
            {
                continue;
            }

            lock (_lock)
            {
                if (_watches.Length == 0)
                {
                    dataplane.EndWatching();
                    _thread = null;
                    return;
                }
            }
        }
    }

    /// <summary>Hands on what there is. True when there was anything.</summary>
    bool Drain()
    {
        bool any = false;
        for (int worker = 0; worker < _lost.Length; worker++)
        {
            // As many as its ring holds, so that a worker that never ends does not keep the others waiting.
            ulong now = dataplane.Now;
            DateTimeOffset clock = DateTimeOffset.UtcNow;
            uint rest = EventRing.Capacity;
            for (; rest != 0 && dataplane.TryReadEvent(worker, out DataplaneEvent happened); rest--)
            {
                any = true;
                TellLost(worker, happened.LostBefore);
                Tell(happened, clock - TimeSpan.FromMicroseconds(Age(now, happened.Time)));
            }

            if (rest != 0)
            {
                // The ring was empty: what was lost meanwhile came behind all that was read, and nothing behind it may come to tell of it.
                TellLost(worker, dataplane.LostEvents(worker));
            }
        }

        foreach (ConnectionWatch watch in _watches)
        {
            watch.TellLost();
        }

        return any;
    }

    void TellLost(int worker, ulong lost)
    {
        ulong count = lost - _lost[worker];
        if (count == 0)
        {
            return;
        }

        _lost[worker] = lost;
        foreach (ConnectionWatch watch in _watches)
        {
            watch.OfferLost(count);
        }
    }

    void Tell(in DataplaneEvent happened, DateTimeOffset time)
    {
        LiveConnection connection = happened.Connection;
        uint ticks = Timestamp.Tick(happened.Time) - connection.Snapshot.StartTick;
        var duration = TimeSpan.FromMicroseconds((double)ticks * Timestamp.MicrosecondsPerTick);
        HappeningKind kind = happened.Kind switch
        {
            EventKind.Created => HappeningKind.New,
            EventKind.Ended => HappeningKind.Destroy,
            _ => HappeningKind.Update,
        };
        var happening = new ConnectionHappening(
            kind, kind == HappeningKind.Destroy ? ReasonOf(happened) : DestroyReason.None, time, duration, () => toEntry(connection));
        Offer(happening);
        if (kind == HappeningKind.New && IsTranslated(connection.Snapshot))
        {
            Offer(happening.As(HappeningKind.NatBinding));
        }
    }

    void Offer(ConnectionHappening happening)
    {
        foreach (ConnectionWatch watch in _watches)
        {
            watch.Offer(happening);
        }
    }

    static bool IsTranslated(in ConnectionSnapshot connection) => (connection.Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat)) != 0;

    static DestroyReason ReasonOf(in DataplaneEvent happened) => happened.End switch
    {
        ConnectionEnd.Expired when IsOrderlyEnd(happened.Connection.Snapshot) => DestroyReason.TcpClose,
        ConnectionEnd.Expired => DestroyReason.Timeout,
        ConnectionEnd.Closed when happened.Connection.Snapshot.Protocol == IpProtocol.Tcp => DestroyReason.TcpClose,
        ConnectionEnd.Closed => DestroyReason.Closed,
        ConnectionEnd.Reopened => DestroyReason.Replaced,
        ConnectionEnd.AddressLost => DestroyReason.Flushed,
        _ when ConnectionEnds.IsEviction(happened.End) => DestroyReason.Evicted,
        _ => DestroyReason.Deleted,
    };

    /// <summary>TCP that was closed or reset lingers for its timeout in one of these states; that this passes is its end and no silence.</summary>
    static bool IsOrderlyEnd(in ConnectionSnapshot connection) =>
        connection.Protocol == IpProtocol.Tcp && connection.State is (byte)TcpState.TimeWait or (byte)TcpState.Close;

    static double Age(ulong now, ulong time) => Math.Max(0, (double)Timestamp.ToMicroseconds(now) - Timestamp.ToMicroseconds(time));
}
