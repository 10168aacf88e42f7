using System.Net;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Routing;

/// <summary>Packets that go no further, and what their senders are told.</summary>
[Collection(Dpdk.Collection)]
public sealed class RefusalTests(Dpdk dpdk)
{
    [Theory, Runtimes]
    public void Time_that_ends_here_is_told_to_the_sender(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        using RouterRig rig = new(runtime);
        Frame packet = RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.3", timeToLive: 1).Udp(1000, 33434).Data(900);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, packet.ToBytes());
        Assert.Equal((Verdict.Drop, DropReason.TtlExpired), (fate.Verdict, fate.Reason));
        byte[] expected = Told(0, id: 0).Icmp(11).Data(packet.ToPacket()[..548]).ToBytes();
        expected[15] = 0xc0;
        Assert.Equal(Hex(Resealed(expected)), Hex(Assert.Single(sent).Bytes.Span));
    }

    [Theory, Runtimes]
    public void The_same_over_IPv6(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime);
        Frame packet = RouterRig.From(0).Ipv6("2001:db8::2", "2001:db8:1::3", hopLimit: 1).Udp(1000, 33434).Data(1400);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, packet.ToBytes());
        Assert.Equal(DropReason.TtlExpired, fate.Reason);
        byte[] expected = new Frame(RouterRig.Bytes(RouterRig.MacOf(0, 2)), RouterRig.Bytes(0x0200_0000_0000))
            .Ipv6("2001:db8::1", "2001:db8::2").Icmpv6(3).Data(packet.ToPacket()[..1232]).ToBytes();
        Assert.Equal(Hex(expected), Hex(Assert.Single(sent).Bytes.Span));
    }

    [Theory]
    [InlineData(NextHopKind.Unreachable, DropReason.Unreachable, 3, 1, 1, 0)]
    [InlineData(NextHopKind.Prohibit, DropReason.Prohibited, 3, 13, 1, 1)]
    [InlineData(NextHopKind.None, DropReason.NoRoute, 3, 0, 1, 0)]
    [InlineData(NextHopKind.Blackhole, DropReason.Blackhole, -1, 0, -1, 0)]
    public void Routes_that_lead_nowhere_say_so(NextHopKind kind, DropReason reason, int type4, int code4, int type6, int code6)
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, spec => spec with
        {
            Routes =
            [
                .. spec.Routes.Where(route => route.Length != 0),
                .. kind == NextHopKind.None ? (RouteSpec[])[] :
                [
                    new(0, IPAddress.Parse("198.51.100.0"), 24, new NextHopSpec(kind)),
                    new(0, IPAddress.Parse("2001:db8:ff::"), 48, new NextHopSpec(kind)),
                ],
            ],
        });
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "198.51.100.1").Udp(1, 2).ToBytes());
        Assert.Equal(reason, fate.Reason);
        Assert.Equal(type4 < 0 ? [] : [((byte)type4, (byte)code4)], sent.Select(frame => (frame.Bytes.Span[34], frame.Bytes.Span[35])));
        (fate, sent) = rig.Send(0, RouterRig.From(0).Ipv6("2001:db8::2", "2001:db8:ff::1").Udp(1, 2).ToBytes());
        Assert.Equal(reason, fate.Reason);
        Assert.Equal(type6 < 0 ? [] : [((byte)type6, (byte)code6)], sent.Select(frame => (frame.Bytes.Span[54], frame.Bytes.Span[55])));
    }

    [Fact]
    public void What_is_too_large_and_may_not_be_cut_is_told_the_size()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, Narrow);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) =
            rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.2", dontFragment: true).Udp(1, 2).Data(1253).ToBytes());
        Assert.Equal(DropReason.TooBig, fate.Reason);
        byte[] frame = Assert.Single(sent).Bytes.ToArray();
        Assert.Equal((3, 4, 1280), (frame[34], frame[35], (frame[40] << 8) | frame[41]));
        (fate, sent) = rig.Send(0, RouterRig.From(0).Ipv6("2001:db8::2", "2001:db8:1::2").Udp(1, 2).Data(1233).ToBytes());
        Assert.Equal(DropReason.TooBig, fate.Reason);
        frame = Assert.Single(sent).Bytes.ToArray();
        Assert.Equal((2, 0, 1280), (frame[54], frame[55], (frame[60] << 8) | frame[61]));

        // To the byte.
        Assert.Equal(Verdict.Forward, rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.2", dontFragment: true).Udp(1, 2).Data(1252).ToBytes()).Fate.Verdict);
        Assert.Equal(Verdict.Forward, rig.Send(0, RouterRig.From(0).Ipv6("2001:db8::2", "2001:db8:1::2").Udp(1, 2).Data(1232).ToBytes()).Fate.Verdict);
    }

    [Theory]
    [InlineData("an error", false)]
    [InlineData("a later fragment", false)]
    [InlineData("to a group", false)]
    [InlineData("from a group frame", false)]
    [InlineData("a query", true)]
    public void Errors_are_never_about_errors_fragments_or_groups(string what, bool told)
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, spec => spec with { Routes = [.. spec.Routes.Where(route => route.Length != 0)] });
        byte[] packet = what switch
        {
            "an error" => RouterRig.From(0).Ipv4("10.0.0.2", "198.51.100.1").Icmp(3, 3)
                .Data(new Frame().Ipv4("198.51.100.1", "10.0.0.2").Udp(1, 2).ToPacket()).ToBytes(),
            "a later fragment" => RouterRig.From(0).Ipv4("10.0.0.2", "198.51.100.1", fragmentOffset: 80, protocol: 17).Data(30).ToBytes(),
            "to a group" => RouterRig.From(0).Ipv4("10.0.0.2", "239.1.2.3", timeToLive: 1).Udp(1, 2).ToBytes(),
            "from a group frame" => new Frame([1, 0, 0x5e, 0, 0, 1], RouterRig.Bytes(RouterRig.MacOf(0, 2)))
                .Ipv4("10.0.0.2", "198.51.100.1").Udp(1, 2).ToBytes(),
            _ => RouterRig.From(0).Ipv4("10.0.0.2", "198.51.100.1").Icmp(8, 0, 1, 1).ToBytes(),
        };
        Assert.Equal(told ? 1 : 0, rig.Send(0, packet).Sent.Count);
        rig.Wait(TimeSpan.FromMinutes(2));
        rig.Run(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.2").Udp(1, 2).ToBytes());
    }

    /// <summary>A traceroute's three questions at once are answered, a flood is not, and afterwards a question is again.</summary>
    [Fact]
    public void Errors_to_one_target_are_limited()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit);
        byte[] packet = RouterRig.From(0).Ipv4("10.0.0.2", "10.1.0.3", timeToLive: 1).Udp(1000, 33434).ToBytes();
        int told = 0;
        for (int n = 0; n < 100; n++)
        {
            rig.Wait(TimeSpan.FromMilliseconds(1));
            told += rig.Send(0, packet).Sent.Count;
        }

        Assert.InRange(told, 14, 18);
        rig.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(6, rig.Run(0, [.. Enumerable.Repeat(packet, 10)]).Length - 4);
        Assert.Equal(6, rig.Session.Sent.Count);
    }

    [Fact]
    public void A_shorter_way_is_told_when_asked_for()
    {
        byte[] packet = RouterRig.From(0).Ipv4("10.0.0.2", "203.0.113.5").Udp(1, 2).ToBytes();
        foreach (bool redirects in (bool[])[false, true])
        {
            using RouterRig rig = new(DataplaneRuntime.Jit, spec => spec with
            {
                Switches = spec.Switches | (redirects ? RouterSwitches.SendRedirects : RouterSwitches.None),
                Routes = [.. spec.Routes, new(0, IPAddress.Parse("203.0.113.0"), 24, new NextHopSpec(NextHopKind.Gateway, 0, IPAddress.Parse("10.0.0.3")))],
            });
            (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, packet);
            Assert.Equal(Verdict.Forward, fate.Verdict);
            Assert.Equal(redirects ? 2 : 1, sent.Count);
            if (redirects)
            {
                byte[] told = sent.First(frame => frame.Bytes.Span[23] == 1).Bytes.ToArray();
                Assert.Equal((5, 1, "10.0.0.3"), (told[34], told[35], new IPAddress(told[38..42]).ToString()));
            }
        }
    }

    static RouterSpec Narrow(RouterSpec spec) =>
        spec with { Interfaces = [.. spec.Interfaces.Select(port => port.Number == 1 ? port with { Mtu = 1280 } : port)] };

    static Frame Told(int port, int id) => new Frame(RouterRig.Bytes(RouterRig.MacOf(port, 2)), RouterRig.Bytes(0x0200_0000_0000ul + (uint)port))
        .Ipv4($"10.{port}.0.1", $"10.{port}.0.2", id: id);

    /// <summary>With the right header checksum again.</summary>
    static byte[] Resealed(byte[] frame)
    {
        frame[24] = frame[25] = 0;
        int sum = PlainChecksum.Internet(frame[14..34]);
        frame[24] = (byte)(sum >> 8);
        frame[25] = (byte)sum;
        return frame;
    }

    static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);
}
