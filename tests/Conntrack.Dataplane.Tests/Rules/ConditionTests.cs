using System.Net;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Rules;

/// <summary>For every condition one packet that meets it and one that differs in nothing but that.</summary>
[Collection(Dpdk.Collection)]
public sealed class ConditionTests(Dpdk dpdk)
{
    static readonly byte[] s_mss1400 = [2, 4, 5, 120], s_mss1200 = [1, 2, 4, 4, 176, 1, 1, 1];

    public static TheoryData<string, RuleCondition, Frame, Frame> Pairs => new()
    {
        { "src-mac", RuleCondition.SrcMac(RouterRig.MacOf(0, 3)), Udp(host: 3), Udp() },
        { "ttl equal", RuleCondition.Ttl(9, 9), Udp(ttl: 10), Udp(ttl: 11) },
        { "ttl less-than", RuleCondition.Ttl(0, 9), Udp(ttl: 10), Udp(ttl: 11) },
        { "hop-limit", RuleCondition.Ttl(254, 254), Udp6(hops: 255), Udp6(hops: 254) },
        { "packet-size", RuleCondition.PacketSize(128, 65535), Udp(data: 100), Udp(data: 99) },
        { "packet-size of IPv6", RuleCondition.PacketSize(0, 100), Udp6(data: 52), Udp6(data: 53) },
        { "fragment", RuleCondition.Fragment(), Ip(offset: 8).Data(16), Ip(offset: 0, more: true).Udp(1, 2).Data(16) },
        { "port of the source", RuleCondition.Port([(500, 500), (4500, 4510)]), Ip().Udp(4505, 9), Ip().Udp(4511, 9) },
        { "port of the destination", RuleCondition.Port([(500, 500)]), Ip().Udp(9, 500), Ip().Udp(9, 499) },
        { "tcp-flags", RuleCondition.TcpFlags(2, 0x10), Ip().Tcp(1, 2, flags: 2), Ip().Tcp(1, 2, flags: 0x12) },
        { "tcp-mss", RuleCondition.TcpMss(1300, 1400), Syn(s_mss1400), Syn(s_mss1200) },
        { "tcp-mss, negated, none", RuleCondition.TcpMss(0, 1300) with { Negated = true }, Syn([]), Syn(s_mss1200) },
        { "icmp-options", RuleCondition.IcmpOptions(8, 0, 0), Ip().Icmp(8, 0, 1, 1), Ip().Icmp(13, 0, 1, 1) },
        { "icmp-options, code", RuleCondition.IcmpOptions(3, 0, 1), Ip().Icmp(3, 1), Ip().Icmp(3, 3) },
        { "icmp-options of IPv6", RuleCondition.IcmpOptions(128, 0, 255), Ip6().Icmpv6(128, 0, 1, 1), Ip6().Icmpv6(129, 0, 1, 1) },
        { "ipv4-options any", RuleCondition.Ipv4Options(Ipv4Option.Any), Ip(options: [7, 3, 4, 0]).Udp(1, 2), Udp() },
        { "ipv4-options", RuleCondition.Ipv4Options(Ipv4Option.RouterAlert), Ip(options: [148, 4, 0, 0]).Udp(1, 2), Ip(options: [7, 3, 4, 0]).Udp(1, 2) },
        { "ipv4-options, none of a kind", RuleCondition.Ipv4Options(Ipv4Option.NoTimestamp), Ip(options: [148, 4, 0, 0]).Udp(1, 2), Ip(options: [68, 4, 5, 0]).Udp(1, 2) },
        { "headers", RuleCondition.Headers(Ipv6ExtensionHeaders.Destination, true), Ip6().DestinationOptions(1, 0).Udp(1, 2), Ip6().HopByHop(1, 0).Udp(1, 2) },
        { "headers, exactly", RuleCondition.Headers(Ipv6ExtensionHeaders.HopByHop | Ipv6ExtensionHeaders.Protocol, false), Ip6().HopByHop(1, 0).Udp(1, 2), Ip6().HopByHop(1, 0).DestinationOptions(1, 0).Udp(1, 2) },
        { "src-address-type", RuleCondition.SrcAddressType(AddressTypes.Unicast), Udp(), Udp() },
        { "dst-address-type broadcast", RuleCondition.DstAddressType(AddressTypes.Broadcast), Ip(to: "10.0.0.255").Udp(1, 2), Ip(to: "10.0.0.254").Udp(1, 2) },
        { "dst-address-type local", RuleCondition.DstAddressType(AddressTypes.Local), Ip(to: "10.2.0.1").Udp(1, 2), Ip(to: "10.2.0.2").Udp(1, 2) },
        { "dst-address-type local of IPv6", RuleCondition.DstAddressType(AddressTypes.Local), Ip6(to: "2001:db8:2::1").Udp(1, 2), Ip6(to: "2001:db8:2::2").Udp(1, 2) },
        { "content", RuleCondition.Content("secret"u8), Ip().Udp(1, 2).Data([.. "a secret!"u8]), Ip().Udp(1, 2).Data([.. "a sekret!"u8]) },
        { "tls-host", RuleCondition.TlsHost("*.example.com"), Hello("WWW.example.com"), Hello("www.example.org") },
        { "src-address-list", RuleCondition.SrcAddressList(7), Udp(host: 3), Udp() },
        { "dst-address-list of IPv6", RuleCondition.DstAddressList(7), Ip6(to: "2001:db8:1::3").Udp(1, 2), Udp6() },
        { "time", RuleCondition.Time(TimeSpan.FromHours(0), TimeSpan.FromHours(1), DayOfWeek.Thursday), Udp(), Udp() },
        { "ingress-priority", RuleCondition.IngressPriority(0), Udp(), Udp() },
    };

    /// <summary>Conditions whose two packets are the same: there it is the condition that differs.</summary>
    static readonly Dictionary<string, RuleCondition> s_others = new()
    {
        ["src-address-type"] = RuleCondition.SrcAddressType(AddressTypes.Local | AddressTypes.Broadcast | AddressTypes.Multicast),
        ["time"] = RuleCondition.Time(TimeSpan.FromHours(0), TimeSpan.FromHours(1), DayOfWeek.Friday),
        ["ingress-priority"] = RuleCondition.IngressPriority(1),
    };

    [Theory, MemberData(nameof(Pairs), DisableDiscoveryEnumeration = true)]
    public void One_packet_meets_it_and_one_does_not(string name, RuleCondition condition, Frame meets, Frame misses)
    {
        Assert.NotNull(dpdk);
        Assert.True(IsMatched(condition, meets));
        Assert.False(IsMatched(s_others.GetValueOrDefault(name, condition), misses));
        RuleCondition negated = condition with { Negated = !condition.Negated };
        Assert.False(IsMatched(negated, meets));
    }

    /// <summary>A packet that cannot be asked is matched neither way.</summary>
    [Fact]
    public void What_cannot_be_asked_never_matches()
    {
        foreach (bool negated in (bool[])[false, true])
        {
            Assert.False(IsMatched(RuleCondition.Port([(0, 65535)]) with { Negated = negated }, Ip().Icmp(8, 0, 1, 1)));
            Assert.False(IsMatched(RuleCondition.TcpFlags(2, 0) with { Negated = negated }, Udp()));
            Assert.False(IsMatched(RuleCondition.TcpMss(0, 65535) with { Negated = negated }, Udp()));
            Assert.False(IsMatched(RuleCondition.IcmpOptions(8, 0, 0) with { Negated = negated }, Udp()));
            Assert.False(IsMatched(RuleCondition.Ipv4Options(Ipv4Option.Any) with { Negated = negated }, Udp6()));
            Assert.False(IsMatched(RuleCondition.Headers(Ipv6ExtensionHeaders.Protocol, true) with { Negated = negated }, Udp()));
        }
    }

    [Fact]
    public void A_limit_lets_a_burst_pass_and_then_a_rate()
    {
        RuleSpec rule = Rule(RuleChain.ManglePrerouting4, RuleTarget.Accept, RuleCondition.Limit(5, TimeSpan.FromSeconds(1), 3, bits: false));
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: rule);
        Assert.Equal(3ul, Matched(rig, 10));
        rig.Wait(TimeSpan.FromMilliseconds(190));
        Assert.Equal(3ul, Matched(rig, 1));
        rig.Wait(TimeSpan.FromMilliseconds(10));
        Assert.Equal(4ul, Matched(rig, 2));
        rig.Wait(TimeSpan.FromHours(1));
        Assert.Equal(7ul, Matched(rig, 20));
    }

    [Fact]
    public void Every_third_packet_and_some_percent()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: Rule(RuleChain.RawPrerouting4, RuleTarget.Passthrough, RuleCondition.Nth(3, 2)));
        Assert.Equal(0ul, Matched(rig, 1));
        Assert.Equal(1ul, Matched(rig, 1));
        Assert.Equal(10ul, Matched(rig, 28));
        using RouterRig chance = new(DataplaneRuntime.Jit, rules: Rule(RuleChain.RawPrerouting4, RuleTarget.Passthrough, RuleCondition.Random(30)));
        ulong chosen = 0;
        for (int i = 0; i < 100; i++)
        {
            chosen = Matched(chance, 20);
        }

        Assert.InRange(chosen, 500ul, 700ul);
    }

    [Fact]
    public void Each_destination_has_a_limit_of_its_own()
    {
        RuleCondition limit = RuleCondition.DstLimit(1, TimeSpan.FromMinutes(1), 2, PacketFields.DstAddress, TimeSpan.FromMinutes(1));
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: Rule(RuleChain.RawPrerouting4, RuleTarget.Passthrough, limit));
        Assert.Equal(2ul, Matched(rig, 5));
        rig.Run(0, Ip(to: "10.2.0.3").Udp(1, 2).ToBytes());
        Assert.Equal(3ul, rig.Session.Dataplane.CountersOfRule(0).Packets);
        rig.Wait(TimeSpan.FromMinutes(1));
        Assert.Equal(5ul, Matched(rig, 5));
    }

    [Fact]
    public void Every_remainder_is_somebodys()
    {
        RuleSpec[] rules = [.. Enumerable.Range(0, 3).Select(n => Rule(
            RuleChain.RawPrerouting4, RuleTarget.Accept, RuleCondition.PerConnectionClassifier(PacketFields.SrcPort | PacketFields.DstAddress, 3, (uint)n))
            with { Number = (uint)n, CounterSlot = (uint)n })];
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: rules);
        for (int port = 0; port < 300; port++)
        {
            byte[] frame = Ip().Udp(1000 + port, 9).ToBytes();
            rig.Run(0, frame, frame);
        }

        ulong[] counts = [.. Enumerable.Range(0, 3).Select(n => rig.Session.Dataplane.CountersOfRule((uint)n).Packets)];
        Assert.Equal(600ul, counts[0] + counts[1] + counts[2]);
        Assert.All(counts, count => Assert.InRange(count, 140ul, 260ul));
        Assert.All(counts, count => Assert.Equal(0ul, count % 2));
    }

    [Fact]
    public void A_port_scan_is_one_from_the_port_that_fills_the_measure()
    {
        using RouterRig rig = new(DataplaneRuntime.Jit, rules: Rule(
            RuleChain.RawPrerouting4, RuleTarget.Drop, RuleCondition.Psd(21, TimeSpan.FromSeconds(3), 3, 1)));
        for (int port = 1; port <= 6; port++)
        {
            Assert.Equal(DropReason.None, rig.Send(0, Ip().Tcp(9, port, flags: 2).ToBytes()).Fate.Reason);
            Assert.Equal(DropReason.None, rig.Send(0, Ip().Tcp(9, port, flags: 2).ToBytes()).Fate.Reason);
        }

        Assert.Equal(DropReason.Raw, rig.Send(0, Ip().Tcp(9, 7, flags: 2).ToBytes()).Fate.Reason);
        Assert.Equal(DropReason.None, rig.Send(0, Ip(host: 3).Tcp(9, 8, flags: 2).ToBytes()).Fate.Reason);
        rig.Wait(TimeSpan.FromSeconds(4));
        Assert.Equal(DropReason.None, rig.Send(0, Ip().Tcp(9, 8, flags: 2).ToBytes()).Fate.Reason);
    }

    /// <summary>Whether they come in one burst or one by one: what a packet's connection has counted is up to this packet.</summary>
    [Theory]
    [InlineData(1), InlineData(32)]
    public void Bytes_of_a_connection_count_up_to_the_packet(int burst)
    {
        RuleSpec rule = Rule(RuleChain.FilterForward4, RuleTarget.Drop, RuleCondition.ConnectionBytes(100, 0));
        using RouterRig rig = new(DataplaneRuntime.Jit, burst: 32, rules: rule);
        byte[] frame = Udp(data: 12).ToBytes();
        List<DropReason> reasons = [];
        foreach (byte[][] frames in Enumerable.Repeat(frame, 4).Chunk(burst))
        {
            reasons.AddRange(rig.Run(0, frames).Select(item => item.Reason));
        }

        Assert.Equal([DropReason.None, DropReason.None, DropReason.Filter, DropReason.Filter], reasons);
    }

    static ulong Matched(RouterRig rig, int packets)
    {
        rig.Run(0, [.. Enumerable.Repeat(Udp().ToBytes(), packets)]);
        return rig.Session.Dataplane.CountersOfRule(0).Packets;
    }

    static bool IsMatched(RuleCondition condition, Frame frame)
    {
        byte[] bytes = frame.ToBytes();
        RuleSpec rule = new() { Chain = RuleChain.RawPrerouting4, Target = RuleTarget.Drop, Number = 0, CounterSlot = 0, Conditions = [condition] };
        using RouterRig rig = new(DataplaneRuntime.Jit);
        AddressListSpec[] lists =
        [
            new(7, false, [.. Enumerable.Range(0, 100).Select(n => One($"10.{100 + n}.0.0")), One("10.0.0.3")]),
            new(7, true, [One("2001:db8:1::3")]),
        ];
        rig.Session.PublishRules([rule, rule with { Chain = RuleChain.RawPrerouting6, CounterSlot = 1 }], lists);
        return rig.Send(0, bytes).Fate.Reason == DropReason.Raw;
    }

    static RuleRange One(string address)
    {
        UInt128 number = IPAddress.Parse(address).GetAddressBytes().Aggregate(UInt128.Zero, (sum, next) => (sum << 8) | next);
        return new(number, number);
    }

    static RuleSpec Rule(RuleChain chain, RuleTarget target, params RuleCondition[] conditions) =>
        new() { Chain = chain, Target = target, Number = 0, CounterSlot = 0, Conditions = [.. conditions] };

    static Frame Ip(int host = 2, string to = "10.2.0.2", int ttl = 64, int offset = 0, bool more = false, byte[]? options = null) =>
        RouterRig.From(0, host).Ipv4($"10.0.0.{host}", to, options, offset, more, timeToLive: ttl, protocol: offset != 0 ? (byte)17 : null);

    static Frame Ip6(string to = "2001:db8:2::2", int hops = 64) => RouterRig.From(0).Ipv6("2001:db8::2", to, hops);

    static Frame Udp(int host = 2, int ttl = 64, int data = 0) => Ip(host, ttl: ttl - 1).Udp(1000, 9).Data(data);

    static Frame Udp6(int hops = 64, int data = 0) => Ip6(hops: hops - 1).Udp(1000, 9).Data(data);

    static Frame Syn(byte[] options) => Ip().Tcp(1, 2, flags: 2, options: options);

    static Frame Hello(string host)
    {
        byte[] name = System.Text.Encoding.ASCII.GetBytes(host);
        byte[] list = [0, .. Big16(name.Length), .. name];
        byte[] extension = [0, 0, .. Big16(list.Length + 2), .. Big16(list.Length), .. list];
        byte[] extensions = [0, 23, 0, 0, .. extension];
        byte[] hello = [3, 3, .. new byte[32], 0, 0, 2, 19, 1, 1, 0, .. Big16(extensions.Length), .. extensions];
        byte[] handshake = [1, 0, .. Big16(hello.Length), .. hello];
        return Ip().Tcp(1, 443).Data([22, 3, 1, .. Big16(handshake.Length), .. handshake]);
    }

    static byte[] Big16(int value) => [(byte)(value >> 8), (byte)value];
}
