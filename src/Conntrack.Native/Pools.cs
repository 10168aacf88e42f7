using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>DPDK's mempool; opaque, only ever pointed to.</summary>
public readonly struct Mempool;

/// <summary>Calls on mempools of mbufs; <see cref="MbufPool"/> owns one.</summary>
public static unsafe partial class Pools
{
    [LibraryImport(Shim.Library, EntryPoint = "ctd_pool_create", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Create(string name, uint count, ushort dataRoom, uint cache, int socket, Mempool** pool);

    /// <summary>Mbufs not in use, those in threads' caches included: exact only while no thread allocates or frees.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_pool_available")]
    public static partial uint Available(Mempool* pool);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_pool_free")]
    internal static partial void Free(Mempool* pool);
}
