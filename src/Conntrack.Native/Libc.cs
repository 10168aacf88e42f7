using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>Rights to mapped pages (PROT_*).</summary>
[Flags]
public enum PageProtection
{
    None = 0,
    Read = 1,
    Write = 2,
}

/// <summary>Kinds of mapping (MAP_*, x86-64).</summary>
[Flags]
public enum Mapping
{
    None = 0,
    Shared = 0x01,
    Private = 0x02,
    Fixed = 0x10,
    Anonymous = 0x20,

    /// <summary>Address space only: nothing is accounted until it is touched.</summary>
    NoReserve = 0x4000,

    /// <summary>Faults every page in at once.</summary>
    Populate = 0x8000,
    Hugepages = 0x40000,
    Hugepages2M = Hugepages | (21 << 26),
    Hugepages1G = Hugepages | (30 << 26),
}

/// <summary>What pages are going to be used for (MADV_*).</summary>
public enum MemoryAdvice
{
    WillNeed = 3,

    /// <summary>Gives the pages back; they read as zero when touched again.</summary>
    DontNeed = 4,
    DontFork = 10,
    Hugepage = 14,
    NoHugepage = 15,
    DontDump = 16,

    /// <summary>Faults pages in for reading and writing, telling failures instead of a later SIGBUS (Linux 5.14).</summary>
    PopulateWrite = 23,
}

/// <summary>Memory, directory and thread calls of the C library. A failure returns -1 (as a pointer: <see cref="MapFailed"/>) and errno.</summary>
public static unsafe partial class Libc
{
    const string Library = "libc";
    const int PrSetName = 15;

    /// <summary>What <see cref="Mmap"/> returns when it fails.</summary>
    public static readonly nint MapFailed = -1;

    /// <summary>Lengths and the offset are bytes, multiples of the page size where the kernel asks for it.</summary>
    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    public static partial void* Mmap(void* address, nuint length, PageProtection protection, Mapping flags, int fd, nint offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Munmap(void* address, nuint length);

    [LibraryImport(Library, EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Mprotect(void* address, nuint length, PageProtection protection);

    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    public static partial int Madvise(void* address, nuint length, MemoryAdvice advice);

    /// <summary>A descriptor of a file or a directory; the mode counts for a file that is made.</summary>
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Fsync(int fd);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    internal static partial int Flock(int fd, int operation);

    /// <summary>Kernel id of the calling thread.</summary>
    [LibraryImport(Library, EntryPoint = "gettid")]
    public static partial int Gettid();

    /// <summary>thread 0 is the calling one; mask holds one bit a CPU in maskBytes bytes.</summary>
    [LibraryImport(Library, EntryPoint = "sched_setaffinity", SetLastError = true)]
    internal static partial int SchedSetAffinity(int thread, nuint maskBytes, ulong* mask);

    [LibraryImport(Library, EntryPoint = "sched_getaffinity", SetLastError = true)]
    internal static partial int SchedGetAffinity(int thread, nuint maskBytes, ulong* mask);

    /// <summary>Names the calling thread as ps and perf show it: null-terminated, what is beyond 15 bytes is cut.</summary>
    internal static int SetThreadName(byte* name) => Prctl(PrSetName, name, 0, 0, 0);

    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    internal static partial int Prctl(int option, byte* name, nuint third, nuint fourth, nuint fifth);
}
