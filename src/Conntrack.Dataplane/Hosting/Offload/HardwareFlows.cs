using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Memory;
using Conntrack.Memory.Publication;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack.Offload;

namespace Conntrack.Dataplane.Hosting.Offload;

/// <summary>
/// Connections that hardware forwards, <c>hw-offload=yes</c>: takes what workers offer, makes the rule, remembers it, reads its counter once a
/// second, tells the worker that owns the connection, and removes the rule when anything it rests on is no longer so. Workers never talk to
/// a device about rules, and nobody but a worker writes to a connection.
/// </summary>
/// <remarks>
/// Called by the control thread every few milliseconds, and by whoever changes the router; one lock makes them take turns. It is held too
/// while rules and routes are published and freed, for they are read here.
/// </remarks>
sealed unsafe partial class HardwareFlows : IDisposable
{
    /// <summary>Between two looks at a counter.</summary>
    const uint PollTicks = Timestamp.TicksPerSecond;

    /// <summary>Silence after which a direction goes back to its worker.</summary>
    const uint IdleTicks = 10 * Timestamp.TicksPerSecond;

    /// <summary>
    /// After which a direction's next packet is a worker's: what rules ask may change without anybody changing a rule. With as many flows as there
    /// may be that is some hundred rules a second, a few packets of each.
    /// </summary>
    const uint SampleTicks = 30 * Timestamp.TicksPerSecond;

    /// <summary>A connection with a shorter timeout could end between two looks although its packets pass.</summary>
    const uint LeastTimeoutTicks = 5 * PollTicks;

    /// <summary>Counters read in one step, so that a device that is slow to answer holds up the control thread for little.</summary>
    const int PollsPerStep = 256;

    readonly DataplaneSettings* _settings;
    readonly HardwareOptions _options;
    readonly Lock _gate = new();
    readonly Dictionary<HardwareFlowKey, HardwareFlow> _flows = [];
    readonly Queue<HardwareFlow> _looks = new();
    readonly Dictionary<ushort, NeighbourInUse> _neighbours = [];
    readonly Queue<OffloadNotice>[] _owed;
    readonly string?[] _obstacles;
    readonly PortTotals[] _ports;
    readonly ulong[] _refused = new ulong[Enum.GetValues<HardwareRefusal>().Length];
    readonly ulong[] _ended = new ulong[Enum.GetValues<HardwareEnd>().Length];
    readonly (ulong Packets, ulong Bytes)[] _families = new (ulong, ulong)[2];
    string _lastError = "";
    ulong _offloaded;
    uint _edition;
    uint _tick;
    int _installs;

    public HardwareFlows(DataplaneSettings* settings, HardwareOptions options)
    {
        _settings = settings;
        _options = options;
        _owed = [.. Enumerable.Range(0, (int)settings->Workers).Select(_ => new Queue<OffloadNotice>())];
        _obstacles = new string?[settings->PortCount];
        _ports = new PortTotals[settings->PortCount];
        _installs = options.InstallsPerSecond;
    }

    /// <summary>Held by whoever publishes or frees rules and routes.</summary>
    public Lock Gate => _gate;

    /// <summary>Why a port cannot take connections over; empty when it can, null while nobody has asked it.</summary>
    public string? ObstacleOf(int port)
    {
        lock (_gate)
        {
            return _obstacles[port];
        }
    }

    public HardwareTotals Totals()
    {
        lock (_gate)
        {
            ulong lost = 0;
            for (int w = 0; w < _settings->Workers; w++)
            {
                lost += _settings->Offloads[w].OffersLost;
            }

            return new HardwareTotals(_flows.Count, _offloaded, Occurred<HardwareRefusal>(_refused), Occurred<HardwareEnd>(_ended), _lastError)
            {
                OffersLost = lost,
                Ipv4 = _families[0],
                Ipv6 = _families[1],
            };
        }
    }

    /// <summary>What hardware has forwarded that came in by a port, and that left by it; bytes of whole frames.</summary>
    public PortTotals TotalsOf(int port)
    {
        lock (_gate)
        {
            return _ports[port];
        }
    }

    /// <summary>What hardware has forwarded of a family, bytes from the IP header on.</summary>
    public (ulong Packets, ulong Bytes) TotalsOf(bool isIpv6)
    {
        lock (_gate)
        {
            return _families[isIpv6 ? 1 : 0];
        }
    }

    /// <summary>What is due.</summary>
    /// <param name="now">The dataplane's time.</param>
    public void Step(ulong now)
    {
        // Whoever publishes may hold it for long, and has the control thread's other work wait for nothing: the next step is soon.
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            uint tick = Timestamp.Tick(now);
            Refill(tick);
            uint edition = Edition();
            if (edition != _edition)
            {
                RemoveAll(HardwareEnd.Change);
                _edition = edition;
            }

            FollowNeighbours();
            for (int worker = 0; worker < _owed.Length; worker++)
            {
                for (uint n = 0; n < OffloadExchange.Offers && OffloadExchange.TryTakeOffer(_settings->Offloads + worker, out OffloadOffer offer); n++)
                {
                    Take(worker, offer);
                }

                Pay(worker);
            }

            for (int n = 0; n < PollsPerStep && _looks.TryPeek(out HardwareFlow? flow) && (int)(tick - flow.DueTick) >= 0; n++)
            {
                _ = _looks.Dequeue();
                LookAt(flow);
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Nothing is forwarded by hardware when this returns: what it went by has changed.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            RemoveAll(HardwareEnd.Change);
        }
    }

    /// <summary>A port is about to stop.</summary>
    public void Leave(int port)
    {
        lock (_gate)
        {
            Remove(flow => flow.InPort == port || flow.OutPort == port, HardwareEnd.Port);
            _obstacles[port] = null;
            SetThreshold();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            RemoveAll(HardwareEnd.Port);
        }
    }

    void Take(int worker, in OffloadOffer offer)
    {
        var connection = new ConnectionIdentity(worker, offer.IsIpv6 != 0, offer.Generation, offer.Record);
        if (offer.Kind == OfferKind.Over)
        {
            Remove(new HardwareFlowKey(connection, 0), HardwareEnd.Connection);
            Remove(new HardwareFlowKey(connection, 1), HardwareEnd.Connection);
            return;
        }

        var key = new HardwareFlowKey(connection, offer.Direction);
        if (_flows.TryGetValue(key, out HardwareFlow? flow))
        {
            if (flow.InPort == offer.InPort && flow.Hops == offer.Hops)
            {
                return;
            }

            End(flow, HardwareEnd.Moved);
        }

        if (Install(key, offer) is { } refusal)
        {
            _refused[(int)refusal]++;
        }
    }

    void LookAt(HardwareFlow flow)
    {
        if (flow.IsOver)
        {
            return;
        }

        int worker = flow.Key.Connection.Worker;
        TrackingParameters* tracking = _settings->Tracking;
        HardwareEnd? end = !IsFastTracked(flow.Key.Connection) ? HardwareEnd.Connection
            : tracking->Timeouts[flow.TimeoutSlot] < LeastTimeoutTicks || !tracking->Tracks(FamilyOf(flow)) ? HardwareEnd.Change
            : null;

        // What a worker has not been told yet it is told first; what is counted meanwhile stays in the device.
        if (end is null && _owed[worker].Count == 0)
        {
            end = !Count(flow) ? HardwareEnd.Device
                : _tick - flow.BusyTick >= IdleTicks ? HardwareEnd.Idle
                : _tick - flow.SinceTick >= SampleTicks ? HardwareEnd.Sample
                : null;
            Pay(worker);
        }

        if (end is { } reason)
        {
            End(flow, reason);
            return;
        }

        flow.DueTick = _tick + PollTicks;
        _looks.Enqueue(flow);
    }

    /// <summary>Reads a counter and tells the connection's owner what has come to it. False when the device does not answer.</summary>
    bool Count(HardwareFlow flow)
    {
        FlowRuleCount count;
        if (FlowRules.Query(flow.Device, flow.Rule, 0, &count) < 0)
        {
            return false;
        }

        ulong packets = count.Packets - flow.Seen.Packets, frames = count.Bytes - flow.Seen.Bytes;
        flow.Seen = count;
        if (packets == 0)
        {
            return true;
        }

        ulong bytes = frames - Math.Min(frames, packets * flow.LinkBytes);
        bool isIpv6 = flow.Key.Connection.IsIpv6;
        flow.BusyTick = _tick;
        _families[isIpv6 ? 1 : 0] = (_families[isIpv6 ? 1 : 0].Packets + packets, _families[isIpv6 ? 1 : 0].Bytes + bytes);
        _ports[flow.InPort].Received += packets;
        _ports[flow.InPort].ReceivedBytes += frames;
        _ports[flow.OutPort].Sent += packets;
        _ports[flow.OutPort].SentBytes += bytes + (packets * flow.NewLinkBytes);
        if (flow.Neighbour != 0)
        {
            NeighbourEntry.Use(NeighbourTable.At(_settings->Neighbours, flow.Neighbour), _tick);
        }

        for (bool isFirst = true; packets != 0; isFirst = false)
        {
            uint part = (uint)Math.Min(packets, uint.MaxValue);
            Tell(flow, NoticeKind.Counted, part, isFirst ? bytes : 0);
            packets -= part;
        }

        return true;
    }

    /// <summary>The record's own word for it, in case the worker's was lost.</summary>
    bool IsFastTracked(ConnectionIdentity identity)
    {
        WorkerState* state = _settings->WorkerStates + identity.Worker;
        Connection* connection = identity.IsIpv6
            ? &((Connection6*)state->Connections6->Records.Base + identity.Record)->Connection
            : &((Connection4*)state->Connections4->Records.Base + identity.Record)->Connection;
        ConnectionFlags flags = connection->Flags;
        return Volatile.Read(ref connection->Generation) == identity.Generation
            && (flags & (ConnectionFlags.FastTrack | ConnectionFlags.Confirmed | ConnectionFlags.Dying))
                == (ConnectionFlags.FastTrack | ConnectionFlags.Confirmed);
    }

    void End(HardwareFlow flow, HardwareEnd reason)
    {
        // What passes between these two calls is forwarded and not counted: a device tells nothing of a rule it has no more.
        _ = Count(flow);
        if (FlowRules.Destroy(flow.Device, flow.Rule) < 0)
        {
            _lastError = Eal.LastErrorText();
        }

        flow.IsOver = true;
        _flows.Remove(flow.Key);
        _ended[(int)reason]++;
        Release(flow.Neighbour);
        if (!_flows.ContainsKey(flow.Key with { Direction = (byte)(1 - flow.Key.Direction) }))
        {
            Tell(flow, NoticeKind.Over, 0, 0);
        }
    }

    void Remove(HardwareFlowKey key, HardwareEnd reason)
    {
        if (_flows.TryGetValue(key, out HardwareFlow? flow))
        {
            End(flow, reason);
        }
    }

    void Remove(Func<HardwareFlow, bool> which, HardwareEnd reason)
    {
        foreach (HardwareFlow flow in _flows.Values.Where(which).ToArray())
        {
            End(flow, reason);
        }
    }

    void RemoveAll(HardwareEnd reason)
    {
        Remove(static _ => true, reason);
        _looks.Clear();
    }

    void Tell(HardwareFlow flow, NoticeKind kind, uint packets, ulong bytes) => _owed[flow.Key.Connection.Worker].Enqueue(new OffloadNotice
    {
        Kind = kind,
        IsIpv6 = flow.Key.Connection.IsIpv6 ? (byte)1 : (byte)0,
        Generation = flow.Key.Connection.Generation,
        Record = flow.Key.Connection.Record,
        Direction = flow.Key.Direction,
        TimeoutSlot = flow.TimeoutSlot,
        Packets = packets,
        Bytes = bytes,
    });

    /// <summary>Passes on to a worker what it has room for.</summary>
    void Pay(int worker)
    {
        while (_owed[worker].TryPeek(out OffloadNotice notice) && OffloadExchange.TryTell(_settings->Offloads + worker, notice))
        {
            _ = _owed[worker].Dequeue();
        }
    }

    /// <summary>As workers reckon it.</summary>
    uint Edition() =>
        (uint)(ImagePublication.Current<RuleImage>(_settings->Rules)->Edition
            + ImagePublication.Current<RouteImage>(_settings->Routes)->Header.Generation)
        + Volatile.Read(ref _settings->Neighbours->Recycled);

    void Refill(uint tick)
    {
        uint passed = tick - _tick;
        _tick = tick;
        _installs = passed >= Timestamp.TicksPerSecond
            ? _options.InstallsPerSecond
            : Math.Min(_options.InstallsPerSecond, _installs + (int)(passed * (uint)_options.InstallsPerSecond / Timestamp.TicksPerSecond));
    }

    static PacketFamily FamilyOf(HardwareFlow flow) => flow.Key.Connection.IsIpv6 ? PacketFamily.Ipv6 : PacketFamily.Ipv4;

    static Dictionary<T, ulong> Occurred<T>(ulong[] counts)
        where T : struct, Enum =>
        Enum.GetValues<T>().Where((_, i) => counts[i] != 0).ToDictionary(static reason => reason, reason => counts[Convert.ToInt32(reason, null)]);
}

/// <summary>What hardware has forwarded that came in by a port, and that left by it.</summary>
struct PortTotals
{
    public ulong Received, ReceivedBytes, Sent, SentBytes;
}
