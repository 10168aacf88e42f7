using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Nat;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests.Steering;

/// <summary>
/// Frames that come to another worker than their connection's, each to one that a test names. What comes out is what one worker would send; the
/// rig sees to it at its end that the books balance and every buffer is back.
/// </summary>
[Collection(Dpdk.Collection)]
public sealed class SteerTests(Dpdk dpdk)
{
    static readonly int[] s_workers = [2, 4];

    [Theory, Runtimes]
    public void Answers_to_a_translated_connection_find_it_wherever_they_come(DataplaneRuntime runtime) => Each(runtime, (net, workers) =>
    {
        using RouterRig rig = new(runtime, workers: workers, rules: net.Masquerade);
        string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan);
        for (int owner = 0; owner < workers; owner++)
        {
            rig.Worker = owner;
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000 + owner, 53).Data(20).ToBytes());
            for (int worker = 0; worker < workers; worker++)
            {
                int before = rig.HandedOver;
                rig.Worker = worker;
                NatNet.Passes(
                    rig,
                    NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Udp(53, 5000 + owner).Data(20),
                    NatNet.Lan, net.Out(NatNet.Lan, net.Server, client).Udp(53, 5000 + owner).Data(20));
                Assert.Equal(worker == owner ? 0 : 1, rig.HandedOver - before);
            }
        }

        List<ConnectionSnapshot> connections = rig.Session.Connections(TimeSpan.Zero);
        Assert.Equal(workers, connections.Count);
        Assert.All(connections, connection => Assert.Equal((ulong)workers, connection.ReplyCounters.Packets));
    });

    /// <summary>The owner's flow cache forwards what another worker has taken from a port.</summary>
    [Theory, Runtimes]
    public void What_is_handed_over_is_fasttracked_both_ways(DataplaneRuntime runtime) => Each(runtime, (net, workers) =>
    {
        RuleSpec fastTrack = new()
        {
            Chain = net.IsIpv6 ? RuleChain.FilterForward6 : RuleChain.FilterForward4,
            Target = RuleTarget.FastTrack,
            Number = 0,
            CounterSlot = 40,
            ConnectionState = RuleMatch.States(RuleStates.Established),
        };
        using RouterRig rig = new(runtime, workers: workers, rules: [net.Masquerade, fastTrack]);
        string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan);
        for (int n = 0; n < 8; n++)
        {
            rig.Worker = 0;
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).Data(20),
                NatNet.Wan, net.Out(NatNet.Wan, wan, net.Server).Udp(5000, 53).Data(20));
            Assert.Equal(n > 1 ? 1 : 0, rig.LastPath);
            rig.Worker = workers - 1;
            NatNet.Passes(
                rig,
                NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Udp(53, 5000).Data(20),
                NatNet.Lan, net.Out(NatNet.Lan, net.Server, client).Udp(53, 5000).Data(20));
            Assert.Equal(n > 0 ? 1 : 0, rig.LastPath);
        }
    });

    [Theory, Runtimes]
    public void Errors_find_their_connection_by_its_name_or_by_a_tour(DataplaneRuntime runtime) => Each(runtime, (net, workers) =>
    {
        foreach (bool translated in (bool[])[false, true])
        {
            using RouterRig rig = new(runtime, workers: workers, rules: translated ? [net.Masquerade] : []);
            string client = net.Host(NatNet.Lan), seen = translated ? net.Router(NatNet.Wan) : client, between = net.Outside(99);
            rig.Worker = 1;
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).Data(20).ToBytes());
            for (int worker = 0; worker < workers; worker++)
            {
                int before = rig.HandedOver;
                rig.Worker = worker;
                NatNet.Passes(
                    rig,
                    NatNet.Wan, net.Unreachable(net.In(NatNet.Wan, between, seen), net.Quote(seen, net.Server).Udp(5000, 53).Data(20).ToPacket()),
                    NatNet.Lan, net.Unreachable(net.Out(NatNet.Lan, between, client), net.Quote(client, net.Server).Udp(5000, 53).Data(20).ToPacket()));
                Assert.Equal(worker == 1 ? 0 : translated ? 1 : (1 + workers - worker) % workers, rig.HandedOver - before);
            }
        }
    });

    /// <summary>Every worker once, and home; counted by a rule once.</summary>
    [Theory, Runtimes]
    public void An_error_that_nobody_knows_is_invalid_where_it_came_in(DataplaneRuntime runtime) => Each(runtime, (net, workers) =>
    {
        using RouterRig rig = new(runtime, workers: workers);
        rig.Worker = workers - 1;
        byte[] error = net.Unreachable(
            net.In(NatNet.Wan, net.Outside(99), net.Host(NatNet.Lan)), net.Quote(net.Host(NatNet.Lan), net.Server).Udp(5000, 53).Data(20).ToPacket()).ToBytes();
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Wan, error);
        Assert.Equal((ConnectionStateOfPacket.Invalid, Verdict.Forward), (fate.State, fate.Verdict));
        Assert.Single(sent);
        Assert.Equal(workers, rig.HandedOver);
    });

    /// <summary>A connection of whole packets at one worker; datagrams in pieces, each piece to another worker than the last.</summary>
    [Theory, Runtimes]
    public void Fragments_join_the_connection_of_whole_packets(DataplaneRuntime runtime) => Each(runtime, (net, workers) =>
    {
        foreach (bool translated in (bool[])[false, true])
        {
            using RouterRig rig = new(runtime, workers: workers, rules: translated ? [net.Masquerade] : []);
            string client = net.Host(NatNet.Lan), seen = translated ? net.Router(NatNet.Wan) : client;
            int first = 0;
            for (int owner = 0; owner < workers; owner++)
            {
                rig.Worker = owner;
                rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000 + owner, 53).Data(20).ToBytes());
                for (int n = 0; n < 3; n++)
                {
                    byte[][] pieces = [.. FragmentCut.Every(1400, net.In(NatNet.Wan, net.Server, seen).Udp(53, 5000 + owner).Data(4000).ToBytes())];
                    byte[][] expected = [.. FragmentCut.Every(1400, net.Out(NatNet.Lan, net.Server, client).Udp(53, 5000 + owner).Data(4000).ToBytes())];
                    IReadOnlyList<SentFrame> sent = [];
                    foreach (byte[] piece in n == 1 ? Enumerable.Reverse(pieces) : pieces)
                    {
                        rig.Worker = first++ % workers;
                        sent = rig.Send(NatNet.Wan, piece).Sent;
                    }

                    Assert.Equal(expected.Select(Convert.ToHexString), sent.Select(frame => Convert.ToHexString(frame.Bytes.Span)));
                }
            }

            List<ConnectionSnapshot> connections = rig.Session.Connections(TimeSpan.Zero);
            Assert.Equal(workers, connections.Count);
            Assert.All(connections, connection => Assert.Equal(3ul, connection.ReplyCounters.Packets));
            Assert.Equal(0, rig.Session.Counters().Balance);
        }
    });

    /// <summary>A datagram opens the connection where its pieces meet; packets in one piece find it there, and so do answers.</summary>
    [Theory, Runtimes]
    public void Whole_packets_join_the_connection_that_fragments_opened(DataplaneRuntime runtime) => Each(runtime, (net, workers) =>
    {
        using RouterRig rig = new(runtime, workers: workers);
        string client = net.Host(NatNet.Lan);
        foreach (byte[] piece in FragmentCut.Every(1400, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).Data(4000).ToBytes()))
        {
            rig.Worker = (rig.Worker + 1) % workers;
            rig.Run(NatNet.Lan, piece);
        }

        int before = rig.HandedOver;
        for (int worker = 0; worker < workers; worker++)
        {
            rig.Worker = worker;
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).Data(20).ToBytes());
            rig.Run(NatNet.Wan, net.In(NatNet.Wan, net.Server, client).Udp(53, 5000).Data(20).ToBytes());
        }

        ConnectionSnapshot connection = NatNet.Only(rig);
        Assert.Equal((ulong)workers + 1, connection.OriginalCounters.Packets);
        Assert.Equal((ulong)workers, connection.ReplyCounters.Packets);
        Assert.Equal(2 * (workers - 1), rig.HandedOver - before);
    });

    /// <summary>The first datagram asks everybody; for the next the connection has a name.</summary>
    [Theory, Runtimes]
    public void A_datagram_tours_once_for_a_connection(DataplaneRuntime runtime) => Each(runtime, (net, workers) =>
    {
        using RouterRig rig = new(runtime, workers: workers);
        string client = net.Host(NatNet.Lan);
        List<int> handed = [];
        for (int owner = 0; owner < workers; owner++)
        {
            rig.Worker = owner;
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000 + owner, 53).Data(20).ToBytes());
        }

        for (int n = 0; n < 3 * workers; n++)
        {
            rig.Worker = 0;
            int before = rig.HandedOver;
            foreach (byte[] piece in FragmentCut.Every(1400, net.In(NatNet.Lan, client, net.Server).Udp(5000 + (n / 3), 53).Data(2000).ToBytes()))
            {
                rig.Run(NatNet.Lan, piece);
            }

            handed.Add(rig.HandedOver - before);
        }

        // Two frames to where they meet, if that is not worker 0, and two for each worker they go to from there.
        Assert.All(Enumerable.Range(0, workers), owner => Assert.Equal(handed[(3 * owner) + 1], handed[(3 * owner) + 2]));
        int meet = handed.Min();
        Assert.All(Enumerable.Range(0, workers), owner => Assert.InRange(handed[(3 * owner) + 1] - meet, 0, 2));
        Assert.Equal(Enumerable.Range(0, workers).Select(n => 2 * n), Enumerable.Range(0, workers).Select(owner => handed[3 * owner] - meet).Order());
        Assert.Equal(workers, rig.Session.Connections(TimeSpan.Zero).Count);
    });

    /// <summary>What the ring has no room for is dropped for that and counted; the rest arrives when the other worker runs again.</summary>
    [Theory, Runtimes]
    public void A_full_ring_drops_and_loses_nothing_else(DataplaneRuntime runtime) => Each(runtime, (net, workers) =>
    {
        const int Places = 511, More = 40;
        using RouterRig rig = new(runtime, workers: workers, rules: net.Masquerade);
        string wan = net.Router(NatNet.Wan);
        rig.Worker = 1;
        rig.Run(NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Udp(5000, 53).Data(20).ToBytes());
        rig.Session.OnlyWorker = 0;
        rig.Worker = 0;
        byte[] answer = net.In(NatNet.Wan, net.Server, wan).Udp(53, 5000).Data(20).ToBytes();
        for (int n = 0; n < Places + More; n++)
        {
            TraceItem fate = rig.Run(NatNet.Wan, answer)[0];
            Assert.Equal(n < Places ? DropReason.None : DropReason.HandoverFull, fate.Reason);
        }

        DataplaneCounters counters = rig.Session.Counters();
        Assert.Equal((0, (ulong)Places, (ulong)More), (counters.Balance, counters.Held, counters.Dropped[DropReason.HandoverFull]));

        // A worker that is ended like this has its buffers given back, so the session may end here as well as go on.
        rig.Session.OnlyWorker = null;
        rig.Session.WorkerOf = _ => 0;
        rig.Session.Run();
        counters = rig.Session.Counters();
        Assert.Equal((0, 0ul, (ulong)Places), (counters.Balance, counters.Held, (ulong)NatNet.Only(rig).ReplyCounters.Packets));
    });

    /// <summary>Buffers that are between two workers at the end are given back.</summary>
    [Theory, Runtimes]
    public void Rings_are_emptied_at_the_end(DataplaneRuntime runtime)
    {
        NatNet net = NatNet.Both[0];
        RouterRig rig = new(runtime, workers: 2);
        rig.Session.OnlyWorker = 0;
        byte[][] pieces = [.. FragmentCut.Every(1400, net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Udp(5000, 53).Data(4000).ToBytes())];
        for (int n = 0; n < 40; n++)
        {
            rig.Run(NatNet.Lan, FragmentCut.Every(1400, net.In(NatNet.Lan, net.Host(NatNet.Lan, 2 + n), net.Server).Udp(5000, 53).Data(4000).ToBytes()).ToArray());
        }

        DataplaneCounters counters = rig.Session.Counters();
        Assert.Equal((0, 40ul * (ulong)pieces.Length), (counters.Balance, counters.Held));
        rig.Dispose();
    }

    void Each(DataplaneRuntime runtime, Action<NatNet, int> test)
    {
        Assert.NotNull(dpdk);
        Assert.True(Enum.IsDefined(runtime));
        foreach (NatNet net in NatNet.Both)
        {
            foreach (int workers in s_workers)
            {
                test(net, workers);
            }
        }
    }
}
