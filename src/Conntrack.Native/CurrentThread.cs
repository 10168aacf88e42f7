using System.Text;

namespace Conntrack.Native;

/// <summary>The operating system's side of the calling thread: where it may run, and what it is called there.</summary>
public static unsafe class CurrentThread
{
    // CPU_SETSIZE of the C library.
    const int MaxCpus = 1024;
    const int MaskWords = MaxCpus / 64;
    const int NameBytes = 16;

    /// <summary>The CPUs this thread may run on, in ascending order.</summary>
    public static int[] Cpus
    {
        get
        {
            ulong* mask = stackalloc ulong[MaskWords];
            NativeException.ThrowIfLibcFailed(Libc.SchedGetAffinity(0, MaskWords * sizeof(ulong), mask), "CPUs of this thread");
            List<int> cpus = [];
            for (int cpu = 0; cpu < MaxCpus; cpu++)
            {
                if ((mask[cpu / 64] >> (cpu % 64) & 1) != 0)
                    cpus.Add(cpu);
            }

            return [.. cpus];
        }
    }

    /// <summary>Lets this thread run on these CPUs alone.</summary>
    public static void Pin(params ReadOnlySpan<int> cpus)
    {
        ulong* mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        foreach (int cpu in cpus)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(cpu);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cpu, MaxCpus);
            mask[cpu / 64] |= 1UL << (cpu % 64);
        }

        NativeException.ThrowIfLibcFailed(
            Libc.SchedSetAffinity(0, MaskWords * sizeof(ulong), mask), $"pinning a thread to CPU {string.Join(',', cpus.ToArray())}");
    }

    /// <summary>The name ps and perf show; cut after 15 bytes of UTF-8.</summary>
    public static void SetName(string name)
    {
        byte* text = stackalloc byte[NameBytes];
        var span = new Span<byte>(text, NameBytes);
        span.Clear();
        Encoding.UTF8.GetEncoder().Convert(name, span[..^1], true, out _, out _, out _);
        NativeException.ThrowIfLibcFailed(Libc.SetThreadName(text), $"naming a thread {name}");
    }
}
