using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Routing;

/// <summary>Resolution over ARP: questions, answers, and the packets that wait in between.</summary>
[Collection(Dpdk.Collection)]
public sealed class ArpTests(Dpdk dpdk)
{
    static readonly byte[] s_packet = RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.9", timeToLive: 9).Udp(1000, 53).Data(30).ToBytes();

    [Theory, Runtimes]
    public void An_unknown_next_hop_is_asked_and_the_packet_follows_its_answer(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        using RouterRig rig = new(runtime);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, s_packet);
        Assert.Equal(Packet.HeldPath, fate.Path);
        SentFrame question = Assert.Single(sent);
        Assert.Equal(1, question.Interface);
        Assert.Equal(
            Convert.ToHexString(ArpFrame.Request(0x0200_0000_0001, "10.1.0.1", "10.1.0.9")), Convert.ToHexString(question.Bytes.Span));
        Assert.Equal(1ul, rig.Session.Counters().Held);

        (_, sent) = rig.Send(1, ArpFrame.Reply(RouterRig.MacOf(1, 9), "10.1.0.9", 0x0200_0000_0001, "10.1.0.1"));
        byte[] expected = new Frame(RouterRig.Bytes(RouterRig.MacOf(1, 9)), RouterRig.Bytes(0x0200_0000_0001))
            .Ipv4("10.0.0.2", "10.1.0.9", timeToLive: 8).Udp(1000, 53).Data(30).ToBytes();
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Assert.Single(sent).Bytes.Span));
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Assert.Single(rig.Send(0, s_packet).Sent).Bytes.Span));
        Assert.Equal(NeighbourState.Reachable, rig.Session.Neighbours().Single(n => n.Address.ToString() == "10.1.0.9").State);
    }

    [Theory, Runtimes]
    public void Nobody_answers_three_questions_and_the_sender_is_told(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime);
        rig.Send(0, s_packet);
        List<SentFrame> sent = [];
        for (int tenth = 1; tenth < 30; tenth++)
        {
            rig.Session.Wait(TimeSpan.FromMilliseconds(tenth * 100));
            sent.AddRange(rig.Session.Sent);
        }

        Assert.Equal(2, sent.Count);
        Assert.All(sent, frame => Assert.Equal(ArpFrame.Request(0x0200_0000_0001, "10.1.0.1", "10.1.0.9"), frame.Bytes.ToArray()));
        rig.Session.Wait(TimeSpan.FromSeconds(3));
        SentFrame error = Assert.Single(rig.Session.Sent);
        Assert.Equal((0, (byte)3, (byte)1), (error.Interface, error.Bytes.Span[34], error.Bytes.Span[35]));
        DataplaneCounters counters = rig.Session.Counters();
        Assert.Equal((0ul, 1ul), (counters.Held, counters.Dropped[DropReason.NeighbourUnresolved]));
        Assert.Equal(NeighbourState.Failed, rig.Session.Neighbours().Single(n => n.Address.ToString() == "10.1.0.9").State);
    }

    [Theory, Runtimes]
    public void Sixteen_packets_wait_for_one_neighbour_and_leave_in_order(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime);
        byte[][] packets = [.. Enumerable.Range(0, 20).Select(n => RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.9").Udp(1000 + n, 53).ToBytes())];
        TraceItem[] fates = rig.Run(0, packets);
        Assert.Equal(16, fates.Count(fate => fate.Path == Packet.HeldPath));
        Assert.Equal(4, fates.Count(fate => fate.Reason == DropReason.NeighbourQueueFull));
        Assert.Single(rig.Session.Sent);
        IReadOnlyList<SentFrame> sent = rig.Send(1, ArpFrame.Reply(RouterRig.MacOf(1, 9), "10.1.0.9", 0x0200_0000_0001, "10.1.0.1")).Sent;
        Assert.Equal(Enumerable.Range(1000, 16), sent.Select(frame => (frame.Bytes.Span[34] << 8) | frame.Bytes.Span[35]));
    }

    [Theory, Runtimes]
    public void An_interface_answers_for_its_addresses_and_learns_who_asked(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime);
        SentFrame answer = Assert.Single(rig.Send(0, ArpFrame.Request(RouterRig.MacOf(0, 9), "10.0.0.9", "10.0.0.1")).Sent);
        Assert.Equal(
            Convert.ToHexString(ArpFrame.Reply(0x0200_0000_0000, "10.0.0.1", RouterRig.MacOf(0, 9), "10.0.0.9")),
            Convert.ToHexString(answer.Bytes.Span));
        NeighbourSnapshot learned = rig.Session.Neighbours().Single(n => n.Address.ToString() == "10.0.0.9");
        Assert.Equal((RouterRig.MacOf(0, 9), NeighbourState.Stale), (learned.Mac, learned.State));

        // Another interface's address, a host's, and one that is not of this link are nobody's here.
        Assert.Empty(rig.Send(0, ArpFrame.Request(RouterRig.MacOf(0, 8), "10.0.0.8", "10.1.0.1")).Sent);
        Assert.Empty(rig.Send(0, ArpFrame.Request(RouterRig.MacOf(0, 8), "10.0.0.8", "10.0.0.2")).Sent);
        Assert.DoesNotContain(rig.Session.Neighbours(), n => n.Address.ToString() == "10.0.0.8");
        Assert.Single(rig.Send(0, ArpFrame.Request(RouterRig.MacOf(0, 8), "192.0.2.8", "10.0.0.1")).Sent);
        Assert.DoesNotContain(rig.Session.Neighbours(), n => n.Address.ToString() == "192.0.2.8");
    }
}
