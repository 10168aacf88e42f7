using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using Conntrack.Tracking;
using static Conntrack.Dataplane.Tests.Replays.Endpoints;

namespace Conntrack.Dataplane.Tests;

/// <summary>
/// Two packets of one connection in one burst, case by case: each comes out as the words of the rules say, whether the burst holds one frame
/// or all of them.
/// </summary>
[Collection(Dpdk.Collection)]
public sealed class BurstTests(Dpdk dpdk)
{
    const ConnectionStateOfPacket New = ConnectionStateOfPacket.New;
    const ConnectionStateOfPacket Established = ConnectionStateOfPacket.Established;
    const ConnectionStateOfPacket Invalid = ConnectionStateOfPacket.Invalid;

    [Theory, Runtimes]
    public void A_syn_and_its_answer(DataplaneRuntime runtime)
    {
        foreach ((Endpoints a, Endpoints b) in Pairs())
        {
            ReplayResult result = Everyhow(runtime, new Traffic().Sequence((0, a.Tcp(Syn)), (1, b.Tcp(Syn | Ack))));
            Assert.Equal([New, Established], result.States);
            ConnectionLine line = Assert.Single(result.Connections);
            Assert.Equal((TcpState.SynReceived, ConnectionFlags.Confirmed | ConnectionFlags.SeenReply), (line.TcpState, line.Flags));
            Assert.Equal((1ul, 1ul), (line.OriginalPackets, line.ReplyPackets));
        }
    }

    [Theory, Runtimes]
    public void A_whole_connection(DataplaneRuntime runtime)
    {
        foreach ((Endpoints a, Endpoints b) in Pairs())
        {
            ReplayResult result = Everyhow(runtime, new Traffic().Sequence(
                (0, a.Tcp(Syn)), (1, b.Tcp(Syn | Ack)), (0, a.Tcp(Ack)), (0, a.Tcp(Ack, 100)), (1, b.Tcp(Ack, 200)),
                (0, a.Tcp(Fin | Ack)), (1, b.Tcp(Ack)), (1, b.Tcp(Fin | Ack)), (0, a.Tcp(Ack))));
            Assert.Equal([New, .. Enumerable.Repeat(Established, 8)], result.States);
            ConnectionLine line = Assert.Single(result.Connections);
            Assert.Equal(TcpState.TimeWait, line.TcpState);
            Assert.Equal(ConnectionFlags.Confirmed | ConnectionFlags.SeenReply | ConnectionFlags.Assured, line.Flags);
            int header = (a.IsIpv6 ? 40 : 20) + 20;
            Assert.Equal((5ul, (ulong)(5 * header) + 100), (line.OriginalPackets, line.OriginalBytes));
            Assert.Equal((4ul, (ulong)(4 * header) + 200), (line.ReplyPackets, line.ReplyBytes));
        }
    }

    /// <summary>A question sent twice before anybody answers is one connection, and both are new.</summary>
    [Theory, Runtimes]
    public void Two_first_packets(DataplaneRuntime runtime)
    {
        foreach ((Endpoints a, Endpoints b) in Pairs())
        {
            ReplayResult result = Everyhow(
                runtime, new Traffic().In(0, a.Udp(), a.Udp()).Wait(TimeSpan.FromSeconds(1)).In(1, b.Udp()).In(0, a.Tcp(Syn), a.Tcp(Syn)));
            Assert.Equal([New, New, New, New, Established], result.States);
            Assert.Equal(2, result.Connections.Count);
            Assert.Equal((2ul, 1ul), (result.Connections[0].OriginalPackets, result.Connections[0].ReplyPackets));
            Assert.Equal((1ul, TcpState.SynSent), (result.Connections[1].OriginalPackets, result.Connections[1].TcpState));
        }
    }

    /// <summary>Both ends begin at once: the first frame to pass names the original direction.</summary>
    [Theory, Runtimes]
    public void A_simultaneous_open(DataplaneRuntime runtime)
    {
        foreach ((Endpoints a, Endpoints b) in Pairs())
        {
            ReplayResult result = Everyhow(runtime, new Traffic().Sequence(
                (1, b.Tcp(Syn)), (0, a.Tcp(Syn)), (1, b.Tcp(Syn | Ack)), (0, a.Tcp(Syn | Ack)), (1, b.Tcp(Ack)), (0, a.Tcp(Ack))));
            Assert.Equal([New, .. Enumerable.Repeat(Established, 5)], result.States);
            Assert.Equal(b.Src, Assert.Single(result.Connections).Src);
            Assert.Equal(TcpState.Established, result.Connections[0].TcpState);
        }
    }

    /// <summary>What is refused leaves nothing behind, so the next attempt is a connection of its own.</summary>
    [Theory, Runtimes]
    public void A_reset_answering_a_syn_and_the_next_syn(DataplaneRuntime runtime)
    {
        foreach ((Endpoints a, Endpoints b) in Pairs())
        {
            ReplayResult result = Everyhow(runtime, new Traffic().Sequence(
                (0, a.Tcp(Syn)), (1, b.Tcp(Rst | Ack)), (0, a.Tcp(Syn)), (1, b.Tcp(Rst | Ack)), (0, a.Tcp(Syn)), (1, b.Tcp(Syn | Ack))));
            Assert.Equal([New, Established, New, Established, New, Established], result.States);
            ConnectionLine line = Assert.Single(result.Connections);
            Assert.Equal((4u, 1ul, 1ul), (line.Creation, line.OriginalPackets, line.ReplyPackets));
            Assert.Equal((3ul, 2ul), (result.Tables.Created, result.Tables.Removed));
        }
    }

    [Theory, Runtimes]
    public void A_syn_in_time_wait_reopens(DataplaneRuntime runtime)
    {
        foreach ((Endpoints a, Endpoints b) in Pairs())
        {
            ReplayResult result = Everyhow(runtime, new Traffic().Sequence(
                (0, a.Tcp(Syn)), (1, b.Tcp(Syn | Ack)), (0, a.Tcp(Ack)), (0, a.Tcp(Fin | Ack)), (1, b.Tcp(Fin | Ack)), (0, a.Tcp(Ack)),
                (0, a.Tcp(Syn)), (1, b.Tcp(Syn | Ack)), (0, a.Tcp(Ack))));
            Assert.Equal(
                [New, Established, Established, Established, Established, Established, New, Established, Established], result.States);
            ConnectionLine line = Assert.Single(result.Connections);
            Assert.Equal((6u, TcpState.Established, 2ul), (line.Creation, line.TcpState, line.OriginalPackets));
        }
    }

    /// <summary>The other end reuses the ports: original and reply change places.</summary>
    [Theory, Runtimes]
    public void A_syn_in_time_wait_reopens_from_the_other_side(DataplaneRuntime runtime)
    {
        foreach ((Endpoints a, Endpoints b) in Pairs())
        {
            ReplayResult result = Everyhow(runtime, new Traffic().Sequence(
                (0, a.Tcp(Syn)), (1, b.Tcp(Syn | Ack)), (0, a.Tcp(Ack)), (0, a.Tcp(Fin | Ack)), (1, b.Tcp(Fin | Ack)), (0, a.Tcp(Ack)),
                (1, b.Tcp(Syn)), (0, a.Tcp(Syn | Ack)), (1, b.Tcp(Ack))));
            Assert.Equal(New, result.States.ElementAt(6));
            ConnectionLine line = Assert.Single(result.Connections);
            Assert.Equal((b.Src, a.Src, TcpState.Established), (line.Src, line.Dst, line.TcpState));
        }
    }

    /// <summary>A microsecond before its end a connection goes on; at its end the next packet begins another.</summary>
    [Theory, Runtimes]
    public void The_end_of_a_timeout_between_two_frames_of_a_burst(DataplaneRuntime runtime)
    {
        foreach ((Endpoints a, _) in Pairs())
        {
            TimeSpan timeout = TimeSpan.FromSeconds(30);
            Traffic justBefore = new Traffic().In(0, a.Udp()).Wait(timeout - TimeSpan.FromMicroseconds(1)).In(0, a.Udp());
            Assert.Equal(2ul, Assert.Single(Everyhow(runtime, justBefore).Connections).OriginalPackets);

            ReplayResult atEnd = Everyhow(runtime, new Traffic().In(0, a.Udp()).Wait(timeout).In(0, a.Udp()));
            ConnectionLine line = Assert.Single(atEnd.Connections);
            Assert.Equal((1u, 1ul, timeout), (line.Creation, line.OriginalPackets, line.Timeout));
            Assert.Equal(1ul, atEnd.Tables.Expired);
        }
    }

    /// <summary>Several ends fall due in a burst, in its middle and before its first frame; what follows is new.</summary>
    [Theory, Runtimes]
    public void Many_that_die_in_one_burst(DataplaneRuntime runtime)
    {
        Traffic traffic = new();
        for (int host = 1; host <= 12; host++)
        {
            traffic.In(0, V4(host, 1).Udp(), V6(host, 1).EchoRequest());
        }

        traffic.Wait(TimeSpan.FromSeconds(10));
        for (int host = 1; host <= 12; host++)
        {
            traffic.In(0, V6(host, 1).EchoRequest()).Wait(TimeSpan.FromSeconds(2)).In(0, V4(host, 1).Udp());
        }

        ReplayResult result = Everyhow(runtime, traffic);
        Assert.All(result.States, state => Assert.Equal(New, state));

        // Every second ping is another connection. UDP lasts 30 seconds, so hosts 1 to 9 were in time and three were not; of the
        // pings, that of host 8 ends at the very last frame.
        Assert.Equal(24ul + 12 + 3, result.Tables.Created);
        Assert.Equal(12 + 4, result.Connections.Count);
    }

    /// <summary>Two hosts may ping each other with one identifier: the key tells who asks.</summary>
    [Theory, Runtimes]
    public void Pings_of_both_sides_with_one_identifier(DataplaneRuntime runtime)
    {
        foreach ((Endpoints a, Endpoints _) in Pairs())
        {
            Endpoints b = new(a.Dst, a.Src, a.SrcPort, a.DstPort);
            ReplayResult result = Everyhow(runtime, new Traffic().Sequence(
                (0, a.EchoRequest()), (1, b.EchoRequest()), (1, a.Turned.EchoReply()), (0, b.Turned.EchoReply()), (1, a.Turned.EchoReply())));
            Assert.Equal([New, New, Established, Established, Established], result.States);
            Assert.Equal([(1ul, 2ul), (1ul, 1ul)], result.Connections.Select(line => (line.OriginalPackets, line.ReplyPackets)));
        }
    }

    /// <summary>What cannot begin a connection is invalid, also right before and after what can.</summary>
    [Theory, Runtimes]
    public void What_opens_nothing_beside_what_does(DataplaneRuntime runtime)
    {
        foreach ((Endpoints a, Endpoints b) in Pairs())
        {
            ReplayResult result = Everyhow(runtime, new Traffic().Sequence(
                (1, b.Tcp(Rst)), (0, a.Tcp(Fin | Ack)), (0, a.Tcp(Syn)), (0, a.Tcp(Fin | Ack)), (0, a.Tcp(Ack)), (1, a.Turned.EchoReply())));
            Assert.Equal([Invalid, Invalid, New, Invalid, Invalid, Invalid], result.States);
            Assert.Equal(1ul, Assert.Single(result.Connections).OriginalPackets);
        }
    }

    static (Endpoints A, Endpoints B)[] Pairs() => [(V4(1, 2), V4(1, 2).Turned), (V6(1, 2), V6(1, 2).Turned)];

    /// <summary>Runs with every burst and number of workers; the results are one.</summary>
    ReplayResult Everyhow(DataplaneRuntime runtime, Traffic traffic) => Invariance.Assert(traffic.ToReplay(dpdk) with { Runtime = runtime }, "");
}
