using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>Translations on the other ways a packet can take: in fragments, past everything from the flow cache; and how they end.</summary>
[Collection(Dpdk.Collection)]
public sealed class PathTests(Dpdk dpdk)
{
    /// <summary>Fragments are put together, translated as one packet, and leave as they came.</summary>
    [Theory, Runtimes]
    public void Fragments_leave_translated_each(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan);
            Through(
                NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).Data(3000), net.Out(NatNet.Wan, wan, net.Server).Udp(5000, 53).Data(3000));
            Through(
                NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Udp(53, 5000).Data(2000), net.Out(NatNet.Lan, net.Server, client).Udp(53, 5000).Data(2000));
            Assert.Equal(ConnectionFlags.SrcNat, NatNet.Only(rig).Flags & ConnectionFlags.SrcNat);

            void Through(int from, Frame whole, Frame expected)
            {
                rig.Run(from, FragmentCut.Every(1000, whole.ToBytes()));
                Assert.Equal(
                    FragmentCut.Every(1000, expected.ToBytes()).Select(Convert.ToHexString),
                    rig.Session.Sent.Select(frame => Convert.ToHexString(frame.Bytes.Span)));
            }
        }
    }

    /// <summary>From the flow cache packets leave as they do on the slow path, whichever end is translated.</summary>
    [Theory, Runtimes]
    public void Fasttracked_packets_are_translated_and_counted(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            RuleSpec fastTrack = new()
            {
                Chain = net.IsIpv6 ? RuleChain.FilterForward6 : RuleChain.FilterForward4,
                Target = RuleTarget.FastTrack,
                Number = 0,
                CounterSlot = 40,
                ConnectionState = RuleMatch.States(RuleStates.Established | RuleStates.Related),
            };
            string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan), dmz = net.Host(NatNet.Dmz);
            RuleSpec everywhere = net.Rule(RuleChain.NatSrcnat4, RuleTarget.Masquerade);
            RuleSpec inside = net.DstNat(dmz, (8080, 8080));
            Download(net, runtime, [fastTrack, net.Masquerade], net.Server, 80, (NatNet.Wan, wan, net.Server, 80, 2));
            Download(net, runtime, [fastTrack, inside], wan, 80, (NatNet.Dmz, client, dmz, 8080, 2));
            Download(net, runtime, [fastTrack, inside, everywhere], wan, 80, (NatNet.Dmz, net.Router(NatNet.Dmz), dmz, 8080, 2));
        }
    }

    static void Download(
        NatNet net, DataplaneRuntime runtime, RuleSpec[] rules, string asked, int port, (int Exit, string Source, string Server, int Port, int Host) far)
    {
        using RouterRig rig = new(runtime, rules: rules);
        string client = net.Host(NatNet.Lan);
        uint sent = 1, received = 1;
        int fast = Forth(2, 0, 0);
        sent++;
        fast += Back(0x12, 0, sent);
        received++;
        fast += Forth(0x10, 100, received);
        sent += 100;
        fast += Back(0x10, 1000, sent);
        received += 1000;
        fast += Forth(0x10, 0, received);
        for (int n = 0; n < 20; n++)
        {
            fast += Back(0x10, 1200, sent);
            received += 1200;
            fast += Forth(0x10, 7 + n, received);
            sent += 7 + (uint)n;
        }

        Assert.InRange(fast, 38, 42);
        ConnectionSnapshot listed = NatNet.Only(rig);
        Assert.Equal(23u, listed.OriginalCounters.Packets);
        Assert.Equal(22u, listed.ReplyCounters.Packets);
        Assert.Equal((ulong)fast, listed.OriginalCounters.FastTrackPackets + listed.ReplyCounters.FastTrackPackets);

        // What ends it takes the slow path and finds windows that are right.
        rig.Wait(TimeSpan.FromMilliseconds(10));
        Assert.Equal(0, Forth(0x11, 0, received));
        Assert.Equal((byte)TcpState.FinWait, NatNet.Only(rig).State);

        int Forth(int flags, int data, uint acknowledgment)
        {
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, client, asked).Tcp(5000, port, flags, sent, acknowledgment).Data(data),
                far.Exit, net.Out(far.Exit, far.Source, far.Server, far.Host).Tcp(5000, far.Port, flags, sent, acknowledgment).Data(data));
            return rig.LastPath;
        }

        int Back(int flags, int data, uint acknowledgment)
        {
            NatNet.Passes(
                rig,
                far.Exit, net.In(far.Exit, far.Server, far.Source, far.Host).Tcp(far.Port, 5000, flags, received, acknowledgment).Data(data),
                NatNet.Lan, net.Out(NatNet.Lan, asked, client).Tcp(port, 5000, flags, received, acknowledgment).Data(data));
            return rig.LastPath;
        }
    }

    /// <summary>A packet on the slow path, and behind it in its burst one of the other direction, which has another hash.</summary>
    [Theory, Runtimes]
    public void Nothing_overtakes_what_ends_a_fasttracked_connection(DataplaneRuntime runtime)
    {
        NatNet net = new(false);
        RuleSpec fastTrack = new() { Chain = RuleChain.FilterForward4, Target = RuleTarget.FastTrack, Number = 0, CounterSlot = 40 };
        string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan);
        using RouterRig rig = new(runtime, rules: [fastTrack, net.Masquerade]);
        for (int n = 0; n < 2; n++)
        {
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).ToBytes());
            rig.Run(NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Udp(53, 5000).ToBytes());
        }

        byte[] back = net.In(NatNet.Wan, net.Server, wan).Udp(53, 5000).ToBytes();
        byte[][] slow = FragmentCut.Every(16, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).Data(20).ToBytes());
        Assert.Equal([1], rig.Run(NatNet.Wan, back).Select(item => (int)item.Path));
        Assert.Equal(
            [Packet.HeldPath, 0, 0],
            rig.Session.Run([
                new InputFrame(TimeSpan.Zero, NatNet.Lan, slow[0]), new InputFrame(TimeSpan.Zero, NatNet.Lan, slow[1]),
                new InputFrame(TimeSpan.Zero, NatNet.Wan, back)]).ToArray().Select(item => (int)item.Path));
    }

    /// <summary>The address went: what was masqueraded to it has no way back, what was src-natted to the same keeps its promise.</summary>
    [Theory, Runtimes]
    public void Masqueraded_connections_end_with_their_address(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            RuleSpec[] rules =
            [
                net.SrcNat(net.Router(NatNet.Wan)) with { Protocol = RuleMatch.Protocol(IpProtocol.Tcp) },
                net.Masquerade with { Number = 1 },
            ];
            foreach (bool down in new[] { false, true })
            {
                using RouterRig rig = new(runtime, rules: rules);
                for (int n = 0; n < 700; n++)
                {
                    rig.Run(NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Udp(5000 + n, 53).ToBytes());
                }

                rig.Run(NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Tcp(5000, 80, flags: 2).ToBytes());
                Assert.Equal(701, rig.Session.Connections(TimeSpan.Zero).Count);
                rig.Change(spec => down
                    ? spec with { Interfaces = [.. spec.Interfaces.Select(port => port.Number == NatNet.Wan ? port with { IsRunning = false } : port)] }
                    : spec with { Addresses = [.. spec.Addresses.Where(address => address.Interface != NatNet.Wan)] });
                rig.Run(NatNet.Lan);
                rig.Run(NatNet.Lan);
                rig.Run(NatNet.Lan);
                Assert.Equal(IpProtocol.Tcp, NatNet.Only(rig).Protocol);
            }
        }
    }
}
