using System.Numerics;
using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>DPDK's rte_ring for one producer and one consumer; opaque, only ever pointed to.</summary>
public readonly struct Ring;

/// <summary>
/// Rings of pointers to frames between two workers. Their memory is the caller's, aligned to a cache line, and good for as long as he keeps it.
/// </summary>
public static unsafe partial class Rings
{
    /// <summary>Bytes that a ring takes.</summary>
    /// <param name="count">Places, a power of two, of which one stays empty.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is none.</exception>
    public static nuint Bytes(uint count)
    {
        long bytes = BitOperations.IsPow2(count) ? GetBytes(count) : 0;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes, nameof(count));
        return (nuint)bytes;
    }

    /// <summary>Makes a ring of memory.</summary>
    /// <param name="ring">Aligned to 64 bytes, <see cref="Bytes"/> of it.</param>
    /// <param name="name">For debuggers, at most 26 characters.</param>
    /// <param name="count">As given to <see cref="Bytes"/>.</param>
    /// <exception cref="NativeException">The count is none, or the name too long.</exception>
    public static void Initialize(Ring* ring, string name, uint count) =>
        NativeException.ThrowIfFailed(Init(ring, name, count), $"ring {name}");

    /// <summary>Hot. Places free; for the producer they only become more.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_ring_room")]
    [SuppressGCTransition]
    public static partial uint Room(Ring* ring);

    /// <summary>Hot, producer. Puts the first of n frames in, as many as there is room for. Returns how many.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_ring_enqueue")]
    [SuppressGCTransition]
    public static partial uint Enqueue(Ring* ring, Mbuf** frames, uint n);

    /// <summary>Hot, consumer. Takes up to n frames out, oldest first. Returns how many.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_ring_dequeue")]
    [SuppressGCTransition]
    public static partial uint Dequeue(Ring* ring, Mbuf** frames, uint n);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_ring_bytes")]
    private static partial long GetBytes(uint count);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_ring_init", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Init(Ring* ring, string name, uint count);
}
