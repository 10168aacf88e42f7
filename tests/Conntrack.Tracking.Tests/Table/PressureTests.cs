using Conntrack.Memory;
using Conntrack.Packets.Headers;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>The full table: what gives way, in which order, and what never does.</summary>
public sealed unsafe class PressureTests
{
    [Theory]
    [InlineData(1u)]
    [InlineData(4u)]
    public void Small_limits_are_exact(uint limit)
    {
        using TableUnderTest<Connection4, Flows4> test = new(limit, 100);
        int flow = 0;
        for (; flow < limit; flow++)
        {
            Assert.NotEqual(0u, test.Open(flow, 100));
        }

        Assert.Equal(0u, test.Open(flow, 100));
        Assert.Equal(1ul, test.View->Counters.RefusedFull);
        Assert.Equal(limit, test.View->Records.Count);

        // What has expired makes room before anything is evicted.
        test.Now = 100 * Timestamp.MicrosecondsPerTick;
        Assert.NotEqual(0u, test.Open(flow, 100, EvictionClass.HalfOpen));
        Assert.Equal(1u, test.View->Records.Count);
        Assert.Equal(limit, test.View->Counters.Expired);
        Assert.Equal(0ul, test.View->Counters.Evicted);
    }

    [Fact]
    public void What_an_answer_ends_is_nobodys_victim()
    {
        using TableUnderTest<Connection4, Flows4> test = new(4, 100);
        TrackingParameters parameters = new() { MaxEntries = 4, Enabled = TrackedFamilies.Both };
        for (int slot = 0; slot < (int)TimeoutSlot.Count; slot++)
        {
            parameters.SetTimeout(slot, 100);
        }

        TcpHeader header = new() { DataOffset = 5 << 4 };
        test.Prepare(0, reply: false);
        test.Packet->Transport = (byte*)&header;
        test.Packet->TransportLength = TcpHeader.ByteSize;
        test.Packet->TcpFlags = TcpHeader.Syn;
        Tracker.Open(test.Table, test.Packet, &parameters);
        uint record = test.Packet->Record;
        Assert.True(test.Table.Confirm(record));
        test.Table.SetEvictable(record, EvictionClass.HalfOpen);

        // RST,ACK instead of SYN,ACK: the connection is over, its record waits for the end of the burst.
        test.Prepare(0, reply: true);
        test.Packet->TcpFlags = TcpHeader.Reset | TcpHeader.Ack;
        Assert.True(Tracker.Continue(test.Table, test.Packet, &parameters));
        Assert.Equal(0u, test.View->Records.Count);
        Assert.Equal(EvictionClass.Never, test.View->Eviction.ClassOf(record));
        Assert.Equal(0u, test.View->Eviction.HalfOpen + test.View->Eviction.Unassured);
    }

    [Fact]
    public void No_connection_is_allowed_by_a_limit_of_none()
    {
        using TableUnderTest<Connection4, Flows4> test = new(0, 100);
        Assert.Equal(0u, test.Open(1, 100));
        Assert.Equal(1ul, test.View->Counters.RefusedFull);
    }

    [Fact]
    public void The_limit_may_change_at_run_time_and_ends_at_the_capacity()
    {
        using TableUnderTest<Connection4, Flows4> test = new(2, 10);
        int flow = 0;
        while (test.Open(flow, 100, EvictionClass.Unassured) != 0 && test.View->Records.Count < 2)
            flow++;

        test.View->MaxEntries = 1000;
        for (flow = 100; flow < 120; flow++)
        {
            test.Open(flow, 100);
        }

        Assert.Equal(10u, test.View->Records.Count);
        test.View->MaxEntries = 5;
        Assert.Equal(0u, test.Open(200, 100));
        Assert.Equal(10u, test.View->Records.Count);
    }

    [Fact]
    public void Half_open_ones_go_before_unassured_ones_oldest_first_and_assured_ones_never()
    {
        // Twenty of each class, created in turn.
        using TableUnderTest<Connection4, Flows4> test = new(60, 60);
        for (int flow = 0; flow < 60; flow++)
        {
            Assert.NotEqual(0u, test.Open(flow, 100_000, (EvictionClass)(flow % 3)));
            test.Now += 3_000;
        }

        List<int> evicted = [];
        for (int flow = 1000; flow < 1040; flow++)
        {
            List<int> before = Present(test);
            Assert.NotEqual(0u, test.Open(flow, 100_000));
            evicted.AddRange(before.Except(Present(test)));
        }

        IEnumerable<int> expected = Enumerable.Range(0, 20).Select(n => (3 * n) + 2).Concat(Enumerable.Range(0, 20).Select(n => (3 * n) + 1));
        Assert.Equal(expected, evicted);
        Assert.Equal(0u, test.Open(2000, 100));
        Assert.Equal(40ul, test.View->Counters.Evicted);
        Assert.Equal(Enumerable.Range(0, 20).Select(n => 3 * n), Present(test));

        static List<int> Present(TableUnderTest<Connection4, Flows4> test) =>
            [.. Enumerable.Range(0, 60).Where(flow => test.Find(flow) != 0)];
    }

    [Theory]
    [InlineData(EvictionClass.HalfOpen)]
    [InlineData(EvictionClass.Unassured)]
    public void The_only_one_that_may_go_is_found_wherever_it_is(EvictionClass only)
    {
        const int Connections = 20_000;
        using TableUnderTest<Connection4, Flows4> test = new(Connections, Connections);
        for (int flow = 0; flow < Connections; flow++)
        {
            Assert.NotEqual(0u, test.Open(flow, 100_000));
        }

        uint[] records = [1, 2, 31, 32, 33, 127, 128, 129, 4095, 4096, 12_345, Connections - 1, Connections, 64, 1];
        int fresh = Connections;
        foreach (uint record in records)
        {
            test.Table.SetEvictable(record, only);
            Assert.NotEqual(0u, test.Open(fresh++, 100_000));
            Assert.Equal(ConnectionFlags.Dying, test.Table.ConnectionAt(record)->Flags & ConnectionFlags.Dying);
            Assert.Equal(0u, test.Open(fresh++, 100_000));
        }
    }

    [Fact]
    public void The_oldest_is_found_behind_the_hand_and_across_empty_blocks()
    {
        const int Connections = 20_000;
        using TableUnderTest<Connection4, Flows4> test = new(Connections, Connections);
        for (int flow = 0; flow < Connections; flow++)
        {
            Assert.NotEqual(0u, test.Open(flow, 100_000));
        }

        uint[] scattered = [.. Enumerable.Range(1, 19).Select(n => (uint)n * 1000)];
        foreach (uint record in scattered)
        {
            test.Table.SetEvictable(record, EvictionClass.HalfOpen);
        }

        // The first three move the hand to 3001. What becomes half-open behind it goes next where it is older than all before it, and last
        // where it is younger.
        int fresh = Connections;
        uint young = 0;
        foreach (uint record in scattered[..3])
        {
            young = Replace(record);
        }

        Assert.InRange(young, 1u, 3000u);
        test.Table.SetEvictable(young, EvictionClass.HalfOpen);
        uint[] old = [5, 700, 2999];
        Assert.All(old, behind => test.Table.SetEvictable(behind, EvictionClass.HalfOpen));
        Assert.All(old.Concat(scattered[3..]).Append(young), record => Replace(record));
        Assert.Equal(0u, test.Open(fresh, 100_000));

        uint Replace(uint expected)
        {
            uint opened = test.Open(fresh++, 100_000);
            Assert.NotEqual(0u, opened);
            Assert.Equal(ConnectionFlags.Dying, test.Table.ConnectionAt(expected)->Flags & ConnectionFlags.Dying);
            return opened;
        }
    }

    [Fact]
    public void A_flood_leaves_assured_connections_alone_and_replaces_itself_in_order()
    {
        const int Assured = 9000;
        const int Limit = 10_000;
        using TableUnderTest<Connection4, Flows4> test = new(Limit, Limit);
        for (int flow = 0; flow < Assured; flow++)
        {
            Assert.NotEqual(0u, test.Open(flow, 100_000));
        }

        for (int flow = Assured; flow < 30_000; flow++)
        {
            Assert.NotEqual(0u, test.Open(flow, 100_000, EvictionClass.HalfOpen));
        }

        Assert.Equal((uint)Limit, test.View->Records.Count);
        Assert.All(Enumerable.Range(0, Assured), flow => Assert.NotEqual(0u, test.Find(flow)));
        Assert.All(Enumerable.Range(29_000, 1000), flow => Assert.NotEqual(0u, test.Find(flow)));
    }

    [Fact]
    public void Waiting_for_memory_is_told_from_full()
    {
        const uint Capacity = 200_000;
        using TableUnderTest<Connection4, Flows4> test = new(Capacity, Capacity);
        uint ready = test.View->Records.Ready;
        Assert.InRange(ready, 1u, Capacity - 1);
        for (uint flow = 0; flow < ready; flow++)
        {
            test.Prepare((int)flow, reply: false);
            Assert.NotEqual(0u, test.Table.Allocate(test.Packet, null, out _));
        }

        Assert.Equal(0u, test.Table.Allocate(test.Packet, null, out AllocateStatus status));
        Assert.Equal(AllocateStatus.WaitingForMemory, status);
        Assert.Equal(1ul, test.View->Counters.RefusedWaiting);
        Assert.True(test.View->CommitAhead());
        Assert.NotEqual(0u, test.Table.Allocate(test.Packet, null, out status));
        Assert.Equal(AllocateStatus.Allocated, status);
        test.View->MaxEntries = ready;
        Assert.Equal(0u, test.Table.Allocate(test.Packet, null, out status));
        Assert.Equal(AllocateStatus.Full, status);
    }
}
