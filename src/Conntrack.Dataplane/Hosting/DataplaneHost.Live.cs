using Conntrack.Dataplane.Abi;
using Conntrack.Memory;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Hosting;

/// <content>What may be done to a dataplane while its workers run: replace its settings, list its connections, end some of them.</content>
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

            // Only then may the old block be written again, by the next change.
            WaitForWorkers();
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

    /// <summary>Every connection of every worker, in order of creation.</summary>
    public List<LiveConnection> LiveConnections()
    {
        ulong now = Now;
        List<LiveConnection> connections = [];
        List<ConnectionSnapshot> ofWorker = [];
        for (int w = 0; w < _settings->Workers; w++)
        {
            ofWorker.Clear();
            ConnectionReader.Read4(_settings->WorkerStates[w].Connections4, now, ofWorker);
            ConnectionReader.Read6(_settings->WorkerStates[w].Connections6, now, ofWorker);
            connections.EnsureCapacity(connections.Count + ofWorker.Count);
            foreach (ConnectionSnapshot snapshot in ofWorker)
            {
                connections.Add(new(new ConnectionIdentity(w, snapshot.IsIpv6, snapshot.Generation, snapshot.Record), snapshot));
            }
        }

        // Ticks wrap after 497 days, and a worker's packet numbers sooner: order is by distance, oldest first.
        uint tick = Timestamp.Tick(now);
        connections.Sort((a, b) =>
        {
            int byAge = (tick - b.Snapshot.StartTick).CompareTo(tick - a.Snapshot.StartTick);
            return byAge != 0 ? byAge : ((int)(a.Snapshot.Creation - b.Snapshot.Creation)).CompareTo(0);
        });
        return connections;
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
                if (!Mailbox.TrySend(mailbox, command, out uint ticket))
                {
                    throw new InvalidOperationException("The mailbox is full between two rounds.");
                }

                first = i == 0 ? ticket : first;
            }

            WaitFor(() => mailbox->Waiting == 0, worker);
            for (uint i = 0; i < round.Length; i++)
            {
                removed += Mailbox.TryAnswer(mailbox, first + i, out CommandResult result) && result == CommandResult.Done ? 1 : 0;
            }
        }

        return removed;
    }

    static void WaitFor(Func<bool> condition, int worker)
    {
        if (!SpinWait.SpinUntil(condition, s_patience))
        {
            throw new TimeoutException($"worker {worker} has not finished a burst for {s_patience.TotalSeconds:0} s");
        }
    }
}
