using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Memory.Publication;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Hosting;

/// <summary>
/// The host's side of one dataplane: owns the memory both share, creates it in the chosen runtime, starts and stops its workers and
/// reads its counters and tables. Everything it hands out is a safe copy.
/// </summary>
public sealed unsafe partial class DataplaneHost : IDisposable
{
    /// <summary>Stations behind ports of bridges that are remembered.</summary>
    const uint Stations = 16_384;

    /// <summary>Frames that a burst of a replay may send: 32 datagrams of 64 KB in frames of 128 bytes.</summary>
    const uint OutboxRoom = 16_384;

    readonly DataplaneFunctions _functions;
    readonly SharedMemory _memory = new();
    readonly DataplaneSettings* _settings;
    readonly Thread?[] _threads;
    readonly ImagePublisher<RuleImage> _rules;
    readonly RuleCounterTable _ruleCounters;
    readonly RouterPublisher _router;
    readonly ushort _hostInterface;
    void* _handle;

    /// <exception cref="NativeException">The dataplane could not be created; nothing is left behind.</exception>
    /// <exception cref="DllNotFoundException">The library is not beside the application.</exception>
    public DataplaneHost(DataplaneOptions options)
    {
        Options = options;
        _functions = DataplaneRuntimes.Functions(options.Runtime);
        _threads = new Thread?[options.Workers];
        _rules = new ImagePublisher<RuleImage>(options.Workers, RuleImageBuilder.Empty());
        _ruleCounters = new RuleCounterTable(options.Workers);
        _hostInterface = HostInterfaceOf(options);
        _router = new RouterPublisher(options.Workers, WithHost(options.Router ?? RouterOf(options)), _hostInterface);
        try
        {
            _settings = Fill(options);
            void* handle;
            int status = _functions.Create(_settings, &handle);
            if (status < 0)
            {
                throw new NativeException(status, "dataplane", Marshal.PtrToStringUTF8((nint)_settings->Error) ?? "");
            }

            _handle = handle;
            SetNeighbours(_router.Current, _router.Current);
        }
        catch
        {
            Free();
            throw;
        }
    }

    /// <summary>What it was created from.</summary>
    public DataplaneOptions Options { get; }

    internal DataplaneFunctions Functions => _functions;

    internal DataplaneSettings* Settings => _settings;

    internal SharedMemory Memory => _memory;

    internal void* Handle => _handle;

    /// <summary>Bytes the dataplane's runtime has allocated on its managed heap since it was loaded, all threads.</summary>
    public ulong RuntimeAllocatedBytes => _functions.AllocatedBytes();

    /// <summary>Sum of all workers.</summary>
    public DataplaneCounters Counters()
    {
        ulong received = 0, generated = 0, sent = 0, consumed = 0, held = 0;
        ulong[] dropped = new ulong[(int)DropReason.Count];
        var interfaces = new InterfaceCounters[_settings->PortCount];
        Array.Fill(interfaces, new InterfaceCounters(0, 0, 0, 0, 0));
        for (int w = 0; w < _settings->Workers; w++)
        {
            WorkerState* state = _settings->WorkerStates + w;
            received += state->Received;
            generated += state->Generated;
            sent += state->Sent;
            consumed += state->Consumed;
            held += state->Held;
            for (int r = 0; r < dropped.Length; r++)
            {
                dropped[r] += state->Dropped[r];
            }

            for (int p = 0; p < interfaces.Length; p++)
            {
                PortCounters* c = _settings->PortCounters + (w * interfaces.Length) + p;
                InterfaceCounters sum = interfaces[p];
                interfaces[p] = new InterfaceCounters(
                    sum.Received + c->Received,
                    sum.ReceivedBytes + c->ReceivedBytes,
                    sum.Sent + c->Sent,
                    sum.SentBytes + c->SentBytes,
                    sum.NotSent + c->NotSent);
            }
        }

        return new DataplaneCounters
        {
            Received = received,
            Generated = generated,
            Sent = sent,
            Consumed = consumed,
            Held = held,
            Dropped = Enumerable.Range(1, dropped.Length - 1).Where(r => dropped[r] != 0).ToDictionary(r => (DropReason)r, r => dropped[r]),
            Interfaces = interfaces,
        };
    }

    /// <summary>Sum of all tables.</summary>
    public TableTotals Tables()
    {
        uint entries4 = 0, entries6 = 0;
        ulong created = 0, expired = 0, evicted = 0, removed = 0, fastTracked = 0;
        for (int w = 0; w < _settings->Workers; w++)
        {
            WorkerState* state = _settings->WorkerStates + w;
            entries4 += state->Connections4->Records.Count;
            entries6 += state->Connections6->Records.Count;
            Add(state->Connections4->Counters);
            Add(state->Connections6->Counters);
            fastTracked += state->Flows4->Packets + state->Flows6->Packets;
        }

        return new TableTotals(entries4, entries6, _settings->Tracking->MaxEntries, created, expired, evicted, removed, fastTracked);

        void Add(in TableCounters counters)
        {
            created += counters.Created;
            expired += counters.Expired;
            evicted += counters.Evicted;
            removed += counters.Removed;
        }
    }

    /// <summary>Sum of all flow caches of one family.</summary>
    public FlowTotals FastTracked(bool isIpv6)
    {
        ulong lines = 0, packets = 0, bytes = 0;
        for (int w = 0; w < _settings->Workers; w++)
        {
            FlowCacheView* flows = isIpv6 ? _settings->WorkerStates[w].Flows6 : _settings->WorkerStates[w].Flows4;

            // What left is read before what came: a line that does both meanwhile counts as one too many and never as one too few.
            ulong left = Volatile.Read(ref flows->Displaced) + Volatile.Read(ref flows->Forgotten);
            lines += Volatile.Read(ref flows->Installed) - left;
            packets += Volatile.Read(ref flows->Packets);
            bytes += Volatile.Read(ref flows->Bytes);
        }

        return new FlowTotals(lines, packets, bytes);
    }

    /// <summary>Every connection of every worker in order of creation, as of <paramref name="now"/> (see <see cref="Conntrack.Memory.Timestamp"/>).</summary>
    public List<ConnectionSnapshot> Connections(ulong now)
    {
        List<ConnectionSnapshot> connections = [];
        for (int w = 0; w < _settings->Workers; w++)
        {
            ConnectionReader.Read4(_settings->WorkerStates[w].Connections4, _settings->WorkerStates[w].Flows4, now, connections);
            ConnectionReader.Read6(_settings->WorkerStates[w].Connections6, _settings->WorkerStates[w].Flows6, now, connections);
        }

        // Ticks wrap after 497 days: order is by distance from now, oldest first.
        uint tick = Conntrack.Memory.Timestamp.Tick(now);
        connections.Sort((a, b) =>
        {
            int byAge = (tick - b.StartTick).CompareTo(tick - a.StartTick);
            return byAge != 0 ? byAge : ((int)(a.Creation - b.Creation)).CompareTo(0);
        });
        return connections;
    }

    /// <summary>
    /// Compiles rules and puts them in force: every worker takes them up at its next burst; the rules before are freed once all have. Counters
    /// go on under their slots.
    /// </summary>
    /// <exception cref="ArgumentException">A rule cannot be compiled; the rules before stay in force.</exception>
    /// <exception cref="InsufficientMemoryException">No memory; likewise.</exception>
    public void PublishRules(IReadOnlyCollection<RuleSpec> rules)
    {
        using ImageBlock<RuleImage> image = RuleImageBuilder.Build(rules);
        _ruleCounters.Hold(rules.Count == 0 ? 0 : rules.Max(rule => rule.CounterSlot) + 1);
        _rules.Publish(image);
    }

    /// <summary>Frees rules that no worker uses any more. Returns how many editions still wait.</summary>
    public int ReclaimRules() => _rules.Reclaim();

    /// <summary>What all workers have counted under a slot since the dataplane's start.</summary>
    public RuleCounters CountersOfRule(uint slot) => _ruleCounters.Sum(slot);

    /// <summary>Starts every worker on a thread of its own, pinned and named; returns once all poll.</summary>
    /// <exception cref="NativeException">A thread could not be pinned.</exception>
    public void Start()
    {
        for (int w = 0; w < _threads.Length; w++)
        {
            StartWorker(w);
        }
    }

    /// <summary>Asks every worker to leave its loop and waits for it.</summary>
    public void Stop()
    {
        for (int w = 0; w < _threads.Length; w++)
        {
            Volatile.Write(ref _settings->WorkerStates[w].StopRequested, 1);
        }

        for (int w = 0; w < _threads.Length; w++)
        {
            _threads[w]?.Join();
            _threads[w] = null;
        }
    }

    /// <summary>What a worker's own runtime allocated on its thread between its first and last burst.</summary>
    public ulong WorkerAllocatedBytes(int worker) => _settings->WorkerStates[worker].ManagedBytesAllocated;

    /// <summary>Kernel thread id of a running worker.</summary>
    public int WorkerThreadId(int worker) => (int)_settings->WorkerStates[worker].ThreadId;

    /// <summary>One burst of a worker that has no thread; for tests that step through a burst.</summary>
    public int RunBurst(int worker) => _functions.RunBurst(_handle, (uint)worker);

    /// <summary>Commits memory ahead of growth; called by the control thread every few milliseconds while workers run.</summary>
    public void CommitAhead() => _functions.CommitAhead(_handle);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_handle == null)
        {
            return;
        }

        Stop();
        _functions.Destroy(_handle);
        _handle = null;
        Free();
    }

    void Free()
    {
        _rules.Dispose();
        _router.Dispose();
        _ruleCounters.Dispose();
        _memory.Dispose();
    }

    void StartWorker(int worker)
    {
        NativeException? failure = null;
        using var ready = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            try
            {
                if (Options.FirstCpu is int first)
                {
                    CurrentThread.Pin(first + worker);
                }

                CurrentThread.SetName($"ct-worker-{worker}");
                int status = Eal.RegisterThread();
                if (status < 0)
                {
                    throw new NativeException(status, $"worker {worker}", Eal.LastErrorText());
                }
            }
            catch (NativeException exception)
            {
                failure = exception;
            }

            ready.Set();
            if (failure == null)
            {
                _functions.Run(_handle, (uint)worker);
                Eal.UnregisterThread();
            }
        })
        { IsBackground = true, Name = $"ct-worker-{worker}" };
        _settings->WorkerStates[worker].StopRequested = 0;
        thread.Start();
        ready.Wait();
        if (failure != null)
        {
            throw failure;
        }

        _threads[worker] = thread;
        while (Volatile.Read(ref _settings->WorkerStates[worker].Running) == 0 && thread.IsAlive)
        {
            Thread.Sleep(0);
        }
    }

    DataplaneSettings* Fill(DataplaneOptions options)
    {
        uint workers = (uint)options.Workers;
        uint ports = (uint)options.Interfaces.Count;
        DataplaneSettings* settings = _memory.Allocate<DataplaneSettings>(1);
        settings->Workers = workers;
        settings->BurstSize = (uint)options.BurstSize;
        settings->PortCount = ports;
        settings->ReservedEntries = Math.Max(options.ReservedEntries ?? 0, options.Tracking.MaxEntries);
        settings->ClockStart = EalSession.IsRunning ? Tsc.Now() : 0;
        settings->Ports = _memory.Allocate<PortState>(ports);
        settings->PortCounters = _memory.Allocate<PortCounters>(ports * workers);
        settings->WorkerStates = _memory.Allocate<WorkerState>(workers);
        for (uint w = 0; w < workers; w++)
        {
            settings->WorkerStates[w].Profile = _memory.Allocate<WorkerProfile>(1);
            settings->WorkerStates[w].Profile->StallCycles = Tsc.Frequency() * WorkerProfile.StallMicroseconds / 1_000_000;
        }

        settings->Rules = _rules.Publication;
        settings->Routes = _router.Publication;
        settings->Pool = options.Pool == null ? null : options.Pool.Mempool;
        settings->Neighbours = (NeighbourTable*)_memory.Allocate<byte>((uint)NeighbourTable.Bytes(options.Neighbours));
        settings->Stations = (StationTable*)_memory.Allocate<byte>((uint)StationTable.Bytes(Stations));
        StationTable.Initialize(settings->Stations, Stations, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        NeighbourTable.Initialize(settings->Neighbours, options.Neighbours, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        settings->RuleCounters = (RuleCounters**)_memory.Allocate<nint>(workers);
        for (int w = 0; w < workers; w++)
        {
            settings->RuleCounters[w] = _ruleCounters.Of(w);
        }

        settings->FlowLines = (uint)options.FlowLines;
        settings->HeldBuffers = (uint)options.HeldBuffers;
        settings->Tables = (TableView**)_memory.Allocate<nint>(2 * workers);
        settings->Tracking = _memory.Allocate<TrackingParameters>(1);
        *settings->Tracking = options.Tracking;
        if (!options.Replay)
        {
            settings->Mailboxes = _memory.Allocate<Mailbox>(workers);
        }

        RandomNumberGenerator.Fill(new Span<byte>(settings->HashKey, 64));
        for (int i = 0; i < ports; i++)
        {
            InterfaceOptions port = options.Interfaces[i];
            settings->Ports[i] = new PortState { Kind = port.Kind, DevicePort = port.DevicePort, IsUp = 1 };
        }

        if (options.Replay)
        {
            settings->Feeds = _memory.Allocate<Feed>(workers);
            for (int w = 0; w < workers; w++)
            {
                settings->Feeds[w].Items = _memory.Allocate<FeedItem>(Worker.MaxBurst);
                uint most = Worker.MaxBurst + settings->HeldBuffers;
                settings->Feeds[w].OutboxRoom = OutboxRoom;
                settings->Feeds[w].Outbox = _memory.Allocate<OutboxItem>(OutboxRoom);
                settings->Feeds[w].Fates = _memory.Allocate<FragmentFate>(most + NeighbourQueue.Capacity);
            }
        }

        return settings;
    }
}
