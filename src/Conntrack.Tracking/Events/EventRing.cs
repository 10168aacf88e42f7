using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Events;

/// <summary>
/// What happens to the connections of one worker, while somebody watches: one producer, the worker, and one consumer, who never holds it up.
/// An event that finds the ring full is lost, and counted where it would have stood.
/// </summary>
/// <remarks>
/// Both counts only grow. The producer fills a line, then <c>written</c>; stores are released in that order and loads acquired. Each side's
/// count has a cache line of its own.
/// <code>
///   0 written (8)    8 lost (8)   16 now (8)   24 lines (8)   32 spare (32)
///  64 read (8)      72 spare (56)
/// 128
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct EventRing
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 128;

    /// <summary>Events that may wait: 5 MB, and 4 ms of four million a second.</summary>
    public const uint Capacity = 16_384;

    [FieldOffset(0)] ulong _written;
    [FieldOffset(8)] ulong _lost;

    /// <summary>The worker's clock, which it sets between bursts while it is watched.</summary>
    [FieldOffset(16)] public ulong Now;

    /// <summary>Room for <see cref="Capacity"/> events; null until somebody has watched.</summary>
    [FieldOffset(24)] public ConnectionEvent* Lines;

    [FieldOffset(64)] ulong _read;

    /// <summary>Events that found no room since the start.</summary>
    public ulong Lost => Volatile.Read(ref _lost);

    /// <summary>Worker: the next line to be filled; null when there is no room, which is counted.</summary>
    public static ConnectionEvent* Begin(EventRing* ring)
    {
        ulong written = ring->_written;
        if (written - Volatile.Read(ref ring->_read) >= Capacity)
        {
            Volatile.Write(ref ring->_lost, ring->_lost + 1);
            return null;
        }

        ConnectionEvent* line = At(ring, written);
        line->Time = ring->Now;
        line->LostBefore = ring->_lost;
        return line;
    }

    /// <summary>Worker: the line that <see cref="Begin"/> gave is filled.</summary>
    public static void Publish(EventRing* ring) => Volatile.Write(ref ring->_written, ring->_written + 1);

    /// <summary>Consumer: the oldest event; null when there is none. It stays until <see cref="Release"/>.</summary>
    public static ConnectionEvent* Next(EventRing* ring) =>
        Volatile.Read(ref ring->_written) == ring->_read ? null : At(ring, ring->_read);

    /// <summary>Consumer: the line that <see cref="Next"/> gave may be written again.</summary>
    public static void Release(EventRing* ring) => Volatile.Write(ref ring->_read, ring->_read + 1);

    /// <summary>Consumer: passes over all there is.</summary>
    public static void Clear(EventRing* ring) => Volatile.Write(ref ring->_read, Volatile.Read(ref ring->_written));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ConnectionEvent* At(EventRing* ring, ulong number) => ring->Lines + (number & (Capacity - 1));
}
