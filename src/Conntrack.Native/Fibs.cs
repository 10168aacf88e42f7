using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>DPDK's rte_fib or rte_fib6; opaque, only ever pointed to.</summary>
public readonly struct Fib;

/// <summary>Lookups in forwarding tables, for workers; <see cref="ForwardingTable"/> owns one and writes it.</summary>
public static unsafe partial class Fibs
{
    [LibraryImport(Shim.Library, EntryPoint = "ctd_fib_create", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Create(string name, int family, int dense, uint routes, Fib** fib);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_fib_free")]
    internal static partial void Free(int family, Fib* fib);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_fib_set")]
    internal static partial int Set(int family, Fib* fib, byte* prefix, byte length, ushort nextHop);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_fib_unset")]
    internal static partial int Unset(int family, Fib* fib, byte* prefix, byte length);

    /// <summary>Hot. The next hops of n IPv4 addresses in host order; 0 where no prefix covers one.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_fib_lookup4")]
    [SuppressGCTransition]
    public static partial void Lookup4(Fib* fib, uint* addresses, ulong* nextHops, uint n);

    /// <summary>Hot. The next hops of n IPv6 addresses, 16 bytes each in network order; 0 where no prefix covers one.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_fib_lookup6")]
    [SuppressGCTransition]
    public static partial void Lookup6(Fib* fib, byte* addresses, ulong* nextHops, uint n);
}
