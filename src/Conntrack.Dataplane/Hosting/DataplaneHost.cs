using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting.Observation;
using Conntrack.Dataplane.Hosting.Offload;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Firewall.Lists;
using Conntrack.Memory.Publication;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

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
    ImmutableArray<byte> _sight = RuleSight.Of([]);
    ulong _edition;
    readonly RuleCounterTable _ruleCounters;
    readonly RuleMemories _ruleMemories;
    readonly RouterPublisher _router;
    readonly ushort _hostInterface;
    readonly EventRing* _events;
    readonly ConnectionSurvey _survey;
    readonly HardwareFlows? _hardware;
    void* _handle;

    /// <summary>Begins loading a dataplane's runtime on a thread of its own, for a process that will create one and has something else to do first.</summary>
    public static void Prepare(DataplaneRuntime runtime)
    {
        if (runtime == DataplaneRuntime.Aot)
        {
            new Thread(DataplaneRuntimes.TryLoad) { Name = "dataplane-load", IsBackground = true }.Start();
        }
    }

    /// <exception cref="NativeException">The dataplane could not be created; nothing is left behind.</exception>
    /// <exception cref="DllNotFoundException">The library is not beside the application.</exception>
    public DataplaneHost(DataplaneOptions options)
    {
        Options = options;
        _functions = DataplaneRuntimes.Functions(options.Runtime);
        _threads = new Thread?[options.Workers];
        _rules = new ImagePublisher<RuleImage>(options.Workers, RuleImageBuilder.Empty());
        _ruleCounters = new RuleCounterTable(options.Workers);
        _ruleMemories = new RuleMemories(options.Workers, _ruleCounters, options.Replay);
        _hostInterface = HostInterfaceOf(options);
        _router = new RouterPublisher(options.Workers, WithHost(options.Router ?? RouterOf(options)), _hostInterface);
        try
        {
            _settings = Fill(options);
            _events = _memory.Allocate<EventRing>((uint)options.Workers);
            void* handle;
            int status = _functions.Create(_settings, &handle);
            if (status < 0)
            {
                throw new NativeException(status, "dataplane", Marshal.PtrToStringUTF8((nint)_settings->Error) ?? "");
            }

            _handle = handle;
            _survey = new ConnectionSurvey(_settings);
            _hardware = _settings->Offloads == null ? null : new HardwareFlows(_settings, options.Hardware);
            Observe();
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
            held += state->Held + state->HandedOver - state->TakenOver;
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

        AddHardware(interfaces);

        return new DataplaneCounters
        {
            Received = received,
            Generated = generated,
            Sent = sent,
            Consumed = consumed,
            Held = held,
            Dropped = Enumerable.Range(1, dropped.Length - 1).Where(r => dropped[r] != 0).ToDictionary(r => (DropReason)r, r => dropped[r]),
            Interfaces = interfaces,
            Helpers = Helpers(),
        };
    }

    List<HelperTotals> Helpers()
    {
        List<HelperTotals> totals = [];
        for (int kind = 0; kind < HelperCounterTable.Kinds; kind++)
        {
            HelperCounters sum = default;
            for (int w = 0; w < _settings->Workers; w++)
            {
                sum += (*_settings->WorkerStates[w].Helpers)[kind];
            }

            if (!sum.IsZero)
            {
                totals.Add(new HelperTotals(((HelperKind)kind).ToString().ToLowerInvariant(), sum));
            }
        }

        return totals;
    }

    /// <summary>Sum of all tables.</summary>
    public TableTotals Tables()
    {
        uint entries4 = 0, entries6 = 0, maxEntries = _settings->Tracking->MaxEntries;
        ulong created = 0, fastTracked = 0, full = 0, waiting = 0;
        ulong[] ended = new ulong[(int)ConnectionEnd.Count];
        for (int w = 0; w < _settings->Workers; w++)
        {
            WorkerState* state = _settings->WorkerStates + w;
            entries4 += state->Connections4->Records.Count;
            entries6 += state->Connections6->Records.Count;
            Add(&state->Connections4->Counters);
            Add(&state->Connections6->Counters);
            fastTracked += state->Flows4->Packets + state->Flows6->Packets;
        }

        fastTracked += HardwareOf(isIpv6: false).Packets + HardwareOf(isIpv6: true).Packets;

        return new TableTotals(entries4, entries6, maxEntries, created, ended, fastTracked)
        {
            ReservedEntries = ImagePublication.Current<RouteImage>(_settings->Routes)->AddressCount != 0 ? SharedRoom.ReserveOf(maxEntries) : 0,
            RefusedFull = full,
            RefusedMemory = waiting,
        };

        void Add(TableCounters* counters)
        {
            created += counters->Created;
            full += counters->RefusedFull;
            waiting += counters->RefusedWaiting;
            for (int end = 0; end < ended.Length; end++)
            {
                ended[end] += counters->Ended[end];
            }
        }
    }

    /// <summary>Sum of all flow caches of one family, with what hardware forwards in their stead.</summary>
    public FlowTotals FastTracked(bool isIpv6)
    {
        ulong lines = 0, packets = 0, bytes = 0, samples = 0, displaced = 0, memory = 0;
        for (int w = 0; w < _settings->Workers; w++)
        {
            FlowCacheView* flows = isIpv6 ? _settings->WorkerStates[w].Flows6 : _settings->WorkerStates[w].Flows4;

            // What left is read before what came: a line that does both meanwhile counts as one too many and never as one too few.
            ulong left = Volatile.Read(ref flows->Displaced) + Volatile.Read(ref flows->Forgotten);
            lines += Volatile.Read(ref flows->Installed) - left;
            packets += Volatile.Read(ref flows->Packets);
            bytes += Volatile.Read(ref flows->Bytes);
            samples += Volatile.Read(ref flows->Samples);
            displaced += Volatile.Read(ref flows->Displaced);
            memory += flows->CommittedBytes;
        }

        (ulong hardwarePackets, ulong hardwareBytes) = HardwareOf(isIpv6);
        return new FlowTotals(lines, packets + hardwarePackets, bytes + hardwareBytes, samples, displaced, memory);
    }

    /// <summary>What the packets of one family have met no rule and no tracking with.</summary>
    public FastPathTotals FastPath(bool isIpv6)
    {
        ulong packets = 0, bytes = 0;
        for (int w = 0; w < _settings->Workers; w++)
        {
            WorkerState* state = _settings->WorkerStates + w;
            packets += Volatile.Read(ref isIpv6 ? ref state->FastPathPackets6 : ref state->FastPathPackets4);
            bytes += Volatile.Read(ref isIpv6 ? ref state->FastPathBytes6 : ref state->FastPathBytes4);
        }

        return new FastPathTotals(packets, bytes);
    }

    /// <summary>Every connection of every worker in order of creation, as of <paramref name="now"/> (see <see cref="Conntrack.Memory.Timestamp"/>).</summary>
    public List<ConnectionSnapshot> Connections(ulong now)
    {
        List<ConnectionSnapshot> connections = [];
        for (int w = 0; w < _settings->Workers; w++)
        {
            WorkerState* state = _settings->WorkerStates + w;
            ConnectionReader.Read4(state->Connections4, FlowsOf(state, isIpv6: false), now, connections);
            ConnectionReader.Read6(state->Connections6, FlowsOf(state, isIpv6: true), now, connections);
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
    /// <param name="rules">Of all chains.</param>
    /// <param name="lists">Static entries of address lists.</param>
    /// <param name="dynamicLists">Lists that somebody else than rules adds to while these rules are in force.</param>
    /// <exception cref="ArgumentException">A rule cannot be compiled; the rules before stay in force.</exception>
    /// <exception cref="InsufficientMemoryException">No memory; likewise.</exception>
    public void PublishRules(
        IReadOnlyCollection<RuleSpec> rules, IReadOnlyCollection<AddressListSpec>? lists = null,
        IReadOnlyCollection<(ushort Number, bool IsIpv6)>? dynamicLists = null)
    {
        using ImageBlock<RuleImage> image = RuleImageBuilder.Build(rules, lists, dynamicLists);
        uint slots = rules.Count == 0 ? 0 : rules.Max(rule => rule.CounterSlot) + 1;
        _ruleCounters.Hold(slots);
        _ruleMemories.Hold(slots);
        if (rules.Any(rule => rule.Target == RuleTarget.EndpointIndependentNat) && !MappingTable.TryPrepare(_settings->Mappings))
        {
            throw new InsufficientMemoryException("No memory for endpoint-independent mappings.");
        }

        ImmutableArray<byte> sight = RuleSight.Of(rules, lists, dynamicLists);
        ulong edition = sight.AsSpan().SequenceEqual(_sight.AsSpan()) ? _edition : _edition + 1;
        image.Image->Edition = edition;
        Change(() => _rules.Publish(image));
        (_sight, _edition) = (sight, edition);
    }

    /// <summary>What rules and people added to address lists while the router ran, as of a time (<see cref="Conntrack.Memory.Timestamp"/>).</summary>
    public List<ListedAddress> ListedAddresses(ulong now) => _ruleMemories.Listed(now);

    /// <summary>Lists an address for a time, for the router's run, or for good; in force with the next packet. False when there is no room.</summary>
    public bool AddListed(ushort list, bool isIpv6, UInt128 address, ListedFor listedFor, TimeSpan timeout, ulong now) =>
        _ruleMemories.Add(list, isIpv6, address, listedFor, timeout, now);

    /// <summary>Ends what was listed while the router ran. False when it is not listed.</summary>
    public bool RemoveListed(ushort list, bool isIpv6, UInt128 address, ulong now) => _ruleMemories.Remove(list, isIpv6, address, now);

    /// <summary>The oldest packet logged by a rule of a worker that was not read yet.</summary>
    public bool TryReadLog(int worker, out RuleLogRecord record) => RuleLog.TryRead(_ruleMemories.Of(worker)->Log, out record);

    /// <summary>Packets of all workers that found the log full.</summary>
    public ulong LostLogRecords() => _ruleMemories.LostLogRecords();

    /// <summary>Frees rules that no worker uses any more. Returns how many editions still wait.</summary>
    public int ReclaimRules() => Undisturbed(_rules.Reclaim);

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
        _hardware?.Dispose();
        _functions.Destroy(_handle);
        _handle = null;
        Free();
    }

    void Free()
    {
        _survey?.Dispose();
        if (_settings != null)
        {
            MappingTable.Dispose(_settings->Mappings);
        }

        _rules.Dispose();
        _router.Dispose();
        _ruleMemories.Dispose();
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
}
