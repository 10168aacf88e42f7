using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>One max-entries of several workers: never exceeded, all of it in use, and who has nobody to let go gets places from who has.</summary>
public sealed unsafe class WorkerRoomTests : IDisposable
{
    const uint Limit = 80;
    const uint Reserve = 8;

    readonly List<Worker> _workers = [];
    readonly SharedRoom* _shared = (SharedRoom*)NativeMemory.AlignedAlloc(SharedRoom.ByteSize, 64);
    readonly TableView** _views = (TableView**)NativeMemory.AllocZeroed(8, (nuint)sizeof(nint));

    [Fact]
    public void Places_of_all_workers_are_max_entries_and_all_of_them_can_be_taken()
    {
        Create(3, Limit);
        for (int flow = 0; flow < 100; flow++)
        {
            _workers[flow % 3].Open(flow, EvictionClass.Never);
            Check(Limit);
        }

        // A router with addresses of its own keeps the reserve; without, it is everybody's.
        Assert.Equal(Limit - Reserve, Used);
        _workers.ForEach(worker => worker.KeepsReserve(false));
        for (int flow = 100; flow < 120; flow++)
        {
            _workers[flow % 3].Open(flow, EvictionClass.Never);
            Check(Limit);
        }

        Assert.Equal(Limit, Used);
    }

    [Fact]
    public void The_routers_own_connections_take_the_reserve_and_nobody_else_does()
    {
        Create(2, Limit);
        for (int flow = 0; flow < 200; flow++)
        {
            _workers[flow % 2].Open(flow, EvictionClass.Never);
            Settle();
        }

        Assert.Equal(Limit - Reserve, Used);
        for (int flow = 200; flow < 200 + Reserve; flow++)
        {
            Assert.NotEqual(0u, _workers[flow % 2].Open(flow, EvictionClass.Never, own: true));
            Assert.Equal(0u, _workers[flow % 2].Open(1000 + flow, EvictionClass.Never));
            Check(Limit);
        }

        Assert.Equal(Limit, Used);
        Assert.Equal(0u, _workers[0].Open(300, EvictionClass.Never, own: true));

        // What was borrowed goes back when one of any kind ends, and is the router's again.
        Assert.NotEqual(0u, _workers[0].Close(200));
        Settle();
        Assert.Equal(1, _shared->FreeOfReserve);
        Assert.Equal(0u, _workers[1].Open(301, EvictionClass.Never));
        Assert.NotEqual(0u, _workers[1].Open(302, EvictionClass.Never, own: true));
        Check(Limit);
    }

    /// <summary>One worker is full of assured connections, the flood is at the other: the next assured one finds room all the same.</summary>
    [Fact]
    public void A_worker_with_nobody_to_let_go_gets_places_from_one_that_has()
    {
        Create(2, Limit);
        int flow = 0;
        for (; flow < 20; flow++)
        {
            Assert.NotEqual(0u, _workers[0].Open(flow, EvictionClass.Never));
        }

        for (; flow < 400; flow++)
        {
            _workers[1].Open(flow, EvictionClass.HalfOpen);
            Settle();
        }

        // One place is kept for the next one already.
        Assert.InRange(Used, Limit - Reserve - 1, Limit - Reserve);
        for (int refused = 0; flow < 400 + 50; flow++)
        {
            refused += _workers[0].Open(flow, EvictionClass.Never) == 0 ? 1 : 0;
            Assert.Equal(0, refused);
            _workers[1].Open(10_000 + flow, EvictionClass.HalfOpen);
            Settle();
            Check(Limit);
        }

        // Only half-open ones have gone.
        Assert.Equal(70u, _workers[0].Used);
        Assert.Equal(0ul, _workers[1].Counters->RefusedFull);
        Assert.True(_workers[1].Counters->Ended[(int)ConnectionEnd.EvictedHalfOpen] >= 50);
    }

    [Fact]
    public void Half_open_ones_of_another_worker_go_before_answered_ones_of_this_one()
    {
        Create(2, Limit);
        int flow = 0;
        for (; flow < 36; flow++)
        {
            _workers[0].Open(flow, EvictionClass.Unassured);
            _workers[1].Open(1000 + flow, EvictionClass.HalfOpen);
            Settle();
        }

        for (; flow < 60; flow++)
        {
            Assert.NotEqual(0u, _workers[0].Open(flow, EvictionClass.Unassured));
            Settle();
        }

        Assert.Equal(0ul, _workers[0].Counters->Evicted);
        Assert.InRange(_workers[1].Counters->Ended[(int)ConnectionEnd.EvictedHalfOpen], 20ul, 40ul);
    }

    [Fact]
    public void A_lower_limit_is_reached_without_new_connections_as_far_as_connections_give_way()
    {
        Create(2, Limit);
        for (int flow = 0; flow < 36; flow++)
        {
            Assert.NotEqual(0u, _workers[0].Open(flow, EvictionClass.Unassured));
            Assert.NotEqual(0u, _workers[1].Open(1000 + flow, flow < 16 ? EvictionClass.Never : EvictionClass.HalfOpen));
        }

        SharedRoom.SetLimit(_shared, 16);
        for (int n = 0; n < 50; n++)
        {
            Settle();
        }

        // The sixteen assured ones are there still, and whatever else is there has a place of its own.
        Assert.InRange(Used, 16u, 16u + _workers[0].Room.Places);
        Assert.All(Enumerable.Range(1000, 16), flow => Assert.NotEqual(0u, _workers[1].Find(flow)));
        SharedRoom.SetLimit(_shared, Limit);
        Settle();
        for (int flow = 2000; flow < 2100; flow++)
        {
            _workers[flow % 2].Open(flow, EvictionClass.Never);
            Check(Limit);
        }

        Assert.Equal(Limit - Reserve, Used);
    }

    /// <summary>Whatever happens in whatever order: no place is lost and none is there twice.</summary>
    [Fact]
    public void Places_are_conserved_over_any_history()
    {
        var random = new Random(5);
        for (int history = 0; history < 20; history++)
        {
            uint limit = (uint)random.Next(1, 200);
            Create(4, limit);
            for (int step = 0; step < 3000; step++)
            {
                Worker worker = _workers[random.Next(4)];
                int flow = random.Next(5000);
                switch (random.Next(12))
                {
                    case 0:
                        worker.Close(flow);
                        break;
                    case 1:
                        worker.Slice();
                        break;
                    case 2 when random.Next(50) == 0:
                        limit = (uint)random.Next(1, 200);
                        SharedRoom.SetLimit(_shared, limit);
                        break;
                    default:
                        worker.Open(flow, (EvictionClass)random.Next(3), own: random.Next(20) == 0);
                        break;
                }

                AssertConserved(limit);
            }
        }
    }

    [Fact]
    public void Threads_never_hold_more_than_the_limit()
    {
        const uint Most = 1000;
        Create(4, Most);
        long over = 0;
        Parallel.ForEach(_workers, new ParallelOptions { MaxDegreeOfParallelism = 4 }, worker =>
        {
            var random = new Random(worker.Number);
            for (int step = 0; step < 60_000; step++)
            {
                worker.Open(random.Next(100_000), worker.Number == 0 ? EvictionClass.Never : EvictionClass.HalfOpen, own: step % 100 == 0);
                if (step % 16 == 0)
                {
                    worker.Slice();
                }

                // Others are read while they write: what was in use at no one moment may be counted, so only the places of all are compared.
                if (worker.Used > worker.Room.Places + worker.Room.Borrowed)
                {
                    Interlocked.Increment(ref over);
                }
            }
        });

        Assert.Equal(0, over);
        AssertConserved(Most);
        Assert.InRange(Used, Most / 2, Most);
    }

    public void Dispose()
    {
        _workers.ForEach(worker => worker.Dispose());
        NativeMemory.AlignedFree(_shared);
        NativeMemory.Free(_views);
    }

    uint Used => (uint)_workers.Sum(worker => worker.Used);

    void Create(int workers, uint limit)
    {
        _workers.ForEach(worker => worker.Dispose());
        _workers.Clear();
        *_shared = default;
        _shared->Workers = (uint)workers;
        SharedRoom.SetLimit(_shared, limit);
        for (int n = 0; n < workers; n++)
        {
            _workers.Add(new Worker(n, _views));
        }

        _workers.ForEach(worker => worker.Join(_shared, _views, (uint)(2 * workers)));
    }

    void Settle()
    {
        _workers.ForEach(worker => worker.Slice());
        _workers.ForEach(worker => worker.Slice());
    }

    void Check(uint limit)
    {
        Assert.True(Used <= limit, $"{Used} connections of {limit}");
        AssertConserved(limit);
    }

    void AssertConserved(uint limit) => Assert.Equal(
        limit, _workers.Sum(worker => (long)worker.Room.Places + worker.Room.Borrowed) + _shared->Free + _shared->FreeOfReserve);

    /// <summary>Both tables of a worker; what is opened is of IPv4.</summary>
    sealed class Worker : IDisposable
    {
        readonly TableUnderTest<Connection4, Flows4> _ipv4 = new(uint.MaxValue, 4000);
        readonly TableUnderTest<Connection6, Flows6> _ipv6 = new(uint.MaxValue, 4000);

        public Worker(int number, TableView** views)
        {
            Number = number;
            views[2 * number] = _ipv4.View;
            views[(2 * number) + 1] = _ipv6.View;
            _ipv4.Table.ShareRoom(_ipv6.Table);
            KeepsReserve(true);
        }

        public int Number { get; }

        public WorkerRoom Room { get; private set; } = null!;

        public uint Used => _ipv4.View->Records.Count + _ipv6.View->Records.Count;

        /// <summary>Of IPv4, the table that tests with one family use.</summary>
        public TableCounters* Counters => &_ipv4.View->Counters;

        public void KeepsReserve(bool keeps) => _ipv4.Table.KeepsReserve = _ipv6.Table.KeepsReserve = keeps;

        public void Join(SharedRoom* shared, TableView** views, uint count) =>
            Room = WorkerRoom.Join(shared, Number, _ipv4.Table, _ipv6.Table, views, count);

        public void Slice()
        {
            _ipv4.Table.ReleaseRemoved();
            _ipv6.Table.ReleaseRemoved();
            Room.Slice(_ipv4.Time);
        }

        public uint Open(int flow, EvictionClass evictable, bool own = false)
        {
            _ipv4.Own = _ipv6.Own = own;
            return _ipv4.Find(flow) != 0 ? uint.MaxValue : _ipv4.Open(flow, 100_000, evictable);
        }

        public uint Find(int flow) => _ipv4.Find(flow);

        public uint Close(int flow)
        {
            uint record = _ipv4.Find(flow);
            if (record != 0)
            {
                _ipv4.Table.Remove(record, ConnectionEnd.Deleted);
            }

            return record;
        }

        public void Dispose()
        {
            _ipv4.Dispose();
            _ipv6.Dispose();
        }
    }
}
