using Conntrack.Tracking.Table;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>The index against a dictionary of lists, in hash spaces so small that chains fill, overflow, divide and shrink all the time.</summary>
public sealed unsafe class ConnectionIndexModelTests
{
    /// <summary>Hashes of which many share a bucket, for every size the index may have: equal low bits, or equal altogether.</summary>
    static readonly uint[][] s_hashSpaces =
    [
        [0, 64, 128, 192, 256, 4096, 0x8000_0000, 0xffff_ffc0],
        [3, 3 + 128, 3 + 0x10000, 63, 62, 61],
        [7],
        [.. Enumerable.Range(0, 512).Select(n => (uint)n * 0x9E3779B1)],
        [.. Enumerable.Range(0, 300).Select(n => ConnectionIndexTests.Scatter((uint)n) & 0xff)],
    ];

    [Fact]
    public void Agrees_with_a_dictionary() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(1500),
            Prop.ForAll(Operations.Arbitrary(), Run));

    static void Run(int[] operations)
    {
        uint[] hashes = s_hashSpaces[operations.Length % s_hashSpaces.Length];
        using IndexUnderTest test = new(4096);
        Dictionary<uint, List<uint>> model = [];
        uint record = 0;
        uint entries = 0;
        foreach (int operation in operations)
        {
            (int kind, int argument) = Operations.Decode(operation, 8);
            uint hash = hashes[argument % hashes.Length];
            List<uint> records = model.TryGetValue(hash, out List<uint>? list) ? list : model[hash] = [];
            if (kind < 5)
            {
                record++;
                ulong refused = test.Index->Refused;
                if (test.Index->Insert(hash, record))
                {
                    records.Add(record);
                    entries++;
                }
                else
                {
                    uint bucket = (uint)(test.Index->BucketOf(hash) - test.Index->BucketOf(0));
                    Assert.Equal(Bucket.Slots * (1 + ConnectionIndex.ChainLimit), test.Index->CountInBucket(bucket));
                    Assert.Equal(refused + 1, test.Index->Refused);
                }
            }
            else if (kind < 7)
            {
                uint victim = records.Count == 0 ? record + 1 : records[argument / hashes.Length % records.Count];
                Assert.Equal(records.Remove(victim), test.Index->Remove(hash, victim));
                entries = (uint)model.Values.Sum(l => l.Count);
            }
            else
            {
                test.Index->Grow(argument % 3);
            }

            Assert.Equal(entries, test.Index->Entries);
            Assert.Equal(records.Order(), test.Candidates(hash).Order());
        }

        uint chained = 0;
        for (uint bucket = 0; bucket < test.Index->Buckets; bucket++)
        {
            chained += (uint)Math.Max(0, (test.Index->CountInBucket(bucket) - 1) / Bucket.Slots);
        }

        // Dense chains: no more overflow buckets than the entries need, none lost.
        Assert.Equal(chained, test.Index->OverflowBuckets);
        foreach ((uint hash, List<uint> records) in model)
        {
            Assert.Equal(records.Order(), test.Candidates(hash).Order());
        }
    }
}
