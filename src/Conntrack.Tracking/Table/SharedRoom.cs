using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Table;

/// <summary>
/// max-entries of several workers. What it allows is so many places; each worker holds some and opens no connection without one, so all
/// together never have one too many, and opening one asks nobody: see <see cref="WorkerRoom"/>.
/// </summary>
/// <remarks><code>
///   0  max entries (4)   4  workers (4)   8  begin of pressure (8)      128  free (8)   192  free of the reserve (8)   256  wanting (8)
/// 320
/// </code>
/// The control thread writes the first line; all write the others, each alone in its line, with locked instructions.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct SharedRoom
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 320;

    [FieldOffset(0)] public uint MaxEntries;
    [FieldOffset(4)] public uint Workers;

    /// <summary>Pressure begins when fewer places are free.</summary>
    [FieldOffset(8)] public long BeginOfPressure;

    /// <summary>Places that no worker holds; below zero when the limit was lowered under what workers hold.</summary>
    [FieldOffset(128)] public long Free;

    /// <summary>Places kept for the router's own connections that nobody has borrowed.</summary>
    [FieldOffset(192)] public long FreeOfReserve;

    /// <summary>Bit n: worker n has no place for a new connection, and others have connections that are readier to go than any of its own.</summary>
    [FieldOffset(256)] public ulong Wanting;

    /// <summary>
    /// Places of max-entries that only connections to and from the router itself may take: a sixty-fourth, at least 8 and at most 1024, but
    /// never more than an eighth.
    /// </summary>
    public static uint ReserveOf(uint maxEntries) => Math.Min(maxEntries >> 3, Math.Clamp(maxEntries >> 6, 8, 1024));

    /// <summary>Control thread: sets the limit, the first time and whenever it changes.</summary>
    public static unsafe void SetLimit(SharedRoom* room, uint maxEntries)
    {
        uint before = room->MaxEntries;
        long reserve = ReserveOf(maxEntries), reserveBefore = ReserveOf(before);
        Volatile.Write(ref room->MaxEntries, maxEntries);
        Volatile.Write(ref room->BeginOfPressure, maxEntries >> PressureScale.BeginShift);
        Interlocked.Add(ref room->FreeOfReserve, reserve - reserveBefore);
        Interlocked.Add(ref room->Free, maxEntries - reserve - (before - reserveBefore));
    }
}
