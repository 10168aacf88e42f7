namespace Conntrack.Tracking.Table;

/// <summary>Where a walk over the records of one hash stands: the bucket of the chain, and its matching slots not visited yet.</summary>
public unsafe struct CandidateCursor
{
    internal Bucket* Bucket;
    internal uint Matches;
    internal readonly uint Hash;

    internal CandidateCursor(Bucket* bucket, uint hash, uint matches)
    {
        Bucket = bucket;
        Hash = hash;
        Matches = matches;
    }
}
