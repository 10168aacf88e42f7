using System.Globalization;
using System.Text.Json;
using Conntrack.Control.Firewall;
using Conntrack.Control.Routing;
using Conntrack.Control.Settings;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.RouterOs.Settings;
using Conntrack.Tracking;

namespace Conntrack.Rig;

/// <summary>What the process under test is told; its one argument, as JSON.</summary>
sealed record SubjectOrder
{
    public required string Dataplane { get; init; }
    public required int WorkerCpu { get; init; }
    public required IReadOnlyList<int> ControlCpus { get; init; }
    public required bool Hugepages { get; init; }
    public required int Burst { get; init; }

    /// <summary>On this CPU and those after it.</summary>
    public int Workers { get; init; } = 1;
    public required string Plugin { get; init; }
    public required IReadOnlyList<string> Devices { get; init; }
    public required uint MaxEntries { get; init; }
    public required int FlowLines { get; init; }

    /// <summary>RouterOS scripts, loaded one after the other.</summary>
    public required IReadOnlyList<string> Scripts { get; init; }

    /// <summary>Null leaves RouterOS's default.</summary>
    public uint? SynSentMilliseconds { get; init; }
}

/// <summary>What the process under test says of itself, a line of JSON; counters are exact once its worker has stopped.</summary>
sealed record SubjectReport
{
    /// <summary>Kernel id of the worker's thread.</summary>
    public required int WorkerThread { get; init; }

    /// <summary>Ticks of the time-stamp counter in a second.</summary>
    public required ulong TscFrequency { get; init; }

    public required uint Connections { get; init; }
    public required ulong Created { get; init; }
    public required ulong Expired { get; init; }
    public required ulong Evicted { get; init; }
    public required ulong Received { get; init; }
    public required ulong Sent { get; init; }
    public required IReadOnlyDictionary<string, ulong> Dropped { get; init; }

    /// <summary>Packets that one worker handed to another, by the sum of all.</summary>
    public ulong HandedOver { get; init; }

    /// <summary>Packets forwarded from the flow cache.</summary>
    public required ulong FastTracked { get; init; }

    /// <summary>Packets that ended nowhere or twice.</summary>
    public required long Balance { get; init; }

    /// <summary>Bytes of resident memory since before the first packet, the flow caches' not counted.</summary>
    public required long MemoryGrowth { get; init; }

    /// <summary>TSC cycles a packet, by stage; told after a measurement.</summary>
    public IReadOnlyDictionary<string, double> StageCycles { get; init; } = new Dictionary<string, double>();

    /// <summary>Bytes the dataplane's runtime allocated on the worker's thread, and buffers that did not come back; told at the end only.</summary>
    public ulong WorkerAllocated { get; init; }

    public long BuffersLost { get; init; }
}

/// <summary>
/// The process under test: ports and one worker of the dataplane as the router has them. Answers every line on its standard input with a
/// report; <c>measure</c> lets the worker measure its stages until <c>measured</c>, <c>end</c> stops the worker first and is the last.
/// </summary>
static class Subject
{
    const uint PoolSize = 16_383;

    static readonly TimeSpan s_long = TimeSpan.FromHours(1);
    static readonly TimeSpan s_commitInterval = TimeSpan.FromMilliseconds(1);

    public static int Run(string order)
    {
        SubjectOrder wanted = JsonSerializer.Deserialize<SubjectOrder>(order)!;
        string[] extra = ["-d", wanted.Plugin, .. wanted.Devices.Select(device => $"--vdev={device}")];
        EalArguments arguments = wanted.Hugepages
            ? new HugepageArguments { ControlCpus = wanted.ControlCpus, Extra = extra }
            : new NoHugeArguments { ControlCpus = wanted.ControlCpus, Extra = extra };
        using EalSession session = EalSession.Start(arguments);
        using MbufPool pool = new("rig", PoolSize);
        MbufPool[] pools = [.. Enumerable.Repeat(pool, wanted.Workers)];
        EthernetPort[] ports = [.. wanted.Devices.Select(device => EthernetPort.Find(device.Split(',')[0]))];
        foreach (EthernetPort port in ports)
        {
            port.Configure(new PortConfiguration { RxQueues = (ushort)wanted.Workers, TxQueues = (ushort)wanted.Workers }, pools);
            port.Start();
        }

        RouterConfiguration configuration = Scripts.Load(wanted.Scripts);
        RouterShape shape = RouterShapes.Of(configuration, ports.Length);
        CompiledRouter router = new RouterCompiler(ports.Length).Compile(configuration, [new PortFacts(1), new PortFacts(2)], shape);
        using DataplaneHost dataplane = new(new DataplaneOptions
        {
            Runtime = wanted.Dataplane == "jit" ? DataplaneRuntime.Jit : DataplaneRuntime.Aot,
            BurstSize = wanted.Burst,
            Workers = wanted.Workers,
            FirstCpu = wanted.WorkerCpu,
            Tracking = Parameters(wanted, configuration),
            FlowLines = wanted.FlowLines,
            Router = router.Spec,
            Pool = pool,
            Interfaces =
            [
                new InterfaceOptions(PortKind.Device, ports[0].Id, PortRole.Wire, WirePeer: 1),
                new InterfaceOptions(PortKind.Device, ports[1].Id, PortRole.Wire, WirePeer: 0),
            ],
        });
        dataplane.PublishRules(new RuleCompiler().Compile(configuration.Rules, new RuleInterfaces(configuration, router)));
        long memory = ResidentBytes() - FlowCacheBytes(dataplane);
        using CancellationTokenSource ends = new();
        var control = new Thread(() =>
        {
            // The control thread's part of growth, whatever else is done: the source opens a million connections a second from its first poll on.
            while (!ends.Token.WaitHandle.WaitOne(s_commitInterval))
            {
                dataplane.CommitAhead();
            }
        });
        control.Start();
        dataplane.Start();
        Say(dataplane, memory, ended: false, 0);
        WorkerMeasurement? measurement = null;
        while (Console.In.ReadLine() is string line and not "end")
        {

            IReadOnlyList<MeasuredWorker> measured = [];
            if (line == "measure")
            {
                measurement = dataplane.BeginMeasurement();
            }
            else if (line == "measured" && measurement != null)
            {
                measured = dataplane.EndMeasurement(measurement);
            }

            Say(dataplane, memory, ended: false, 0, measured);
        }

        ends.Cancel();
        control.Join();
        dataplane.Stop();
        Say(dataplane, memory, ended: true, PoolSize - (long)pool.Available);
        return 0;
    }

    static TrackingParameters Parameters(SubjectOrder wanted, RouterConfiguration configuration)
    {
        // Time passes for who is stopped while others have their turns; nothing established may end meanwhile.
        TrackingSettings settings = configuration.Tracking with { MaxEntries = (int)wanted.MaxEntries, UdpTimeout = s_long, UdpStreamTimeout = s_long };
        if (wanted.SynSentMilliseconds is uint timeout)
        {
            settings = settings with { TcpSynSentTimeout = TimeSpan.FromMilliseconds(timeout) };
        }

        return TrackingCompiler.Compile(configuration with { Tracking = settings }, TrackedFamilies.Both);
    }

    static void Say(
        DataplaneHost dataplane, long memoryBefore, bool ended, long buffersLost, IReadOnlyList<MeasuredWorker>? measured = null)
    {
        DataplaneCounters counters = dataplane.Counters();
        TableTotals tables = dataplane.Tables();
        SubjectReport report = new()
        {
            WorkerThread = dataplane.WorkerThreadId(0),
            TscFrequency = Tsc.Frequency(),
            Connections = tables.Ipv4Entries + tables.Ipv6Entries,
            Created = tables.Created,
            Expired = tables.Expired,
            Evicted = tables.Evicted,
            Received = counters.Received,
            Sent = counters.Sent,
            Dropped = counters.Dropped.ToDictionary(reason => DropReasons.Name(reason.Key), reason => reason.Value),
            HandedOver = dataplane.WorkerCounters().Aggregate(0ul, (sum, worker) => sum + worker.HandedOver),
            FastTracked = tables.FastTrackPackets,
            Balance = counters.Balance,
            MemoryGrowth = ResidentBytes() - FlowCacheBytes(dataplane) - memoryBefore,
            StageCycles = measured is [MeasuredWorker worker, ..] ? Cycles(worker) : new Dictionary<string, double>(),
            WorkerAllocated = ended ? dataplane.WorkerAllocatedBytes(0) : 0,
            BuffersLost = buffersLost,
        };
        Console.Out.WriteLine(JsonSerializer.Serialize(report));
        Console.Out.Flush();
    }

    /// <summary>By stages that any packet went through.</summary>
    static Dictionary<string, double> Cycles(MeasuredWorker worker)
    {
        double packets = Math.Max(1, worker.Stages[(int)Stage.Receive].Packets);
        return worker.Stages.Select((stage, n) => (Name: ((Stage)n).ToString(), Stage: stage))
            .Where(stage => stage.Stage.Packets != 0)
            .ToDictionary(stage => stage.Name, stage => Math.Round(stage.Stage.Cycles / packets, 2));
    }

    static long FlowCacheBytes(DataplaneHost dataplane) =>
        (long)(dataplane.FastTracked(isIpv6: false).Memory + dataplane.FastTracked(isIpv6: true).Memory);

    static long ResidentBytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
