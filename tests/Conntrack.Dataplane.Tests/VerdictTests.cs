using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;
using static Conntrack.Dataplane.Tests.Replays.Endpoints;

namespace Conntrack.Dataplane.Tests;

/// <summary>Where a packet ends: every reason to drop one, and what passes although it looks odd.</summary>
[Collection(Dpdk.Collection)]
public sealed class VerdictTests(Dpdk dpdk)
{
    static readonly Endpoints s_ends = V4(1, 1);
    static readonly Endpoints s_ends6 = V6(1, 1);

    public static TheoryData<DataplaneRuntime, string, DropReason> Malformed()
    {
        TheoryData<DataplaneRuntime, string, DropReason> rows = [];
        foreach (DataplaneRuntime runtime in Enum.GetValues<DataplaneRuntime>())
        {
            foreach ((string name, (_, DropReason reason)) in s_malformed)
            {
                rows.Add(runtime, name, reason);
            }
        }

        return rows;
    }

    static readonly Dictionary<string, (byte[] Frame, DropReason Reason)> s_malformed = new()
    {
        ["no byte"] = ([], DropReason.BadEthernetHeader),
        ["half an Ethernet header"] = (s_ends.Udp().ToBytes()[..13], DropReason.BadEthernetHeader),
        ["a tag and no more"] = (s_ends.Ip(new Frame().Vlan(7)).Udp(1, 2).ToBytes()[..16], DropReason.BadEthernetHeader),
        ["a second tag cut off"] = (s_ends.Ip(new Frame().Vlan(7, 0x88a8).Vlan(8)).Udp(1, 2).ToBytes()[..20], DropReason.BadEthernetHeader),
        ["IPv4 header cut off"] = (s_ends.Udp().ToBytes()[..33], DropReason.BadIpHeader),
        ["IPv4 of version 5"] = (new Frame().Ipv4(s_ends.Src, s_ends.Dst, version: 5).Udp(1, 2).ToBytes(), DropReason.BadIpHeader),
        ["IPv4 header of 16 bytes"] = (new Frame().Ipv4(s_ends.Src, s_ends.Dst, headerWords: 4).Udp(1, 2).ToBytes(), DropReason.BadIpHeader),
        ["IPv4 shorter than its header"] = (new Frame().Ipv4(s_ends.Src, s_ends.Dst, totalLength: 19).Udp(1, 2).ToBytes(), DropReason.BadIpHeader),
        ["IPv4 longer than the frame"] = (new Frame().Ipv4(s_ends.Src, s_ends.Dst, totalLength: 29).Udp(1, 2).ToBytes(), DropReason.BadIpHeader),
        ["IPv4 checksum"] = (new Frame().Ipv4(s_ends.Src, s_ends.Dst, checksum: 1).Udp(1, 2).ToBytes(), DropReason.BadIpChecksum),
        ["IPv4 checksum, with options"] =
            (new Frame().Ipv4(s_ends.Src, s_ends.Dst, options: [7, 3, 4, 0], checksum: 1).Udp(1, 2).ToBytes(), DropReason.BadIpChecksum),
        ["IPv6 header cut off"] = (s_ends6.Udp().ToBytes()[..53], DropReason.BadIpHeader),
        ["IPv6 of version 4"] = (new Frame().Ipv6(s_ends6.Src, s_ends6.Dst, version: 4).Udp(1, 2).ToBytes(), DropReason.BadIpHeader),
        ["IPv6 longer than the frame"] = (new Frame().Ipv6(s_ends6.Src, s_ends6.Dst, payloadLength: 9).Udp(1, 2).ToBytes(), DropReason.BadIpHeader),
    };

    [Theory, MemberData(nameof(Malformed))]
    public void A_malformed_frame_is_dropped_for_its_reason(DataplaneRuntime runtime, string name, DropReason reason)
    {
        // A good frame before and after it, in the same burst.
        ReplayResult result = Run(runtime, new Traffic().In(0, s_ends.Udp()).In(0, s_malformed[name].Frame).In(0, s_ends.Udp()));
        Assert.Equal([Verdict.Forward, Verdict.Drop, Verdict.Forward], result.Trace.Select(item => item.Verdict));
        TraceItem dropped = result.Trace[1];
        Assert.Equal((reason, Packet.NoInterface, ConnectionStateOfPacket.None), (dropped.Reason, dropped.OutInterface, dropped.State));
        Assert.Equal(new Dictionary<DropReason, ulong> { [reason] = 1 }, result.Counters.Dropped);
        Assert.Equal(2ul, Assert.Single(result.Connections).OriginalPackets);
    }

    [Theory, Runtimes]
    public void A_frame_cut_by_the_capture_is_dropped(DataplaneRuntime runtime)
    {
        byte[] frame = s_ends.Udp(500).ToBytes();
        Traffic traffic = new Traffic().In(0, frame[..96], frame.Length).In(1, new Frame().Arp("192.0.2.1", "192.0.2.2").ToBytes(), 60);
        ReplayResult result = Run(runtime, traffic);
        Assert.All(result.Trace, item => Assert.Equal((Verdict.Drop, DropReason.TruncatedCapture), (item.Verdict, item.Reason)));
        Assert.Empty(result.Connections);
        Assert.Equal(0ul, result.Tables.Created);
    }

    [Theory, Runtimes]
    public void A_router_without_routes_forwards_no_packet(DataplaneRuntime runtime)
    {
        Traffic traffic = new Traffic(3).In(0, s_ends.Udp()).In(1, s_ends6.Tcp(Syn)).In(2, new Frame().Arp("192.0.2.1", "192.0.2.2"));
        ReplayResult result = Run(runtime, traffic);
        Assert.Equal(
            [(Verdict.Drop, DropReason.NoRoute), (Verdict.Drop, DropReason.NoRoute), (Verdict.Consume, DropReason.None)],
            result.Trace.Select(item => (item.Verdict, item.Reason)));
        Assert.Equal(1ul, result.Counters.Consumed);

        // What was dropped on its way has never existed.
        Assert.Empty(result.Connections);
        Assert.All(result.Outputs, Assert.Empty);
    }

    [Theory, Runtimes]
    public void Nothing_passes_a_disabled_interface(DataplaneRuntime runtime)
    {
        Traffic traffic = new Traffic().In(0, s_ends.Udp()).In(1, s_ends6.Tcp(Syn)).In(0, new Frame().Arp("192.0.2.1", "192.0.2.2"));
        ReplayResult result = Run(runtime, traffic, [PortRole.Disabled, PortRole.Disabled]);
        Assert.All(result.Trace, item => Assert.Equal((Verdict.Drop, DropReason.InterfaceDisabled), (item.Verdict, item.Reason)));
        Assert.Equal(3ul, result.Counters.Dropped[DropReason.InterfaceDisabled]);
        Assert.Empty(result.Connections);
    }

    [Theory, Runtimes]
    public void One_interface_is_observed(DataplaneRuntime runtime)
    {
        Traffic traffic = new Traffic(1).Sequence((0, s_ends.Tcp(Syn)), (0, s_ends.Turned.Tcp(Syn | Ack)), (0, s_ends.Tcp(Ack)));
        traffic.In(0, new Frame().Arp("192.0.2.1", "192.0.2.2"));
        ReplayResult result = Run(runtime, traffic);
        Assert.All(result.Trace, item => Assert.Equal((Verdict.Forward, Packet.NoInterface), (item.Verdict, item.OutInterface)));
        ConnectionLine line = Assert.Single(result.Connections);
        Assert.Equal(ConnectionFlags.Confirmed | ConnectionFlags.SeenReply | ConnectionFlags.Assured, line.Flags);
        Assert.Equal((4ul, 0ul), (result.Counters.Consumed, result.Counters.Sent));
        Assert.Empty(result.Outputs[0]);
    }

    /// <summary>Tags belong to the link: a conversation is the same with one, with two, and with none on the way back.</summary>
    [Theory, Runtimes]
    public void Tagged_frames_are_tracked_and_pass_with_their_tags(DataplaneRuntime runtime)
    {
        Traffic traffic = new();
        foreach (Endpoints ends in new[] { s_ends, s_ends6 })
        {
            traffic.Sequence(
                (0, ends.Ip(new Frame().Vlan(7)).Tcp(ends.SrcPort, ends.DstPort, Syn)),
                (1, ends.Turned.Ip(new Frame().Vlan(100, 0x88a8).Vlan(7, priority: 5)).Tcp(ends.DstPort, ends.SrcPort, Syn | Ack)),
                (0, ends.Ip(new Frame().Vlan(100, 0x9100).Vlan(7)).Tcp(ends.SrcPort, ends.DstPort, Ack)),
                (1, ends.Turned.Tcp(Ack, 5)));
        }

        ReplayResult result = Run(runtime, traffic);
        Assert.Equal([TcpState.Established, TcpState.Established], result.Connections.Select(line => line.TcpState));
        Assert.Equal(traffic.Of(0), result.Outputs[1]);
        Assert.Equal(traffic.Of(1), result.Outputs[0]);
    }

    [Theory, Runtimes]
    public void A_wire_passes_what_is_not_IP(DataplaneRuntime runtime)
    {
        Traffic traffic = new();
        traffic.In(0, new Frame().Arp("192.0.2.1", "192.0.2.2").Padding(18)).In(1, new Frame().Type(0x88cc).Data(2, 7, 4));
        traffic.In(0, new Frame().Type(38).Data(0x42, 0x42, 3)).In(0, new Frame().Vlan(1).Vlan(2).Vlan(3).Type(0x0800).Data(20));
        ReplayResult result = Run(runtime, traffic);
        Assert.All(result.Trace, item => Assert.Equal((Verdict.Forward, ConnectionStateOfPacket.None), (item.Verdict, item.State)));
        Assert.Equal(traffic.Of(0), result.Outputs[1]);
        Assert.Equal(traffic.Of(1), result.Outputs[0]);
        Assert.Equal(0ul, result.Tables.Created);
    }

    /// <summary>Invalid is a state, not a reason: without rules what is wrong above IP passes, unchanged, and tracks nothing.</summary>
    [Theory, Runtimes]
    public void What_is_wrong_above_IP_is_invalid_and_passes(DataplaneRuntime runtime)
    {
        Traffic traffic = new Traffic().In(
            0,
            s_ends.Ip(new Frame()).Udp(1, 2, checksum: 0x1234).Data(8),
            s_ends6.Ip(new Frame()).Tcp(1, 2, Syn, checksum: 0x1234),
            s_ends.Ip(new Frame()).Tcp(1, 2, Syn | Fin),
            s_ends6.Ip(new Frame()).Udp(1, 2, length: 7),
            s_ends.Ip(new Frame()).Icmp(8, 0, 1, 1, checksum: 0x1234));
        ReplayResult result = Run(runtime, traffic);
        Assert.All(result.Trace, item => Assert.Equal((Verdict.Forward, ConnectionStateOfPacket.Invalid), (item.Verdict, item.State)));
        Assert.Equal(traffic.Of(0), result.Outputs[1]);
        Assert.Empty(result.Connections);
    }

    ReplayResult Run(DataplaneRuntime runtime, Traffic traffic, IReadOnlyList<PortRole>? roles = null) =>
        Invariance.Assert(traffic.ToReplay(dpdk) with { Runtime = runtime, Roles = roles }, "");
}
