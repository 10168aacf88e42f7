using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Table;

/// <summary>What happened to a table's connections since the start. Written by its worker with plain adds, read by anyone.</summary>
/// <remarks><code>
///  0  created   8  refused: full   16  refused: no memory yet   24  carries lost   32  spare (32)
/// 64  ended, by reason (10 × 8)   144  spare (48)
/// 192
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct TableCounters
{
    /// <summary>Bytes of this struct: three cache lines.</summary>
    public const int ByteSize = 192;

    /// <summary>Records allocated.</summary>
    [FieldOffset(0)] public ulong Created;

    /// <summary>New connections refused because nothing could give way.</summary>
    [FieldOffset(8)] public ulong RefusedFull;

    /// <summary>New connections refused because memory was not committed yet.</summary>
    [FieldOffset(16)] public ulong RefusedWaiting;

    /// <summary>Wraps of a record's counters that no extension was there to take.</summary>
    [FieldOffset(24)] public ulong CarriesLost;

    /// <summary>Records that ended, by <see cref="ConnectionEnd"/>.</summary>
    [FieldOffset(64)] public fixed ulong Ended[(int)ConnectionEnd.Count];

    /// <summary>Reclaimed because their deadline had passed, by a sweep or by the lookup that found them.</summary>
    public readonly ulong Expired => Ended[(int)ConnectionEnd.Expired];

    /// <summary>Unassured connections that gave way to new ones, for whatever reason.</summary>
    public readonly ulong Evicted => Sum(ConnectionEnd.EvictedHalfOpen, ConnectionEnd.EvictedOwn);

    /// <summary>Ended by what they or somebody did, not by time or want of room.</summary>
    public readonly ulong Removed => Sum(ConnectionEnd.Closed, ConnectionEnd.AddressLost);

    readonly ulong Sum(ConnectionEnd first, ConnectionEnd last)
    {
        ulong sum = 0;
        for (ConnectionEnd end = first; end <= last; end++)
        {
            sum += Volatile.Read(ref Unsafe.AsRef(in Ended[(int)end]));
        }

        return sum;
    }
}
