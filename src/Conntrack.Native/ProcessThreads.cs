using System.Globalization;

namespace Conntrack.Native;

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
