using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.FastTrack;

/// <summary>The whole of a flow cache, in native memory, for readers on other threads. Everything has one writer, the worker; the control thread commits memory.</summary>
/// <remarks><code>
///   0 index (128)   128 lines (64)
/// 192 installed (8)   200 displaced (8)   208 forgotten (8)   216 packets (8)   224 bytes (8)   232 samples (8)   240 spare (16)
/// 256
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct FlowCacheView
{
    /// <summary>Bytes of this struct: four cache lines.</summary>
    public const int ByteSize = 256;

    /// <summary>From a hash to a line: the number it leads to is the line's where the packet is of side 0, of side 1 the line's beside it.</summary>
    [FieldOffset(0)] public ConnectionIndex Index;

    [FieldOffset(128)] public FlowSlab Slab;

    /// <summary>Lines brought in.</summary>
    [FieldOffset(192)] public ulong Installed;

    /// <summary>Lines that had to leave for another connection's.</summary>
    [FieldOffset(200)] public ulong Displaced;

    /// <summary>Lines taken out because their connection closed, ended or left FastTrack.</summary>
    [FieldOffset(208)] public ulong Forgotten;

    /// <summary>Packets forwarded from the cache.</summary>
    [FieldOffset(216)] public ulong Packets;

    /// <summary>Bytes forwarded from the cache, from the IP header on.</summary>
    [FieldOffset(224)] public ulong Bytes;

    /// <summary>Packets that took the slow path as samples of their direction.</summary>
    [FieldOffset(232)] public ulong Samples;

    /// <summary>Bytes of memory it holds, those ahead of need included.</summary>
    public nuint CommittedBytes => Index.CommittedBytes + Slab.CommittedBytes;

    /// <summary>Reserves for so many pairs of lines and commits the first of them.</summary>
    /// <param name="view">Zeroed or garbage; valid afterwards even on failure, to be released.</param>
    /// <param name="pairs">Connections there is room for.</param>
    /// <param name="lineBytes">Size of the family's line.</param>
    /// <returns>False when the machine has not enough address space or memory.</returns>
    public static bool TryCreate(FlowCacheView* view, uint pairs, uint lineBytes)
    {
        *view = default;

        // A translated connection is entered under two hashes.
        return ConnectionIndex.TryCreate(&view->Index, 2 * pairs) && FlowSlab.TryCreate(&view->Slab, pairs, lineBytes);
    }

    /// <summary>Control thread: commits memory ahead of what the worker uses, as <see cref="TableView.CommitAhead"/>; without it connections stay on the slow path.</summary>
    /// <returns>False when the machine has no memory left; what there was remains.</returns>
    public bool CommitAhead() => Index.CommitAhead() & Slab.CommitAhead();

    /// <summary>Gives all memory back. The worker and every reader must have stopped.</summary>
    public void Release()
    {
        Index.Release();
        Slab.Release();
    }
}
