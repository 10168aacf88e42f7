using System.Runtime.InteropServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Tests;

/// <summary>Where stations are heard, and that what a worker remembers of it is never older than the table.</summary>
public sealed unsafe class StationTableTests : IDisposable
{
    const uint Stations = 64, Lifetime = 30_000;

    readonly StationTable* _table = (StationTable*)NativeMemory.AlignedAlloc(StationTable.Bytes(Stations), 64);
    readonly StationHint* _one = Hints();
    readonly StationHint* _other = Hints();

    public StationTableTests()
    {
        NativeMemory.Clear(_table, StationTable.Bytes(Stations));
        StationTable.Initialize(_table, Stations, 0x1234_5678_9abc_def1);
        StationTable.Initialize(_one, _table);
        StationTable.Initialize(_other, _table);
    }

    [Fact]
    public void A_station_that_moves_is_found_where_it_is_by_whoever_heard_it_before()
    {
        const ulong Mac = 0x0605_0403_0202;
        Assert.Equal(Packet.NoInterface, StationTable.Find(_table, _one, Mac, 1, Lifetime));
        Assert.False(StationTable.IsHeard(_one, Mac, 3, 1));
        StationTable.Learn(_table, _one, Mac, 3, 1);
        Assert.True(StationTable.IsHeard(_one, Mac, 3, 1));
        Assert.Equal(3, StationTable.Find(_table, _other, Mac, 1, Lifetime));
        StationTable.Learn(_table, _other, Mac, 5, 2);
        Assert.False(StationTable.IsHeard(_one, Mac, 3, 2));
        Assert.Equal(5, StationTable.Find(_table, _one, Mac, 2, Lifetime));
        StationTable.Learn(_table, _one, Mac, 3, 3);
        Assert.Equal(3, StationTable.Find(_table, _other, Mac, 3, Lifetime));
    }

    [Fact]
    public void A_station_that_falls_silent_is_forgotten()
    {
        const ulong Mac = 0x0605_0403_0202;
        StationTable.Learn(_table, _one, Mac, 3, 1);
        Assert.Equal(3, StationTable.Find(_table, _one, Mac, 1 + Lifetime, Lifetime));
        Assert.Equal(Packet.NoInterface, StationTable.Find(_table, _one, Mac, 2 + Lifetime, Lifetime));

        // Once a second it is written that it speaks still.
        Assert.True(StationTable.IsHeard(_one, Mac, 3, 100));
        Assert.False(StationTable.IsHeard(_one, Mac, 3, 101));
    }

    /// <summary>Virtual machines have addresses in a row. Under no key do they share a set, which holds eight.</summary>
    [Fact]
    public void Addresses_in_a_row_are_all_remembered()
    {
        var random = new Random(1);
        foreach (ulong key in (ulong[])[0, 1, 1ul << 42, 1ul << 43, 1ul << 62, 1ul << 63, .. Enumerable.Range(0, 2000).Select(_ => (ulong)random.NextInt64())])
        {
            NativeMemory.Clear(_table, StationTable.Bytes(Stations));
            StationTable.Initialize(_table, Stations, key);
            StationTable.Initialize(_one, _table);
            StationTable.Initialize(_other, _table);
            for (ulong last = 0; last < 12; last++)
            {
                StationTable.Learn(_table, _one, 0x0403_0200 | (last << 40), (ushort)last, 1);
            }

            for (ulong last = 0; last < 12; last++)
            {
                Assert.True(StationTable.Find(_table, _other, 0x0403_0200 | (last << 40), 1, Lifetime) == last, $"{last} under {key:x}");
            }
        }
    }

    /// <summary>More than the table holds, many of them with one last byte: what is found is what was learned, or nothing.</summary>
    [Fact]
    public void Nobody_is_taken_for_another()
    {
        var random = new Random(1);
        for (uint tick = 1; tick < 5000; tick++)
        {
            ulong mac = ((ulong)random.Next(300) << 8) | ((ulong)random.Next(3) << 40);
            ushort port = (ushort)((mac >> 8) % 7);
            if (random.Next(2) == 0)
            {
                StationTable.Learn(_table, random.Next(2) == 0 ? _one : _other, mac, port, tick);
            }

            ushort found = StationTable.Find(_table, random.Next(2) == 0 ? _one : _other, mac, tick, Lifetime);
            Assert.True(found == port || found == Packet.NoInterface);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_table);
        NativeMemory.AlignedFree(_one);
        NativeMemory.AlignedFree(_other);
    }

    static StationHint* Hints() => (StationHint*)NativeMemory.AlignedAlloc((nuint)(StationHint.Count * sizeof(StationHint)), 64);
}
