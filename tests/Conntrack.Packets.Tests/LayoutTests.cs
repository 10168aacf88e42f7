using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Parsing;

namespace Conntrack.Packets.Tests;

/// <summary>What has to lie where headers, DPDK or other projects expect it.</summary>
public sealed unsafe partial class LayoutTests
{
    [Fact]
    public void Headers_are_as_long_as_their_rfcs_say()
    {
        Assert.Equal(14, sizeof(EthernetHeader));
        Assert.Equal(4, sizeof(VlanTag));
        Assert.Equal(20, sizeof(Ipv4Header));
        Assert.Equal(40, sizeof(Ipv6Header));
        Assert.Equal(20, sizeof(TcpHeader));
        Assert.Equal(8, sizeof(UdpHeader));
        Assert.Equal(8, sizeof(IcmpHeader));
        Assert.Equal(12, sizeof(SctpHeader));
        Assert.Equal(12, sizeof(DccpHeader));
        Assert.Equal(4, sizeof(GreHeader));
    }

    [Fact]
    public void A_packet_is_two_cache_lines_and_a_tuple_twelve_bytes()
    {
        Assert.Equal(128, sizeof(Packet));
        Assert.Equal(12, sizeof(Tuple4));
        Assert.Equal(32, sizeof(Addresses6));
        Assert.Equal(4, sizeof(PortPair));
        Assert.Equal(Offset<Packet>(nameof(Packet.Tuple)) + 8, Offset<Packet>(nameof(Packet.Ports)));
        Assert.Equal(44, Offset<Packet>(nameof(Packet.Hash)));
        Assert.Equal(64, Offset<Packet>(nameof(Packet.Connection)));
        Assert.Equal(8, Offset<Ipv6Header>(nameof(Ipv6Header.Addresses)));
        Assert.Equal(8, sizeof(TransportFacts));
        Assert.Equal(192, sizeof(QuotedPacket));
    }

    [Fact]
    public void Every_drop_reason_has_a_name_of_its_own()
    {
        string[] names = [.. Enumerable.Range(0, (int)DropReason.Count).Select(reason => DropReasons.Name((DropReason)reason))];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z]+(-[a-z]+)*$", name));
        Assert.Equal("link-broadcast", DropReasons.Name(DropReason.LinkBroadcast));
    }

    [Fact]
    public void Offload_flags_are_those_of_the_installed_dpdk()
    {
        string header = File.ReadAllText("/usr/include/dpdk/rte_mbuf_core.h");
        Dictionary<string, ulong> flags = FlagDefinition().Matches(header).ToDictionary(
            match => match.Groups["name"].Value, match => 1ul << int.Parse(match.Groups["bit"].Value, CultureInfo.InvariantCulture));
        Assert.Equal(ReceiveOffload.TransportChecksumGood, flags["L4_CKSUM_GOOD"]);
        Assert.Equal(ReceiveOffload.TransportChecksumBad, flags["L4_CKSUM_BAD"]);
        Assert.Equal(ReceiveOffload.IpChecksumGood, flags["IP_CKSUM_GOOD"]);
        Assert.Equal(ReceiveOffload.IpChecksumBad, flags["IP_CKSUM_BAD"]);
    }

    static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);

    [GeneratedRegex(@"#define RTE_MBUF_F_RX_(?<name>\w+)\s+\(1ULL << (?<bit>\d+)\)")]
    private static partial Regex FlagDefinition();
}
