using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>
/// The dataplane's entry points, from the NativeAOT library or from the same assembly under the JIT; handles and structs are opaque here.
/// </summary>
public unsafe struct DataplaneFunctions
{
    /// <summary>Counts up with every change of a call or of a shared struct; host and library of one build agree.</summary>
    public const int AbiVersion = 8;

    /// <summary>Settings in, handle out; 0 or a negative errno with the reason in the settings.</summary>
    public delegate* unmanaged[Cdecl]<void*, void**, int> Create;

    public delegate* unmanaged[Cdecl]<void*, void> Destroy;

    /// <summary>Occupies the calling thread with worker n until it is asked to stop.</summary>
    public delegate* unmanaged[Cdecl]<void*, uint, int> Run;

    public delegate* unmanaged[Cdecl]<void*, uint, int> RunBurst;
    public delegate* unmanaged[Cdecl]<void*, void> CommitAhead;
    public delegate* unmanaged[Cdecl]<void*, void*, int> ReplayStart;
    public delegate* unmanaged[Cdecl]<void*, int> ReplayStep;
    public delegate* unmanaged[Cdecl]<void*, ulong, int> ReplayFinish;

    /// <summary>Bytes allocated on the managed heap of the runtime that the entry points belong to.</summary>
    public delegate* unmanaged[Cdecl]<ulong> AllocatedBytes;

    /// <summary>Loads <c>libctrack-dataplane.so</c> from beside the application. It stays loaded: a NativeAOT runtime cannot be unloaded.</summary>
    /// <exception cref="DllNotFoundException">The library is not there or cannot be loaded.</exception>
    /// <exception cref="EntryPointNotFoundException">It is another version.</exception>
    public static DataplaneFunctions Load(string path)
    {
        nint library = NativeLibrary.Load(path);
        int version = ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "ct_abi_version"))();
        if (version != AbiVersion)
        {
            throw new EntryPointNotFoundException($"{path}: built for boundary {version}, this program has {AbiVersion}");
        }

        return new DataplaneFunctions
        {
            Create = (delegate* unmanaged[Cdecl]<void*, void**, int>)NativeLibrary.GetExport(library, "ct_create"),
            Destroy = (delegate* unmanaged[Cdecl]<void*, void>)NativeLibrary.GetExport(library, "ct_destroy"),
            Run = (delegate* unmanaged[Cdecl]<void*, uint, int>)NativeLibrary.GetExport(library, "ct_run"),
            RunBurst = (delegate* unmanaged[Cdecl]<void*, uint, int>)NativeLibrary.GetExport(library, "ct_run_burst"),
            CommitAhead = (delegate* unmanaged[Cdecl]<void*, void>)NativeLibrary.GetExport(library, "ct_commit_ahead"),
            ReplayStart = (delegate* unmanaged[Cdecl]<void*, void*, int>)NativeLibrary.GetExport(library, "ct_replay_start"),
            ReplayStep = (delegate* unmanaged[Cdecl]<void*, int>)NativeLibrary.GetExport(library, "ct_replay_step"),
            ReplayFinish = (delegate* unmanaged[Cdecl]<void*, ulong, int>)NativeLibrary.GetExport(library, "ct_replay_finish"),
            AllocatedBytes = (delegate* unmanaged[Cdecl]<ulong>)NativeLibrary.GetExport(library, "ct_allocated_bytes"),
        };
    }
}
