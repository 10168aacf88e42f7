using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>No two connections look the same to a server, however many there are, and who cannot have a port of its own is refused.</summary>
[Collection(Dpdk.Collection)]
public sealed class PortTests(Dpdk dpdk)
{
    [Theory, Runtimes]
    public void A_taken_port_gives_way_to_another_and_both_get_their_answers(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            string wan = net.Router(NatNet.Wan);
            rig.Run(
                NatNet.Lan,
                net.In(NatNet.Lan, net.Host(NatNet.Lan, 2), net.Server, 2).Udp(5000, 53).ToBytes(),
                net.In(NatNet.Lan, net.Host(NatNet.Lan, 3), net.Server, 3).Udp(5000, 53).ToBytes());
            int[] ports = [.. rig.Session.Sent.Select(net.SourcePort)];
            Assert.Equal(5000, ports[0]);
            Assert.InRange(ports[1], 1024, 65535);
            Assert.NotEqual(5000, ports[1]);
            NatNet.Passes(
                rig,
                NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Udp(53, ports[1]),
                NatNet.Lan, net.Out(NatNet.Lan, net.Server, net.Host(NatNet.Lan, 3), host: 3).Udp(53, 5000));
            NatNet.Passes(
                rig,
                NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Udp(53, 5000),
                NatNet.Lan, net.Out(NatNet.Lan, net.Server, net.Host(NatNet.Lan, 2), host: 2).Udp(53, 5000));
        }
    }

    /// <summary>Answers to the one and packets of the other would be the same: also what no rule wants translated gets another port then.</summary>
    [Theory, Runtimes]
    public void A_clash_without_a_rule_is_resolved_as_well(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            RuleSpec ofFirst = net.Masquerade with { InInterface = RuleMatch.Interface(NatNet.Lan) };
            using RouterRig rig = new(runtime, rules: net.SrcNat(net.Host(NatNet.Dmz)) with { SrcPort = RuleMatch.Ports(5000, 5000), InInterface = ofFirst.InInterface });
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Udp(5000, 53).ToBytes());
            (_, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Dmz, net.In(NatNet.Dmz, net.Host(NatNet.Dmz), net.Server).Udp(5000, 53).ToBytes());
            int port = net.SourcePort(Assert.Single(sent));
            Assert.NotEqual(5000, port);
            NatNet.Passes(
                rig,
                NatNet.Wan, net.In(NatNet.Wan, net.Server, net.Host(NatNet.Dmz)).Udp(53, port),
                NatNet.Dmz, net.Out(NatNet.Dmz, net.Server, net.Host(NatNet.Dmz)).Udp(53, 5000));
        }
    }

    [Theory, Runtimes]
    public void A_range_of_ports_ends(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.SrcNat(null, (7000, 7003)));
            byte[][] frames = [.. Enumerable.Range(0, 6).Select(n => net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Udp(5000 + n, 53).ToBytes())];
            TraceItem[] fates = rig.Run(NatNet.Lan, frames);
            Assert.Equal(
                [.. Enumerable.Repeat(DropReason.None, 4), DropReason.NatExhausted, DropReason.NatExhausted], fates.Select(fate => fate.Reason));
            Assert.Equal([7000, 7001, 7002, 7003], rig.Session.Sent.Select(net.SourcePort).Order());
            Assert.Equal(4, rig.Session.Connections(TimeSpan.Zero).Count);
            Assert.Equal(2ul, rig.Session.Counters().Dropped[DropReason.NatExhausted]);
        }
    }

    /// <summary>ESP has nothing that two clients behind one address could differ in.</summary>
    [Theory, Runtimes]
    public void The_second_client_of_a_protocol_without_ports_is_refused(DataplaneRuntime runtime)
    {
        const byte Esp = 50;
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            Assert.Equal(DropReason.None, To(2).Reason);
            Assert.Equal(DropReason.NatExhausted, To(3).Reason);
            Assert.Equal(DropReason.None, To(2).Reason);

            TraceItem To(int host) =>
                rig.Run(NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan, host), net.Server, host).Protocol(Esp).Data(24).ToBytes())[0];
        }
    }

    /// <summary>All the ports there are towards one destination through one address, then a clear refusal; what has a port keeps it.</summary>
    [Theory, Runtimes]
    public void Every_port_there_is_then_a_refusal(DataplaneRuntime runtime)
    {
        NatNet net = new(false);
        using RouterRig rig = new(runtime, entries: 1 << 17, rules: net.Masquerade);
        int[] ports = [.. Enumerable.Range(1, 511), .. Enumerable.Range(600, 424), .. Enumerable.Range(1024, 64512)];
        int passed = 0;
        foreach (int[] burst in ports.Chunk(32))
        {
            passed += Run(2, burst).Count(fate => fate.Reason == DropReason.None);
        }

        Assert.Equal(ports.Length, passed);
        int[] more = [.. Enumerable.Range(2000, 32)];
        Assert.All(Run(3, more), fate => Assert.Equal(DropReason.NatExhausted, fate.Reason));
        Assert.All(Run(2, [1, 700, 30000]), fate => Assert.Equal(DropReason.None, fate.Reason));
        Assert.Equal(32ul, rig.Session.Counters().Dropped[DropReason.NatExhausted]);

        TraceItem[] Run(int host, int[] burst) => rig.Run(
            NatNet.Lan, [.. burst.Select(port => net.In(NatNet.Lan, net.Host(NatNet.Lan, host), net.Server, host).Udp(port, 53).ToBytes())]);
    }

    [Theory, Runtimes]
    public void Masquerade_over_an_interface_without_an_address_drops_and_says_so(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(
                runtime,
                spec => spec with { Addresses = [.. spec.Addresses.Where(address => address.Interface != NatNet.Wan)] },
                rules: net.Masquerade);
            TraceItem fate = rig.Run(NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Udp(5000, 53).ToBytes())[0];
            Assert.Equal(DropReason.NatNoAddress, fate.Reason);
            Assert.Empty(rig.Session.Connections(TimeSpan.Zero));
        }
    }

    /// <summary>The address that the route speaks from comes before that of the network.</summary>
    [Theory, Runtimes]
    public void Masquerade_takes_the_preferred_source_of_the_route(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            System.Net.IPAddress preferred = System.Net.IPAddress.Parse(net.Outside(5));
            using RouterRig rig = new(
                runtime,
                spec => spec with
                {
                    Routes = [.. spec.Routes.Select(route => route.Length == 0 ? route with { NextHop = route.NextHop with { Source = route.Prefix.AddressFamily == preferred.AddressFamily ? preferred : null } } : route)],
                },
                rules: net.Masquerade);
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Udp(5000, 53),
                NatNet.Wan, net.Out(NatNet.Wan, net.Outside(5), net.Server).Udp(5000, 53));
        }
    }
}
