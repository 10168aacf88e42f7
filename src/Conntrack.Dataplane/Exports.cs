using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Dataplane.Replay;
using Conntrack.Dataplane.Steering;
using Conntrack.Native;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane;

/// <summary>
/// The C ABI of the dataplane library: everything its host may call. Compiled with NativeAOT these are the library's symbols; under the
/// JIT <see cref="Functions"/> hands out the same entry points. Statuses are 0 or a negative errno; no exception crosses.
/// </summary>
public static unsafe class Exports
{
    /// <summary>Bytes between objects of two workers: a cache line, the one that is fetched with it, and as much again.</summary>
    const int Apart = 256;

    const int InvalidArgument = -22;
    const int OutOfMemory = -12;

    /// <summary>The entry points compiled into this assembly.</summary>
    public static DataplaneFunctions Functions() => new()
    {
        Create = &Create,
        Destroy = &Destroy,
        Run = &Run,
        RunBurst = &RunBurst,
        CommitAhead = &CommitAhead,
        ReplayStart = &ReplayStart,
        ReplayStep = &ReplayStep,
        ReplayFinish = &ReplayFinish,
        AllocatedBytes = &AllocatedBytes,
    };

    sealed class Instance(Worker[] workers, Exchange? exchange, nint settings, List<byte[]> apart)
    {
        /// <summary>What lies between the workers' objects, kept so that no collection moves those together.</summary>
        public readonly List<byte[]> Apart = apart;

        public readonly Exchange? Exchange = exchange;
        public readonly Worker[] Workers = workers;
        public readonly nint Settings = settings;
        public ReplayPump? Replay;
    }

    /// <summary>
    /// Must be the first call. It starts the library's runtime: an entry point with a stack buffer would compare its stack cookie with one
    /// that the start has changed meanwhile.
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = "ct_abi_version", CallConvs = [typeof(CallConvCdecl)])]
    static int AbiVersion() => DataplaneFunctions.AbiVersion;

    [UnmanagedCallersOnly(EntryPoint = "ct_create", CallConvs = [typeof(CallConvCdecl)])]
    static int Create(void* settingsPointer, void** handle)
    {
        var settings = (DataplaneSettings*)settingsPointer;
        if (settings->Workers is 0 or > 64 || settings->BurstSize is 0 or > Worker.MaxBurst || settings->PortCount == 0
            || settings->HeldBuffers < FragmentTable.FewestBuffers)
        {
            return Fail(settings, InvalidArgument, "workers, burst, interfaces or held buffers out of range");
        }

        // Objects lie in the order in which they are made. Where two workers write into one cache line, each burst waits for the other's core.
        var workers = new Worker[settings->Workers];
        List<byte[]> apart = [new byte[Apart]];
        Exchange? exchange = null;
        try
        {
            for (int i = 0; i < workers.Length; i++)
            {
                workers[i] = new Worker(settings, i);
                apart.Add(new byte[Apart]);
            }

            if (workers.Length > 1)
            {
                exchange = new Exchange(settings->Workers, settings->ReservedEntries);
                foreach (Worker worker in workers)
                {
                    worker.Join(exchange);
                    apart.Add(new byte[Apart]);
                }
            }
        }
        catch (Exception failure) when (failure is NativeException or OutOfMemoryException)
        {
            foreach (Worker? worker in workers)
            {
                worker?.Dispose();
            }

            return Fail(settings, OutOfMemory, failure.Message);
        }

        TableView** tables = settings->Tables;
        for (int i = 0; i < workers.Length; i++)
        {
            tables[2 * i] = settings->WorkerStates[i].Connections4;
            tables[(2 * i) + 1] = settings->WorkerStates[i].Connections6;
        }

        if (workers.Length > 1)
        {
            foreach (Worker worker in workers)
            {
                worker.ShareRoom(workers);
                apart.Add(new byte[Apart]);
            }
        }

        *handle = (void*)GCHandle.ToIntPtr(GCHandle.Alloc(new Instance(workers, exchange, (nint)settings, apart)));
        return 0;
    }

    [UnmanagedCallersOnly(EntryPoint = "ct_destroy", CallConvs = [typeof(CallConvCdecl)])]
    static void Destroy(void* handle)
    {
        var pin = GCHandle.FromIntPtr((nint)handle);
        var instance = (Instance)pin.Target!;
        instance.Replay?.Dispose();
        foreach (Worker worker in instance.Workers)
        {
            worker.Dispose();
        }

        instance.Exchange?.Dispose();
        pin.Free();
    }

    /// <summary>Occupies the calling thread with a worker until its state asks it to stop.</summary>
    [UnmanagedCallersOnly(EntryPoint = "ct_run", CallConvs = [typeof(CallConvCdecl)])]
    static int Run(void* handle, uint worker)
    {
        Of(handle).Workers[worker].Run();
        return 0;
    }

    [UnmanagedCallersOnly(EntryPoint = "ct_run_burst", CallConvs = [typeof(CallConvCdecl)])]
    static int RunBurst(void* handle, uint worker) => Of(handle).Workers[worker].RunBurst<Unmeasured>();

    /// <summary>The control thread's part of growth: memory for what the tables are about to need.</summary>
    [UnmanagedCallersOnly(EntryPoint = "ct_commit_ahead", CallConvs = [typeof(CallConvCdecl)])]
    static void CommitAhead(void* handle)
    {
        foreach (Worker worker in Of(handle).Workers)
        {
            worker.CommitAhead();
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "ct_replay_start", CallConvs = [typeof(CallConvCdecl)])]
    static int ReplayStart(void* handle, void* state)
    {
        Instance instance = Of(handle);
        instance.Replay = new ReplayPump(instance.Workers, (DataplaneSettings*)instance.Settings, (ReplayState*)state);
        return 0;
    }

    [UnmanagedCallersOnly(EntryPoint = "ct_replay_step", CallConvs = [typeof(CallConvCdecl)])]
    static int ReplayStep(void* handle) => Of(handle).Replay!.Step();

    [UnmanagedCallersOnly(EntryPoint = "ct_replay_finish", CallConvs = [typeof(CallConvCdecl)])]
    static int ReplayFinish(void* handle, ulong nanoseconds) => Of(handle).Replay!.Finish(nanoseconds);

    /// <summary>Bytes the library's own runtime has allocated on its managed heap since it was loaded, all threads.</summary>
    [UnmanagedCallersOnly(EntryPoint = "ct_allocated_bytes", CallConvs = [typeof(CallConvCdecl)])]
    static ulong AllocatedBytes() => (ulong)GC.GetTotalAllocatedBytes(precise: true);

    static Instance Of(void* handle) => (Instance)GCHandle.FromIntPtr((nint)handle).Target!;

    static int Fail(DataplaneSettings* settings, int status, string reason)
    {
        var text = new Span<byte>(settings->Error, 255);
        text.Clear();
        Encoding.UTF8.GetEncoder().Convert(reason, text, true, out _, out _, out _);
        return status;
    }
}
