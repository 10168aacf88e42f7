using Conntrack.Testing;

namespace Conntrack.Packets.Tests;

/// <summary>One frame of every kind the parser tells apart.</summary>
static class Samples
{
    public const string A4 = "192.0.2.1";
    public const string B4 = "198.51.100.2";
    public const string A6 = "2001:db8::1";
    public const string B6 = "2001:db8:ffff::2";

    static readonly byte[] s_sctpInit = [1, 0, 0, 20, 1, 2, 3, 4, 0, 1, 0, 0, 0, 10, 0, 10, 0, 0, 0, 1];
    static readonly byte[] s_maximumSegment = [2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 0, 0];

    /// <summary>Frames by name.</summary>
    public static IReadOnlyDictionary<string, byte[]> All { get; } = new Dictionary<string, Frame>
    {
        ["arp"] = new Frame().Arp(A4, B4).Padding(18),
        ["802.3"] = new Frame().Type(60).Data(60),
        ["tcp syn"] = V4().Tcp(40000, 443, 0x02, options: s_maximumSegment),
        ["tcp data"] = V4().Tcp(40000, 443, 0x18).Data(333),
        ["tcp ack, padded"] = V4().Tcp(40000, 443).Padding(6),
        ["udp"] = V4().Udp(1024, 53).Data(31),
        ["udp without checksum"] = V4().Udp(1024, 53, checksum: 0).Data(31),
        ["udp empty"] = V4().Udp(1024, 53),
        ["udp of 1500 bytes"] = V4().Udp(1024, 53).Data(1472),
        ["udp-lite"] = V4().UdpLite(1024, 5004, coverage: 12).Data(64),
        ["sctp"] = V4().Sctp(5000, 5001).Data(s_sctpInit),
        ["dccp"] = V4().Dccp(5000, 5001, type: 2, coverage: 2).Data(40),
        ["icmp echo"] = V4().Icmp(8, 0, 0x1234, 1).Data(56),
        ["icmp unreachable"] = V4().Icmp(3, 1).Data(new Frame().Ipv4(B4, A4).Udp(53, 1024).Data(8).ToBytes()[14..]),
        ["gre"] = V4().Gre().Data(24),
        ["gre with a key"] = V6().Gre(0x86dd, key: 7).Data(24),
        ["pptp"] = V4().Pptp(0x1234).Data(24),
        ["esp"] = V4().Protocol(50).Data(40),
        ["ipv4 options"] = new Frame().Ipv4(A4, B4, options: [7, 7, 4, 0, 0, 0, 0, 0]).Udp(1024, 53).Data(5),
        ["ipv4 first fragment"] = new Frame().Ipv4(A4, B4, moreFragments: true).Udp(1024, 53, length: 4000).Data(1472),
        ["ipv4 later fragment"] = new Frame().Ipv4(A4, B4, fragmentOffset: 1480, protocol: 17).Data(900),
        ["vlan"] = new Frame().Vlan(7).Ipv4(A4, B4).Tcp(40000, 443).Data(5),
        ["qinq"] = new Frame().Vlan(100, 0x88a8).Vlan(7).Ipv6(A6, B6).Udp(1024, 53).Data(5),
        ["tcp6"] = V6().Tcp(40000, 443, 0x18, options: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]).Data(100),
        ["udp6"] = V6().Udp(1024, 53).Data(33),
        ["udp-lite6"] = V6().UdpLite(1024, 5004, coverage: 20).Data(64),
        ["sctp6"] = V6().Sctp(5000, 5001).Data(s_sctpInit),
        ["icmpv6 echo"] = V6().Icmpv6(128, 0, 0x1234, 1).Data(56),
        ["icmpv6 too big"] = V6().Icmpv6(2, 0, 0, 1280).Data(new Frame().Ipv6(B6, A6).Udp(53, 1024).Data(8).ToBytes()[14..]),
        ["neighbour solicitation"] = new Frame().Ipv6("fe80::1", "ff02::1:ff00:2", hopLimit: 255).Icmpv6(135).Data(new byte[16]),
        ["all extension headers"] = V6().HopByHop(5, 2, 0, 0).DestinationOptions().Routing(4, 0, B6).Authentication().DestinationOptions().Tcp(1, 2).Data(9),
        ["ipv6 first fragment"] = V6().HopByHop().Fragment(0, true).Udp(1024, 53, length: 4000).Data(1200),
        ["ipv6 later fragment"] = V6().Fragment(1208, false, nextHeader: 17).Data(900),
        ["ipv6 atomic fragment"] = V6().Fragment(0, false).Udp(1024, 53).Data(9),
        ["mobility"] = V6().Mobility(5, 0, 0, 0, 0, 1),
        ["esp6"] = V6().HopByHop().Protocol(50).Data(32),
        ["no next header"] = V6().DestinationOptions().Protocol(59).Data(4),
    }.ToDictionary(sample => sample.Key, sample => sample.Value.ToBytes());

    public static Frame V4() => new Frame().Ipv4(A4, B4);

    public static Frame V6() => new Frame().Ipv6(A6, B6);
}
