using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>Who has a key: against a dictionary, with full buckets, over growth, and with every owner on a thread of its own.</summary>
public sealed unsafe class SteeringIndexTests : IDisposable
{
    readonly SteeringIndex* _index = (SteeringIndex*)NativeMemory.AlignedAlloc(SteeringIndex.ByteSize, 64);

    public void Dispose()
    {
        SteeringIndex.Release(_index);
        NativeMemory.AlignedFree(_index);
    }

    [Fact]
    public void It_lies_in_lines_that_do_not_share_a_writer()
    {
        Assert.Equal(SteeringIndex.ByteSize, sizeof(SteeringIndex));
        Assert.Equal(4352, sizeof(SteeringIndex));
        (string Field, int Offset)[] fields =
            [("_holding", 0), ("_translating", 8), ("_levels", 16), ("_buckets", 64), ("_masks", 96), ("_mostEntries", 112), ("_regions", 128), ("_owners", 256)];
        Assert.All(fields, field => Assert.Equal(field.Offset, (int)Marshal.OffsetOf<SteeringIndex>(field.Field)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_claims_against_a_dictionary(int seed)
    {
        Assert.True(SteeringIndex.TryCreate(_index, 1000));
        var random = new Random(seed);
        ulong[] keys = [.. Enumerable.Range(0, 300).Select(_ => (ulong)random.NextInt64())];
        Dictionary<ulong, (int Owner, int Count)> model = [];
        for (int step = 0; step < 30_000; step++)
        {
            ulong key = keys[random.Next(keys.Length)];
            int owner = random.Next(4);
            (int holder, int count) = model.GetValueOrDefault(key, (SteeringIndex.Nobody, 0));
            if (random.Next(2) == 0)
            {
                bool free = holder == SteeringIndex.Nobody || (holder == owner && count < 255);
                Assert.Equal(free, SteeringIndex.TryAdd(_index, key, owner));
                model[key] = free ? (owner, count + 1) : (holder, count);
            }
            else if (holder != SteeringIndex.Nobody)
            {
                SteeringIndex.Remove(_index, key, holder);
                model[key] = count == 1 ? (SteeringIndex.Nobody, 0) : (holder, count - 1);
            }

            Assert.Equal(model.GetValueOrDefault(key, (SteeringIndex.Nobody, 0)).Item1, SteeringIndex.OwnerOf(_index, key));
            Assert.Equal(holder != SteeringIndex.Nobody && model[key].Owner is not SteeringIndex.Nobody && model[key].Owner != owner, SteeringIndex.IsHeldByOther(_index, key, owner));
        }

        Assert.Equal((uint)model.Values.Sum(entry => entry.Count), _index->Count);
        Assert.Equal(
            model.Values.Where(entry => entry.Count != 0).Aggregate(0ul, (owners, entry) => owners | (1ul << entry.Owner)), _index->Holding);
        foreach ((ulong key, (int owner, int count)) in model)
        {
            for (int n = 0; n < count; n++)
            {
                SteeringIndex.Remove(_index, key, owner);
            }

            Assert.Equal(SteeringIndex.Nobody, SteeringIndex.OwnerOf(_index, key));
        }

        Assert.Equal((0u, 0ul), (_index->Count, _index->Holding));
    }

    [Fact]
    public void A_key_is_counted_to_255_and_the_next_claim_is_refused()
    {
        const ulong Key = 0x1234_5678_9abc_def0;
        Assert.True(SteeringIndex.TryCreate(_index, 100));
        for (int n = 0; n < 255; n++)
        {
            Assert.True(SteeringIndex.TryAdd(_index, Key, 63));
        }

        Assert.False(SteeringIndex.TryAdd(_index, Key, 63));
        for (int n = 0; n < 255; n++)
        {
            Assert.Equal(63, SteeringIndex.OwnerOf(_index, Key));
            SteeringIndex.Remove(_index, Key, 63);
        }

        // One too many does no harm.
        SteeringIndex.Remove(_index, Key, 63);
        Assert.Equal((SteeringIndex.Nobody, 0u, 0ul), (SteeringIndex.OwnerOf(_index, Key), _index->Count, _index->Holding));
    }

    /// <summary>Keys that all have the same two buckets: sixteen fit, and what was refused has left nothing behind.</summary>
    [Fact]
    public void Full_buckets_refuse_and_take_again_what_has_room()
    {
        Assert.True(SteeringIndex.TryCreate(_index, 100));
        static ulong Key(uint n) => 0x40 | ((ulong)n << 16);
        for (uint n = 1; n <= 16; n++)
        {
            Assert.True(SteeringIndex.TryAdd(_index, Key(n), (int)n % 3));
        }

        Assert.False(SteeringIndex.TryAdd(_index, Key(17), 5));
        Assert.Equal((16u, 0ul), (_index->Count, _index->Holding & (1ul << 5)));
        SteeringIndex.Remove(_index, Key(9), 0);
        Assert.True(SteeringIndex.TryAdd(_index, Key(17), 5));
        Assert.Equal(5, SteeringIndex.OwnerOf(_index, Key(17)));
        Assert.All(Enumerable.Range(1, 16).Where(n => n != 9), n => Assert.Equal(n % 3, SteeringIndex.OwnerOf(_index, Key((uint)n))));
    }

    [Fact]
    public void It_grows_by_levels_and_finds_what_was_there_before()
    {
        const int Entries = 2_000_000;
        Assert.True(SteeringIndex.TryCreate(_index, Entries));
        nuint first = _index->CommittedBytes;
        var random = new Random(5);
        ulong[] keys = [.. Enumerable.Range(0, Entries).Select(_ => (ulong)random.NextInt64())];
        for (int n = 0; n < keys.Length; n++)
        {
            if ((n & 1023) == 0)
            {
                Assert.True(SteeringIndex.CommitAhead(_index));
            }

            Assert.True(SteeringIndex.TryAdd(_index, keys[n], n & 7), $"entry {n}");
        }

        Assert.True(_index->CommittedBytes > first);
        for (int n = 0; n < keys.Length; n++)
        {
            Assert.Equal(n & 7, SteeringIndex.OwnerOf(_index, keys[n]));
            SteeringIndex.Remove(_index, keys[n], n & 7);
        }

        Assert.Equal((0u, 0ul), (_index->Count, _index->Holding));
    }

    /// <summary>
    /// Four owners claim the same few keys without pause, while levels are added: whoever has one is the only one, at every moment.
    /// </summary>
    [Fact]
    public void No_two_owners_ever_have_one_key()
    {
        const int Owners = 4, Keys = 40, Rounds = 200_000;
        Assert.True(SteeringIndex.TryCreate(_index, 40));
        nint index = (nint)_index;
        int[] holders = new int[Keys];
        ulong[] keys = [.. Enumerable.Range(0, Keys).Select(n => (ulong)new Random(n).NextInt64())];
        int shared = 0, claimed = 0, strangers = 0;
        Thread[] threads =
        [
            .. Enumerable.Range(0, Owners).Select(owner => new Thread(() =>
            {
                var steering = (SteeringIndex*)index;
                var random = new Random(owner);
                bool[] own = new bool[Keys];
                for (int round = 0; round < Rounds; round++)
                {
                    int n = random.Next(Keys);
                    if (own[n])
                    {
                        Interlocked.Add(ref strangers, SteeringIndex.OwnerOf(steering, keys[n]) == owner ? 0 : 1);
                        Interlocked.Decrement(ref holders[n]);
                        SteeringIndex.Remove(steering, keys[n], owner);
                        own[n] = false;
                    }
                    else if (SteeringIndex.TryAdd(steering, keys[n], owner))
                    {
                        own[n] = true;
                        Interlocked.Increment(ref claimed);
                        if (Interlocked.Increment(ref holders[n]) != 1)
                        {
                            Interlocked.Increment(ref shared);
                        }
                    }
                }

                for (int n = 0; n < Keys; n++)
                {
                    if (own[n])
                    {
                        Interlocked.Decrement(ref holders[n]);
                        SteeringIndex.Remove(steering, keys[n], owner);
                    }
                }
            })),
        ];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        while (threads.Any(thread => thread.IsAlive))
        {
            Assert.True(SteeringIndex.CommitAhead(_index));
            Thread.Sleep(1);
        }

        Assert.Equal(0, shared);
        Assert.Equal(0, strangers);
        Assert.InRange(claimed, Rounds / 10, int.MaxValue);
        Assert.Equal((0u, 0ul), (_index->Count, _index->Holding));
        Assert.All(keys, key => Assert.Equal(SteeringIndex.Nobody, SteeringIndex.OwnerOf((SteeringIndex*)index, key)));
    }

    [Fact]
    public void Translated_connections_show_from_the_first_to_the_last()
    {
        Assert.True(SteeringIndex.TryCreate(_index, 10));
        SteeringIndex.CountTranslated(_index, 3, 1);
        SteeringIndex.CountTranslated(_index, 3, 1);
        SteeringIndex.CountTranslated(_index, 9, 1);
        Assert.Equal((1ul << 3) | (1ul << 9), _index->Translating);
        SteeringIndex.CountTranslated(_index, 3, -1);
        SteeringIndex.CountTranslated(_index, 9, -1);
        Assert.Equal(1ul << 3, _index->Translating);
        SteeringIndex.CountTranslated(_index, 3, -1);
        Assert.Equal(0ul, _index->Translating);
    }
}
