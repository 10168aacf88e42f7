using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Table;

public sealed unsafe class ConnectionIndexTests
{
    const int LongestChain = Bucket.Slots * (1 + ConnectionIndex.ChainLimit);

    [Fact]
    public void Keeps_equal_hashes_apart_by_record_and_walks_all_of_them()
    {
        using IndexUnderTest test = new(1000);
        for (uint record = 1; record <= 20; record++)
        {
            Assert.True(test.Index->Insert(0xdeadbeef, record));
        }

        Assert.Equal(Enumerable.Range(1, 20).Select(n => (uint)n), test.Candidates(0xdeadbeef).Order());
        Assert.True(test.Index->Remove(0xdeadbeef, 7));
        Assert.False(test.Index->Remove(0xdeadbeef, 7));
        Assert.False(test.Index->Remove(0xdeadbeee, 8));
        Assert.Equal(19, test.Candidates(0xdeadbeef).Count);
        Assert.DoesNotContain(7u, test.Candidates(0xdeadbeef));
    }

    [Fact]
    public void A_chain_ends_after_three_overflow_buckets_and_gives_them_back()
    {
        using IndexUnderTest test = new(100_000);
        for (uint record = 1; record <= LongestChain; record++)
        {
            Assert.True(test.Index->Insert(5, record));
        }

        Assert.Equal(3u, test.Index->OverflowBuckets);
        Assert.False(test.Index->Insert(5, 99));
        Assert.Equal(1ul, test.Index->Refused);
        Assert.Equal((uint)LongestChain, test.Index->Entries);

        // From the front, so that every removal pulls the chain's end forward.
        for (uint record = 1; record <= LongestChain; record++)
        {
            Assert.True(test.Index->Remove(5, record));
            Assert.Equal(LongestChain - (int)record, test.Candidates(5).Count);
            Assert.Equal((uint)Math.Max(0, (LongestChain - (int)record - 1) / Bucket.Slots), test.Index->OverflowBuckets);
        }

        Assert.Equal(0u, test.Index->Entries);
    }

    [Fact]
    public void Grows_from_64_buckets_to_2_to_the_18_with_everything_found_all_the_way()
    {
        const uint Entries = (1u << 18) * 7 / 2;
        using IndexUnderTest test = new(Entries);
        ConnectionIndex* index = test.Index;
        Assert.Equal(64u, index->Buckets);
        for (uint n = 1; n <= Entries; n++)
        {
            if (n % 4096 == 0)
            {
                Assert.True(index->CommitAhead());
            }

            ulong splits = index->Splits;
            Assert.True(index->Insert(Scatter(n), n));
            Assert.InRange(index->Splits - splits, 0ul, (ulong)ConnectionIndex.SplitsPerInsert);

            // One old entry with every insert, and all of them whenever the number of buckets has doubled.
            uint old = 1 + (Scatter(n + 7) % n);
            Assert.True(Holds(index, Scatter(old), old));
            if (splits != index->Splits && (index->Buckets & (index->Buckets - 1)) == 0)
            {
                for (uint m = 1; m <= n; m++)
                {
                    Assert.True(Holds(index, Scatter(m), m));
                }
            }
        }

        Assert.InRange(index->Buckets, (1u << 18) - 1, 1u << 18);
        Assert.Equal(0ul, index->Refused);
        Assert.Equal(Entries, index->Entries);
        Assert.InRange((double)index->UsedBytes / Entries, 18, 20);
    }

    [Fact]
    public void An_insert_changes_a_bounded_number_of_buckets()
    {
        // Two divisions of a longest chain into two, and the bucket inserted into with a fresh overflow bucket.
        const int Bound = (ConnectionIndex.SplitsPerInsert * 2 * (1 + ConnectionIndex.ChainLimit)) + 2;
        const uint Entries = 4000;
        using IndexUnderTest test = new(Entries);
        Bucket* buckets = test.Index->BucketOf(0);
        int lines = (int)test.Index->BucketLimit;
        Bucket[] before = new Span<Bucket>(buckets, lines).ToArray();
        int most = 0;
        for (uint n = 1; n <= Entries; n++)
        {
            Assert.True(test.Index->Insert(Scatter(n), n));
            Span<Bucket> after = new(buckets, lines);
            int changed = 0;
            for (int line = 0; line < lines; line++)
            {
                changed += System.Runtime.InteropServices.MemoryMarshal.AsBytes(after.Slice(line, 1))
                    .SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes(before.AsSpan(line, 1))) ? 0 : 1;
            }

            most = Math.Max(most, changed);
            after.CopyTo(before);
        }

        Assert.InRange(most, 2, Bound);
        Assert.True(test.Index->Splits > 1000);
    }

    [Fact]
    public void Growth_waits_for_memory_and_catches_up()
    {
        const uint Entries = 200_000;
        using IndexUnderTest test = new(Entries);
        uint n = 0;
        while (test.Index->Refused == 0)
        {
            n++;
            test.Index->Insert(Scatter(n), n);
        }

        // Without a commit the buckets end, the chains take a third more than the target, and only then is an entry refused.
        uint stuck = test.Index->Buckets;
        Assert.True(n - 1 > stuck * 14 / 3, $"refused at {n} entries in {stuck} buckets");
        Assert.True(test.Index->CommitAhead());
        Assert.True(test.Index->Insert(Scatter(n), n));
        while (test.Index->Grow(ConnectionIndex.SplitsPerInsert) != 0 || 2 * n > 7 * test.Index->Buckets)
            Assert.True(test.Index->CommitAhead());

        Assert.InRange(test.Index->Buckets, n * 2 / 7, (n * 2 / 7) + 2);
        for (uint m = 1; m <= n; m++)
        {
            Assert.True(Holds(test.Index, Scatter(m), m));
        }
    }

    [Fact]
    public void Overflow_stays_rare_at_the_target_load()
    {
        const uint Entries = 1 << 17;
        using IndexUnderTest test = new(Entries);
        for (uint n = 1; n <= Entries; n++)
        {
            Assert.True(test.Index->CommitAhead());
            Assert.True(test.Index->Insert(Scatter(n), n));
            if (n > 1 << 15 && n % 1024 == 0)
            {
                Assert.InRange((double)test.Index->OverflowBuckets / test.Index->Buckets, 0, 1.0 / 14);
            }
        }
    }

    static bool Holds(ConnectionIndex* index, uint hash, uint record)
    {
        for (uint found = index->FirstCandidate(hash, out CandidateCursor cursor); found != 0; found = index->NextCandidate(ref cursor))
        {
            if (found == record)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A 32-bit mixer without collisions (a bijection), in place of a flow hash.</summary>
    internal static uint Scatter(uint n)
    {
        n ^= n >> 16;
        n *= 0x7feb352d;
        n ^= n >> 15;
        n *= 0x846ca68b;
        return n ^ (n >> 16);
    }
}
