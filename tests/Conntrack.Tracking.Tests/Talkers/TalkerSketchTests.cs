using System.Runtime.InteropServices;
using Conntrack.Tracking.Talkers;

namespace Conntrack.Tracking.Tests.Talkers;

/// <summary>Fixed memory that names who does most, exactly while there are few, and whatever else there is.</summary>
public sealed unsafe class TalkerSketchTests : IDisposable
{
    readonly TalkerSketch* _sketch = (TalkerSketch*)NativeMemory.AlignedAlloc((nuint)sizeof(TalkerSketch), 64);

    public TalkerSketchTests()
    {
        NativeMemory.Clear(_sketch, (nuint)sizeof(TalkerSketch));
        TalkerSketch.Initialize(_sketch, 12345);
    }

    public void Dispose() => NativeMemory.AlignedFree(_sketch);

    [Fact]
    public void A_few_are_counted_exactly()
    {
        for (uint n = 0; n < 1000; n++)
        {
            Happens(TalkerKind.Opened, Ipv4(n % 10), Ipv4(100));
        }

        Turn();
        Dictionary<UInt128, (ulong Count, ulong Error)> sources = Counted(TalkerKind.Opened, source: true);
        Assert.Equal(Enumerable.Range(0, 10).Select(n => Ipv4((uint)n)).Order(), sources.Keys.Order());
        Assert.All(sources.Values, counter => Assert.Equal((100ul, 0ul), counter));
        Assert.Equal((1000ul, 0ul), Assert.Single(Counted(TalkerKind.Opened, source: false)).Value);
        Assert.Empty(Counted(TalkerKind.Dropped, source: true));
    }

    /// <summary>A million strangers, one opening each, and one host among them that opens every twentieth.</summary>
    [Fact]
    public void Who_floods_is_named_among_a_million_strangers()
    {
        const uint Events = 1_000_000;
        for (uint n = 0; n < Events; n++)
        {
            Happens(TalkerKind.Opened, n % 20 == 7 ? Ipv4(0xc0a80101) : Ipv4(0x0a000000 + (n * 2_654_435_761 >> 8)), Ipv4(n & 0xffff));
        }

        Turn();
        Assert.InRange(TalkerSketch.Last(_sketch, TalkerKind.Opened, source: true)->Total, Events - 63, Events);
        (UInt128 address, (ulong count, ulong error)) = Counted(TalkerKind.Opened, source: true).MaxBy(counter => counter.Value.Count - counter.Value.Error);
        Assert.Equal(Ipv4(0xc0a80101), address);
        Assert.InRange(count - error, Events / 20 * 8 / 10, Events / 20 * 12 / 10);
    }

    [Fact]
    public void A_window_is_read_after_the_worker_has_begun_another()
    {
        Happens(TalkerKind.Dropped, Ipv4(1), Ipv4(2));
        TalkerSketch.Turn(_sketch);
        Assert.False(TalkerSketch.HasTurned(_sketch));
        TalkerSketch.Follow(_sketch);
        Assert.True(TalkerSketch.HasTurned(_sketch));
        Happens(TalkerKind.Dropped, Ipv4(3), Ipv4(4));
        Assert.Equal([Ipv4(1)], Counted(TalkerKind.Dropped, source: true).Keys);
        Turn();
        Assert.Equal([Ipv4(3)], Counted(TalkerKind.Dropped, source: true).Keys);
        Turn();
        Assert.Empty(Counted(TalkerKind.Dropped, source: true));
    }

    /// <summary>Space-Saving's promise: at least count − error, at most count, of every address that has a counter.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_counter_is_too_high_by_no_more_than_its_error(int seed)
    {
        var counts = (TalkerCounts*)NativeMemory.AlignedAlloc((nuint)sizeof(TalkerCounts), 64);
        NativeMemory.Clear(counts, (nuint)sizeof(TalkerCounts));
        var random = new Random(seed);
        Dictionary<UInt128, ulong> truth = [];
        for (int n = 0; n < 50_000; n++)
        {
            UInt128 address = Ipv4((uint)(3000 * random.NextDouble() * random.NextDouble() * random.NextDouble()));
            TalkerCounts.Add(counts, address, 1);
            truth[address] = truth.GetValueOrDefault(address) + 1;
        }

        for (int n = 0; n < TalkerCounts.Counters; n++)
        {
            TalkerCounts.Counter counter = *TalkerCounts.At(counts, n);
            Assert.InRange(truth[counter.Address], counter.Count - counter.Error, counter.Count);
        }

        NativeMemory.AlignedFree(counts);
    }

    void Happens(TalkerKind kind, UInt128 source, UInt128 destination)
    {
        if (TalkerSketch.IsSampled(_sketch, kind))
        {
            TalkerSketch.Add(_sketch, kind, new TalkerPair(source, destination));
        }
    }

    void Turn()
    {
        TalkerSketch.Turn(_sketch);
        TalkerSketch.Follow(_sketch);
    }

    Dictionary<UInt128, (ulong Count, ulong Error)> Counted(TalkerKind kind, bool source)
    {
        TalkerCounts* counts = TalkerSketch.Last(_sketch, kind, source);
        Dictionary<UInt128, (ulong, ulong)> counted = [];
        for (int n = 0; n < TalkerCounts.Counters; n++)
        {
            TalkerCounts.Counter counter = *TalkerCounts.At(counts, n);
            if (counter.Count != 0)
            {
                counted.Add(counter.Address, (counter.Count, counter.Error));
            }
        }

        return counted;
    }

    static UInt128 Ipv4(uint host) => 0xffff_0000_0000 | (UInt128)host;
}
