using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>What every action of the nat table makes of a connection's packets, in both directions and families.</summary>
[Collection(Dpdk.Collection)]
public sealed class TranslationTests(Dpdk dpdk)
{
    [Theory, Runtimes]
    public void Masquerade_gives_the_address_of_the_way_out_and_answers_find_back(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan);
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Tcp(5000, 80, flags: 2).Data(3),
                NatNet.Wan, net.Out(NatNet.Wan, wan, net.Server).Tcp(5000, 80, flags: 2).Data(3));
            NatNet.Passes(
                rig,
                NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Tcp(80, 5000, flags: 0x12, acknowledgment: 5),
                NatNet.Lan, net.Out(NatNet.Lan, net.Server, client).Tcp(80, 5000, flags: 0x12, acknowledgment: 5));
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Tcp(5000, 80, sequence: 5, acknowledgment: 2).Data(700),
                NatNet.Wan, net.Out(NatNet.Wan, wan, net.Server).Tcp(5000, 80, sequence: 5, acknowledgment: 2).Data(700));
            ConnectionSnapshot listed = NatNet.Only(rig);
            Assert.Equal(ConnectionFlags.SrcNat, listed.Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat));
            Assert.Equal(client, listed.Original.SrcAddress(net.IsIpv6).ToString());
            Assert.Equal(wan, listed.Reply.DstAddress(net.IsIpv6).ToString());
            Assert.Equal((2ul, 1ul), (listed.OriginalCounters.Packets, listed.ReplyCounters.Packets));
        }
    }

    [Theory, Runtimes]
    public void Echo_requests_keep_their_identifier_where_they_can(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            string wan = net.Router(NatNet.Wan), client = net.Host(NatNet.Lan);
            NatNet.Passes(
                rig,
                NatNet.Lan, net.Echo(net.In(NatNet.Lan, client, net.Server), reply: false, 77).Data(56),
                NatNet.Wan, net.Echo(net.Out(NatNet.Wan, wan, net.Server), reply: false, 77).Data(56));
            NatNet.Passes(
                rig,
                NatNet.Wan, net.Echo(net.In(NatNet.Wan, net.Server, wan), reply: true, 77).Data(56),
                NatNet.Lan, net.Echo(net.Out(NatNet.Lan, net.Server, client), reply: true, 77).Data(56));
        }
    }

    [Theory, Runtimes]
    public void Src_nat_and_dst_nat_take_addresses_and_ports_from_their_rules(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(
                runtime, rules: [net.SrcNat(net.Outside(7), (9000, 9000)), net.DstNat(net.Host(NatNet.Dmz), (8080, 8080), inInterface: NatNet.Wan)]);
            string client = net.Host(NatNet.Lan);
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).Data(30),
                NatNet.Wan, net.Out(NatNet.Wan, net.Outside(7), net.Server).Udp(9000, 53).Data(30));
            NatNet.Passes(
                rig,
                NatNet.Wan, net.In(NatNet.Wan, net.Server, net.Outside(7)).Udp(53, 9000).Data(31),
                NatNet.Lan, net.Out(NatNet.Lan, net.Server, client).Udp(53, 5000).Data(31));
            NatNet.Passes(
                rig,
                NatNet.Wan, net.In(NatNet.Wan, net.Server, net.Router(NatNet.Wan)).Tcp(6000, 80, flags: 2),
                NatNet.Dmz, net.Out(NatNet.Dmz, net.Server, net.Host(NatNet.Dmz)).Tcp(6000, 8080, flags: 2));
            NatNet.Passes(
                rig,
                NatNet.Dmz, net.In(NatNet.Dmz, net.Host(NatNet.Dmz), net.Server).Tcp(8080, 6000, flags: 0x12, acknowledgment: 2),
                NatNet.Wan, net.Out(NatNet.Wan, net.Router(NatNet.Wan), net.Server).Tcp(80, 6000, flags: 0x12, acknowledgment: 2));
            Assert.Equal(
                [ConnectionFlags.SrcNat, ConnectionFlags.DstNat],
                rig.Session.Connections(TimeSpan.Zero).Select(c => c.Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat)));
        }
    }

    /// <summary>A host reaches its neighbour under the router's outside address: both ends are translated, or the answer would go past the router.</summary>
    [Theory, Runtimes]
    public void Hairpin(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(
                runtime,
                rules: [net.DstNat(net.Host(NatNet.Lan, 3), (8080, 8080)), net.Rule(RuleChain.NatSrcnat4, RuleTarget.Masquerade, outInterface: NatNet.Lan)]);
            string client = net.Host(NatNet.Lan), server = net.Host(NatNet.Lan, 3), outside = net.Router(NatNet.Wan), inside = net.Router(NatNet.Lan);
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, client, outside).Tcp(5000, 80, flags: 2),
                NatNet.Lan, net.Out(NatNet.Lan, inside, server, host: 3).Tcp(5000, 8080, flags: 2));
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, server, inside, host: 3).Tcp(8080, 5000, flags: 0x12, acknowledgment: 2),
                NatNet.Lan, net.Out(NatNet.Lan, outside, client).Tcp(80, 5000, flags: 0x12, acknowledgment: 2));
            Assert.Equal(ConnectionFlags.SrcNat | ConnectionFlags.DstNat, NatNet.Only(rig).Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat));
        }
    }

    /// <summary>The router answers in the name of whom the client asked.</summary>
    [Theory, Runtimes]
    public void Redirect_leads_to_the_router_itself(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Rule(RuleChain.NatDstnat4, RuleTarget.Redirect, ports: (3128, 3128), inInterface: NatNet.Lan));
            string client = net.Host(NatNet.Lan);
            TraceItem fate = rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Tcp(5000, 80, flags: 2).ToBytes())[0];
            Assert.Equal((Verdict.Local, DropReason.None), (fate.Verdict, fate.Reason));
            ConnectionSnapshot listed = NatNet.Only(rig);
            Assert.Equal((net.Router(NatNet.Lan), (ushort)3128), (listed.Reply.SrcAddress(net.IsIpv6).ToString(), listed.Reply.SrcPort));
            NatNet.Passes(
                rig,
                NatNet.Lan, net.Echo(net.In(NatNet.Lan, client, net.Server), reply: false, 9).Data(8),
                NatNet.Lan, net.Echo(net.Out(NatNet.Lan, net.Server, client, hops: 64, id: 1), reply: true, 9).Data(8));
        }
    }

    [Theory, Runtimes]
    public void Netmap_changes_the_network_and_keeps_the_host(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            string network = net.IsIpv6 ? "2001:db8:aaaa::-2001:db8:aaaa::ff" : "203.0.113.0-203.0.113.255";
            using RouterRig rig = new(runtime, rules: net.Rule(RuleChain.NatSrcnat4, RuleTarget.Netmap, network, outInterface: NatNet.Wan));
            foreach (int host in new[] { 2, 3 })
            {
                NatNet.Passes(
                    rig,
                    NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan, host), net.Server, host).Udp(5000, 53),
                    NatNet.Wan, net.Out(NatNet.Wan, net.Outside(host), net.Server).Udp(5000, 53));
            }

            NatNet.Passes(
                rig,
                NatNet.Wan, net.In(NatNet.Wan, net.Server, net.Outside(3)).Udp(53, 5000),
                NatNet.Lan, net.Out(NatNet.Lan, net.Server, net.Host(NatNet.Lan, 3), host: 3).Udp(53, 5000));
        }
    }

    [Theory, Runtimes]
    public void Same_keeps_a_client_at_its_address(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            RuleSpec same = net.Rule(RuleChain.NatSrcnat4, RuleTarget.Same, $"{net.Outside(1)}-{net.Outside(4)}", outInterface: NatNet.Wan);
            using RouterRig rig = new(runtime, rules: same with { Translation = same.Translation! with { SameNotByDst = true } });
            for (int n = 0; n < 20; n++)
            {
                rig.Run(NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan), net.IsIpv6 ? $"2001:db8:ffff::{n + 1:x}" : $"198.51.100.{n + 1}").Udp(5000, 53).ToBytes());
            }

            Assert.Single(rig.Session.Connections(TimeSpan.Zero).Select(connection => connection.Reply.Dst).Distinct());
        }
    }

    /// <summary>Checksums: zero over IPv4 says none and stays, and one that comes out as zero is sent as its other form.</summary>
    [Theory, Runtimes]
    public void Udp_without_a_checksum_keeps_none(DataplaneRuntime runtime)
    {
        NatNet net = new(false);
        using RouterRig rig = new(runtime, rules: net.Masquerade);
        NatNet.Passes(
            rig,
            NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Udp(5000, 53, checksum: 0).Data(30),
            NatNet.Wan, net.Out(NatNet.Wan, net.Router(NatNet.Wan), net.Server).Udp(5000, 53, checksum: 0).Data(30));
        for (int port = 1024; port < 65536; port += 7)
        {
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Udp(port, 53).Data(30),
                NatNet.Wan, net.Out(NatNet.Wan, net.Router(NatNet.Wan), net.Server).Udp(port, 53).Data(30));
        }
    }

    /// <summary>As in netfilter: what tracking could not place belongs to nobody, so nobody's translation is its.</summary>
    [Theory, Runtimes]
    public void What_is_invalid_is_not_translated(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            Frame fin = net.In(NatNet.Lan, net.Host(NatNet.Lan), net.Server).Tcp(5000, 80, flags: 0x11);
            (TraceItem fate, _) = rig.Send(NatNet.Lan, fin.ToBytes());
            Assert.Equal(ConnectionStateOfPacket.Invalid, fate.State);
            NatNet.Passes(rig, NatNet.Lan, fin, NatNet.Wan, net.Out(NatNet.Wan, net.Host(NatNet.Lan), net.Server).Tcp(5000, 80, flags: 0x11));
            Assert.Empty(rig.Session.Connections(TimeSpan.Zero));
        }
    }

    /// <summary>A packet that mirrors the original tuple of a translated connection did not come from whom the connection goes to.</summary>
    [Theory, Runtimes]
    public void The_mirror_of_the_original_is_not_part_of_a_translated_connection(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            string client = net.Host(NatNet.Lan);
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).ToBytes());
            (TraceItem fate, _) = rig.Send(NatNet.Wan, net.In(NatNet.Wan, net.Server, client).Udp(53, 5000).ToBytes());
            Assert.Equal(ConnectionStateOfPacket.New, fate.State);
            Assert.Equal(2, rig.Session.Connections(TimeSpan.Zero).Count);
            (fate, _) = rig.Send(NatNet.Wan, net.In(NatNet.Wan, net.Server, net.Router(NatNet.Wan)).Udp(53, 5000).ToBytes());
            Assert.Equal(ConnectionStateOfPacket.Established, fate.State);
        }
    }
}
