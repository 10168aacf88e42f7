using System.Diagnostics;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Native;

namespace Conntrack.Dataplane.Tests;

/// <summary>
/// One worker between two pcap ports that repeat the demo's captures for ever and swallow what is sent, and the control thread that commits
/// memory ahead of it.
/// </summary>
sealed class WorkerRig : IDisposable
{
    /// <summary>More than the frames a port keeps of its capture, its bursts, the thread's cache and what a worker may hold.</summary>
    const uint PoolSize = 8191;

    static int s_rigs;

    readonly MbufPool _pool;
    readonly EthernetPort[] _ports;
    readonly uint _buffers;
    Thread? _control;
    volatile bool _stopping;

    public WorkerRig(DataplaneRuntime runtime)
        : this(runtime, [DemoTests.DemoFile("lan.pcap")], [DemoTests.DemoFile("wan.pcap")])
    {
    }

    /// <summary>With captures of its own on either side.</summary>
    public WorkerRig(DataplaneRuntime runtime, string lan, string wan)
        : this(runtime, [lan], [wan])
    {
    }

    /// <summary>A worker for each queue, each with a capture of its own on either side.</summary>
    public WorkerRig(DataplaneRuntime runtime, string[] lan, string[] wan)
    {
        int number = Interlocked.Increment(ref s_rigs);
        _pool = new MbufPool($"rig{number}", PoolSize);
        _buffers = _pool.Available;
        _ports = [Attach($"net_pcap{2 * number}", lan), Attach($"net_pcap{(2 * number) + 1}", wan)];
        int[] cpus = CurrentThread.Cpus;
        Cpu = cpus.Length > 1 && lan.Length == 1 ? cpus[^1] : null;
        Dataplane = new DataplaneHost(new DataplaneOptions
        {
            Runtime = runtime,
            Workers = lan.Length,
            Interfaces = [.. _ports.Select((port, i) => new InterfaceOptions(PortKind.Device, port.Id, PortRole.Wire, (ushort)(1 - i)))],
            Tracking = TrackingDefaults.Parameters(),
            FirstCpu = Cpu,
        });
    }

    public DataplaneHost Dataplane { get; }

    /// <summary>The CPU the worker is pinned to; null where there is only one, which it has to share.</summary>
    public int? Cpu { get; }

    /// <summary>Kernel id of the worker's thread.</summary>
    public int ThreadId { get; private set; }

    public int ControlThreadId { get; private set; }

    /// <summary>The worker's name while it ran.</summary>
    public string ThreadName { get; private set; } = "";

    /// <summary>What the kernel tells of the worker's thread.</summary>
    public string Task => $"/proc/self/task/{ThreadId}";

    public string Status(string field) =>
        File.ReadLines($"{Task}/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split(':')[1].Trim();

    public void Start()
    {
        _stopping = false;
        Dataplane.Start();
        ThreadId = Dataplane.WorkerThreadId(0);
        ThreadName = File.ReadAllText($"{Task}/comm").TrimEnd();
        using var running = new ManualResetEventSlim();
        _control = new Thread(() =>
        {
            ControlThreadId = Libc.Gettid();
            running.Set();
            while (!_stopping)
            {
                Dataplane.CommitAhead();
                Thread.Sleep(5);
            }
        })
        { IsBackground = true, Name = "ct-control" };
        _control.Start();
        running.Wait();
    }

    /// <summary>Returns when the worker has received this many packets; fails when it takes too long.</summary>
    public void WaitFor(ulong packets, TimeSpan patience)
    {
        var time = Stopwatch.StartNew();
        while (Dataplane.Counters().Received < packets)
        {
            Assert.True(time.Elapsed < patience, $"{Dataplane.Counters().Received} of {packets} packets after {time.Elapsed}");
            Thread.Sleep(10);
        }
    }

    public void Stop()
    {
        _stopping = true;
        _control?.Join();
        Dataplane.Stop();
    }

    /// <summary>Every buffer is back when the ports have given up theirs.</summary>
    public void Dispose()
    {
        Stop();
        Dataplane.Dispose();
        foreach (EthernetPort port in _ports)
        {
            port.Detach();
        }

        uint available = _pool.Available;
        _pool.Dispose();
        Assert.Equal(_buffers, available);
    }

    EthernetPort Attach(string device, string[] captures)
    {
        EthernetPort port = EthernetPort.Attach($"{device},{string.Concat(captures.Select(capture => $"rx_pcap={capture},"))}infinite_rx=1");
        port.Configure(new PortConfiguration { RxQueues = (ushort)captures.Length, TxQueues = (ushort)captures.Length }, _pool);
        port.Start();
        return port;
    }
}
