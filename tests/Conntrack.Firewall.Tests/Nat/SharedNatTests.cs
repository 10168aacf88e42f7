using System.Runtime.InteropServices;
using Conntrack.Firewall.Nat;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;
using static Conntrack.Firewall.Tests.Nat.NatRules;

namespace Conntrack.Firewall.Tests.Nat;

/// <summary>Two workers translate to one address: no reply is given out twice, whichever of them was asked.</summary>
public sealed unsafe class SharedNatTests : IDisposable
{
    const string Server = "203.0.113.9";

    readonly SteeringIndex* _index = (SteeringIndex*)NativeMemory.AlignedAlloc(SteeringIndex.ByteSize, 64);

    public SharedNatTests() => Assert.True(SteeringIndex.TryCreate(_index, 200_000));

    public void Dispose()
    {
        SteeringIndex.Release(_index);
        NativeMemory.AlignedFree(_index);
    }

    [Fact]
    public void A_port_that_one_has_kept_the_other_does_not_keep()
    {
        using NatRun<Connection4> one = Worker<Connection4>(0, Masquerade()), other = Worker<Connection4>(1, Masquerade());
        Bound first = one.Open("192.168.1.2", 5000, Server, 53);
        Bound second = other.Open("192.168.1.3", 5000, Server, 53);
        Assert.Equal(5000, first.FromPort);
        Assert.NotEqual(5000, second.FromPort);

        // Towards another server it is free, and again when its connection has ended.
        Assert.Equal(5000, other.Open("192.168.1.4", 5000, "203.0.113.10", 53).FromPort);
        one.Table.Remove(first.Record, ConnectionEnd.Closed);
        Assert.Equal(5000, other.Open("192.168.1.5", 5000, Server, 53).FromPort);
    }

    [Fact]
    public void Both_directions_say_whose_they_are_until_the_connection_ends()
    {
        using NatRun<Connection6> run = Worker<Connection6>(1, Masquerade().Ipv6());
        run.OwnAddress = NatRun<Connection6>.Number("2001:db8::1");
        Bound bound = run.Open("fd00::2", 5000, "2001:db8:5::9", 443);
        Assert.Equal((2u, 2ul, 2ul), (_index->Count, _index->Holding, _index->Translating));
        run.Table.Remove(bound.Record, ConnectionEnd.Closed);
        Assert.Equal((0u, 0ul, 0ul), (_index->Count, _index->Holding, _index->Translating));
    }

    /// <summary>Nothing changes, so it has one name; and what is refused or dropped leaves none.</summary>
    [Fact]
    public void An_untranslated_connection_has_one_name_and_a_dropped_one_none()
    {
        using NatRun<Connection4> run = Worker<Connection4>(0);
        Bound bound = run.Open("198.51.100.1", 5000, Server, 53);
        Assert.Equal(NatOutcome.Unchanged, bound.Outcome);
        Assert.Equal((1u, 0ul), (_index->Count, _index->Translating));
        uint dropped = run.Allocate(NatRun<Connection4>.Number("198.51.100.1"), 5001, NatRun<Connection4>.Number(Server), 53, IpProtocol.Udp);
        run.Bind(dropped);
        Assert.Equal(2u, _index->Count);
        run.Table.Remove(dropped, ConnectionEnd.Closed);
        run.Table.Remove(bound.Record, ConnectionEnd.Closed);
        Assert.Equal(0u, _index->Count);
    }

    [Fact]
    public void Where_the_other_has_the_only_port_there_is_none_left()
    {
        RuleSpec rule = SrcNat("198.51.100.1", (7000, 7000));
        using NatRun<Connection4> one = Worker<Connection4>(0, rule), other = Worker<Connection4>(1, rule);
        Assert.Equal(7000, one.Open("192.168.1.2", 5000, Server, 53).FromPort);
        Assert.Equal(NatOutcome.Exhausted, other.Open("192.168.1.3", 5000, Server, 53).Outcome);
    }

    /// <summary>
    /// A thread each. Clients of both keep the same ports, and a rule's range is the same for both: the kept, the chosen and the only ones clash
    /// all the time.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_threads_never_give_out_one_reply(bool overlapping)
    {
        const int Workers = 2, Rounds = 20_000, Alive = 600;
        RuleSpec[] rules = [Masquerade(overlapping ? (20_000, 20_999) : null)];
        NatRun<Connection4>[] runs = [.. Enumerable.Range(0, Workers).Select(n => Worker<Connection4>(n, rules))];
        int[] holders = new int[1 << 17];
        int shared = 0, opened = 0, moved = 0;
        var threads = runs.Select((run, worker) => new Thread(() =>
        {
            // Were each to choose from all ports, only the index kept them apart.
            run.Partition = overlapping ? default : new PortPartition(worker, Workers);
            var random = new Random(worker);
            Queue<(uint Record, int Reply)> alive = [];
            for (int n = 0; n < Rounds; n++)
            {
                if (alive.Count == Alive)
                {
                    (uint oldest, int reply) = alive.Dequeue();
                    Interlocked.Decrement(ref holders[reply]);
                    run.Table.Remove(oldest, ConnectionEnd.Closed);
                }

                int server = random.Next(2), port = 5000 + random.Next(400);
                Bound bound = run.Open($"10.{worker}.{n >> 8}.{n & 255}", port, $"203.0.113.{server}", 53);
                if (NatOutcomes.ReasonOf(bound.Outcome) != DropReason.None)
                {
                    continue;
                }

                int taken = (server << 16) | bound.FromPort;
                Interlocked.Add(ref shared, Interlocked.Increment(ref holders[taken]) == 1 ? 0 : 1);
                Interlocked.Increment(ref opened);
                Interlocked.Add(ref moved, bound.FromPort == port ? 0 : 1);
                alive.Enqueue((bound.Record, taken));
            }

            foreach ((uint record, int reply) in alive)
            {
                Interlocked.Decrement(ref holders[reply]);
                run.Table.Remove(record, ConnectionEnd.Closed);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(0, shared);
        Assert.InRange(opened, Workers * Rounds / 2, Workers * Rounds);
        Assert.InRange(moved, 1000, opened);
        Assert.Equal((0u, 0ul, 0ul), (_index->Count, _index->Holding, _index->Translating));
        Array.ForEach(runs, run => run.Dispose());
    }

    NatRun<TRecord> Worker<TRecord>(int number, params RuleSpec[] rules)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        NatRun<TRecord> run = new(4096, rules) { Partition = new PortPartition(number, 2) };
        run.Table.Share(_index, number);
        return run;
    }
}
