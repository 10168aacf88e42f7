using System.Net;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Routing;

/// <summary>Interfaces 0 and 1 are ports of bridge 5, which has 10.5.0.1/24; interface 2 is the router's other link.</summary>
[Collection(Dpdk.Collection)]
public sealed class BridgeTests(Dpdk dpdk)
{
    const int Bridge = 5;
    const ulong BridgeMac = 0x0200_0000_0005, Anna = 0x0203_0000_0001, Bert = 0x0203_0000_0002;

    [Theory, Runtimes]
    public void Frames_go_where_their_station_was_heard_and_everywhere_before(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        using RouterRig rig = new(runtime, WithBridge);
        byte[] hello = Frame(Anna, Bert).Ipv4("10.5.0.2", "10.5.0.3", timeToLive: 1).Udp(1, 2).ToBytes();
        SentFrame flooded = Assert.Single(rig.Send(0, hello).Sent);
        Assert.Equal((1, Convert.ToHexString(hello)), (flooded.Interface, Convert.ToHexString(flooded.Bytes.Span)));
        SentFrame answer = Assert.Single(rig.Send(1, Frame(Bert, Anna).Ipv4("10.5.0.3", "10.5.0.2").Udp(2, 1).ToBytes()).Sent);
        Assert.Equal(0, answer.Interface);

        // Both behind one port: the other station has it already.
        rig.Send(0, Frame(Bert, Anna).Ipv4("10.5.0.3", "10.5.0.2").Udp(2, 1).ToBytes());
        Assert.Equal(DropReason.BridgeSamePort, rig.Send(0, hello).Fate.Reason);

        // Nobody hears of it in the connection list: the firewall is not asked.
        Assert.Empty(rig.Session.Connections(TimeSpan.Zero));
    }

    [Fact]
    public void A_station_is_forgotten_in_time()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, spec => WithBridge(spec) with
        {
            Interfaces = [.. WithBridge(spec).Interfaces.Select(port => port.Number == 2 ? port with { Bridge = Bridge } : port)],
        });
        rig.Send(1, Frame(Bert, Anna).Ipv4("10.5.0.3", "10.5.0.2").Udp(2, 1).ToBytes());
        byte[] packet = Frame(Anna, Bert).Ipv4("10.5.0.2", "10.5.0.3").Udp(1, 2).ToBytes();
        Assert.Equal([1], rig.Send(0, packet).Sent.Select(frame => frame.Interface));
        rig.Wait(TimeSpan.FromSeconds(301));
        Assert.Equal([1, 2], rig.Send(0, packet).Sent.Select(frame => frame.Interface).Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    public void What_is_for_all_goes_to_all_and_to_the_router(int burst)
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, WithBridge, burst);
        byte[] packet = new Frame([255, 255, 255, 255, 255, 255], RouterRig.Bytes(Anna)).Ipv4("10.5.0.2", "10.5.0.255").Udp(137, 137).ToBytes();
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, packet);
        Assert.Equal(Verdict.Local, fate.Verdict);
        Assert.Equal((1, Convert.ToHexString(packet)), (Assert.Single(sent).Interface, Convert.ToHexString(sent[0].Bytes.Span)));

        // What only bridges tell each other stays here.
        byte[] tree = new Frame([1, 0x80, 0xc2, 0, 0, 0], RouterRig.Bytes(Anna)).Type(0x0026).Data(38).ToBytes();
        Assert.Empty(rig.Send(0, tree).Sent);
    }

    [Theory, Runtimes]
    public void The_router_is_a_station_of_its_bridge(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, WithBridge);
        rig.Send(1, Frame(Bert, BridgeMac).Ipv4("10.5.0.3", "10.5.0.1").Icmp(8, 0, 1, 1).ToBytes());
        SentFrame reply = Assert.Single(rig.Session.Sent);
        Assert.Equal(1, reply.Interface);
        Assert.Equal(
            Convert.ToHexString(Frame(BridgeMac, Bert).Ipv4("10.5.0.1", "10.5.0.3", id: 0).Icmp(0, 0, 1, 1).ToBytes()),
            Convert.ToHexString(reply.Bytes.Span));

        // Routed on to the bridge: out-interface is the bridge, the frame leaves by the station's port.
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(2, RouterRig.From(2).Ipv4("10.2.0.2", "10.5.0.3").Udp(1, 2).ToBytes());
        Assert.Equal((Verdict.Forward, (ushort)Bridge), (fate.Verdict, fate.OutInterface));
        Assert.Equal([1], sent.Select(frame => frame.Interface));
        Assert.Equal([0, 1], rig.Send(2, RouterRig.From(2).Ipv4("10.2.0.2", "10.5.0.2").Udp(1, 2).ToBytes()).Sent.Select(frame => frame.Interface).Order());
    }

    [Theory]
    [InlineData(DataplaneRuntime.Jit, 1)]
    [InlineData(DataplaneRuntime.Aot, 32)]
    public void With_use_ip_firewall_the_forward_chain_decides(DataplaneRuntime runtime, int burst)
    {
        RuleSpec[] rules =
        [
            new() { Chain = RuleChain.FilterForward4, Target = RuleTarget.Drop, Number = 0, CounterSlot = 0, DstPort = RuleMatch.Ports(23, 23), Protocol = RuleMatch.Protocol(IpProtocol.Udp), InInterface = RuleMatch.Interface(Bridge), OutInterface = RuleMatch.Interface(Bridge) },
        ];
        using RouterRig rig = new(runtime, spec => WithBridge(spec) with { Switches = spec.Switches | RouterSwitches.BridgeFirewall }, burst, rules: rules);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, Frame(Anna, Bert).Ipv4("10.5.0.2", "10.5.0.3", timeToLive: 1).Udp(1, 22).ToBytes());
        Assert.Equal((Verdict.Forward, ConnectionStateOfPacket.New, (ushort)Bridge), (fate.Verdict, fate.State, fate.OutInterface));
        Assert.Equal(1, Assert.Single(sent).Interface);
        Assert.Equal(1, sent[0].Bytes.Span[22]);
        Assert.Single(rig.Session.Connections(TimeSpan.Zero));
        Assert.Equal(DropReason.Filter, rig.Send(0, Frame(Anna, Bert).Ipv4("10.5.0.2", "10.5.0.3").Udp(1, 23).ToBytes()).Fate.Reason);

        // To all: over the bridge by the forward chain, up to the router by the input chain.
        byte[] many = new Frame([255, 255, 255, 255, 255, 255], RouterRig.Bytes(Anna)).Ipv4("10.5.0.2", "10.5.0.255").Udp(1, 9).ToBytes();
        Assert.Equal(1, Assert.Single(rig.Send(0, many).Sent).Interface);
        many[37] = 23;
        Assert.Empty(rig.Send(0, many).Sent);

        // In fragments, and back together.
        byte[] large = Frame(Anna, Bert).Ipv4("10.5.0.2", "10.5.0.3").Udp(1, 22).Data(3000).ToBytes();
        byte[][] fragments = FragmentCut.Every(1480, large);
        List<SentFrame> left = [];
        foreach (byte[][] part in burst == 1 ? fragments.Select(fragment => (byte[][])[fragment]) : [fragments])
        {
            rig.Run(0, part);
            left.AddRange(rig.Session.Sent);
        }

        Assert.Equal(fragments.Select(Convert.ToHexString), left.Select(frame => Convert.ToHexString(frame.Bytes.Span)));
    }

    /// <summary>A frame for another station passes the bridge as it came, though a fasttracked connection has its very addresses and ports.</summary>
    [Theory, Runtimes]
    public void What_is_only_bridged_is_not_taken_for_a_fasttracked_connections(DataplaneRuntime runtime)
    {
        RuleSpec fastTrack = new()
        {
            Chain = RuleChain.FilterForward4,
            Target = RuleTarget.FastTrack,
            Number = 0,
            CounterSlot = 0,
            ConnectionState = RuleMatch.States(RuleStates.Established | RuleStates.Related),
        };
        using RouterRig rig = new(runtime, WithBridge, rules: fastTrack);
        rig.Send(1, Frame(Bert, Anna).Ipv4("10.5.0.3", "10.5.0.2").Udp(2, 1).ToBytes());
        Frame question = Frame(Anna, BridgeMac).Ipv4("10.5.0.2", "10.2.0.2").Udp(1, 2);
        for (int n = 0; n < 3; n++)
        {
            rig.Send(0, question.ToBytes());
            rig.Send(2, RouterRig.From(2).Ipv4("10.2.0.2", "10.5.0.2").Udp(2, 1).ToBytes());
        }

        rig.Send(0, question.ToBytes());
        Assert.Equal(1, rig.LastPath);
        ulong counted = Assert.Single(rig.Session.Connections(TimeSpan.Zero)).OriginalCounters.Packets;

        byte[] passing = Frame(Anna, Bert).Ipv4("10.5.0.2", "10.2.0.2").Udp(1, 2).ToBytes();
        SentFrame bridged = Assert.Single(rig.Send(0, passing).Sent);
        Assert.Equal((1, Convert.ToHexString(passing)), (bridged.Interface, Convert.ToHexString(bridged.Bytes.Span)));
        Assert.Equal(counted, Assert.Single(rig.Session.Connections(TimeSpan.Zero)).OriginalCounters.Packets);
    }

    static Frame Frame(ulong from, ulong to) => new(RouterRig.Bytes(to), RouterRig.Bytes(from));

    static RouterSpec WithBridge(RouterSpec spec) => spec with
    {
        Interfaces =
        [
            .. spec.Interfaces.Select(port => port.Number < 2 ? port with { Bridge = Bridge } : port),
            new InterfaceSpec(Bridge, InterfaceKind.Bridge, PortRole.Routed) { Mac = BridgeMac },
        ],
        Addresses = [.. spec.Addresses.Where(address => address.Interface == 2), new(Bridge, IPAddress.Parse("10.5.0.1"), 24, IPAddress.Parse("10.5.0.255"))],
        Routes =
        [
            .. spec.Routes.Where(route => route.NextHop.Interface == 2),
            new(0, IPAddress.Parse("10.5.0.0"), 24, new NextHopSpec(NextHopKind.Connected, Bridge)),
        ],
        Neighbours =
        [
            .. spec.Neighbours.Where(neighbour => neighbour.Interface == 2),
            new(Bridge, IPAddress.Parse("10.5.0.2"), Anna), new(Bridge, IPAddress.Parse("10.5.0.3"), Bert),
        ],
    };
}
