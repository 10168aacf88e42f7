using Conntrack.Memory;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>A timeout of T refreshed at t is there before t+T and gone from t+T on: to the microsecond, whoever looks.</summary>
public sealed unsafe class ExpiryTests
{
    const ulong Tick = Timestamp.MicrosecondsPerTick;

    /// <summary>When tick 0 would begin: the one tick no deadline can be stored in.</summary>
    const ulong Wrap = ((1ul << 32) - 1) * Tick;

    public static TheoryData<ulong, uint> Instants()
    {
        TheoryData<ulong, uint> data = [];
        foreach (ulong from in (ulong[])[0, 1, 9_999, 10_000, 123_456_789, Wrap - (300 * Tick), Wrap, Wrap + 5])
        {
            foreach (uint ticks in (uint[])[1, 2, 299, 300, 301, 18_000, 8_640_000, Timestamp.MaxTicks])
            {
                data.Add(from, ticks);
                data.Add(from + 4_321, ticks);
                data.Add(from + 9_999, ticks);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Instants))]
    public void Ends_exactly_at_its_instant(ulong from, uint ticks)
    {
        ulong end = from + (ticks * Tick);
        using TableUnderTest<Connection4, Flows4> test = new(4, 4) { Now = from };
        uint record = test.Open(1, ticks);
        Assert.NotEqual(0u, test.View->Deadlines.Base[record]);
        foreach (ulong before in (ulong[])[from, end - Math.Min(end - from, Tick), end - 1])
        {
            test.Now = before;
            Assert.False(test.Table.IsExpired(record, test.Time));
            Assert.Equal(0, test.Table.SweepAll(test.Time));
            Assert.Equal(0, test.Table.Sweep(test.Time, 64));
            Assert.Equal(record, test.Find(1, reply: true));
        }

        test.Now = end;
        Assert.True(test.Table.IsExpired(record, test.Time));
        Assert.Equal(1, test.Table.SweepAll(test.Time));
        Assert.Equal(0u, test.View->Records.Count);
    }

    [Theory]
    [MemberData(nameof(Instants))]
    public void A_lookup_reclaims_what_has_just_expired(ulong from, uint ticks)
    {
        using TableUnderTest<Connection6, Flows6> test = new(4, 4) { Now = from };
        uint record = test.Open(1, ticks, EvictionClass.Never, translated: true);
        test.Now = from + (ticks * Tick) - 1;
        Assert.Equal(record, test.Find(1));
        test.Now++;
        Assert.Equal(0u, test.Find(1));
        Assert.Equal(0u, test.View->Records.Count);
        Assert.Equal(0u, test.View->Index.Entries);
        Assert.Equal(1ul, test.View->Counters.Expired);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(Wrap - (1000 * Tick))]
    public void A_refresh_moves_the_end_in_either_direction(ulong from)
    {
        using TableUnderTest<Connection4, Flows4> test = new(4, 4) { Now = from };
        uint record = test.Open(1, 1000);
        test.Now += (500 * Tick) + 77;
        test.Table.Refresh(record, test.Table.ConnectionAt(record), test.Time, 1000);
        test.Now += (1000 * Tick) - 1;
        Assert.False(test.Table.IsExpired(record, test.Time));
        test.Table.Refresh(record, test.Table.ConnectionAt(record), test.Time, 3);
        test.Now += (3 * Tick) - 1;
        Assert.False(test.Table.IsExpired(record, test.Time));
        test.Now++;
        Assert.True(test.Table.IsExpired(record, test.Time));
    }

    [Fact]
    public void A_timeout_beyond_the_longest_is_cut_and_one_of_zero_ends_at_once()
    {
        using TableUnderTest<Connection4, Flows4> test = new(4, 4);
        uint record = test.Open(1, uint.MaxValue);
        test.Now = (Timestamp.MaxTicks * Tick) - 1;
        Assert.False(test.Table.IsExpired(record, test.Time));
        test.Now++;
        Assert.True(test.Table.IsExpired(record, test.Time));
        test.Table.Refresh(record, test.Table.ConnectionAt(record), test.Time, 0);
        Assert.True(test.Table.IsExpired(record, test.Time));
    }

    [Fact]
    public void A_record_without_a_deadline_never_expires()
    {
        using TableUnderTest<Connection4, Flows4> test = new(4, 4);
        test.Prepare(1, reply: false);
        uint record = test.Table.Allocate(test.Packet, null, out _);
        foreach (ulong now in (ulong[])[0, Wrap - 1, Wrap, Wrap + 1, Wrap * 2])
        {
            test.Now = now;
            Assert.False(test.Table.IsExpired(record, test.Time));
            Assert.Equal(0, test.Table.SweepAll(test.Time));
        }
    }

    [Fact]
    public void Slices_reach_every_record_and_are_bounded_when_everything_is_due()
    {
        const int Connections = 5000;
        using TableUnderTest<Connection4, Flows4> test = new(Connections, Connections);
        for (int flow = 0; flow < Connections; flow++)
        {
            Assert.NotEqual(0u, test.Open(flow, 100));
        }

        test.Now = 100 * Tick;
        int reclaimed = 0;
        int slices = 0;
        while (test.View->Records.Count != 0)
        {
            int ended = test.Table.Sweep(test.Time, 1024);
            Assert.InRange(ended, 1, 64);
            reclaimed += ended;
            slices++;
        }

        Assert.Equal(Connections, reclaimed);
        Assert.InRange(slices, Connections / 64, 1 + (Connections / 32));
        Assert.Equal((ulong)Connections, test.View->Counters.Expired);
    }

    [Fact]
    public void Slices_bounded_apart_say_how_far_they_came()
    {
        const int Connections = 5000;
        using TableUnderTest<Connection4, Flows4> test = new(Connections, Connections);
        for (int flow = 0; flow < Connections; flow++)
        {
            Assert.NotEqual(0u, test.Open(flow, 100));
        }

        Assert.Equal(0, test.Table.SweepSlice(test.Time, 512, 40, out int seen));
        Assert.InRange(seen, 512, 512 + 32);

        // All of it seen once means all of it ended, however many slices that takes.
        test.Now = 100 * Tick;
        int reclaimed = 0;
        for (int left = Connections + 1 + 512; left > 0; left -= seen)
        {
            int ended = test.Table.SweepSlice(test.Time, 512, 40, out seen);
            Assert.InRange(ended, 0, 40 + 31);
            reclaimed += ended;
        }

        Assert.Equal(Connections, reclaimed);
        Assert.Equal(0u, test.View->Records.Count);
    }

    [Fact]
    public void Every_record_is_swept_also_when_it_alone_is_due()
    {
        const int Connections = 200;
        using TableUnderTest<Connection4, Flows4> test = new(Connections, Connections);
        for (int flow = 0; flow < Connections; flow++)
        {
            // One a tick, neighbours far apart in time.
            Assert.Equal((uint)flow + 1, test.Open(flow, (uint)(1 + (flow * 7 % Connections))));
        }

        for (uint left = Connections; left != 0; left--)
        {
            test.Now += Tick;
            Assert.Equal(1, left % 2 == 0 ? test.Table.SweepAll(test.Time) : test.Table.Sweep(test.Time, 1024));
            Assert.Equal(left - 1, test.View->Records.Count);
        }
    }

    [Fact]
    public void A_busy_connection_writes_its_deadline_once_a_tick()
    {
        using TableUnderTest<Connection4, Flows4> test = new(4, 4);
        uint record = test.Open(1, 100);
        uint deadline = test.View->Deadlines.Base[record];
        test.Now += 9_999;
        test.Table.Refresh(record, test.Table.ConnectionAt(record), test.Time, 100);
        Assert.Equal(deadline, test.View->Deadlines.Base[record]);
        Assert.Equal(9_999, test.Table.ConnectionAt(record)->RefreshPhase);
        test.Now++;
        test.Table.Refresh(record, test.Table.ConnectionAt(record), test.Time, 100);
        Assert.Equal(deadline + 1, test.View->Deadlines.Base[record]);
    }
}
