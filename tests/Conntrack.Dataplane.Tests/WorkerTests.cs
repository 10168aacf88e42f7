using System.Diagnostics;
using System.Globalization;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;

namespace Conntrack.Dataplane.Tests;

/// <summary>A worker at work: on a thread of its own inside the library, between two device ports that never run dry.</summary>
[Collection(Dpdk.Collection)]
public sealed class WorkerTests
{
    const ulong TenMillion = 10_000_000;

    /// <summary>Generous, for a machine that others use as well: ten million packets take two seconds of a CPU.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    [Fact]
    public void Ten_million_packets_allocate_nothing_in_the_library()
    {
        using var rig = new WorkerRig(DataplaneRuntime.Aot);
        rig.Start();
        ulong before = rig.Dataplane.RuntimeAllocatedBytes;
        rig.WaitFor(TenMillion, s_patience);
        ulong after = rig.Dataplane.RuntimeAllocatedBytes;
        rig.Stop();

        Assert.Equal(before, after);
        Assert.Equal(0ul, rig.Dataplane.WorkerAllocatedBytes(0));
        DataplaneCounters counters = rig.Dataplane.Counters();
        Assert.InRange(counters.Received, TenMillion, ulong.MaxValue);
        Assert.Equal(0, counters.Balance);
        Assert.Empty(counters.Dropped);
        Assert.Equal(counters.Received, counters.Sent);

        // It was the product's path that allocated nothing: both families tracked, from first packets to closed connections.
        TableTotals tables = rig.Dataplane.Tables();
        Assert.True(tables.Ipv4Entries > 0 && tables.Ipv6Entries > 0 && tables.Removed > 0, tables.ToString());
    }

    /// <summary>The check above can fail: the same counter sees the same runtime allocate when a dataplane is created in it.</summary>
    [Fact]
    public void What_the_library_allocates_at_creation_is_counted()
    {
        using var first = new WorkerRig(DataplaneRuntime.Aot);
        ulong before = first.Dataplane.RuntimeAllocatedBytes;
        DataplaneOptions second = first.Dataplane.Options with { Interfaces = [new InterfaceOptions(PortKind.Capture, 0, PortRole.Observed)] };
        using (var session = new ReplaySession(second))
        {
            Assert.InRange(first.Dataplane.RuntimeAllocatedBytes, before + 1, ulong.MaxValue);
        }
    }

    [Fact]
    public void A_worker_is_named_pinned_and_inside_the_library()
    {
        using var rig = new WorkerRig(DataplaneRuntime.Aot);
        rig.Start();
        Assert.Equal("ct-worker-0\n", File.ReadAllText($"{rig.Task}/comm"));
        if (rig.Cpu is int cpu)
        {
            Assert.Equal(cpu.ToString(CultureInfo.InvariantCulture), rig.Status("Cpus_allowed_list"));
        }

        string library = Path.Combine(AppContext.BaseDirectory, "libctrack-dataplane.so");
        string[] mappings = [.. File.ReadLines("/proc/self/maps").Where(line => line.EndsWith(library, StringComparison.Ordinal))];
        Assert.Contains(mappings, mapping => mapping.Contains("r-xp", StringComparison.Ordinal));
        rig.Stop();
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists(rig.Task), s_patience), "the thread is still there");
    }

    /// <summary>The second time, for compiling a method the first time allocates for the compiler's own ends.</summary>
    [Fact]
    public void A_worker_under_the_JIT_does_the_same_work()
    {
        using var rig = new WorkerRig(DataplaneRuntime.Jit);
        for (ulong run = 1; run <= 2; run++)
        {
            rig.Start();
            rig.WaitFor(run * TenMillion / 10, s_patience);
            rig.Stop();
        }

        Assert.Equal(0ul, rig.Dataplane.WorkerAllocatedBytes(0));
        Assert.Equal(0, rig.Dataplane.Counters().Balance);
        Assert.Equal("ct-worker-0", rig.ThreadName);
    }

    [Fact]
    public void A_worker_can_be_started_again()
    {
        using var rig = new WorkerRig(DataplaneRuntime.Aot);
        for (int i = 0; i < 3; i++)
        {
            ulong received = rig.Dataplane.Counters().Received;
            rig.Start();
            rig.WaitFor(received + 10_000, s_patience);
            rig.Stop();
        }

        Assert.Equal(0, rig.Dataplane.Counters().Balance);
    }

    /// <summary>A collection in the host stops every thread of the host; the worker goes on.</summary>
    [Fact]
    public void The_worker_makes_no_system_call_between_bursts()
    {
        using var rig = new WorkerRig(DataplaneRuntime.Aot);
        rig.Start();
        rig.WaitFor(100_000, s_patience);
        SystemCalls own = SystemCalls.Of(rig.ThreadId, TimeSpan.FromSeconds(1), during: () => GC.Collect());
        SystemCalls control = SystemCalls.Of(rig.ControlThreadId, TimeSpan.FromSeconds(1), during: () => { });
        ulong between = rig.Dataplane.Counters().Received;
        rig.WaitFor(between + 1, s_patience);
        rig.Stop();

        Assert.SkipWhen(own.Refused != null, $"strace may not look here: {own.Refused}");
        Assert.True(control.Lines.Count > 0, "strace saw nothing of a thread that sleeps two hundred times a second: nor would it of a worker");
        Assert.Empty(own.Lines);
    }

    /// <summary>What the kernel knows without being asked to trace: a worker never waits, so it never gives its CPU away by itself.</summary>
    [Fact]
    public void The_worker_never_waits()
    {
        using var rig = new WorkerRig(DataplaneRuntime.Aot);
        rig.Start();
        rig.WaitFor(100_000, s_patience);
        string before = rig.Status("voluntary_ctxt_switches");
        HashSet<string> seen = [];
        var time = Stopwatch.StartNew();
        while (time.Elapsed < TimeSpan.FromSeconds(1))
        {
            // "running", or the number of the system call the thread is in.
            seen.Add(File.ReadAllText($"{rig.Task}/syscall").Split(' ')[0].TrimEnd());
            GC.Collect();
        }

        string after = rig.Status("voluntary_ctxt_switches");
        rig.Stop();
        Assert.Equal(before, after);
        Assert.Subset(new HashSet<string> { "running", "-1" }, seen);
    }
}
