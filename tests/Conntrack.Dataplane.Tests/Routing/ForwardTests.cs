using System.Net;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Routing;

/// <summary>What a router forwards, where to, and what of the packet it changes.</summary>
[Collection(Dpdk.Collection)]
public sealed class ForwardTests(Dpdk dpdk)
{
    [Theory, Runtimes]
    public void A_packet_leaves_to_its_next_hop_with_one_hop_less(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        using RouterRig rig = new(runtime);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) =
            rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.3", timeToLive: 9).Udp(1000, 53).Data(30).ToBytes());
        Assert.Equal((Verdict.Forward, (ushort)1), (fate.Verdict, fate.OutInterface));
        SentFrame frame = Assert.Single(sent);
        Assert.Equal(1, frame.Interface);
        byte[] expected = new Frame(RouterRig.Bytes(RouterRig.MacOf(1, 3)), RouterRig.Bytes(0x0200_0000_0001))
            .Ipv4("10.0.0.2", "10.1.0.3", timeToLive: 8).Udp(1000, 53).Data(30).ToBytes();
        Assert.Equal(expected, frame.Bytes.ToArray());
    }

    [Theory, Runtimes]
    public void The_same_over_IPv6(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime);
        (_, IReadOnlyList<SentFrame> sent) =
            rig.Send(1, RouterRig.From(1, 3).Ipv6("2001:db8:1::3", "2001:db8:ffff::7", hopLimit: 2).Tcp(1000, 80, flags: 2).ToBytes());
        SentFrame frame = Assert.Single(sent);
        Assert.Equal(2, frame.Interface);
        byte[] expected = new Frame(RouterRig.Bytes(RouterRig.MacOf(2, 2)), RouterRig.Bytes(0x0200_0000_0002))
            .Ipv6("2001:db8:1::3", "2001:db8:ffff::7", hopLimit: 1).Tcp(1000, 80, flags: 2).ToBytes();
        Assert.Equal(expected, frame.Bytes.ToArray());
    }

    /// <summary>Every checksum that a header can have, also those that wrap.</summary>
    [Fact]
    public void The_header_checksum_is_right_for_every_identification()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit);
        for (int id = 0; id < 65536; id += 32)
        {
            rig.Run(0, [.. Enumerable.Range(id, 32).Select(n =>
                RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.3", id: n, timeToLive: 1 + (n % 254) + 1).Udp(1, 2).ToBytes())]);
            Assert.All(rig.Session.Sent, frame => Assert.Equal(0, PlainChecksum.Internet(frame.Bytes.Span[14..34].ToArray())));
        }
    }

    /// <summary>What a connection remembers of its way holds until the routes change, and no longer.</summary>
    [Theory, Runtimes]
    public void A_change_of_routes_reaches_connections_with_their_next_packet(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime);
        byte[] packet = RouterRig.From(0).Ipv4("10.0.0.2", "198.51.100.9").Udp(1, 2).ToBytes();
        Assert.Equal(2, Assert.Single(rig.Send(0, packet).Sent).Interface);
        Assert.Equal(2, Assert.Single(rig.Send(0, packet).Sent).Interface);
        rig.Change(spec => spec with
        {
            Routes = [.. spec.Routes, new(0, IPAddress.Parse("198.51.100.0"), 24, new NextHopSpec(NextHopKind.Gateway, 1, IPAddress.Parse("10.1.0.2")))],
        });
        SentFrame frame = Assert.Single(rig.Send(0, packet).Sent);
        Assert.Equal(1, frame.Interface);
        Assert.Equal(RouterRig.Bytes(RouterRig.MacOf(1, 2)), frame.Bytes[..6].ToArray());
        rig.Change(spec => spec with
        {
            Routes = [.. spec.Routes.Where(route => route.Length != 24), new(0, IPAddress.Parse("198.51.100.0"), 24, new NextHopSpec(NextHopKind.Blackhole))],
        });
        Assert.Equal(DropReason.Blackhole, rig.Send(0, packet).Fate.Reason);
    }

    [Theory, Runtimes]
    public void The_longest_prefix_wins_also_among_many(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, spec => spec with
        {
            Routes =
            [
                .. spec.Routes,
                .. Enumerable.Range(0, 200).Select(n =>
                    new RouteSpec(0, IPAddress.Parse($"172.16.{n}.0"), 24, new NextHopSpec(NextHopKind.Gateway, 1, IPAddress.Parse("10.1.0.2")))),
                .. Enumerable.Range(0, 200).Select(n =>
                    new RouteSpec(0, IPAddress.Parse($"172.16.{n}.{n}"), 32, new NextHopSpec(NextHopKind.Gateway, 1, IPAddress.Parse("10.1.0.3")))),
            ],
        });
        for (int n = 0; n < 200; n++)
        {
            Assert.Equal(3, To($"172.16.{n}.{n}"));
            Assert.Equal(2, To($"172.16.{n}.{n + 1}"));
        }

        rig.Change(spec => spec with { Routes = [.. spec.Routes.Where(route => route.Length != 32)] });
        Assert.Equal(2, To("172.16.7.7"));
        rig.Change(spec => spec with { Routes = [.. spec.Routes.Where(route => !route.Prefix.ToString().StartsWith("172", StringComparison.Ordinal))] });
        Assert.Equal(2, Assert.Single(rig.Send(0, Packet("172.16.7.7")).Sent).Interface);

        int To(string destination) => Assert.Single(rig.Send(0, Packet(destination)).Sent).Bytes.Span[5];

        static byte[] Packet(string destination) => RouterRig.From(0).Ipv4("10.0.0.2", destination).Udp(1, 2).ToBytes();
    }

    /// <summary>All packets of a connection go one way, and connections go all ways.</summary>
    [Theory, Runtimes]
    public void Several_gateways_share_the_connections(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, spec => spec with
        {
            Routes =
            [
                .. spec.Routes.Where(route => route.Length != 0),
                new(0, IPAddress.Any, 0, new NextHopSpec(NextHopKind.Multipath)
                {
                    Ways =
                    [
                        new NextHopSpec(NextHopKind.Gateway, 1, IPAddress.Parse("10.1.0.2")),
                        new NextHopSpec(NextHopKind.Gateway, 2, IPAddress.Parse("10.2.0.2")),
                    ],
                }),
            ],
        });
        int[] ways = new int[3];
        for (int n = 0; n < 100; n++)
        {
            byte[] packet = RouterRig.From(0).Ipv4("10.0.0.2", $"198.51.100.{n}").Udp(n + 1, 2).ToBytes();
            int way = Assert.Single(rig.Send(0, packet).Sent).Interface;
            Assert.Equal(way, Assert.Single(rig.Send(0, packet).Sent).Interface);
            ways[way]++;
        }

        Assert.InRange(ways[1], 25, 75);
        Assert.Equal(100, ways[1] + ways[2]);
    }

    [Theory]
    [InlineData("127.0.0.1", "10.1.0.2", DropReason.BadSource)]
    [InlineData("224.0.0.1", "10.1.0.2", DropReason.BadSource)]
    [InlineData("255.255.255.255", "10.1.0.2", DropReason.BadSource)]
    [InlineData("0.0.0.0", "10.1.0.2", DropReason.BadSource)]
    [InlineData("10.2.0.1", "10.1.0.2", DropReason.BadSource)]
    [InlineData("10.0.0.2", "127.0.0.1", DropReason.BadDestination)]
    [InlineData("10.0.0.2", "0.0.0.0", DropReason.BadDestination)]
    [InlineData("::1", "2001:db8:1::2", DropReason.BadSource)]
    [InlineData("::", "2001:db8:1::2", DropReason.BadSource)]
    [InlineData("ff02::1", "2001:db8:1::2", DropReason.BadSource)]
    [InlineData("2001:db8:1::1", "2001:db8:1::2", DropReason.BadSource)]
    [InlineData("2001:db8::2", "::1", DropReason.BadDestination)]
    [InlineData("fe80::0:2", "2001:db8:1::2", DropReason.BeyondScope)]
    [InlineData("2001:db8::2", "fe80::1:2", DropReason.BeyondScope)]
    public void Addresses_that_no_packet_has_go_nowhere(string source, string destination, DropReason reason)
    {
        using RouterRig rig = new(DataplaneRuntime.Jit);
        Frame frame = RouterRig.From(0);
        frame = source.Contains(':', StringComparison.Ordinal) ? frame.Ipv6(source, destination) : frame.Ipv4(source, destination);
        TraceItem fate = rig.Send(0, frame.Udp(1, 2).ToBytes()).Fate;
        Assert.Equal((Verdict.Drop, reason), (fate.Verdict, fate.Reason));
    }

    [Fact]
    public void Frames_for_others_and_unicast_in_frames_for_all_go_nowhere()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit);
        byte[] others = new Frame(RouterRig.Bytes(0x0200_0000_0007), RouterRig.Bytes(RouterRig.MacOf(0, 2))).Ipv4("10.0.0.2", "10.1.0.2").Udp(1, 2).ToBytes();
        Assert.Equal(DropReason.NotAddressed, rig.Send(0, others).Fate.Reason);
        byte[] everybody = new Frame([255, 255, 255, 255, 255, 255], RouterRig.Bytes(RouterRig.MacOf(0, 2))).Ipv4("10.0.0.2", "10.1.0.2").Udp(1, 2).ToBytes();
        Assert.Equal(DropReason.LinkBroadcast, rig.Send(0, everybody).Fate.Reason);
        Assert.Empty(rig.Session.Sent);
    }

    [Theory]
    [InlineData(RpFilter.No, "10.2.0.9", DropReason.None)]
    [InlineData(RpFilter.Loose, "10.2.0.9", DropReason.None)]
    [InlineData(RpFilter.Strict, "10.2.0.9", DropReason.RpFilter)]
    [InlineData(RpFilter.Strict, "10.0.0.9", DropReason.None)]
    [InlineData(RpFilter.Loose, "203.0.113.1", DropReason.RpFilter)]
    public void The_reverse_path_filter_asks_where_a_source_lies(RpFilter filter, string source, DropReason reason)
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, spec => spec with
        {
            Interfaces = [.. spec.Interfaces.Select(port => port with { RpFilter = filter })],
            Routes = [.. spec.Routes.Where(route => route.Length != 0)],
        });
        byte[] packet = RouterRig.From(0).Ipv4(source, "10.1.0.2").Udp(1, 2).ToBytes();
        Assert.Equal(reason, rig.Send(0, packet).Fate.Reason);

        // A connection that remembers its way is asked all the same.
        Assert.Equal(reason, rig.Send(0, packet).Fate.Reason);
    }

    [Fact]
    public void An_interface_of_a_VRF_goes_by_a_table_of_its_own()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, spec => spec with
        {
            Interfaces = [.. spec.Interfaces.Select(port => port.Number == 0 ? port with { Table = 1 } : port)],
            Routes =
            [
                .. spec.Routes.Where(route => route.Length != 0 && !route.Prefix.ToString().StartsWith("10.0.", StringComparison.Ordinal)),
                new(1, IPAddress.Parse("10.0.0.0"), 24, new NextHopSpec(NextHopKind.Connected, 0)),
                new(1, IPAddress.Parse("198.51.100.0"), 24, new NextHopSpec(NextHopKind.OtherTable, Table: 0)),
                new(0, IPAddress.Parse("198.51.100.0"), 24, new NextHopSpec(NextHopKind.Gateway, 2, IPAddress.Parse("10.2.0.3"))),
            ],
        });
        Assert.Equal(DropReason.NoRoute, rig.Send(0, Packet("10.1.0.2")).Fate.Reason);
        SentFrame leaked = Assert.Single(rig.Send(0, Packet("198.51.100.1")).Sent);
        Assert.Equal((2, (byte)3), (leaked.Interface, leaked.Bytes.Span[5]));

        static byte[] Packet(string destination) => RouterRig.From(0).Ipv4("10.0.0.2", destination).Udp(1, 2).ToBytes();
    }

    [Fact]
    public void A_VLAN_is_an_interface_with_a_tag()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, spec => spec with
        {
            Interfaces =
            [
                .. spec.Interfaces,
                new InterfaceSpec(7, InterfaceKind.Vlan, PortRole.Routed) { Port = 1, Peer = 1, VlanId = 77, Mac = 0x0200_0000_0001 },
            ],
            Addresses = [.. spec.Addresses, new(7, IPAddress.Parse("10.7.0.1"), 24)],
            Routes = [.. spec.Routes, new(0, IPAddress.Parse("10.7.0.0"), 24, new NextHopSpec(NextHopKind.Connected, 7))],
            Neighbours = [.. spec.Neighbours, new(7, IPAddress.Parse("10.7.0.2"), RouterRig.MacOf(1, 9))],
        });
        SentFrame tagged = Assert.Single(rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.7.0.2", timeToLive: 3).Udp(1, 2).ToBytes()).Sent);
        byte[] expected = new Frame(RouterRig.Bytes(RouterRig.MacOf(1, 9)), RouterRig.Bytes(0x0200_0000_0001)).Vlan(77)
            .Ipv4("10.0.0.2", "10.7.0.2", timeToLive: 2).Udp(1, 2).ToBytes();
        Assert.Equal((1, Convert.ToHexString(expected)), (tagged.Interface, Convert.ToHexString(tagged.Bytes.Span)));

        byte[] answer = new Frame(RouterRig.Bytes(0x0200_0000_0001), RouterRig.Bytes(RouterRig.MacOf(1, 9))).Vlan(77)
            .Ipv4("10.7.0.2", "10.0.0.2", timeToLive: 3).Udp(2, 1).ToBytes();
        (TraceItem fate, IReadOnlyList<SentFrame> back) = rig.Send(1, answer);
        Assert.Equal(ConnectionStateOfPacket.Established, fate.State);
        Assert.Equal(
            Convert.ToHexString(new Frame(RouterRig.Bytes(RouterRig.MacOf(0, 2)), RouterRig.Bytes(0x0200_0000_0000))
                .Ipv4("10.7.0.2", "10.0.0.2", timeToLive: 2).Udp(2, 1).ToBytes()),
            Convert.ToHexString(Assert.Single(back).Bytes.Span));
    }

    /// <summary>What is larger than its link is cut, options and all, and what came in fragments that still fit leaves in them.</summary>
    [Theory, Runtimes]
    public void A_packet_larger_than_its_link_is_cut(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, spec => spec with
        {
            Interfaces = [.. spec.Interfaces.Select(port => port.Number == 1 ? port with { Mtu = 700 } : port)],
        });
        byte[] options = [0x83, 7, 4, 10, 9, 9, 9, 0x07, 4, 0, 0, 0];
        byte[] packet = RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.2", options: options, id: 77).Udp(1, 2).Data(1400).ToBytes();
        rig.Run(0, packet);
        AssertWhole(rig.Session.Sent, packet, 32);
        Assert.Equal(0x83, rig.Session.Sent[1].Bytes.Span[34]);
        Assert.Equal(1, rig.Session.Sent[1].Bytes.Span[41]);

        // In halves that fit it leaves as it came; in pieces that do not, they are cut.
        byte[] plain = RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.2").Udp(1, 2).Data(1352).ToBytes();
        rig.Run(0, FragmentCut.Every(680, plain, id: 5));
        Assert.Equal([700, 700], rig.Session.Sent.Select(frame => frame.Bytes.Length - 14));
        AssertWhole(rig.Session.Sent, plain, 20);
        rig.Run(0, FragmentCut.Every(1000, plain, id: 6));
        AssertWhole(rig.Session.Sent, plain, 20);
        Assert.All(rig.Session.Sent, frame => Assert.InRange(frame.Bytes.Length - 14, 29, 700));
    }

    static void AssertWhole(IReadOnlyList<SentFrame> sent, byte[] packet, int header)
    {
        byte[] payload = new byte[packet.Length - 14 - header];
        int filled = 0;
        foreach (SentFrame frame in sent)
        {
            ReadOnlySpan<byte> bytes = frame.Bytes.Span;
            Assert.Equal(RouterRig.Bytes(RouterRig.MacOf(1, 2)), bytes[..6].ToArray());
            Assert.Equal(0, PlainChecksum.Internet(bytes[14..(14 + header)].ToArray()));
            int offset = (((bytes[20] & 0x1f) << 8) | bytes[21]) * 8;
            Assert.Equal(offset + bytes.Length - 14 - header < payload.Length, (bytes[20] & 0x20) != 0);
            bytes[(14 + header)..].CopyTo(payload.AsSpan(offset));
            filled += bytes.Length - 14 - header;
        }

        Assert.Equal(payload.Length, filled);
        Assert.Equal(packet[(14 + header)..], payload);
    }
}
