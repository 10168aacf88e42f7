using System.Diagnostics;
using Conntrack.Control.Connections;
using Conntrack.Control.Firewall;
using Conntrack.Control.Host;
using Conntrack.Control.Replay;
using Conntrack.Control.Routing;
using Conntrack.Control.Settings;
using Conntrack.Control.Settings.Revisions;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Observation;
using Conntrack.Dataplane.Hosting.Offload;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.RouterOs.Console;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using Conntrack.Tracking;
using Connection = Conntrack.RouterOs.Connections.Connection;

namespace Conntrack.Control.Router;

/// <summary>
/// A router at work: ports and workers run from <see cref="Start"/> until it is disposed, and everything a control plane may ask or change
/// is here. Calls may come from any thread.
/// </summary>
/// <remarks>
/// What a call reads is native memory, which ends with the router: <see cref="Dispose"/> waits for calls under way, and one that comes
/// later meets <see cref="ObjectDisposedException"/>.
/// </remarks>
public sealed class RunningRouter : IDisposable
{
    /// <summary>
    /// Connections of each family that address space is kept for, so that max-entries can be raised to 16 million without a restart. Some
    /// gigabytes of addresses for each worker, and no memory.
    /// </summary>
    const uint SpareEntries = 16u << 20;

    /// <summary>Neighbours there is room for, four megabytes; what may be used of it is configured.</summary>
    const uint NeighbourSlots = 65_535;

    /// <summary>Connections copied at once while a list is made.</summary>
    const int ConnectionsAtOnce = 256;

    readonly EalSession _eal;
    readonly MbufPool _pool;
    readonly RouterPorts _ports;
    readonly DataplaneHost _dataplane;
    readonly HostPort _host;
    readonly RouterInForce _router;
    readonly RateMeter _rates;
    readonly ConnectionFeed _feed;
    readonly ControlThread _control;
    readonly LinkWatch _links;
    readonly LastingAddresses _lasting;
    readonly NamedAddresses _named;
    readonly ReaderWriterLockSlim _life = new();
    bool _ended;

    RunningRouter(
        EalSession eal, MbufPool pool, RouterPorts ports, DataplaneHost dataplane, HostPort host, RouterInForce router, StartingPoint start,
        RouterOptions options, Action<string> tell)
    {
        _eal = eal;
        _pool = pool;
        _ports = ports;
        _dataplane = dataplane;
        _host = host;
        _router = router;
        _rates = new RateMeter(() => dataplane.Counters().Interfaces, Stopwatch.GetTimestamp);
        _feed = new ConnectionFeed(dataplane, Entry);
        _control = new ControlThread(dataplane, _rates, new FirewallLog(dataplane, router.Rules.Numbers, NameOfInterface, options.FirewallLog ?? (_ => { })));
        try
        {
            Configuration = new ConfigurationStore(start, router.Check, Publish, line => tell($"warning: {line}"), TimeProvider.System);
        }
        catch
        {
            _control.Dispose();
            throw;
        }

        Rules = new RuleStore(Configuration, new RuleCounterBook(id => While(() => _router.Rules.CountersOf(id))));
        _links = new LinkWatch(dataplane, ports, router, pool, tell);
        _lasting = new LastingAddresses(Configuration, () => While(() => router.Rules.Lists.Lasting(dataplane.Now)),
            () => While(() => router.Rules.Lists.Over(Configuration.Current, dataplane.Now)), Remove, tell);
        _named = new NamedAddresses(
            () => Configuration.Current, new NameServers(options.NameServers),
            named => While(() => router.Rules.Lists.FollowNames(named, dataplane.Now)), tell);
    }

    /// <summary>The configuration in force, and the way to change it.</summary>
    public ConfigurationStore Configuration { get; }

    /// <summary>The firewall's rules.</summary>
    public RuleStore Rules { get; }

    /// <summary>Ports of the dataplane, by index.</summary>
    public RouterPorts Ports => _ports;

    /// <summary>Interfaces, addresses and routes as they are now.</summary>
    public CompiledRouter Router => _router.Current;

    /// <summary>What there is to tell of every interface of the dataplane.</summary>
    public IReadOnlyList<InterfaceStatus> InterfaceStatuses()
    {
        IReadOnlyList<InterfaceCounters> counters = Counters.Interfaces;
        return
        [
            .. Router.Interfaces.All.Select(port =>
            {
                InterfaceCounters counted = port.Key.Kind == InterfaceKind.Ethernet ? counters[port.Number] : default!;
                return new InterfaceStatus
                {
                    Key = port.Key,
                    Running = port.IsRunning,
                    Slave = port.Bridge != Packet.NoInterface,
                    ActualMtu = port.Mtu,
                    MacAddress = port.Mac,
                    RxPackets = counted?.Received ?? 0,
                    RxBytes = counted?.ReceivedBytes ?? 0,
                    TxPackets = counted?.Sent ?? 0,
                    TxBytes = counted?.SentBytes ?? 0,
                    TxDrops = counted?.NotSent ?? 0,
                };
            }),
        ];
    }

    /// <summary>Those that are set, then those that were learned.</summary>
    public IEnumerable<NeighbourStatus> Neighbours(RuleFamily family)
    {
        List<NeighbourSnapshot> known = While(() => _dataplane.Neighbours(_dataplane.Now));
        return NeighbourListing.Of(Configuration.Current, Router.Interfaces, known, family);
    }

    /// <summary>What an index of the dataplane's counters is called; null for the port of the host's own programs while it is not there.</summary>
    public string? NameOf(int index) => index < _ports.Count ? Configuration.Current.Ethernets[_ports.NumberOf(index)].Name : _host.Name;

    /// <summary>The device behind an index of the dataplane's counters.</summary>
    public string DeviceOf(int index) => index < _ports.Count ? _ports.DeviceOf(index) : HostPort.Device;

    /// <summary>Starts EAL, the devices, the workers and the control thread. EAL starts once in a process.</summary>
    /// <param name="options">What the user asked for.</param>
    /// <param name="start">What the router is to start with; disposed of after the router.</param>
    /// <param name="tell">Takes what a user should know, a line each, as long as the router runs.</param>
    /// <exception cref="UserErrorException">A device, an EAL argument or a number that cannot be had; nothing is left behind.</exception>
    public static RunningRouter Start(RouterOptions options, StartingPoint start, Action<string> tell)
    {
        RouterConfiguration configuration = start.Configuration;
        var ports = RouterPorts.Of(options.Ports, configuration);
        int[] cpus = CurrentThread.Cpus;
        var plan = CpuPlan.For(cpus, options.Workers);
        if (plan.FirstWorker is null)
        {
            tell($"warning: {options.Workers} worker{(options.Workers == 1 ? "" : "s")} and the control plane share {cpus.Length} CPU{(cpus.Length == 1 ? "" : "s")}: expect gaps in forwarding");
        }
        else
        {
            ProcessThreads.Pin([.. plan.Control]);
        }

        uint buffers = RouterMemory.Buffers(ports.Count + 1, options.Workers);
        var undo = new Stack<IDisposable>();
        try
        {
            EalSession eal = StartEal(options, ports, plan, RouterMemory.Megabytes(buffers));
            undo.Push(eal);
            var pool = new MbufPool("packets", buffers);
            undo.Push(pool);
            bool routes = RouterShapes.Of(configuration, ports.Count) == RouterShape.Routed;
            ports.Open(pool, options.Workers, configuration, isOptional: routes, warning => tell($"warning: {warning}"));
            undo.Push(ports);
            TrackingParameters tracking = RouterInForce.Compile(configuration, ports.Count);
            var dataplane = new DataplaneHost(new DataplaneOptions
            {
                Runtime = options.Runtime,
                Workers = options.Workers,
                Interfaces = [.. ports.Options, .. options.HostInterface is null ? Array.Empty<InterfaceOptions>() : [HostPort.Slot]],
                Tracking = tracking,
                ReservedEntries = Math.Max(tracking.MaxEntries, SpareEntries),
                FlowLines = RouterMemory.FlowLines(tracking.MaxEntries, options.Workers, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
                HeldBuffers = (int)RouterMemory.HeldPerWorker,
                FirstCpu = plan.FirstWorker,
                Pool = pool,
                Neighbours = NeighbourSlots,
            });
            undo.Push(dataplane);
            ports.Connect(dataplane);
            var host = new HostPort(options.HostInterface, ports.Count, dataplane, pool, tell);
            undo.Push(host);
            var router = new RouterInForce(dataplane, ports, host);
            router.Publish(configuration);
            dataplane.ProbeHardware();
            TellOfHardware(dataplane, ports, configuration, tell);
            dataplane.Start();
            return new RunningRouter(eal, pool, ports, dataplane, host, router, start, options, tell);
        }
        catch (ConfigurationRefusedException exception)
        {
            Undo(undo);
            throw new UserErrorException($"--config: {exception.Message}", exception);
        }
        catch (StateWriteException exception)
        {
            Undo(undo);
            throw new UserErrorException($"--state: {exception.Message}; the router was not started", exception);
        }
        catch (NativeException exception)
        {
            Undo(undo);
            throw new UserErrorException($"run: {exception.Message}", exception);
        }
        catch
        {
            Undo(undo);
            throw;
        }
    }

    /// <summary>
    /// Every connection, in order of creation: who there is at the call, each as it is when it is asked for, a few at a time. One that ends meanwhile
    /// is left out.
    /// </summary>
    public IEnumerable<Connection> Connections() => Connections(ConnectionIds());

    /// <summary>The ids of all connections, in order of creation.</summary>
    public IReadOnlyList<ulong> ConnectionIds() => While(_dataplane.Identities);

    /// <summary>Those of these connections that are still there.</summary>
    /// <param name="ids">As listed.</param>
    public IEnumerable<Connection> Connections(IReadOnlyList<ulong> ids)
    {
        for (int first = 0; first < ids.Count; first += ConnectionsAtOnce)
        {
            int from = first;
            LiveConnection[] page = While(() => _dataplane.Read(ids.Skip(from).Take(ConnectionsAtOnce)).ToArray());
            foreach (LiveConnection connection in page)
            {
                yield return Entry(connection);
            }
        }
    }

    /// <summary>A connection by its id; null when it has ended.</summary>
    public Connection? ConnectionOf(ulong id) =>
        While(() => _dataplane.TryRead(ConnectionIdentity.FromValue(id), out LiveConnection found) ? Entry(found) : null);

    /// <summary>Everything that happens to connections from the return of this call on; to be disposed of.</summary>
    /// <param name="wants">Which of it; called by one thread, for everything that happens.</param>
    /// <param name="room">Most that may wait to be read; what is more is lost, and told as lost.</param>
    public ConnectionWatch Watch(Func<ConnectionHappening, bool> wants, int room) => While(() => _feed.Watch(wants, room));

    /// <summary>Who holds most connections, opens most and loses most packets, and the fastest connections: of the last second or two.</summary>
    public SurveyResult Survey => While(() => _dataplane.Survey);

    Connection Entry(LiveConnection connection) => ConnectionListing.ToEntry(connection, _router.Rules.Numbers);

    /// <summary>Ends connections.</summary>
    /// <param name="ids">As listed.</param>
    /// <returns>How many were there to end.</returns>
    public int Remove(IEnumerable<ulong> ids) => While(() => _dataplane.Remove([.. ids.Select(ConnectionIdentity.FromValue)]));

    /// <summary>What is of the entries of address lists with a timeout, then what rules have listed.</summary>
    public IEnumerable<ListedAddressStatus> ListedAddresses(RuleFamily family) =>
        While(() => _router.Rules.Lists.Statuses(family, Configuration.Current, _dataplane.Now).ToList());

    /// <summary>Takes addresses off the lists that rules have put them on.</summary>
    public void Remove(IEnumerable<ListedAddressReference> addresses) => While(() =>
        addresses.Count(address => _router.Rules.Lists.Remove(address.Family, address.List, address.Address, _dataplane.Now)));

    /// <summary>What the tables hold and have seen.</summary>
    public TableTotals Tables => While(_dataplane.Tables);

    /// <summary>What the tracking menu shows beside its settings.</summary>
    public TrackingStatus TrackingStatus => While(() => TrackingShown.Of(_dataplane.Tables(), _dataplane.Tracking));

    /// <summary>What FastTrack has forwarded past the rules of one family; null while none of its connections is fasttracked.</summary>
    public RuleCounters? FastTracked(RuleFamily family) =>
        While(() => _dataplane.FastTracked(family == RuleFamily.Ipv6)) is { Lines: > 0 } flows ? new RuleCounters(flows.Packets, flows.Bytes) : null;

    /// <summary>How packets of one family go past the firewall, and what has.</summary>
    public FastPathStatus FastPath(RuleFamily family) => While(() =>
    {
        RouterConfiguration configuration = Configuration.Current;
        bool isIpv6 = family == RuleFamily.Ipv6;
        FlowTotals flows = _dataplane.FastTracked(isIpv6);
        FastPathTotals plain = _dataplane.FastPath(isIpv6);
        return FastPathStatus.Of(
            isIpv6 ? configuration.Ipv6.AllowFastPath : configuration.Ipv4.AllowFastPath,
            _dataplane.Tracking.Tracks(isIpv6 ? PacketFamily.Ipv6 : PacketFamily.Ipv4), configuration.Rules, family, flows.Lines) with
        {
            FastPath = new RuleCounters(plain.Packets, plain.Bytes),
            FastTrack = new RuleCounters(flows.Packets, flows.Bytes),
        };
    });

    /// <summary>What the flow caches of one family hold and have done.</summary>
    public FlowTotals Flows(RuleFamily family) => While(() => _dataplane.FastTracked(family == RuleFamily.Ipv6));

    public DataplaneCounters Counters => While(_dataplane.Counters);

    /// <summary>What hardware forwards in the workers' stead.</summary>
    public HardwareTotals Hardware => While(() => _dataplane.Hardware!);

    /// <summary>Why a port cannot forward connections itself; empty when it can, null while it is not open.</summary>
    public string? HardwareObstacleOf(int index) => While(() => _dataplane.HardwareObstacleOf(index));

    /// <summary>One for each worker.</summary>
    public IReadOnlyList<WorkerCounters> Workers => While(_dataplane.WorkerCounters);

    /// <summary>What a worker's thread has had of its CPU; null where the kernel does not say.</summary>
    public ThreadTime? TimeOf(int worker) => While(() => ProcessThreads.TimeOf(_dataplane.WorkerThreadId(worker)));

    /// <summary>
    /// Lets the workers measure where their time goes for a while. Calls may overlap; each sees its own time. What it holds up is only its
    /// caller: a router that ends meanwhile does not wait for it.
    /// </summary>
    /// <returns>One for each worker.</returns>
    public async Task<IReadOnlyList<MeasuredWorker>> MeasureAsync(TimeSpan duration, CancellationToken cancelled)
    {
        WorkerMeasurement measurement = While(_dataplane.BeginMeasurement);
        try
        {
            await Task.Delay(duration, cancelled);
        }
        catch (OperationCanceledException)
        {
            While(() => _dataplane.EndMeasurement(measurement));
            throw;
        }

        return While(() => _dataplane.EndMeasurement(measurement));
    }

    /// <summary>Packet buffers, and how many of them nobody holds: exact only while no worker takes or gives any.</summary>
    public (uint Total, uint Free) Buffers => While(() => (_pool.Count, _pool.Available));

    /// <summary>Rates of the last second by interface; empty in the first.</summary>
    public IReadOnlyList<InterfaceRates> Rates => _rates.Rates;

    /// <summary>What an interface's device has counted itself; zeros when it tells nothing.</summary>
    public PortStatistics DeviceStatistics(int port) => While(() => port < _ports.Count ? _ports.StatisticsOf(port) : default);

    /// <summary>Stops the workers, then the devices, then EAL. Nothing is left behind.</summary>
    public void Dispose()
    {
        _named.Dispose();
        _lasting.Dispose();
        Configuration.Dispose();
        _life.EnterWriteLock();
        _ended = true;
        _life.ExitWriteLock();
        _feed.Dispose();
        _links.Dispose();
        _control.Dispose();
        _dataplane.Stop();
        _host.Dispose();
        _dataplane.Dispose();
        _ports.Dispose();
        _pool.Dispose();
        _eal.Dispose();
    }

    string? NameOfInterface(ushort number) => number == _ports.Count ? _host.Name : _router.Current.Interfaces.Numbered(number)?.Name;

    /// <summary>Says once that rules ask for what no port of this machine does.</summary>
    static void TellOfHardware(DataplaneHost dataplane, RouterPorts ports, RouterConfiguration configuration, Action<string> tell)
    {
        string?[] obstacles = [.. Enumerable.Range(0, ports.Count).Select(dataplane.HardwareObstacleOf)];
        if (obstacles.Contains("") || obstacles.FirstOrDefault(static obstacle => obstacle is not null) is not { } obstacle
            || !configuration.Rules.All.Any(static rule => rule is { HwOffload: true, Disabled: false }))
        {
            return;
        }

        tell($"note: hw-offload=yes has no effect: {ports.DeviceOf(Array.IndexOf(obstacles, obstacle))}{(ports.Count > 1 ? ", like every other port," : "")} cannot forward connections itself: {obstacle}");
    }

    static void Undo(Stack<IDisposable> started)
    {
        foreach (IDisposable part in started)
        {
            part.Dispose();
        }
    }

    /// <summary>Carries out what needs the dataplane to be there.</summary>
    T While<T>(Func<T> call)
    {
        _life.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            return call();
        }
        finally
        {
            _life.ExitReadLock();
        }
    }

    void Publish(RouterConfiguration configuration) => While(() =>
    {
        _router.Publish(configuration);
        return true;
    });

    static EalSession StartEal(RouterOptions options, RouterPorts ports, CpuPlan plan, int megabytes)
    {
        EalArguments arguments = RouterMemory.Arguments(megabytes, RouterMemory.FreeHugepageMegabytes()) with
        {
            Extra = options.EalArguments,
            ControlCpus = plan.Control,
            PciDevices = ports.PciDevices,
        };
        try
        {
            return EalSession.Start(arguments);
        }
        catch (NativeException exception)
        {
            throw new UserErrorException(exception.Message, exception);
        }
    }
}
