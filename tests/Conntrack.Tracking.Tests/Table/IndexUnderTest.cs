using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>An index in native memory, driven with hashes the test chooses.</summary>
sealed unsafe class IndexUnderTest : IDisposable
{
    public readonly ConnectionIndex* Index;

    public IndexUnderTest(uint mostEntries)
    {
        Index = (ConnectionIndex*)NativeMemory.AlignedAlloc((nuint)sizeof(ConnectionIndex), 64);
        Assert.True(ConnectionIndex.TryCreate(Index, mostEntries));
    }

    /// <summary>The records under a hash, in the order of the walk.</summary>
    public List<uint> Candidates(uint hash)
    {
        List<uint> records = [];
        for (uint record = Index->FirstCandidate(hash, out CandidateCursor cursor); record != 0; record = Index->NextCandidate(ref cursor))
            records.Add(record);

        Assert.Equal(records.Count == 0 ? 0 : records[0], Index->Candidate(Index->BucketOf(hash), hash));
        return records;
    }

    public void Dispose()
    {
        Index->Release();
        NativeMemory.AlignedFree(Index);
    }
}
