using System.Net;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Rules;

/// <summary>What every target does to the packet, its connection, its sender and the lists.</summary>
[Collection(Dpdk.Collection)]
public sealed class EffectTests(Dpdk dpdk)
{
    [Theory]
    [InlineData(RejectWith.NetworkUnreachable, 3, 0, 1, 0)]
    [InlineData(RejectWith.HostUnreachable, 3, 1, 1, 3)]
    [InlineData(RejectWith.ProtocolUnreachable, 3, 2, 1, 4)]
    [InlineData(RejectWith.PortUnreachable, 3, 3, 1, 4)]
    [InlineData(RejectWith.NetworkProhibited, 3, 9, 1, 1)]
    [InlineData(RejectWith.HostProhibited, 3, 10, 1, 1)]
    [InlineData(RejectWith.AdminProhibited, 3, 13, 1, 1)]
    [InlineData(RejectWith.AddressUnreachable, 3, 1, 1, 3)]
    [InlineData(RejectWith.NotNeighbour, 3, 1, 1, 2)]
    public void Reject_tells_the_sender(RejectWith with, int type4, int code4, int type6, int code6)
    {
        Assert.NotNull(dpdk);
        RuleSpec rule = Rule(RuleChain.FilterForward4, RuleTarget.Reject, new() { RejectWith = with });
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: [rule, rule with { Chain = RuleChain.FilterForward6, CounterSlot = 1 }]);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, Ip().Udp(5, 6).ToBytes());
        Assert.Equal((Verdict.Reject, DropReason.Filter), (fate.Verdict, fate.Reason));
        Assert.Equal((type4, code4), (Assert.Single(sent).Bytes.Span[34], (int)sent[0].Bytes.Span[35]));
        sent = rig.Send(0, RouterRig.From(0).Ipv6("2001:db8::2", "2001:db8:2::2").Udp(5, 6).ToBytes()).Sent;
        Assert.Equal((type6, code6), (Assert.Single(sent).Bytes.Span[54], (int)sent[0].Bytes.Span[55]));
    }

    [Fact]
    public void Reject_never_answers_errors_groups_and_later_fragments()
    {
        using RouterRig rig = new(
            DataplaneRuntime.Jit,
            rules: [Rule(RuleChain.FilterForward4, RuleTarget.Reject, null), Rule(RuleChain.FilterInput4, RuleTarget.Reject, null) with { CounterSlot = 1 }]);
        Frame quoted = Ip().Udp(5, 6).Data(8);
        Assert.Empty(rig.Send(0, Ip().Icmp(3, 1).Data(quoted.ToPacket()).ToBytes()).Sent);
        Assert.Empty(rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "224.0.0.5").Udp(5, 6).ToBytes()).Sent);
        Assert.Empty(rig.Send(0, Ip().Tcp(5, 6, flags: 2, checksum: 3).ToBytes()).Sent);
    }

    /// <summary>RFC 9293 3.10.7.1: with an acknowledgment its number is the sequence, without one the segment is acknowledged.</summary>
    [Theory]
    [InlineData(0x02, 0, 100u, 77u, 0x14, 0u, 101u)]
    [InlineData(0x10, 10, 100u, 77u, 0x04, 77u, 0u)]
    [InlineData(0x02, 5, 100u, 77u, 0x14, 0u, 106u)]
    public void A_reset_is_one_the_sender_believes(
        int flags, int data, uint sequence, uint acknowledgment, int resetFlags, uint resetSequence, uint resetAcknowledgment)
    {
        RuleSpec rule = Rule(RuleChain.FilterForward4, RuleTarget.Reject, new() { RejectWith = RejectWith.TcpReset });
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: [rule, rule with { Chain = RuleChain.FilterForward6, CounterSlot = 1 }]);
        byte[] heard = Ip().Tcp(5, 6, flags, sequence, acknowledgment).Data(data).ToBytes();
        SentFrame sent = Assert.Single(rig.Send(0, heard).Sent);
        byte[] expected = new Frame(RouterRig.Bytes(RouterRig.MacOf(0, 2)), RouterRig.Bytes(0x0200_0000_0000))
            .Ipv4("10.2.0.2", "10.0.0.2", id: 0).Tcp(6, 5, resetFlags, resetSequence, resetAcknowledgment, window: 0).ToBytes();
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(sent.Bytes.Span));
        heard = RouterRig.From(0).Ipv6("2001:db8::2", "2001:db8:2::2").Tcp(5, 6, flags, sequence, acknowledgment).Data(data).ToBytes();
        expected = new Frame(RouterRig.Bytes(RouterRig.MacOf(0, 2)), RouterRig.Bytes(0x0200_0000_0000))
            .Ipv6("2001:db8:2::2", "2001:db8::2").Tcp(6, 5, resetFlags, resetSequence, resetAcknowledgment, window: 0).ToBytes();
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Assert.Single(rig.Send(0, heard).Sent).Bytes.Span));
    }

    [Fact]
    public void A_reset_answers_TCP_alone_and_no_reset()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: Rule(RuleChain.FilterForward4, RuleTarget.Reject, new() { RejectWith = RejectWith.TcpReset }));
        Assert.Empty(rig.Send(0, Ip().Udp(5, 6).ToBytes()).Sent);
        Assert.Empty(rig.Send(0, Ip().Tcp(5, 6, flags: 4).ToBytes()).Sent);
        Assert.Empty(rig.Send(0, Ip().Tcp(5, 6, flags: 2, checksum: 9).ToBytes()).Sent);
    }

    [Fact]
    public void A_tarpit_takes_a_connection_up_and_no_data()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: Rule(RuleChain.FilterForward4, RuleTarget.Tarpit, null));
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(0, Ip().Tcp(5, 6, flags: 2, sequence: 100).ToBytes());
        Assert.Equal(Verdict.Tarpit, fate.Verdict);
        byte[] answer = Assert.Single(sent).Bytes.ToArray();
        Assert.Equal((0x12, 101, 5), (answer[47], answer[45], answer[49]));
        Assert.Empty(rig.Send(0, Ip().Tcp(5, 6, sequence: 101).ToBytes()).Sent);
        answer = Assert.Single(rig.Send(0, Ip().Tcp(5, 6, sequence: 101).Data(7).ToBytes()).Sent).Bytes.ToArray();
        Assert.Equal((0x10, 101, 0), (answer[47], answer[45], answer[49]));
    }

    /// <summary>Every checksum of what leaves is that of the frame a sender would have made so itself.</summary>
    [Fact]
    public void Headers_are_changed_with_their_checksums()
    {
        byte[] mss = [2, 4, 5, 180], odd = [1, 2, 4, 5, 180, 1, 1, 1];
        Assert.Equal(Out(Ip(ttl: 63).Tcp(1, 2, 2, options: Mss(mss, 0))), Sent(RuleTarget.ChangeMss, new() { Value = 1300 }, Ip().Tcp(1, 2, 2, options: mss)));
        Assert.Equal(Out(Ip(ttl: 63).Tcp(1, 2, 2, options: Mss(odd, 1))), Sent(RuleTarget.ChangeMss, new() { Value = 1300 }, Ip().Tcp(1, 2, 2, options: odd)));
        Assert.Equal(Out(Ip(ttl: 63).Tcp(1, 2, 2, options: mss)), Sent(RuleTarget.ChangeMss, new() { Value = 1470 }, Ip().Tcp(1, 2, 2, options: mss)));
        Assert.Equal(Out(Ip(ttl: 63).Tcp(1, 2, 2, options: mss)), Sent(RuleTarget.ChangeMss, new() { Value = 0 }, Ip().Tcp(1, 2, 2, options: mss)));
        Assert.Equal(Out(Ip(ttl: 9).Udp(1, 2)), Sent(RuleTarget.ChangeTtl, new() { Value = 10 }, Ip().Udp(1, 2)));
        Assert.Equal(Out(Ip(ttl: 65).Udp(1, 2)), Sent(RuleTarget.ChangeTtl, new() { Value = 2, Ttl = TtlChange.Increment }, Ip().Udp(1, 2)));
        Assert.Equal(Out(Ip(ttl: 61).Udp(1, 2)), Sent(RuleTarget.ChangeTtl, new() { Value = 2, Ttl = TtlChange.Decrement }, Ip().Udp(1, 2)));
        Assert.Equal(Out(Ip(ttl: 63).Udp(1, 2)), Sent(RuleTarget.ClearDf, null, Ip(dontFragment: true).Udp(1, 2)));
        Assert.Equal(
            Out(Ip(ttl: 63, options: [1, 1, 1, 1]).Udp(1, 2)), Sent(RuleTarget.StripIpv4Options, null, Ip(options: [148, 4, 0, 0]).Udp(1, 2)));
        byte[] marked = Convert.FromHexString(Sent(RuleTarget.ChangeDscp, new() { Value = 46 }, Ip().Udp(1, 2)));
        Assert.Equal(46 << 2, marked[15]);
        Assert.Equal(0, PlainChecksum.Internet(marked[14..34]));
    }

    [Fact]
    public void Marks_are_asked_for_by_later_rules_and_chains()
    {
        RuleSpec[] rules =
        [
            Rule(RuleChain.ManglePrerouting4, RuleTarget.MarkConnection, new() { Value = 4 }) with { DstPort = RuleMatch.Ports(80, 80) },
            Rule(RuleChain.ManglePrerouting4, RuleTarget.MarkPacket, new() { Value = 9, Passthrough = false })
                with { Number = 1, CounterSlot = 1, Conditions = [RuleCondition.ConnectionMark(4)] },
            Rule(RuleChain.ManglePrerouting4, RuleTarget.Passthrough, null) with { Number = 2, CounterSlot = 2 },
            Rule(RuleChain.FilterForward4, RuleTarget.Drop, null) with { CounterSlot = 3, Conditions = [RuleCondition.PacketMark(9)] },
        ];
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: rules);
        Assert.Equal(DropReason.Filter, rig.Send(0, Ip().Udp(7, 80).ToBytes()).Fate.Reason);
        Assert.Equal(DropReason.None, rig.Send(0, Ip().Udp(7, 81).ToBytes()).Fate.Reason);
        Assert.Equal([1ul, 1ul, 1ul, 1ul], Enumerable.Range(0, 4).Select(slot => rig.Session.Dataplane.CountersOfRule((uint)slot).Packets));
    }

    [Fact]
    public void Mangle_has_five_chains()
    {
        RuleChain[] chains =
        [
            RuleChain.ManglePrerouting4, RuleChain.MangleInput4, RuleChain.MangleForward4, RuleChain.MangleOutput4, RuleChain.ManglePostrouting4,
        ];
        RuleSpec[] rules = [.. chains.Select((chain, n) => Rule(chain, RuleTarget.Passthrough, null) with { CounterSlot = (uint)n })];
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: rules);
        rig.Send(0, Ip().Udp(7, 80).ToBytes());
        Assert.Equal([1ul, 0ul, 1ul, 0ul, 1ul], Counts());
        rig.Send(0, RouterRig.From(0).Ipv4("10.0.0.2", "10.0.0.1").Icmp(8, 0, 1, 1).ToBytes());
        Assert.Equal([2ul, 1ul, 1ul, 1ul, 2ul], Counts());

        IEnumerable<ulong> Counts() => Enumerable.Range(0, 5).Select(slot => rig.Session.Dataplane.CountersOfRule((uint)slot).Packets);
    }

    [Fact]
    public void A_routing_mark_leads_another_way_but_never_past_the_router_itself()
    {
        RuleSpec rule = Rule(RuleChain.ManglePrerouting4, RuleTarget.MarkRouting, new() { Value = 1 }) with { DstPort = RuleMatch.Ports(80, 80) };
        using RouterRig rig = new(
            DataplaneRuntime.Jit,
            spec => spec with { Routes = [.. spec.Routes, new(1, IPAddress.Any, 0, new NextHopSpec(NextHopKind.Gateway, 1, IPAddress.Parse("10.1.0.3")))] },
            rules: rule);
        foreach (int _ in Enumerable.Range(0, 2))
        {
            Assert.Equal(2, Assert.Single(rig.Send(0, Ip(to: "192.0.2.1").Udp(7, 81).ToBytes()).Sent).Interface);
            Assert.Equal(1, Assert.Single(rig.Send(0, Ip(to: "192.0.2.1").Udp(7, 80).ToBytes()).Sent).Interface);
        }

        Assert.Equal(Verdict.Local, rig.Send(0, Ip(to: "10.2.0.1").Udp(7, 80).ToBytes()).Fate.Verdict);
    }

    /// <summary>Three knocks and the door is open, though all came in one burst, and the rules are of several tables.</summary>
    [Theory]
    [InlineData(1), InlineData(32)]
    public void Knocking_opens_within_one_burst(int burst)
    {
        RuleSpec[] rules =
        [
            List(RuleChain.RawPrerouting4, 1, 0, 1001),
            List(RuleChain.FilterInput4, 2, 0, 1002) with { Conditions = [RuleCondition.SrcAddressList(1)] },
            Rule(RuleChain.ManglePrerouting4, RuleTarget.Drop, null) with
            {
                CounterSlot = 2, DstPort = RuleMatch.Ports(22, 22), Conditions = [RuleCondition.SrcAddressList(2) with { Negated = true }],
            },
        ];
        using RouterRig rig = new(DataplaneRuntime.Jit, burst: 32, rules: rules);
        byte[][] frames = [.. ((int[])[22, 1002, 22, 1001, 22, 1002, 22]).Select(port => RouterRig.From(0).Ipv4("10.0.0.2", "10.0.0.1").Udp(7, port).ToBytes())];
        List<bool> open = [];
        foreach (byte[][] some in frames.Chunk(burst))
        {
            open.AddRange(rig.Run(0, some).Select(item => item.Reason == DropReason.None));
        }

        Assert.Equal([false, true, false, true, false, true, true], open);
        rig.Wait(TimeSpan.FromMilliseconds(59_999));
        Assert.Equal(DropReason.None, rig.Send(0, frames[0]).Fate.Reason);
        rig.Wait(TimeSpan.FromMilliseconds(1));
        Assert.Equal(DropReason.Mangle, rig.Send(0, frames[0]).Fate.Reason);
        Assert.Empty(rig.Session.Dataplane.ListedAddresses(Timestamp.FromMicroseconds(60_000_000)));
    }

    [Fact]
    public void What_a_person_lists_is_in_force_at_once()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: Rule(RuleChain.RawPrerouting4, RuleTarget.Drop, null) with { Conditions = [RuleCondition.SrcAddressList(1)] });
        rig.Session.PublishRules(
        [
            Rule(RuleChain.RawPrerouting4, RuleTarget.Drop, null) with { Conditions = [RuleCondition.SrcAddressList(1)] },
            List(RuleChain.RawPrerouting4, 1, 1, 4),
        ]);
        byte[] frame = Ip().Udp(5, 6).ToBytes();
        Assert.Equal(DropReason.None, rig.Send(0, frame).Fate.Reason);
        ulong now = Timestamp.FromMicroseconds(0);
        Assert.True(rig.Session.Dataplane.AddListed(1, false, 0x0a000002, ListedFor.Good, default, now));
        Assert.Equal(DropReason.Raw, rig.Send(0, frame).Fate.Reason);
        Assert.Equal(new(1, false, 0x0a000002, ListedFor.Good, now), Assert.Single(rig.Session.Dataplane.ListedAddresses(now)));
        Assert.True(rig.Session.Dataplane.RemoveListed(1, false, 0x0a000002, now));
        Assert.False(rig.Session.Dataplane.RemoveListed(1, false, 0x0a000002, now));
        Assert.Equal(DropReason.None, rig.Send(0, frame).Fate.Reason);
    }

    [Fact]
    public void What_is_logged_waits_for_a_reader_and_never_the_worker_for_him()
    {
        RuleSpec rule = Rule(RuleChain.FilterForward4, RuleTarget.Drop, new() { Log = true, LogPrefix = 3 });
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: rule);
        for (int i = 0; i < 33; i++)
        {
            rig.Run(0, [.. Enumerable.Range(0, 32).Select(n => Ip().Udp(1000 + n, 6).ToBytes())]);
        }

        Assert.Equal(32ul, rig.Session.Dataplane.LostLogRecords());
        Assert.True(rig.Session.Dataplane.TryReadLog(0, out RuleLogRecord record));
        Assert.Equal((3u, RuleTrace.Entry(RuleChain.FilterForward4, 0), 28u), (record.Prefix, record.Rule, record.Length));
        Assert.Equal(((ushort)0, (ushort)2, ConnectionStateOfPacket.New), (record.InInterface, record.OutInterface, record.State));
        int read = 1;
        for (; rig.Session.Dataplane.TryReadLog(0, out _); read++)
        {
        }

        Assert.Equal(1024, read);
    }

    static string Sent(RuleTarget target, RuleEffect? effect, Frame frame)
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: Rule(RuleChain.ManglePrerouting4, target, effect));
        return Convert.ToHexString(Assert.Single(rig.Send(0, frame.ToBytes()).Sent).Bytes.Span);
    }

    /// <summary>The frame as it leaves to host 2 of interface 2.</summary>
    static string Out(Frame frame)
    {
        byte[] bytes = frame.ToBytes();
        RouterRig.Bytes(RouterRig.MacOf(2, 2)).CopyTo(bytes, 0);
        RouterRig.Bytes(0x0200_0000_0002).CopyTo(bytes, 6);
        return Convert.ToHexString(bytes);
    }

    static byte[] Mss(byte[] options, int at)
    {
        byte[] changed = [.. options];
        changed[at + 2] = 1300 >> 8;
        changed[at + 3] = 1300 & 255;
        return changed;
    }

    static RuleSpec List(RuleChain chain, ushort list, uint number, ushort port) =>
        Rule(chain, RuleTarget.AddSrcToAddressList, new() { Value = list, ListedFor = ListedFor.Time, Timeout = TimeSpan.FromMinutes(1) })
            with { Number = number, CounterSlot = list, DstPort = RuleMatch.Ports(port, port) };

    static RuleSpec Rule(RuleChain chain, RuleTarget target, RuleEffect? effect) =>
        new() { Chain = chain, Target = target, Number = 0, CounterSlot = 0, Effect = effect };

    static Frame Ip(int ttl = 64, string to = "10.2.0.2", byte[]? options = null, bool dontFragment = false) =>
        RouterRig.From(0).Ipv4("10.0.0.2", to, options, timeToLive: ttl, dontFragment: dontFragment);
}
