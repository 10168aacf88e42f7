using Conntrack.Packets;

namespace Conntrack.Tracking.FastTrack;

/// <summary>A flow cache for a reader on another thread, with the key that its lines are found by.</summary>
/// <param name="View">The cache; null for none.</param>
/// <param name="Hash">The key of the dataplane's flow hash.</param>
public readonly unsafe record struct FlowLookup(nint View, nint Hash)
{
    /// <summary>No cache.</summary>
    public static FlowLookup None => default;

    /// <summary>A cache and its key.</summary>
    public static FlowLookup Of(FlowCacheView* view, FlowHash* hash) => new((nint)view, (nint)hash);

    internal bool IsThere => View != 0;

    /// <summary>
    /// What the lines of a connection have counted and not yet merged into its record. While packets flow, a line may be merged between this look and
    /// the look at its record; at a quiet moment the sum is exact.
    /// </summary>
    internal Unmerged Unmerged<TRecord>(TRecord* record, uint number)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        FlowState* original = FlowCache<TRecord>.Find((FlowCacheView*)View, (FlowHash*)Hash, record, number, 0);
        FlowState* reply = FlowCache<TRecord>.Find((FlowCacheView*)View, (FlowHash*)Hash, record, number, 1);
        return new Unmerged(
            original == null ? 0 : Volatile.Read(ref original->Packets),
            original == null ? 0 : original->Bytes,
            reply == null ? 0 : Volatile.Read(ref reply->Packets),
            reply == null ? 0 : reply->Bytes);
    }
}

/// <summary>What the lines of both directions hold that their record does not.</summary>
readonly record struct Unmerged(uint Packets0, ulong Bytes0, uint Packets1, ulong Bytes1)
{
    /// <summary>Whether a line has been merged since an earlier look.</summary>
    public bool IsBehind(Unmerged earlier) => Packets0 < earlier.Packets0 | Packets1 < earlier.Packets1;
}
