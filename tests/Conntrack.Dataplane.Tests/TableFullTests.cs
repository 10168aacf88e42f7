using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using static Conntrack.Dataplane.Tests.Replays.Endpoints;

namespace Conntrack.Dataplane.Tests;

/// <summary>max-entries: exact, one number for both families, and who gives way to whom.</summary>
[Collection(Dpdk.Collection)]
public sealed class TableFullTests(Dpdk dpdk)
{
    [Theory, Runtimes]
    public void The_limit_is_exact_over_both_families(DataplaneRuntime runtime)
    {
        foreach (uint limit in new uint[] { 1, 2, 3, 10, 40, 100 })
        {
            Traffic traffic = new();
            for (int i = 0; i < 150; i++)
            {
                traffic.Sequence((0, (i % 3 == 0 ? V6(1, 1, 1000 + i) : V4(1, 1, 1000 + i)).Udp()));
            }

            ReplayResult result = Run(runtime, traffic, limit);
            Assert.Equal(limit, (uint)result.Connections.Count);
            Assert.Equal(limit, result.Tables.Ipv4Entries + result.Tables.Ipv6Entries);
            TableTotals tables = result.Tables;
            Assert.Equal((limit, 150ul, 150ul - limit, 0ul), (tables.MaxEntries, tables.Created, tables.Evicted, tables.Expired));
            Assert.Empty(result.Counters.Dropped);
        }
    }

    /// <summary>One more than the limit is too many at any moment, also when the newcomer's own table is empty.</summary>
    [Theory, Runtimes]
    public void One_family_makes_room_for_the_first_of_the_other(DataplaneRuntime runtime)
    {
        const uint Limit = 10;
        foreach (bool ipv6First in new[] { true, false })
        {
            for (uint others = 0; others <= Limit; others++)
            {
                Traffic traffic = new();
                for (int i = 0; i < Limit + others; i++)
                {
                    traffic.Sequence((0, (i < Limit == ipv6First ? V6(1, 1, 1000 + i) : V4(1, 1, 1000 + i)).Udp()));
                }

                TableTotals tables = Run(runtime, traffic, Limit).Tables;
                (uint ipv4, uint ipv6) = ipv6First ? (others, Limit - others) : (Limit - others, others);
                Assert.Equal((ipv4, ipv6), (tables.Ipv4Entries, tables.Ipv6Entries));
            }
        }
    }

    [Theory, Runtimes]
    public void The_oldest_gives_way(DataplaneRuntime runtime)
    {
        Traffic traffic = new();
        for (int i = 0; i < 9; i++)
        {
            traffic.Sequence((0, (i % 2 == 0 ? V6(1, 1, 1000 + i) : V4(1, 1, 1000 + i)).Udp()));
        }

        Assert.Equal([1005, 1006, 1007, 1008], Run(runtime, traffic, 4).Connections.Select(line => (int)line.SrcPort));
    }

    /// <summary>What was never answered goes before what was, even if it is younger and of the other family.</summary>
    [Theory, Runtimes]
    public void Half_open_ones_give_way_first(DataplaneRuntime runtime)
    {
        foreach (Func<int, Endpoints> newcomer in new Func<int, Endpoints>[] { port => V4(1, 1, port), port => V6(1, 1, port) })
        {
            Traffic traffic = new();
            foreach (Endpoints answered in new[] { V4(1, 1, 1), V6(1, 1, 2) })
            {
                traffic.Sequence((0, answered.Udp()), (1, answered.Turned.Udp()));
            }

            traffic.Sequence((0, V4(1, 1, 3).Udp()), (0, V6(1, 1, 4).Udp()));
            traffic.Sequence((0, newcomer(5).Udp()), (0, newcomer(6).Udp()));
            Assert.Equal([1, 2, 5, 6], Run(runtime, traffic, 4).Connections.Select(line => (int)line.SrcPort));
        }
    }

    /// <summary>When all were answered the oldest goes, whatever its family.</summary>
    [Theory, Runtimes]
    public void Unassured_ones_give_way_next(DataplaneRuntime runtime)
    {
        Traffic traffic = new();
        Endpoints[] answered = [V4(1, 1, 1), V6(1, 1, 2), V4(1, 1, 3)];
        foreach (Endpoints ends in answered)
        {
            traffic.Sequence((0, ends.Udp()), (1, ends.Turned.Udp()));
        }

        ReplayResult result = Run(runtime, traffic.Sequence((0, V6(1, 1, 4).Udp())), 3);
        Assert.Equal([2, 3, 4], result.Connections.Select(line => (int)line.SrcPort));
    }

    [Theory, Runtimes]
    public void Assured_ones_never_give_way(DataplaneRuntime runtime)
    {
        Traffic traffic = new();
        Endpoints[] assured = [V4(1, 1, 1), V6(1, 1, 2), V4(1, 1, 3)];
        foreach (Endpoints ends in assured)
        {
            Establish(traffic, ends);
        }

        traffic.Sequence((0, V4(2, 1, 4).Tcp(Syn)), (0, V6(2, 1, 5).Udp()), (1, V4(2, 1, 6).Turned.EchoRequest()));
        ReplayResult result = Run(runtime, traffic, 3);
        Assert.Equal([1, 2, 3], result.Connections.Select(line => (int)line.SrcPort));
        Assert.All(result.Trace.TakeLast(3), item => Assert.Equal((Verdict.Drop, DropReason.TableFull), (item.Verdict, item.Reason)));
        Assert.Equal(3ul, result.Counters.Dropped[DropReason.TableFull]);
        Assert.Equal((3ul, 0ul), (result.Tables.Created, result.Tables.Evicted));

        // What is in the table goes on as if nothing were wrong.
        Assert.Equal(9, result.Trace.Count(item => item.Verdict == Verdict.Forward));
    }

    /// <summary>An assured connection that timed out has left, in either family, though nobody has looked at it since.</summary>
    [Theory, Runtimes]
    public void What_has_expired_takes_no_room(DataplaneRuntime runtime)
    {
        foreach (Endpoints old in new[] { V4(1, 1, 1), V6(1, 1, 1) })
        {
            foreach (Endpoints next in new[] { V4(1, 1, 2), V6(1, 1, 2) })
            {
                Traffic traffic = new();
                Establish(traffic, old);
                traffic.Sequence((0, old.Tcp(Rst))).Wait(TimeSpan.FromSeconds(10)).In(0, next.Udp());
                ReplayResult result = Run(runtime, traffic, 1);
                Assert.Equal(2, Assert.Single(result.Connections).SrcPort);
                Assert.Equal((1ul, 0ul), (result.Tables.Expired, result.Tables.Evicted));
            }
        }
    }

    /// <summary>A connection that a RST ended gives its place back once, and only once.</summary>
    [Theory, Runtimes]
    public void A_refused_connection_leaves_its_place(DataplaneRuntime runtime)
    {
        Traffic traffic = new();
        for (int i = 0; i < 40; i++)
        {
            Endpoints refused = V4(1, 1, 1000 + i);
            traffic.Sequence((0, refused.Tcp(Syn)), (1, refused.Turned.Tcp(Rst | Ack)));
            traffic.Sequence((0, V4(2, 2, 2000 + i).Udp()), (0, V6(2, 2, 3000 + i).Udp()));
        }

        ReplayResult result = Run(runtime, traffic, 2);
        Assert.Equal([2039, 3039], result.Connections.Select(line => (int)line.SrcPort));
        Assert.Equal((120ul, 40ul, 78ul), (result.Tables.Created, result.Tables.Removed, result.Tables.Evicted));
    }

    static void Establish(Traffic traffic, Endpoints ends) =>
        traffic.Sequence((0, ends.Tcp(Syn)), (1, ends.Turned.Tcp(Syn | Ack)), (0, ends.Tcp(Ack)));

    ReplayResult Run(DataplaneRuntime runtime, Traffic traffic, uint entries)
    {
        ReplayRun run = traffic.ToReplay(dpdk) with { Runtime = runtime, Tracking = TrackingDefaults.Parameters(entries) };
        ReplayResult result = Invariance.Assert(run, $"{entries} entries");
        Assert.Equal(
            result.Tables.Created,
            result.Tables.Expired + result.Tables.Evicted + result.Tables.Removed + result.Tables.Ipv4Entries + result.Tables.Ipv6Entries);
        return result;
    }
}
