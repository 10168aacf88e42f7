using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>The CPU's time-stamp counter.</summary>
public static partial class Tsc
{
    [LibraryImport(Shim.Library, EntryPoint = "ctd_tsc")]
    [SuppressGCTransition]
    public static partial ulong Now();

    /// <summary>Ticks a second as EAL measured them; 0 before it has started.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_tsc_hz")]
    [SuppressGCTransition]
    public static partial ulong Frequency();
}
