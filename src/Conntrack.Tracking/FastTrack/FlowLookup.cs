using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.FastTrack;

/// <summary>The flow cache in front of a table, for a reader on another thread.</summary>
/// <param name="View">The cache; null for none.</param>
public readonly unsafe record struct FlowLookup(nint View)
{
    /// <summary>No cache.</summary>
    public static FlowLookup None => default;

    /// <summary>A cache.</summary>
    public static FlowLookup Of(FlowCacheView* view) => new((nint)view);

    internal bool IsThere => View != 0;

    /// <summary>
    /// What the lines of a connection have counted and not yet merged into its record. While packets flow, a line may be merged between this look and
    /// the look at its record; at a quiet moment the sum is exact.
    /// </summary>
    internal Unmerged Unmerged<TRecord>(TableView* table, Connection* connection, uint number)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        uint extension = connection->Extension;
        uint pair = extension == 0 ? 0 : Volatile.Read(ref table->Extensions.At(extension)->FlowPair);
        FlowSlab* slab = &((FlowCacheView*)View)->Slab;

        // The connection may have ended and its extension be something else by now: whatever stands there is no number before it is known to be one.
        pair = pair <= slab->HighWater ? pair : 0;
        FlowState* original = TRecord.StateOf(slab->At(pair, 0)), reply = TRecord.StateOf(slab->At(pair, 1));
        return pair == 0 || original->Record != number || reply->Record != number
            ? default
            : new Unmerged(Volatile.Read(ref original->Packets), original->Bytes, Volatile.Read(ref reply->Packets), reply->Bytes);
    }
}

/// <summary>What the lines of both directions hold that their record does not.</summary>
readonly record struct Unmerged(uint Packets0, ulong Bytes0, uint Packets1, ulong Bytes1)
{
    /// <summary>Whether a line has been merged since an earlier look.</summary>
    public bool IsBehind(Unmerged earlier) => Packets0 < earlier.Packets0 | Packets1 < earlier.Packets1;
}
