using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>
/// DPDK's environment and the threads known to it; <see cref="EalSession"/> is the way to start it.
/// A status is 0 or a count, otherwise a negative errno with its reason in <see cref="LastErrorText"/>.
/// </summary>
public static unsafe partial class Eal
{
    /// <summary>Null-terminated UTF-8; never null, valid until this thread's next failure.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_last_error")]
    [SuppressGCTransition]
    public static partial byte* LastError();

    /// <summary>Why this thread's last failed call failed.</summary>
    public static string LastErrorText() => Marshal.PtrToStringUTF8((nint)LastError()) ?? "";

    /// <summary>Before EAL starts. What does not load is left to EAL.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_drivers_load")]
    internal static partial void LoadDrivers();

    /// <summary>Once per process, on a thread made for it; argv must live as long as the process.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_eal_start")]
    internal static partial int Start(int argc, byte** argv);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_eal_stop")]
    internal static partial int Stop();

    /// <summary>Copies DPDK's log lines to a file descriptor; -1, as at start, for none.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_log_echo")]
    public static partial void EchoLog(int fd);

    /// <summary>Gives this thread an lcore id and so a cache in every pool. -ENOMEM: no id left; -ENODEV: no EAL.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_thread_register")]
    public static partial int RegisterThread();

    /// <summary>Harmless on a thread that is not registered.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_thread_unregister")]
    public static partial void UnregisterThread();
}
