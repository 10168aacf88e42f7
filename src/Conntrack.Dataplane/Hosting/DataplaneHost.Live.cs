using Conntrack.Dataplane.Abi;
using Conntrack.Memory;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Hosting;

/// <content>What may be done to a dataplane while its workers run: replace its settings, end some of its connections.</content>
/// <remarks>
/// Calls that change something take one lock: they are the producer of every mailbox and the owner of the spare block of parameters. They
/// wait for workers, which answer within a burst or two.
/// </remarks>
public sealed unsafe partial class DataplaneHost
{
    /// <summary>A burst takes microseconds; a worker that does not come round in this time never will.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    readonly Lock _changes = new();
    DataplaneClock? _clock;
    TrackingParameters* _spareTracking;

    /// <summary>The dataplane's time (see <see cref="Timestamp"/>), which started when it was created. Not for replay.</summary>
    public ulong Now => (_clock ??= new DataplaneClock(_settings->ClockStart)).Now();

    /// <summary>The most that max-entries can be set to.</summary>
    public uint ReservedEntries => _settings->ReservedEntries;

    /// <summary>What each worker has done; words that are read one by one while it goes on.</summary>
    public IReadOnlyList<WorkerCounters> WorkerCounters()
    {
        var workers = new WorkerCounters[_settings->Workers];
        for (int w = 0; w < workers.Length; w++)
        {
            WorkerState* state = _settings->WorkerStates + w;
            workers[w] = new WorkerCounters(
                state->Received,
                state->Sent,
                state->Bursts,
                state->EmptyPolls,
                state->Connections4->Records.Count + state->Connections6->Records.Count,
                state->HandedOver,
                state->TakenOver,
                state->ToursRefused);
        }

        return workers;
    }

    /// <summary>The settings in force.</summary>
    public TrackingParameters Tracking
    {
        get
        {
            lock (_changes)
            {
                return *_settings->Tracking;
            }
        }
    }

    /// <summary>
    /// Replaces the settings. When this returns, every worker uses them, for live connections as well: a timeout takes effect with the next
    /// packet of each. No packet is judged by a mixture of old and new.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">More entries than address space was reserved for.</exception>
    /// <exception cref="TimeoutException">A worker hangs.</exception>
    public void ReplaceTracking(in TrackingParameters parameters)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parameters.MaxEntries, _settings->ReservedEntries);
        lock (_changes)
        {
            if (_spareTracking == null)
            {
                _spareTracking = _memory.Allocate<TrackingParameters>(1);
            }

            TrackingParameters* old = _settings->Tracking;
            *_spareTracking = parameters;
            Volatile.Write(ref *(nint*)&_settings->Tracking, (nint)_spareTracking);
            _spareTracking = old;

            // The limit is a word of its own in each table: a table asks for it only when it opens a connection.
            for (uint t = 0; t < 2 * _settings->Workers; t++)
            {
                Volatile.Write(ref _settings->Tables[t]->MaxEntries, parameters.MaxEntries);
            }

            SharedRoom.SetLimit(_settings->Room, parameters.MaxEntries);

            // Only then may the old block be written again, by the next change.
            WaitForWorkers();
            _hardware?.Flush();
        }
    }

    /// <summary>
    /// Returns when every running worker has begun a burst after this call: what was published before it is what they use, and what it
    /// replaced nobody looks at any more.
    /// </summary>
    /// <exception cref="TimeoutException">A worker hangs.</exception>
    public void WaitForWorkers()
    {
        for (int w = 0; w < _settings->Workers; w++)
        {
            WorkerState* state = _settings->WorkerStates + w;

            // Counted in the middle of a burst: the first count may belong to the burst under way, the second cannot.
            ulong seen = Volatile.Read(ref state->Bursts);
            WaitFor(() => Volatile.Read(ref state->Bursts) - seen >= 2 || Volatile.Read(ref state->Running) == 0, w);
        }
    }

    /// <summary>Ends connections; their owners do it between two bursts.</summary>
    /// <returns>How many there were to end: the others had ended already.</returns>
    /// <exception cref="TimeoutException">A worker hangs.</exception>
    public int Remove(IReadOnlyCollection<ConnectionIdentity> connections)
    {
        lock (_changes)
        {
            return connections.GroupBy(connection => connection.Worker).Sum(group => RemoveOf(group.Key, [.. group]));
        }
    }

    int RemoveOf(int worker, ReadOnlySpan<ConnectionIdentity> connections)
    {
        if ((uint)worker >= _settings->Workers || Volatile.Read(ref _settings->WorkerStates[worker].Running) == 0)
        {
            return 0;
        }

        Mailbox* mailbox = _settings->Mailboxes + worker;
        int removed = 0;
        while (!connections.IsEmpty)
        {
            // Every answer is read before its line is used again, so a round is at most a ring.
            ReadOnlySpan<ConnectionIdentity> round = connections[..Math.Min(connections.Length, (int)Mailbox.Capacity)];
            connections = connections[round.Length..];
            uint first = 0;
            for (int i = 0; i < round.Length; i++)
            {
                var command = new Command
                {
                    Kind = CommandKind.RemoveConnection,
                    Generation = round[i].Generation,
                    Record = round[i].Record,
                    IsIpv6 = round[i].IsIpv6 ? (byte)1 : (byte)0,
                };
                uint ticket = Send(worker, command);
                first = i == 0 ? ticket : first;
            }

            while (mailbox->Waiting is > 0 and uint waiting)
            {
                WaitFor(() => mailbox->Waiting != waiting, worker);
            }

            for (uint i = 0; i < round.Length; i++)
            {
                removed += Mailbox.TryAnswer(mailbox, first + i, out CommandResult result) && result == CommandResult.Done ? 1 : 0;
            }
        }

        return removed;
    }

    /// <summary>Sends as soon as there is room: a flush of lost addresses, which nobody waits for, may still be under way.</summary>
    /// <returns>The ticket of the answer.</returns>
    /// <exception cref="TimeoutException">The worker hangs.</exception>
    uint Send(int worker, in Command command)
    {
        Mailbox* mailbox = _settings->Mailboxes + worker;
        uint ticket;
        while (!Mailbox.TrySend(mailbox, command, out ticket))
        {
            WaitFor(() => mailbox->Waiting < Mailbox.Capacity, worker);
        }

        return ticket;
    }

    static void WaitFor(Func<bool> condition, int worker)
    {
        if (!SpinWait.SpinUntil(condition, s_patience))
        {
            throw new TimeoutException($"worker {worker} has not finished a burst for {s_patience.TotalSeconds:0} s");
        }
    }
}
