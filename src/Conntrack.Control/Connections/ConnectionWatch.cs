using System.Threading.Channels;

namespace Conntrack.Control.Connections;

/// <summary>One of what a watcher reads: something that happened, or how much was lost in its place.</summary>
/// <param name="Sequence">Its number; of a loss the first of those lost. Numbers begin with 1 and have no gap but the losses.</param>
/// <param name="Happening">Null for a loss.</param>
/// <param name="Lost">How many were lost.</param>
public readonly record struct WatchItem(ulong Sequence, ConnectionHappening? Happening, ulong Lost);

/// <summary>
/// What one watcher has not read yet, bounded: who reads too slowly loses what comes meanwhile, is told exactly how much, and holds up nobody.
/// </summary>
public sealed class ConnectionWatch : IDisposable
{
    readonly Channel<WatchItem> _waiting;
    readonly Func<ConnectionHappening, bool> _wants;
    readonly Action<ConnectionWatch> _end;
    ulong _sequence, _lostFrom, _lost;

    internal ConnectionWatch(Func<ConnectionHappening, bool> wants, int room, Action<ConnectionWatch> end)
    {
        _waiting = Channel.CreateBounded<WatchItem>(new BoundedChannelOptions(room) { SingleWriter = true, SingleReader = true });
        _wants = wants;
        _end = end;
    }

    /// <summary>Waits until there is something, and takes it all, up to a number. Empty when the router has ended.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<IReadOnlyList<WatchItem>> ReadAsync(int most, CancellationToken cancelled)
    {
        List<WatchItem> items = [];
        if (await _waiting.Reader.WaitToReadAsync(cancelled))
        {
            while (items.Count < most && _waiting.Reader.TryRead(out WatchItem item))
            {
                items.Add(item);
            }
        }

        return items;
    }

    /// <inheritdoc/>
    public void Dispose() => _end(this);

    /// <summary>No more will come.</summary>
    internal void Complete() => _waiting.Writer.TryComplete();

    /// <summary>Something has happened. As everything below, called by one thread.</summary>
    internal void Offer(ConnectionHappening happening)
    {
        if (!_wants(happening))
        {
            return;
        }

        TellLost();
        _sequence++;
        if (_lost != 0 || !_waiting.Writer.TryWrite(new WatchItem(_sequence, happening, 0)))
        {
            Lose(_sequence, 1);
        }
    }

    /// <summary>Events that nobody knows more of than how many: any of them may have been wanted.</summary>
    internal void OfferLost(ulong count)
    {
        Lose(_sequence + 1, count);
        _sequence += count;
    }

    /// <summary>Tells of what was lost, as soon as there is room.</summary>
    internal void TellLost()
    {
        if (_lost != 0 && _waiting.Writer.TryWrite(new WatchItem(_lostFrom, null, _lost)))
        {
            _lost = 0;
        }
    }

    void Lose(ulong from, ulong count)
    {
        _lostFrom = _lost == 0 ? from : _lostFrom;
        _lost += count;
    }
}
