using Conntrack.Packets;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>Tuples that collide under the hashes others use are ordinary ones here: none is refused, and chains are as long as of random ones.</summary>
public sealed class CraftedKeyTests
{
    const int Keys = 100_000;

    [Fact]
    public void Keys_that_collide_under_crc32c() => AreOrdinary(CraftedKeys.Of(CraftedKeys.Crc, Keys), CraftedKeys.Crc);

    [Fact]
    public void Keys_that_collide_under_toeplitz() => AreOrdinary(CraftedKeys.Of(CraftedKeys.Toeplitz, Keys), CraftedKeys.Toeplitz);

    static void AreOrdinary(Tuple4[] crafted, Func<Tuple4, uint> linear)
    {
        // They are what they are meant to be: under the linear hash a table holds one full chain of them and refuses all others.
        Assert.Equal(Keys, crafted.Select(tuple => (tuple.Src, tuple.Dst, tuple.Ports)).Distinct().Count());
        Assert.Single(crafted.Select(linear).Distinct());
        (ulong refused, double share) = Insert(crafted.Select(linear));
        Assert.Equal((ulong)(Keys - (Bucket.Slots * (1 + ConnectionIndex.ChainLimit))), refused);

        var random = new Random(11);
        byte[] key = new byte[64];
        random.NextBytes(key);
        var hash = new FlowHash(key);
        (refused, double ofRandom) = Insert(Enumerable.Range(0, Keys).Select(_ => (uint)random.NextInt64(1L << 32)));
        Assert.Equal(0ul, refused);
        (refused, share) = Insert(crafted.Select(tuple => hash.Hash4(tuple, IpProtocol.Tcp, 0)));
        Assert.Equal(0ul, refused);
        Assert.InRange(share, 0, (1.2 * ofRandom) + 0.002);
    }

    /// <summary>How many an index refuses, and the share of its entries that are not in their own bucket.</summary>
    static unsafe (ulong Refused, double Share) Insert(IEnumerable<uint> hashes)
    {
        using IndexUnderTest test = new(Keys);
        ConnectionIndex* index = test.Index;
        uint record = 0;
        foreach (uint hash in hashes)
        {
            if (++record % 1024 == 0)
            {
                Assert.True(index->CommitAhead());
            }

            index->Insert(hash, record);
            index->Grow(2);
        }

        uint elsewhere = 0;
        for (uint bucket = 0; bucket < index->Buckets; bucket++)
        {
            elsewhere += (uint)Math.Max(0, index->CountInBucket(bucket) - Bucket.Slots);
        }

        return (index->Refused, (double)elsewhere / index->Entries);
    }
}
