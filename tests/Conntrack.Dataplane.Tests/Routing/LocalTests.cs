using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests.Routing;

/// <summary>The router itself: what comes to it and what it says.</summary>
[Collection(Dpdk.Collection)]
public sealed class LocalTests(Dpdk dpdk)
{
    [Theory, Runtimes]
    public void An_echo_request_is_answered(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        using RouterRig rig = new(runtime);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) =
            rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.1", options: [1, 1, 1, 0]).Icmp(8, 0, 7, 3).Data(56).ToBytes());
        Assert.Equal((Verdict.Local, ConnectionStateOfPacket.New, Packet.NoInterface), (fate.Verdict, fate.State, fate.OutInterface));
        byte[] expected = new Frame(RouterRig.Bytes(RouterRig.MacOf(0, 2)), RouterRig.Bytes(0x0200_0000_0000))
            .Ipv4("10.1.0.1", "10.0.0.2", id: 0).Icmp(0, 0, 7, 3).Data(56).ToBytes();
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Assert.Single(sent).Bytes.Span));
        Assert.Equal(ConnectionStateOfPacket.Established, rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.1").Icmp(8, 0, 7, 4).ToBytes()).Fate.State);
    }

    [Theory]
    [InlineData("2001:db8::2", "2001:db8:2::1")]
    [InlineData("fe80::0:2", "fe80::0:1")]
    [InlineData("2001:db8::2", "2001:db8::")]
    public void The_same_over_IPv6(string source, string destination)
    {
        using RouterRig rig = new(DataplaneRuntime.Jit);
        (_, IReadOnlyList<SentFrame> sent) = rig.Send(0, RouterRig.From(0).Ipv6(source, destination).Icmpv6(128, 0, 7, 3).Data(56).ToBytes());
        byte[] expected = new Frame(RouterRig.Bytes(RouterRig.MacOf(0, 2)), RouterRig.Bytes(0x0200_0000_0000))
            .Ipv6(destination, source).Icmpv6(129, 0, 7, 3).Data(56).ToBytes();
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Assert.Single(sent).Bytes.Span));
    }

    /// <summary>
    /// The answer to the first is the connection's second packet, also when the next request came in the same burst: states do not depend on
    /// where a burst was cut.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    public void A_request_behind_a_request_finds_it_answered(int burst)
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, burst: burst);
        byte[][] requests = [.. Enumerable.Range(0, 4).Select(n => RouterRig.From(0).Ipv4("10.0.0.2", "10.0.0.1").Icmp(8, 0, 7, n).ToBytes())];
        ConnectionStateOfPacket[] states = burst == 1
            ? [.. requests.Select(request => rig.Run(0, request)[0].State)]
            : [.. rig.Run(0, requests).Select(fate => fate.State)];
        Assert.Equal(
            [ConnectionStateOfPacket.New, ConnectionStateOfPacket.Established, ConnectionStateOfPacket.Established, ConnectionStateOfPacket.Established],
            states);
        ConnectionSnapshot connection = Assert.Single(rig.Session.Connections(TimeSpan.Zero));
        Assert.Equal((4ul, 4ul), (connection.OriginalCounters.Packets, connection.ReplyCounters.Packets));
    }

    /// <summary>One too large for its link, as it comes and as it goes.</summary>
    [Theory, Runtimes]
    public void A_large_echo_comes_and_goes_in_fragments(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime);
        byte[] request = RouterRig.From(0).Ipv4("10.0.0.2", "10.0.0.1").Icmp(8, 0, 7, 1).Data(4000).ToBytes();
        byte[][] fragments = FragmentCut.Every(1480, request);
        rig.Run(0, fragments);
        Assert.Equal(3, rig.Session.Sent.Count);
        Assert.All(rig.Session.Sent, frame => Assert.InRange(frame.Bytes.Length, 14 + 20 + 1, 14 + 1500));
        Assert.All(rig.Session.Sent, frame => Assert.Equal(0, PlainChecksum.Internet(frame.Bytes.Span[14..34].ToArray())));
        byte[] payload = [.. rig.Session.Sent.OrderBy(frame => ((frame.Bytes.Span[20] & 0x1f) << 8) | frame.Bytes.Span[21]).SelectMany(frame => frame.Bytes[34..].ToArray())];
        Assert.Equal(0, PlainChecksum.Internet(payload));
        Assert.Equal((0, request[42..].Length), (payload[0], payload[8..].Length));
        Assert.Equal(request[42..], payload[8..]);
    }

    [Theory]
    [InlineData("10.0.0.255")]
    [InlineData("224.0.0.5")]
    [InlineData("255.255.255.255")]
    public void A_request_to_everybody_is_not_answered(string destination)
    {
        using RouterRig rig = new(DataplaneRuntime.Jit);
        byte[] request = new Frame([255, 255, 255, 255, 255, 255], RouterRig.Bytes(RouterRig.MacOf(0, 2))).Ipv4("10.0.0.2", destination).Icmp(8, 0, 1, 1).ToBytes();
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, request);
        Assert.Equal(Verdict.Local, fate.Verdict);
        Assert.Empty(sent);
    }

    [Fact]
    public void Bad_checksums_are_not_answered()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.0.0.1").Icmp(8, 0, 1, 1, checksum: 7).ToBytes());
        Assert.Equal(ConnectionStateOfPacket.Invalid, fate.State);
        Assert.Empty(sent);
    }

    [Theory, Runtimes]
    public void Input_forward_and_output_are_chains_of_their_own(DataplaneRuntime runtime)
    {
        RuleSpec[] rules =
        [
            new() { Chain = RuleChain.FilterInput4, Target = RuleTarget.Drop, Number = 0, CounterSlot = 0, Protocol = RuleMatch.Protocol(IpProtocol.Udp) },
            new() { Chain = RuleChain.FilterForward4, Target = RuleTarget.Drop, Number = 0, CounterSlot = 1, Protocol = RuleMatch.Protocol(IpProtocol.Tcp) },
            new() { Chain = RuleChain.FilterOutput4, Target = RuleTarget.Drop, Number = 0, CounterSlot = 2, Protocol = RuleMatch.Protocol(IpProtocol.Icmp) },
        ];
        using RouterRig rig = new(runtime, rules: rules);
        Assert.Equal(DropReason.Filter, rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.0.0.1").Udp(1, 2).ToBytes()).Fate.Reason);
        Assert.Equal(Verdict.Local, rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.0.0.1").Tcp(1, 2, flags: 2).ToBytes()).Fate.Verdict);
        Assert.Equal(DropReason.Filter, rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.2").Tcp(1, 2, flags: 2).ToBytes()).Fate.Reason);
        Assert.Equal(Verdict.Forward, rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.2").Udp(1, 2).ToBytes()).Fate.Verdict);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.0.0.1").Icmp(8, 0, 1, 1).ToBytes());
        Assert.Equal(Verdict.Local, fate.Verdict);
        Assert.Empty(sent);
        Assert.Equal(3ul, rig.Session.Counters().Dropped[DropReason.Filter]);
    }

    /// <summary>An error that the router sends is related to the connection it is about.</summary>
    [Fact]
    public void The_routers_errors_are_related()
    {
        RuleSpec[] rules =
        [
            new() { Chain = RuleChain.FilterOutput4, Target = RuleTarget.Passthrough, Number = 0, CounterSlot = 0, ConnectionState = RuleMatch.States(RuleStates.Related) },
        ];
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: rules);
        rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.3").Udp(5, 6).ToBytes());
        Assert.Single(rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.3", timeToLive: 1).Udp(5, 6).ToBytes()).Sent);
        Assert.Equal(1ul, rig.Session.Dataplane.CountersOfRule(0).Packets);
    }
}
