using System.Runtime.InteropServices;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.Talkers;

namespace Conntrack.Tracking.Table;

/// <summary>
/// The whole of a table, in native memory: what the worker writes, the other runtime's control plane reads through the same struct. All
/// pointers are valid in both, for both live in one process.
/// </summary>
/// <remarks>
/// Who writes what: the worker everything, except <see cref="MaxEntries"/>, <see cref="Events"/>, the committed sizes of the regions and
/// <see cref="RecordSlab.Ready"/>, which are the control thread's.
/// <code>
///   0  index (128)
/// 128  records (64)
/// 192  deadlines (64)
/// 256  eviction (128)
/// 384  extensions (64)
/// 448  counters (192)
/// 640  max entries (4)   644  sweep cursor (4)   648  talkers (8)   656  events (8)   664  spare (40)
/// 704
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct TableView
{
    /// <summary>Bytes of this struct: eleven cache lines.</summary>
    public const int ByteSize = 704;

    /// <summary>
    /// Records committed ahead of the highest in use: an eighth of those, at least 10 ms of 3 million new connections a second and at most
    /// 175 ms. The more there are, the longer the control thread takes for what it was asked, and the less a share costs.
    /// </summary>
    const uint LeastAhead = 32768, MostAhead = 1 << 19;

    [FieldOffset(0)] public ConnectionIndex Index;
    [FieldOffset(128)] public RecordSlab Records;
    [FieldOffset(192)] public DeadlineArray Deadlines;
    [FieldOffset(256)] public EvictionMap Eviction;
    [FieldOffset(384)] public ExtensionSlab Extensions;
    [FieldOffset(448)] public TableCounters Counters;

    /// <summary>Connections allowed at one time. May change while the worker runs; above the capacity the table was made for it has no effect.</summary>
    [FieldOffset(640)] public uint MaxEntries;

    [FieldOffset(644)] internal uint SweepCursor;

    /// <summary>Who opens connections and whose packets are dropped, of the worker; null where nobody counts that.</summary>
    [FieldOffset(648)] public TalkerSketch* Talkers;

    /// <summary>Where the worker writes what happens to its connections; null while nobody watches. Written by the control side.</summary>
    [FieldOffset(656)] public EventRing* Events;

    /// <summary>Bytes of memory held for connections, those ahead of need included; the extensions apart.</summary>
    public nuint CommittedBytes =>
        Index.CommittedBytes + Records.CommittedBytes + Deadlines.CommittedBytes + Eviction.CommittedBytes;

    /// <summary>Reserves and commits the first memory.</summary>
    /// <param name="view">Zeroed or garbage; valid afterwards even on failure, to be released.</param>
    /// <param name="maxEntries">Initial limit.</param>
    /// <param name="capacity">The limit the address space allows for, at least 1.</param>
    /// <param name="recordBytes">Size of the family's record.</param>
    /// <returns>False when the machine has not enough address space or memory.</returns>
    public static bool TryCreate(TableView* view, uint maxEntries, uint capacity, uint recordBytes)
    {
        *view = default;
        view->MaxEntries = maxEntries;
        return ConnectionIndex.TryCreate(&view->Index, (uint)Math.Min(2ul * capacity, uint.MaxValue))
            && RecordSlab.TryCreate(&view->Records, capacity, recordBytes)
            && DeadlineArray.TryCreate(&view->Deadlines, capacity)
            && EvictionMap.TryCreate(&view->Eviction, capacity)
            && ExtensionSlab.TryCreate(&view->Extensions, capacity)
            && view->CommitAhead();
    }

    /// <summary>
    /// Commits and faults in memory ahead of what the worker uses. The control thread calls it every few milliseconds; without it the
    /// worker goes on with what there is: the index grows later, new connections are refused when the records end.
    /// </summary>
    /// <returns>False when the machine has no memory left; what there was remains.</returns>
    public bool CommitAhead()
    {
        uint high = Records.HighWater;
        uint ahead = Math.Clamp(high / 8, LeastAhead, MostAhead);
        uint number = (uint)Math.Min(Records.Capacity, (ulong)high + ahead);
        if (number > Records.Ready)
        {
            if (!Records.Commit(number) || !Deadlines.Commit(number) || !Eviction.Commit(number))
            {
                return false;
            }

            Records.Publish(number);
        }

        return Index.CommitAhead() & Extensions.CommitAhead();
    }

    /// <summary>Gives all memory back. The worker and every reader must have stopped.</summary>
    public void Release()
    {
        Index.Release();
        Records.Release();
        Deadlines.Release();
        Eviction.Release();
        Extensions.Release();
    }
}
