using System.Globalization;
using System.Numerics;
using Conntrack.Native;

namespace Conntrack.Control.Router;

/// <summary>How many packet buffers a router needs, what memory they are taken from, and how much of it FastTrack's flow caches get.</summary>
static class RouterMemory
{
    /// <summary>Descriptors of a queue that chooses for itself: the largest default among drivers; those of virtual devices hold 256 to 1024.</summary>
    const uint RingDescriptors = 1024;

    /// <summary>A burst in work, and what a thread's cache in the pool keeps back at most: one and a half times its size.</summary>
    const uint PerWorker = 32 + 384;

    /// <summary>What each other worker may have handed one that it has not taken yet, and all of them: more of it is dropped.</summary>
    const uint HandedByEach = 512, HandedByAll = 4096;

    /// <summary>What a worker may hold of fragments; a quarter of the pool at most, so that a flood of them leaves the rings their buffers.</summary>
    public const uint HeldPerWorker = 2048;

    /// <summary>A buffer's struct and alignment on top of its data room.</summary>
    const uint BufferBytes = MbufPool.DefaultDataRoom + 256;

    /// <summary>A line of the flow cache in each family: 64 bytes for IPv4, 128 for IPv6.</summary>
    const long FlowLineBytes = 64 + 128;

    /// <summary>Share of the machine's memory that the flow caches of all workers may come to take: a sixteenth.</summary>
    const long FlowCacheShare = 16;

    const ulong MostBuffers = (1ul << 24) - 1;

    /// <summary>EAL's heap, rings and devices.</summary>
    const int OverheadMegabytes = 64;

    /// <summary>Buffers for full receive and transmit rings of every queue, for fragments that wait and for what is between two workers.</summary>
    public static uint Buffers(int ports, int workers)
    {
        ulong queues = (ulong)ports * (ulong)workers;
        ulong needed = (queues * 2 * RingDescriptors) + ((ulong)workers * (PerWorker + HeldPerWorker + Math.Min(HandedByAll, ((uint)workers - 1) * HandedByEach)));
        return (uint)Math.Min(needed, MostBuffers);
    }

    /// <summary>
    /// Lines of each worker's flow caches: both directions of every connection that max-entries allows, as far as the memory goes; what does
    /// not fit takes the slow path.
    /// </summary>
    public static int FlowLines(uint maxEntries, int workers, long memoryBytes)
    {
        ulong wanted = BitOperations.RoundUpToPowerOf2((2ul * maxEntries / (uint)workers) + 1);
        ulong affordable = (ulong)(memoryBytes / FlowCacheShare / FlowLineBytes / workers);
        return (int)Math.Clamp(Math.Min(wanted, BitOperations.RoundUpToPowerOf2(affordable + 1) / 2), 1 << 10, 1 << 24);
    }

    public static int Megabytes(uint buffers) => (int)((ulong)buffers * BufferBytes >> 20) + OverheadMegabytes;

    /// <summary>Hugepages when enough are free, ordinary memory otherwise: it works everywhere and costs some TLB misses.</summary>
    public static EalArguments Arguments(int megabytes, long freeHugepageMegabytes) => freeHugepageMegabytes >= megabytes
        ? new HugepageArguments()
        : new NoHugeArguments(megabytes);

    /// <summary>Free hugepages of all sizes; what the kernel does not tell counts as none.</summary>
    public static long FreeHugepageMegabytes(string folder = "/sys/kernel/mm/hugepages")
    {
        long kilobytes = 0;
        foreach (string size in Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, "hugepages-*kB") : [])
        {
            string name = Path.GetFileName(size);
            if (long.TryParse(name["hugepages-".Length..^2], CultureInfo.InvariantCulture, out long each)
                && long.TryParse(File.ReadAllText(Path.Combine(size, "free_hugepages")).Trim(), CultureInfo.InvariantCulture, out long free))
            {
                kilobytes += each * free;
            }
        }

        return kilobytes / 1024;
    }
}
