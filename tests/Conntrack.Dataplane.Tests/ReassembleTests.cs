using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using Conntrack.Testing;
using static Conntrack.Dataplane.Tests.Replays.Endpoints;
using static Conntrack.Testing.FragmentCut;

namespace Conntrack.Dataplane.Tests;

/// <summary>
/// Fragments on a wire: tracked as the datagram they are, sent as the fragments they were, with one burst size as with another. Every
/// replay checks that the books balance and that no buffer is lost.
/// </summary>
[Collection(Dpdk.Collection)]
public sealed class ReassembleTests(Dpdk dpdk)
{
    const int Largest4 = 65_535 - 20 - 8;
    const int Largest6 = 65_535 - 8;

    static readonly (byte[] Four, byte[] Six) s_small = (V4(1, 1).Udp(100).ToBytes(), V6(1, 1).Udp(100).ToBytes());

    /// <summary>What may be done to the fragments of a datagram of 108 bytes in pieces of 24 so that it still becomes whole.</summary>
    static readonly Dictionary<string, Func<byte[], byte[][]>> s_whole = new()
    {
        ["in order"] = frame => Every(24, frame),
        ["reversed"] = frame => [.. Every(24, frame).Reverse()],
        ["the last first"] = frame => [Piece(frame, 96, 12), Piece(frame, 0, 48), Piece(frame, 48, 48)],
        ["a hole filled last"] = frame => [Piece(frame, 0, 24), Piece(frame, 48, 60), Piece(frame, 24, 24)],
        ["two holes, from behind"] = frame => [Piece(frame, 96, 12), Piece(frame, 48, 24), Piece(frame, 0, 24), Piece(frame, 72, 24), Piece(frame, 24, 24)],
        ["two pieces"] = frame => [Piece(frame, 0, 56), Piece(frame, 56, 52)],
        ["eight bytes each"] = frame => Every(8, frame),
        ["a last one of one byte"] = frame => [Piece(frame[..^3], 0, 104, more: true), Piece(frame[..^3], 104, 1)],
    };

    public static TheoryData<DataplaneRuntime, string> Whole() => Rows(s_whole.Keys);

    [Theory, MemberData(nameof(Whole))]
    public void Fragments_of_a_datagram_are_one_packet_of_its_connection(DataplaneRuntime runtime, string name)
    {
        foreach (byte[] frame in new[] { s_small.Four, s_small.Six })
        {
            // What the checksum is right for: the case of a byte more is a datagram cut short, and so invalid.
            byte[][] fragments = s_whole[name](frame);
            bool cutShort = name.Contains("one byte", StringComparison.Ordinal);
            ReplayResult result = Everyhow(runtime, Sequence(fragments));
            Assert.Equal(cutShort ? ConnectionStateOfPacket.Invalid : ConnectionStateOfPacket.New, result.Trace[^1].State);
            Assert.Equal((Verdict.Forward, (ushort)1), (result.Trace[^1].Verdict, result.Trace[^1].OutInterface));
            Assert.All(result.Trace.SkipLast(1), item => Assert.Equal(
                (Verdict.Consume, HeldFate.Reassembled, Packet.NoInterface), (item.Verdict, item.Fate, item.OutInterface)));
            Assert.Equal(InOrder(fragments), result.Outputs[1].Select(sent => Convert.ToHexString(sent.Bytes)));
            Assert.All(result.Outputs[1], sent => Assert.Equal(Traffic.Epoch + (long)result.Trace[^1].Nanoseconds, sent.Nanoseconds));
            ulong count = (ulong)fragments.Length;
            Assert.Equal((count, count - 1, count - 1), (result.Counters.Sent, result.Counters.Consumed, result.Counters.Generated));
            if (!cutShort)
            {
                // Counted as one packet, of the bytes it has in one piece: without a fragment header.
                ConnectionLine line = Assert.Single(result.Connections);
                Assert.Equal((1ul, (ulong)(frame.Length - 14)), (line.OriginalPackets, line.OriginalBytes));
                Assert.Equal((40000, 80), (line.SrcPort, line.DstPort));
            }
        }
    }

    /// <summary>What keeps a datagram from becoming whole, or does not: the reason of every fragment in order of arrival.</summary>
    static readonly Dictionary<string, (Func<byte[], byte[][]> Cut, string Four, string Six)> s_refused = new()
    {
        ["an exact duplicate"] = (f => [Piece(f, 0, 48), Piece(f, 0, 48), Piece(f, 48, 60)], "r D f", "r D f"),
        ["a duplicate of the last"] = (f => [Piece(f, 48, 60), Piece(f, 48, 60), Piece(f, 0, 48)], "r D f", "r D f"),
        ["a part of what is there"] = (f => [Piece(f, 0, 48), Piece(f, 16, 16), Piece(f, 48, 60)], "r D f", "r D f"),
        ["two at once, within a run"] = (f => [Piece(f, 0, 24), Piece(f, 24, 24), Piece(f, 0, 48), Piece(f, 48, 60)], "r r D f", "r r D f"),
        ["over the edge of what is there"] = (f => [Piece(f, 0, 48), Piece(f, 40, 24), Piece(f, 48, 60)], "O O h", "O O h"),
        ["over the front of what is there"] = (f => [Piece(f, 48, 24), Piece(f, 24, 32), Piece(f, 0, 24)], "O O h", "O O h"),
        ["around what is there"] = (f => [Piece(f, 24, 24), Piece(f, 0, 72), Piece(f, 72, 36)], "O O h", "O O h"),
        ["two at once, over a border"] = (f => [Piece(f, 24, 24), Piece(f, 0, 24), Piece(f, 0, 48), Piece(f, 48, 60)], "O O O h", "O O O h"),
        ["nothing in it"] = (f => [Piece(f, 0, 48), Piece(f, 48, 0, more: true), Piece(f, 48, 60)], "B B h", "r B f"),
        ["an end of nothing"] = (f => [Piece(f, 0, 48), Piece(f, 48, 0, more: false), Piece(f, 48, 60)], "B B h", "r B f"),
        ["an end before the end"] = (f => [Piece(f, 48, 60), Piece(f, 8, 40, more: false)], "B B", "h B"),
        ["an end behind the end"] = (f => [Piece(f, 48, 60), Piece(f, 48, 72, more: false)], "B B", "h B"),
        ["more behind the end"] = (f => [Piece(f, 48, 60), Piece(f, 112, 16, more: true)], "B B", "h B"),
        ["beyond the largest packet"] = (f => [Piece(f, 0, 48), Piece(f, 65_528, 16, more: false)], "B B", "h B"),
        ["an uneven length with more to follow"] = (f => [Piece(f, 0, 51, more: true), Piece(f, 48, 60)], "r f", "B h"),
        ["nothing but an uneven rest"] = (f => [Piece(f, 0, 48), Piece(f, 48, 7, more: true)], "B B", "B B"),
    };

    public static TheoryData<DataplaneRuntime, string> Refused() => Rows(s_refused.Keys);

    [Theory, MemberData(nameof(Refused))]
    public void Every_fragment_has_its_fate(DataplaneRuntime runtime, string name)
    {
        (Func<byte[], byte[][]> cut, string four, string six) = s_refused[name];
        foreach ((byte[] frame, string fates) in new[] { (s_small.Four, four), (s_small.Six, six) })
        {
            ReplayResult result = Everyhow(runtime, Sequence(cut(frame)));
            IEnumerable<string> actual = result.Trace.OrderBy(item => item.FrameNumber).Select(Letter);
            Assert.True(fates == string.Join(' ', actual), $"{name}: expected {fates}, found {string.Join(' ', actual)}");
        }
    }

    [Theory, Runtimes]
    public void Sixty_four_kilobytes(DataplaneRuntime runtime)
    {
        foreach (byte[] frame in new[] { V4(1, 1).Udp(Largest4).ToBytes(), V6(1, 1).Udp(Largest6).ToBytes() })
        {
            foreach (int payload in new[] { 1480, 1448, 552, 64, 32_000 })
            {
                byte[][] fragments = Every(payload, frame);
                if (fragments.Length > FragmentTable.MostFragments)
                {
                    continue;
                }

                ReplayResult result = (Sequence(fragments).ToReplay(dpdk) with { Runtime = runtime }).Run();
                Assert.Equal(ConnectionStateOfPacket.New, result.Trace[^1].State);
                Assert.Equal(fragments, result.Outputs[1].Select(sent => sent.Bytes));
                Assert.Equal((ulong)(frame.Length - 14), Assert.Single(result.Connections).OriginalBytes);
            }
        }
    }

    /// <summary>The whole would be longer than any length field can say (the ping of death).</summary>
    [Theory, Runtimes]
    public void A_datagram_too_large_for_its_length_field(DataplaneRuntime runtime)
    {
        byte[] four = new Frame().Ipv4("192.0.2.1", "198.51.100.1", options: new byte[8]).Udp(1, 2).Data(Largest4 - 8).ToBytes();
        byte[] six = new Frame().Ipv6("2001:db8::1", "2001:db8::2").DestinationOptions().Udp(1, 2).Data(Largest6 - 8).ToBytes();
        foreach ((byte[] frame, int headers) in new[] { (four, 0), (six, 8) })
        {
            int whole = PayloadOf(frame, headers).Length;
            byte[] first = Piece(frame, 0, 32_000, unfragmentable: headers);
            byte[] last = Piece(frame, 32_000, whole - 32_000, unfragmentable: headers);
            byte[] longer = Piece(frame, 32_000, whole - 32_000 + 1, unfragmentable: headers);
            Assert.Equal(["r", "f"], Everyhow(runtime, Sequence(first, last)).Trace.Select(Letter));
            Assert.Equal(["B", "B"], Everyhow(runtime, Sequence(first, longer)).Trace.Select(Letter));
        }
    }

    /// <summary>A microsecond before its time is over the last fragment completes the datagram, at the end it waits alone.</summary>
    [Theory, Runtimes]
    public void Time_is_bounded(DataplaneRuntime runtime)
    {
        foreach ((byte[] frame, uint seconds) in new[] { (s_small.Four, FragmentTable.Seconds4), (s_small.Six, FragmentTable.Seconds6) })
        {
            byte[][] pieces = Every(56, frame);
            TimeSpan time = TimeSpan.FromSeconds(seconds);
            Traffic justInTime = new Traffic().In(0, pieces[0]).Wait(time - TimeSpan.FromMicroseconds(1)).In(0, pieces[1]);
            Assert.Equal(["r", "f"], Everyhow(runtime, justInTime).Trace.Select(Letter));

            // A later fragment does not prolong it, and what is due comes before the frame at that instant, whatever it is.
            Traffic tooLate = new Traffic().In(0, pieces[0]).Wait(time).In(1, V4(9, 9).Udp()).In(0, pieces[1]);
            ReplayResult late = Everyhow(runtime, tooLate, time - TimeSpan.FromMicroseconds(1));
            Assert.Equal(["T", "f", "h"], late.Trace.Select(Letter));
            Assert.Equal([1u, 1u, 2u], late.Trace.Select(item => item.FrameNumber));
            Assert.Equal(1ul, late.Counters.Held);
            Assert.Equal(["T", "f", "T"], Everyhow(runtime, tooLate, time).Trace.Select(Letter));
        }
    }

    [Theory, Runtimes]
    public void What_tells_datagrams_apart(DataplaneRuntime runtime)
    {
        // Each pair is one datagram in all but one thing, so that neither half finds the other; then everything comes again, swapped.
        byte[] a = V4(1, 1).Udp(100).ToBytes(), six = V6(1, 1).Udp(100).ToBytes();
        byte[] tagged = V4(1, 1).Ip(new Frame().Vlan(7)).Udp(40000, 80).Data(100).ToBytes();
        byte[] twice = V4(1, 1).Ip(new Frame().Vlan(7).Vlan(8)).Udp(40000, 80).Data(100).ToBytes();
        byte[] lite = new Frame().Ipv4(V4(1, 1).Src, V4(1, 1).Dst).UdpLite(40000, 80).Data(100).ToBytes();
        (byte[] Frame, uint Id)[] datagrams =
        [
            (a, 1), (a, 2), (V4(1, 2).Udp(100).ToBytes(), 1), (V4(2, 1).Udp(100).ToBytes(), 1), (tagged, 1), (twice, 1), (lite, 1),
            (six, 1), (six, 0x10001), (V6(1, 2).Udp(100).ToBytes(), 1),
        ];
        Traffic traffic = new();
        traffic.In(0, [.. datagrams.Select(d => Piece(d.Frame, 0, 56, d.Id))]).Wait(TimeSpan.FromMilliseconds(1));
        traffic.In(0, [.. datagrams.Reverse().Select(d => Piece(d.Frame, 56, 52, d.Id))]);
        ReplayResult result = Everyhow(runtime, traffic);
        Assert.Equal(datagrams.Length, result.Trace.Count(item => Letter(item) == "f"));
        Assert.Equal(datagrams.Reverse().SelectMany(d => Every(56, d.Frame, d.Id)), result.Outputs[1].Select(sent => sent.Bytes));
    }

    /// <summary>Over two paths, or with other marks and hops, it is one datagram; on a link of its own it is that link's.</summary>
    [Theory, Runtimes]
    public void What_does_not_tell_datagrams_apart(DataplaneRuntime runtime)
    {
        byte[][] pieces = Every(56, s_small.Four);
        Traffic paths = new Traffic(3).In(0, pieces[0]).Wait(TimeSpan.FromMilliseconds(1)).In(1, pieces[1]);
        PortRole[] roles = [PortRole.Wire, PortRole.Wire, PortRole.Wire];
        Assert.Equal(["r", "f"], Everyhow(runtime, paths, roles: roles).Trace.Select(Letter));

        byte[][] local = Every(56, new Frame().Ipv6("fe80::1", "fe80::2").Udp(1, 2).Data(100).ToBytes());
        Traffic links = new Traffic(3).In(0, local[0]).Wait(TimeSpan.FromMilliseconds(1)).In(1, local[1]);
        Assert.Equal(["h", "h"], Everyhow(runtime, links, roles: roles).Trace.Select(Letter));
    }

    [Theory, Runtimes]
    public void Frames_leave_bit_for_bit_whatever_they_were(DataplaneRuntime runtime)
    {
        byte[][][] datagrams =
        [
            [.. Every(8, V4(1, 1).Ip(new Frame().Vlan(7)).Udp(5, 6).Data(20).ToBytes()).Select(f => (byte[])[.. f, 0, 0, 0, 0, 0, 0])],
            [.. Every(136, V4(8, 1).Udp(200).ToBytes()).Select(f => (byte[])[.. f, 1, 2, 3, 4, 5, 6])],
            Every(16, new Frame().Ipv6("2001:db8::1", "2001:db8::2").HopByHop().DestinationOptions().Udp(7, 8).Data(60).ToBytes(), unfragmentable: 16),
            Every(24, new Frame().Ipv4("192.0.2.1", "192.0.2.9", options: [7, 3, 4, 0], dontFragment: true).Icmp(8, 0, 1, 1).Data(60).ToBytes()),
            [.. Every(32, s_small.Four).Select((f, i) => Hopped(f, 60 + i))],
            Every(2504, V6(3, 3).Udp(9000).ToBytes()),
        ];
        Traffic traffic = Sequence([.. datagrams.SelectMany(d => d)]);
        ReplayResult result = Everyhow(runtime, traffic);
        Assert.Equal(datagrams.SelectMany(d => d), result.Outputs[1].Select(sent => sent.Bytes));
        Assert.DoesNotContain(ConnectionStateOfPacket.Invalid, result.States);
        Assert.Equal(datagrams.Length, result.Connections.Count);
    }

    /// <summary>A TCP header that begins in one fragment and goes on in the next three.</summary>
    [Theory, Runtimes]
    public void A_transport_header_over_several_fragments(DataplaneRuntime runtime)
    {
        foreach (Endpoints ends in new[] { V4(1, 1), V6(1, 1) })
        {
            byte[][] syn = Every(8, ends.Tcp(Syn).ToBytes(), 1), answer = Every(8, ends.Turned.Tcp(Syn | Ack).ToBytes(), 1);
            byte[][] data = Every(8, ends.Tcp(Ack, 200).ToBytes(), 2);
            Traffic traffic = new Traffic().In(0, syn[0]).In(0, syn[2]).In(0, syn[1]).Wait(TimeSpan.FromMilliseconds(1));
            traffic.In(1, answer[2]).In(1, answer[1]).In(1, answer[0]).Wait(TimeSpan.FromMilliseconds(1)).In(0, data);
            ReplayResult result = Everyhow(runtime, traffic);
            Assert.Equal(
                [ConnectionStateOfPacket.New, ConnectionStateOfPacket.Established, ConnectionStateOfPacket.Established],
                result.States.Where(state => state != ConnectionStateOfPacket.None));
            Assert.Equal([.. syn, .. data], result.Outputs[1].Select(sent => sent.Bytes));
            Assert.Equal(answer, result.Outputs[0].Select(sent => sent.Bytes));
        }
    }

    /// <summary>A checksum is that of the whole, and where it is wrong the datagram is invalid and passes.</summary>
    [Theory, Runtimes]
    public void A_wrong_checksum_of_the_whole(DataplaneRuntime runtime)
    {
        foreach (byte[] frame in new[] { s_small.Four, s_small.Six })
        {
            byte[][] pieces = Every(56, frame);
            pieces[1][^1] ^= 1;
            ReplayResult result = Everyhow(runtime, Sequence(pieces));
            Assert.Equal((ConnectionStateOfPacket.Invalid, Verdict.Forward), (result.Trace[^1].State, result.Trace[^1].Verdict));
            Assert.Equal(pieces, result.Outputs[1].Select(sent => sent.Bytes));
            Assert.Empty(result.Connections);
        }
    }

    /// <summary>A fragment alone that says it is whole is (RFC 6946), and does not touch what waits under its name.</summary>
    [Theory, Runtimes]
    public void Atomic_fragments_pass_straight_on(DataplaneRuntime runtime)
    {
        byte[][] pieces = Every(56, s_small.Six);
        byte[] atomic = new Frame().Ipv6(V6(1, 1).Src, V6(1, 1).Dst).Fragment(0, false).Udp(40000, 80).Data(5).ToBytes();
        ReplayResult result = Everyhow(runtime, Sequence(pieces[0], atomic, pieces[1]));
        Assert.Equal(["f", "r", "f"], result.Trace.Select(Letter));
        Assert.Equal([atomic, .. pieces], result.Outputs[1].Select(sent => sent.Bytes));
        Assert.Equal(2ul, Assert.Single(result.Connections).OriginalPackets);
    }

    [Theory, Runtimes]
    public void While_nothing_is_tracked_nothing_waits(DataplaneRuntime runtime)
    {
        var off = TrackingDefaults.Parameters();
        off.Enabled = 0;
        byte[][] pieces = [.. Every(56, s_small.Six).Reverse()];
        ReplayResult result = Invariance.Assert(Sequence(pieces).ToReplay(dpdk) with { Runtime = runtime, Tracking = off }, "");
        Assert.All(result.Trace, item => Assert.Equal((Verdict.Forward, ConnectionStateOfPacket.Untracked), (item.Verdict, item.State)));
        Assert.Equal(pieces, result.Outputs[1].Select(sent => sent.Bytes));
    }

    [Theory, Runtimes]
    public void An_observed_datagram_goes_nowhere(DataplaneRuntime runtime)
    {
        ReplayResult result = Everyhow(runtime, new Traffic(1).In(0, Every(56, s_small.Four)));
        Assert.Equal(["r", "f"], result.Trace.Select(Letter));
        Assert.Equal((2ul, 0ul, 0ul), (result.Counters.Consumed, result.Counters.Sent, result.Counters.Generated));
    }

    static byte[] Hopped(byte[] frame, int hops)
    {
        byte[] hopped = [.. frame];
        hopped[22] = (byte)hops;
        (hopped[24], hopped[25]) = (0, 0);
        int checksum = PlainChecksum.Internet(hopped[14..34]);
        (hopped[24], hopped[25]) = ((byte)(checksum >> 8), (byte)checksum);
        return hopped;
    }

    /// <summary>Frames a microsecond apart on one side.</summary>
    static Traffic Sequence(params byte[][] frames)
    {
        Traffic traffic = new();
        foreach (byte[] frame in frames)
        {
            traffic.In(0, frame).Wait(TimeSpan.FromMicroseconds(1));
        }

        return traffic;
    }

    /// <summary>By their offset, as they leave.</summary>
    static IEnumerable<string> InOrder(byte[][] fragments) =>
        fragments.OrderBy(f => f[14] >> 4 == 6 ? ((f[56] << 8) | f[57]) & 0xfff8 : ((f[20] << 8) | f[21]) & 0x1fff).Select(Convert.ToHexString);

    static string Letter(TraceItem item) => (item.Fate, item.Reason) switch
    {
        (HeldFate.Reassembled, _) => "r",
        (HeldFate.StillHeld, _) => "h",
        (_, DropReason.FragmentDuplicate) => "D",
        (_, DropReason.FragmentOverlap) => "O",
        (_, DropReason.BadFragment) => "B",
        (_, DropReason.FragmentTimeout) => "T",
        (_, DropReason.FragmentLimit) => "L",
        (_, DropReason.None) when item.Verdict == Verdict.Forward => "f",
        _ => $"{item.Verdict} {item.Reason}",
    };

    static TheoryData<DataplaneRuntime, string> Rows(IEnumerable<string> names)
    {
        TheoryData<DataplaneRuntime, string> rows = [];
        foreach (string name in names)
        {
            rows.Add(DataplaneRuntime.Aot, name);
            rows.Add(DataplaneRuntime.Jit, name);
        }

        return rows;
    }

    ReplayResult Everyhow(DataplaneRuntime runtime, Traffic traffic, TimeSpan runOn = default, IReadOnlyList<PortRole>? roles = null) =>
        Invariance.Assert(traffic.ToReplay(dpdk) with { Runtime = runtime, RunOn = runOn, Roles = roles }, "");
}
