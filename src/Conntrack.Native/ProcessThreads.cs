using System.Globalization;

namespace Conntrack.Native;

/// <summary>What a thread has had of its CPU.</summary>
/// <param name="Ran">Time on a CPU since it began, up to the last tick.</param>
/// <param name="IsReady">It runs, or would if nothing else had its CPU.</param>
public readonly record struct ThreadTime(TimeSpan Ran, bool IsReady);

/// <summary>All threads of this process, those of the runtime included.</summary>
public static unsafe class ProcessThreads
{
    const int NoSuchProcess = 3;

    /// <summary>
    /// Lets every thread there is now run on these CPUs alone, the calling one included. Threads begun later start where the process's first
    /// thread may run: .NET gives new threads that one's mask, not their creator's. A thread that pins itself afterwards stays where it went.
    /// </summary>
    public static void Pin(params ReadOnlySpan<int> cpus)
    {
        CurrentThread.Pin(cpus);
        int words = (cpus.Length == 0 ? 0 : Max(cpus) / 64) + 1;
        ulong* mask = stackalloc ulong[words];
        new Span<ulong>(mask, words).Clear();
        foreach (int cpu in cpus)
        {
            mask[cpu / 64] |= 1UL << (cpu % 64);
        }

        foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            int thread = int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture);
            int result = Libc.SchedSetAffinity(thread, (nuint)(words * sizeof(ulong)), mask);

            // A thread may end between the listing and the call.
            if (result < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != NoSuchProcess)
            {
                NativeException.ThrowIfLibcFailed(result, $"pinning thread {thread}");
            }
        }
    }

    /// <summary>What a thread of this process has had of its CPU; null where the kernel does not say, or the thread has ended.</summary>
    /// <param name="thread">Its id in the kernel.</param>
    public static ThreadTime? TimeOf(int thread)
    {
        try
        {
            // Nanoseconds on a CPU first: Documentation/scheduler/sched-stats. The state stands behind the name, which may hold anything.
            string times = File.ReadAllText($"/proc/self/task/{thread}/schedstat");
            string state = File.ReadAllText($"/proc/self/task/{thread}/stat");
            return ulong.TryParse(times.AsSpan(0, Math.Max(times.IndexOf(' ', StringComparison.Ordinal), 0)), CultureInfo.InvariantCulture, out ulong nanoseconds)
                ? new ThreadTime(TimeSpan.FromMicroseconds(nanoseconds / 1000), state.Contains(") R ", StringComparison.Ordinal))
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    static int Max(ReadOnlySpan<int> cpus)
    {
        int max = 0;
        foreach (int cpu in cpus)
        {
            max = Math.Max(max, cpu);
        }

        return max;
    }
}
