using System.Runtime.InteropServices;
using Conntrack.Firewall.Nat;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;
using static Conntrack.Firewall.Tests.Nat.NatRules;

namespace Conntrack.Firewall.Tests.Nat;

/// <summary>endpoint-independent-nat: which endpoint a client gets outside, who keeps it, and that no two clients have one.</summary>
public sealed unsafe class MappedBindingTests : IDisposable
{
    const string A = "192.168.1.2", B = "192.168.1.3", Server = "203.0.113.9", Wan = "198.51.100.1";

    readonly MappingTable* _mappings = (MappingTable*)NativeMemory.AlignedAlloc(MappingTable.ByteSize, 64);

    public MappedBindingTests()
    {
        NativeMemory.Clear(_mappings, MappingTable.ByteSize);
        MappingTable.Initialize(_mappings, 0x1234_5678_9abc_def1, 100_000);
        Assert.True(MappingTable.TryPrepare(_mappings));
    }

    public void Dispose()
    {
        MappingTable.Dispose(_mappings);
        NativeMemory.AlignedFree(_mappings);
    }

    [Theory]
    [InlineData(5000, 1024, 65535)]
    [InlineData(5001, 1024, 65535)]
    [InlineData(601, 600, 1023)]
    [InlineData(53, 1, 511)]
    public void A_port_that_is_taken_is_replaced_by_one_of_its_class_and_parity(int port, int first, int last)
    {
        using NatRun<Connection4> run = Run(Maps());
        Assert.Equal(port, run.Open(A, port, Server, 80).FromPort);
        Bound bound = run.Open(B, port, "203.0.113.10", 80);
        Assert.NotEqual(port, bound.FromPort);
        Assert.InRange(bound.FromPort, first, last);
        Assert.Equal(port & 1, bound.FromPort & 1);
        Assert.Equal(bound.FromPort, run.Open(B, port, "203.0.113.11", 443).FromPort);
        Assert.Equal(ConnectionFlags.SrcNat | ConnectionFlags.Masqueraded, bound.Flags);
    }

    [Fact]
    public void A_range_is_used_to_its_last_whatever_the_parity()
    {
        using NatRun<Connection4> run = Run(Maps(Wan, (6000, 6009)));
        int[] ports = [.. Enumerable.Range(0, 10).Select(n => run.Open($"192.168.1.{n + 2}", 5000, Server, 80 + n).FromPort)];
        Assert.Equal(Enumerable.Range(6000, 10), ports.Order());
        Assert.Equal(NatOutcome.Exhausted, run.Open("192.168.1.99", 5000, Server, 99).Outcome);
        Assert.Equal(10u, _mappings->Count);
    }

    [Fact]
    public void A_random_port_stays_the_clients()
    {
        using NatRun<Connection4> run = Run(Maps(random: true));
        int[] ports = [.. Enumerable.Range(0, 8).Select(n => run.Open($"192.168.1.{n + 2}", 5000, Server, 80).FromPort)];
        Assert.DoesNotContain(5000, ports);
        Assert.Equal(8, ports.Distinct().Count());
        Assert.Equal(ports, Enumerable.Range(0, 8).Select(n => run.Open($"192.168.1.{n + 2}", 5000, Server, 81).FromPort));
    }

    /// <summary>Whichever ends first; and one that was dropped on its way has kept nothing.</summary>
    [Fact]
    public void The_last_connection_takes_the_mapping_along()
    {
        RuleSpec ofHome = Maps() with { SrcAddress = RuleMatch.Addresses(NatRun<Connection4>.Number("192.168.0.0"), NatRun<Connection4>.Number("192.168.255.255")) };
        using NatRun<Connection4> run = Run(ofHome, LetsIn());
        Bound out1 = run.Open(A, 5000, Server, 80), out2 = run.Open(A, 5000, Server, 81), back = run.Open(Server, 9, Wan, 5000);
        Assert.Equal((A, 5000, NatOutcome.Translated), (back.To, back.ToPort, back.Outcome));
        uint dropped = run.Allocate(NatRun<Connection4>.Number(A), 5000, NatRun<Connection4>.Number(Server), 82, IpProtocol.Udp);
        run.Bind(dropped);
        Assert.Equal(1u, _mappings->Count);
        foreach (uint record in (uint[])[out1.Record, dropped, out2.Record])
        {
            run.Table.Remove(record, ConnectionEnd.Deleted);
            Assert.Equal(1u, _mappings->Count);
        }

        run.Table.Remove(back.Record, ConnectionEnd.Deleted);
        Assert.Equal(0u, _mappings->Count);
        Assert.False(MappingTable.IsMapped(_mappings, (uint)NatRun<Connection4>.Number(Wan), 0x8813));
        Assert.Equal(NatOutcome.Unchanged, run.Open(Server, 10, Wan, 5000).Outcome);
    }

    /// <summary>Each address outside has mappings of its own, and a client has one of a range for everything.</summary>
    [Fact]
    public void Addresses_are_paired()
    {
        using NatRun<Connection4> run = Run(Maps("198.51.100.1-198.51.100.4"));
        HashSet<string> used = [];
        for (int client = 2; client < 40; client++)
        {
            string[] from = [.. Enumerable.Range(0, 5).Select(n => run.Open($"192.168.1.{client}", 5000 + n, $"203.0.113.{n}", 80).From).Distinct()];
            used.Add(Assert.Single(from));
        }

        Assert.Equal(4, used.Count);
    }

    [Fact]
    public void Without_an_address_or_room_it_is_refused()
    {
        using NatRun<Connection4> run = Run(Maps());
        run.OwnAddress = 0;
        Assert.Equal(NatOutcome.NoAddress, run.Open(A, 5000, Server, 80).Outcome);

        MappingTable* small = (MappingTable*)NativeMemory.AlignedAlloc(MappingTable.ByteSize, 64);
        NativeMemory.Clear(small, MappingTable.ByteSize);
        MappingTable.Initialize(small, 0x9e37_79b9_7f4a_7c15, 64);
        Assert.True(MappingTable.TryPrepare(small));
        using NatRun<Connection4> full = Run(Maps());
        full.Mappings = small;
        Assert.All(Enumerable.Range(0, 64), n => Assert.Equal(NatOutcome.Translated, full.Open(A, 5000 + n, Server, 80).Outcome));
        Assert.Equal(NatOutcome.Exhausted, full.Open(A, 6000, Server, 80).Outcome);
        Assert.Equal(NatOutcome.Translated, full.Open(A, 5000, Server, 81).Outcome);
        MappingTable.Dispose(small);
        NativeMemory.AlignedFree(small);
    }

    /// <summary>
    /// Threads that open and end connections of the same clients, with so few ports that they clash: at any time a client has one endpoint and an
    /// endpoint one client, and at the end nothing is left.
    /// </summary>
    [Fact]
    public void Threads_agree_on_every_mapping()
    {
        const int Workers = 3, Rounds = 30_000, Clients = 64, Alive = 100;
        var index = (SteeringIndex*)NativeMemory.AlignedAlloc(SteeringIndex.ByteSize, 64);
        Assert.True(SteeringIndex.TryCreate(index, 100_000));
        NatRun<Connection4>[] runs = [.. Enumerable.Range(0, Workers).Select(_ => Run(Maps(Wan, (20_000, 20_000 + Clients - 1))))];
        long[] endpoints = new long[Clients], holders = new long[Clients];
        int disagreed = 0, opened = 0, refused = 0;
        var threads = runs.Select((run, worker) => new Thread(() =>
        {
            run.Table.Share(index, worker);
            var random = new Random(worker);
            Queue<(uint Record, int Client, int Port)> alive = [];
            for (int n = 0; n < Rounds; n++)
            {
                if (alive.Count == Alive)
                {
                    End(alive.Dequeue());
                }

                int client = random.Next(Clients);
                Bound bound = run.Open($"10.0.0.{client}", 5000, $"203.{worker}.{n >> 8}.{n & 255}", 53);
                if (bound.Outcome != NatOutcome.Translated)
                {
                    Interlocked.Increment(ref refused);
                    continue;
                }

                // As long as one of these is open, the other side of its pair is what it was when the first was opened.
                Interlocked.Add(ref disagreed, Agrees(ref endpoints[client], bound.FromPort) & Agrees(ref holders[bound.FromPort - 20_000], client) ? 0 : 1);
                Interlocked.Increment(ref opened);
                alive.Enqueue((bound.Record, client, bound.FromPort));
            }

            while (alive.TryDequeue(out (uint Record, int Client, int Port) last))
            {
                End(last);
            }

            void End((uint Record, int Client, int Port) one)
            {
                Interlocked.Decrement(ref endpoints[one.Client]);
                Interlocked.Decrement(ref holders[one.Port - 20_000]);
                run.Table.Remove(one.Record, ConnectionEnd.Deleted);
                run.Table.ReleaseRemoved();
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal((0, 0u), (disagreed, _mappings->Count));
        Assert.InRange(opened, Workers * Rounds / 2, Workers * Rounds);
        Assert.Equal(Workers * Rounds, opened + refused);
        Array.ForEach(runs, run => run.Dispose());
        SteeringIndex.Release(index);
        NativeMemory.AlignedFree(index);
    }

    /// <summary>What and how many in one word: while there are any, the next one has to be the same.</summary>
    static bool Agrees(ref long pair, int what)
    {
        while (true)
        {
            long before = Volatile.Read(ref pair);
            bool same = (uint)before == 0 || before >> 32 == what;
            long after = ((long)what << 32) | ((uint)before + 1);
            if (Interlocked.CompareExchange(ref pair, after, before) == before)
            {
                return same;
            }
        }
    }

    NatRun<Connection4> Run(params RuleSpec[] rules) => new(8192, rules) { Mappings = _mappings };
}
