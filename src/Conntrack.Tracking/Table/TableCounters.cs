using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Table;

/// <summary>What happened to a table's connections since the start. Written by its worker with plain adds, read by anyone.</summary>
/// <remarks><code>
///  0  created   8  expired   16  evicted   24  removed   32  refused: full   40  refused: no memory yet   48  carries lost   56  spare
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct TableCounters
{
    /// <summary>Bytes of this struct: a cache line.</summary>
    public const int ByteSize = 64;

    /// <summary>Records allocated.</summary>
    [FieldOffset(0)] public ulong Created;

    /// <summary>Reclaimed because their deadline had passed, by a sweep or by the lookup that found them.</summary>
    [FieldOffset(8)] public ulong Expired;

    /// <summary>Unassured connections that gave way to new ones.</summary>
    [FieldOffset(16)] public ulong Evicted;

    /// <summary>Removed by their owner's decision.</summary>
    [FieldOffset(24)] public ulong Removed;

    /// <summary>New connections refused because nothing could give way.</summary>
    [FieldOffset(32)] public ulong RefusedFull;

    /// <summary>New connections refused because memory was not committed yet.</summary>
    [FieldOffset(40)] public ulong RefusedWaiting;

    /// <summary>Wraps of a record's counters that no extension was there to take.</summary>
    [FieldOffset(48)] public ulong CarriesLost;
}
