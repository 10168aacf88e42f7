using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Firewall;
using Conntrack.Memory;
using Conntrack.Native;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Hosting;

/// <summary>A frame on its way into a <see cref="FrameSession"/>.</summary>
/// <param name="Time">Since the session's time zero; may not run backwards.</param>
/// <param name="Interface">Index of the interface it enters by.</param>
/// <param name="Bytes">From the Ethernet header on, without check sequence.</param>
public readonly record struct InputFrame(TimeSpan Time, int Interface, ReadOnlyMemory<byte> Bytes);

/// <summary>A frame that a <see cref="FrameSession"/> sent.</summary>
/// <param name="Interface">Index of the interface it left by.</param>
/// <param name="Number">Of the input frame that caused it, counted from 0 over the whole session.</param>
/// <param name="Bytes">From the Ethernet header on.</param>
public readonly record struct SentFrame(int Interface, uint Number, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Frames from memory through the workers, a burst at a time and on the caller's clock: for whoever wants to see the connection list
/// after every packet. Of several workers each frame is finished everywhere before the next. Needs a running <see cref="EalSession"/>.
/// </summary>
public sealed unsafe class FrameSession : IDisposable
{
    const uint PoolSize = 4095;
    const int FlowLines = 1 << 10;

    /// <summary>Buffers that fragments may occupy, a quarter of the pool.</summary>
    const int HeldBuffers = 1024;

    readonly DataplaneHost _dataplane;
    readonly MbufPool _pool;
    readonly Feed* _feeds;
    readonly int _workers;
    readonly TraceItem* _trace;
    readonly List<SentFrame> _sent = [];
    uint _nextNumber;
    TimeSpan _now;

    /// <param name="options">Whether it is a replay is not asked.</param>
    /// <param name="name">Unique in the process, at most 20 characters.</param>
    /// <exception cref="NativeException">No memory for the pool or the tables.</exception>
    public FrameSession(DataplaneOptions options, string name)
    {
        _workers = options.Workers;
        _pool = new MbufPool(name, PoolSize);
        try
        {
            _dataplane = new DataplaneHost(options with { Replay = true, Pool = _pool, FlowLines = FlowLines, HeldBuffers = HeldBuffers });
        }
        catch
        {
            _pool.Dispose();
            throw;
        }

        _trace = _dataplane.Memory.Allocate<TraceItem>(Worker.MaxBurst);
        _feeds = _dataplane.Settings->Feeds;
        for (int w = 0; w < _workers; w++)
        {
            _feeds[w].Trace = _trace;
        }
    }

    /// <summary>The worker that a frame comes to, by its place among those of a call.</summary>
    public Func<int, int> WorkerOf { get; set; } = _ => 0;

    /// <summary>Lets one worker run alone, so that what it hands over stays on its way; null for all of them.</summary>
    internal int? OnlyWorker { get; set; }

    /// <summary>What runs underneath.</summary>
    internal DataplaneHost Dataplane => _dataplane;

    /// <summary>Buffers not in use; equal before and after, or one leaked.</summary>
    public uint AvailableBuffers => _pool.Available;

    /// <summary>What the latest burst sent, and what was due before it, in the order it left.</summary>
    public IReadOnlyList<SentFrame> Sent => _sent;

    /// <summary>
    /// Processes one burst and tells what happened to each of its frames; of a fragment that waits, <see cref="TraceItem.Path"/> says so.
    /// </summary>
    /// <exception cref="ArgumentException">More frames than the burst size.</exception>
    /// <exception cref="NativeException">No buffers left.</exception>
    public ReadOnlySpan<TraceItem> Run(params ReadOnlySpan<InputFrame> frames)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frames.Length, (int)_dataplane.Settings->BurstSize);
        _sent.Clear();
        Elapse(frames.IsEmpty ? _now : frames[0].Time);
        uint first = _nextNumber;
        for (int i = 0; i < frames.Length; i++)
        {
            _now = frames[i].Time > _now ? frames[i].Time : _now;
            _trace[i] = new TraceItem
            {
                Nanoseconds = (ulong)_now.Ticks * 100,
                FrameNumber = _nextNumber + 1,
                Interface = (ushort)frames[i].Interface,
                Rule = Packets.Packet.NoRule,
            };
            Feed* feed = _feeds + (_workers == 1 ? 0 : WorkerOf(i));
            feed->Items[feed->Count++] = new FeedItem
            {
                Mbuf = Buffer(frames[i].Bytes.Span),
                Time = Now,
                Number = _nextNumber++,
                Interface = (ushort)frames[i].Interface,
            };
            if (_workers > 1)
            {
                RunBursts(first);
            }
        }

        if (_workers == 1 || frames.IsEmpty)
        {
            RunBursts(first);
        }

        return new ReadOnlySpan<TraceItem>(_trace, frames.Length);
    }

    /// <summary>Lets time pass without frames; what is due by then happens, and <see cref="Sent"/> says what it sent.</summary>
    public void Wait(TimeSpan until)
    {
        _sent.Clear();
        Elapse(until);
    }

    /// <summary>The connections alive at a time not before that of the latest frame, in order of creation.</summary>
    public List<ConnectionSnapshot> Connections(TimeSpan at)
    {
        _now = at > _now ? at : _now;
        return _dataplane.Connections(Now);
    }

    /// <inheritdoc cref="DataplaneHost.PublishRules"/>
    public void PublishRules(IReadOnlyCollection<RuleSpec> rules, IReadOnlyCollection<AddressListSpec>? lists = null) =>
        _dataplane.PublishRules(rules, lists);

    /// <inheritdoc cref="DataplaneHost.PublishRouter"/>
    public void PublishRouter(RouterSpec router) => _dataplane.PublishRouter(router);

    /// <inheritdoc cref="DataplaneHost.Neighbours"/>
    public List<NeighbourSnapshot> Neighbours() => _dataplane.Neighbours(Now);

    /// <inheritdoc cref="DataplaneHost.Counters"/>
    public DataplaneCounters Counters() => _dataplane.Counters();

    ulong Now => Timestamp.FromMicroseconds((ulong)_now.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>A frame in buffers of the pool, chained where one does not hold it.</summary>
    Mbuf* Buffer(ReadOnlySpan<byte> bytes)
    {
        Mbuf* first = null;
        Mbuf* last = null;
        do
        {
            Mbuf* segment;
            int status = Mbufs.AllocateBulk(_pool.Mempool, &segment, 1);
            if (status < 0)
            {
                throw new NativeException(status, "frame session", $"no buffer left of {PoolSize}");
            }

            int length = Math.Min(bytes.Length, segment->FreeBehind);
            bytes[..length].CopyTo(new Span<byte>(segment->Data, length));
            bytes = bytes[length..];
            segment->DataLength = (ushort)length;
            if (first == null)
            {
                first = segment;
                first->PacketLength = 0;
                first->SegmentCount = 0;
            }
            else
            {
                last->Next = segment;
            }

            last = segment;
            first->PacketLength += (uint)length;
            first->SegmentCount++;
        }
        while (!bytes.IsEmpty);
        return first;
    }

    /// <summary>What is due before a time happens at its instant, one after the other.</summary>
    void Elapse(TimeSpan to)
    {
        _now = to > _now ? to : _now;
        for (int w = 0; w < _workers; w++)
        {
            WorkerState* state = _dataplane.Settings->WorkerStates + w;
            while (state->NeighboursDue != 0 && FragmentTable.IsDue(state->NeighboursDue, Now))
            {
                _feeds[w].Now = state->NeighboursDue;
                RunBursts(_nextNumber);
            }

            _feeds[w].Now = 0;
        }
    }

    /// <summary>Every worker runs until none has anything left for another.</summary>
    void RunBursts(uint first)
    {
        ulong handing;
        do
        {
            handing = 0;
            for (int w = OnlyWorker ?? 0; w <= (OnlyWorker ?? (_workers - 1)); w++)
            {
                _feeds[w].FirstNumber = first;
                _dataplane.RunBurst(w);
                Collect(_feeds + w);
            }

            for (int w = 0; w < _workers && OnlyWorker == null; w++)
            {
                handing += _dataplane.Settings->WorkerStates[w].HandedOver - _dataplane.Settings->WorkerStates[w].TakenOver;
            }
        }
        while (handing != 0);
        _dataplane.CommitAhead();
    }

    void Collect(Feed* feed)
    {
        for (uint i = 0; i < feed->Sent; i++)
        {
            OutboxItem item = feed->Outbox[i];
            byte[] bytes = new byte[item.Mbuf->PacketLength];
            int at = 0;
            for (Mbuf* segment = item.Mbuf; segment != null; segment = segment->Next)
            {
                new ReadOnlySpan<byte>(segment->Data, segment->DataLength).CopyTo(bytes.AsSpan(at));
                at += segment->DataLength;
            }

            _sent.Add(new SentFrame(item.Interface, item.Number, bytes));
            Mbufs.FreeBulk(&item.Mbuf, 1);
        }

        // A fragment says in its own item that it is held; what becomes of it later shows in what is sent and counted.
        feed->Sent = 0;
        feed->FateCount = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _dataplane.Dispose();
        _pool.Dispose();
    }
}
