using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Memory;
using Conntrack.Native;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Hosting;

/// <summary>
/// A replay as its host sees it: capture files on interfaces in, a step at a time through the dataplane, trace items, connections and
/// counters out. Needs a running <see cref="EalSession"/>.
/// </summary>
public sealed unsafe class ReplaySession : IDisposable
{
    /// <summary>Frames in flight at once are at most two batches of read-ahead for each input and a step's bursts; reassembly holds more.</summary>
    const uint PoolSize = 16_383;

    /// <summary>A capture has few connections at a time; those that do not fit take the slow path.</summary>
    const int FlowLines = 1 << 13;

    /// <summary>Buffers of fragments held by all workers together: a quarter of the pool.</summary>
    const int HeldBuffers = 4096;

    /// <summary>Lines of a step while nothing is held.</summary>
    const int StepLines = 1024;

    readonly DataplaneHost _dataplane;
    readonly MbufPool _pool;
    readonly ReplayState* _state;
    readonly List<CaptureReader> _readers = [];
    readonly CaptureWriter?[] _writers;
    bool _started;

    /// <exception cref="NativeException">No memory for the pool or the tables.</exception>
    public ReplaySession(DataplaneOptions options)
    {
        _pool = new MbufPool("replay", PoolSize);
        try
        {
            _dataplane = new DataplaneHost(options with
            {
                Replay = true,
                Pool = _pool,
                FlowLines = FlowLines,
                HeldBuffers = HeldBuffers / options.Workers,
                Router = options.Router == null ? null : Recorded(options.Router),
            });
        }
        catch
        {
            _pool.Dispose();
            throw;
        }

        _writers = new CaptureWriter?[options.Interfaces.Count];
        _state = _dataplane.Memory.Allocate<ReplayState>(1);
        _state->Pool = _pool.Mempool;
        _state->Writers = _dataplane.Memory.Allocate<nint>((uint)options.Interfaces.Count);
        _state->TraceCapacity = HeldBuffers + StepLines + ((uint)options.Workers * NeighbourQueue.Capacity);
        _state->Trace = _dataplane.Memory.Allocate<TraceItem>(_state->TraceCapacity);
        _state->Rules = _dataplane.Memory.Allocate<RuleTrace>(_state->TraceCapacity);
        Inputs = [];
    }

    /// <summary>What it replays on.</summary>
    public DataplaneHost Dataplane => _dataplane;

    /// <summary>Interface index of every input, in the order they were added.</summary>
    public List<int> Inputs { get; }

    /// <summary>Which worker a frame comes to, of several. Results do not depend on it.</summary>
    public FrameSpread Spread
    {
        get => _state->Spread;
        init => _state->Spread = value;
    }

    /// <summary>Virtual time of the latest frame, since the first.</summary>
    public TimeSpan Now => TimeSpan.FromTicks((long)(_state->Now / 100));

    /// <summary>Buffers not in use; equal before and after a replay, or one leaked.</summary>
    public uint AvailableBuffers => _pool.Available;

    /// <summary>Frames arrive on this interface as they stand in a pcap or pcapng file.</summary>
    /// <exception cref="NativeException">The file is missing, no capture, or not Ethernet.</exception>
    public void AddInput(string path, int interfaceIndex)
    {
        _readers.Add(new CaptureReader(path));
        Inputs.Add(interfaceIndex);
    }

    /// <summary>What leaves by this interface is written to a pcap file, created even if it stays empty.</summary>
    /// <exception cref="NativeException">The file cannot be written.</exception>
    public void AddOutput(string path, int interfaceIndex)
    {
        var writer = new CaptureWriter(path);
        _writers[interfaceIndex] = writer;
        _state->Writers[interfaceIndex] = writer.Handle;
    }

    /// <summary>
    /// Processes the next frames and tells what happened to each, in order of processing; of a held fragment when its fate is known. Empty at
    /// the end of all files.
    /// </summary>
    /// <exception cref="NativeException">A capture is truncated or corrupt (the text names file and packet), or an output cannot be written.</exception>
    public ReadOnlySpan<TraceItem> Step()
    {
        if (!_started)
        {
            Start();
        }

        int count = _dataplane.Functions.ReplayStep(_dataplane.Handle);
        if (count < 0)
        {
            string attempt = _state->FailedFrame != 0
                ? $"{_readers[(int)_state->FailedInput].Path}: packet {_state->FailedFrame}"
                : _writers[_state->FailedInterface]!.Path;
            throw new NativeException(count, attempt, Eal.LastErrorText());
        }

        return new ReadOnlySpan<TraceItem>(_state->Trace, count);
    }

    /// <summary>
    /// Virtual time runs on after the last frame; then everything due has ended and the outputs are complete. Tells what happened to fragments
    /// that were held until now; counters still count those as held whose time was not over.
    /// </summary>
    /// <exception cref="NativeException">An output could not be completed.</exception>
    public ReadOnlySpan<TraceItem> Finish(TimeSpan runOn)
    {
        if (!_started)
        {
            Start();
        }

        int count = _dataplane.Functions.ReplayFinish(_dataplane.Handle, (ulong)runOn.Ticks * 100);
        foreach (CaptureWriter? writer in _writers)
        {
            writer?.Finish();
        }

        return new ReadOnlySpan<TraceItem>(_state->Trace, count);
    }

    /// <summary>The connections alive now, in order of creation.</summary>
    public List<ConnectionSnapshot> Connections() => _dataplane.Connections(Timestamp.FromMicroseconds(_state->Now / 1000));

    /// <summary>Every rule that counted the frame of an item of the latest step or of the finish, in order.</summary>
    public List<(RuleChain Chain, uint Number)> RulesOf(int item)
    {
        List<(RuleChain, uint)> rules = [];
        RuleTrace* trace = _state->Rules + item;
        for (int i = 0; i < trace->Count; i++)
        {
            rules.Add((*trace)[i]);
        }

        return rules;
    }

    /// <inheritdoc cref="DataplaneHost.PublishRules"/>
    public void PublishRules(
        IReadOnlyCollection<RuleSpec> rules, IReadOnlyCollection<AddressListSpec>? lists = null,
        IReadOnlyCollection<(ushort Number, bool IsIpv6)>? dynamicLists = null) => _dataplane.PublishRules(rules, lists, dynamicLists);

    /// <inheritdoc cref="DataplaneHost.PublishRouter"/>
    public void PublishRouter(RouterSpec router) => _dataplane.PublishRouter(Recorded(router));

    /// <inheritdoc cref="DataplaneHost.Neighbours"/>
    public List<NeighbourSnapshot> Neighbours() => _dataplane.Neighbours(Timestamp.FromMicroseconds(_state->Now / 1000));

    /// <inheritdoc cref="DataplaneHost.CountersOfRule"/>
    public RuleCounters CountersOfRule(uint slot) => _dataplane.CountersOfRule(slot);

    /// <inheritdoc cref="DataplaneHost.Counters"/>
    public DataplaneCounters Counters() => _dataplane.Counters();

    /// <inheritdoc cref="DataplaneHost.Tables"/>
    public TableTotals Tables() => _dataplane.Tables();

    /// <summary>What the flow caches of one family hold and have forwarded.</summary>
    public FlowTotals FastTracked(bool isIpv6) => _dataplane.FastTracked(isIpv6);

    /// <summary>What went by no rule and no tracking.</summary>
    public FastPathTotals FastPath(bool isIpv6) => _dataplane.FastPath(isIpv6);

    /// <summary>A router among captures: it knows whom they show.</summary>
    static RouterSpec Recorded(RouterSpec router) => router with { Switches = router.Switches | RouterSwitches.LearnSources };

    void Start()
    {
        _started = true;
        _state->InputCount = (uint)_readers.Count;
        _state->Inputs = _dataplane.Memory.Allocate<ReplayInput>((uint)_readers.Count);
        for (int i = 0; i < _readers.Count; i++)
        {
            _state->Inputs[i] = new ReplayInput { Reader = _readers[i].Handle, Interface = (ushort)Inputs[i] };
        }

        _dataplane.Functions.ReplayStart(_dataplane.Handle, _state);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _dataplane.Dispose();
        foreach (CaptureReader reader in _readers)
        {
            reader.Dispose();
        }

        foreach (CaptureWriter? writer in _writers)
        {
            writer?.Dispose();
        }

        _pool.Dispose();
    }
}
