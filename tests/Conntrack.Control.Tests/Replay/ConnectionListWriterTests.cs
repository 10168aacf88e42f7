using System.Net;
using System.Text;
using System.Text.Json;
using Conntrack.Control.Replay;
using Conntrack.RouterOs.Connections;

namespace Conntrack.Control.Tests.Replay;

public sealed class ConnectionListWriterTests
{
    const string NoFlags =
        "\"expected\":false,\"seen-reply\":false,\"assured\":false,\"confirmed\":false,\"dying\":false,\"fasttrack\":false," +
        "\"hw-offload\":false,\"srcnat\":false,\"dstnat\":false";

    static readonly Connection s_udp = new()
    {
        Protocol = IpProtocol.Udp,
        SrcAddress = IPAddress.Parse("10.5.8.176"),
        SrcPort = 5678,
        DstAddress = IPAddress.Parse("255.255.255.255"),
        DstPort = 5678,
        ReplySrcAddress = IPAddress.Parse("255.255.255.255"),
        ReplySrcPort = 5678,
        ReplyDstAddress = IPAddress.Parse("10.5.8.176"),
        ReplyDstPort = 5678,
        OrigPackets = 1,
        OrigBytes = 151,
    };

    static readonly Connection s_translatedTcp = new()
    {
        Id = 7,
        Protocol = IpProtocol.Tcp,
        SrcAddress = IPAddress.Parse("192.168.2.248"),
        SrcPort = 32815,
        DstAddress = IPAddress.Parse("74.125.138.188"),
        DstPort = 5228,
        ReplySrcAddress = IPAddress.Parse("74.125.138.188"),
        ReplySrcPort = 5228,
        ReplyDstAddress = IPAddress.Parse("174.85.202.204"),
        ReplyDstPort = 32815,
        TcpState = TcpState.Established,
        ConnectionType = ConnectionType.Ftp,
        ConnectionMark = "büro",
        Timeout = TimeSpan.FromSeconds(299.99),
        OrigPackets = 346,
        OrigBytes = 25_675,
        OrigFastTrackPackets = 48,
        OrigFastTrackBytes = 5_395,
        ReplPackets = 242,
        ReplBytes = 56_568,
        ReplFastTrackPackets = 47,
        ReplFastTrackBytes = 20_460,
        OrigRate = 1_760,
        ReplRate = 6_400,
        Flags = ConnectionFlags.SeenReply | ConnectionFlags.Assured | ConnectionFlags.Confirmed | ConnectionFlags.FastTrack
            | ConnectionFlags.SrcNat,
    };

    static readonly Connection s_ping6 = new()
    {
        Protocol = IpProtocol.IcmpV6,
        SrcAddress = IPAddress.Parse("2001:db8::1"),
        DstAddress = IPAddress.Parse("2001:db8::1:0:0:2"),
        ReplySrcAddress = IPAddress.Parse("2001:db8::1:0:0:2"),
        ReplyDstAddress = IPAddress.Parse("2001:db8::1"),
        IcmpType = 128,
        IcmpCode = 0,
        IcmpId = 69,
        Timeout = TimeSpan.FromSeconds(9),
    };

    [Fact]
    public void A_flow_without_answer_has_counters_and_all_flags() => Assert.Equal(
        "[\n{\"protocol\":\"udp\",\"src-address\":\"10.5.8.176:5678\",\"dst-address\":\"255.255.255.255:5678\"," +
        "\"reply-src-address\":\"255.255.255.255:5678\",\"reply-dst-address\":\"10.5.8.176:5678\",\"timeout\":\"0s\"," +
        "\"orig-packets\":1,\"orig-bytes\":151,\"orig-fasttrack-packets\":0,\"orig-fasttrack-bytes\":0," +
        "\"repl-packets\":0,\"repl-bytes\":0,\"repl-fasttrack-packets\":0,\"repl-fasttrack-bytes\":0," + NoFlags + "}\n]\n",
        Write(s_udp));

    [Fact]
    public void A_translated_connection_has_everything() => Assert.Equal(
        "[\n{\"protocol\":\"tcp\",\"src-address\":\"192.168.2.248:32815\",\"dst-address\":\"74.125.138.188:5228\"," +
        "\"reply-src-address\":\"74.125.138.188:5228\",\"reply-dst-address\":\"174.85.202.204:32815\",\"tcp-state\":\"established\"," +
        "\"connection-type\":\"ftp\",\"timeout\":\"4m59s\",\"connection-mark\":\"büro\",\"orig-packets\":346,\"orig-bytes\":25675," +
        "\"orig-fasttrack-packets\":48,\"orig-fasttrack-bytes\":5395,\"repl-packets\":242,\"repl-bytes\":56568," +
        "\"repl-fasttrack-packets\":47,\"repl-fasttrack-bytes\":20460,\"orig-rate\":1760,\"repl-rate\":6400," +
        "\"expected\":false,\"seen-reply\":true,\"assured\":true,\"confirmed\":true,\"dying\":false,\"fasttrack\":true," +
        "\"hw-offload\":false,\"srcnat\":true,\"dstnat\":false}\n]\n",
        Write(s_translatedTcp));

    [Fact]
    public void Icmpv6_has_no_port_but_type_code_and_id() => Assert.Equal(
        "[\n{\"protocol\":\"icmpv6\",\"src-address\":\"2001:db8::1\",\"dst-address\":\"2001:db8::1:0:0:2\"," +
        "\"reply-src-address\":\"2001:db8::1:0:0:2\",\"reply-dst-address\":\"2001:db8::1\"," +
        "\"icmp-type\":128,\"icmp-code\":0,\"icmp-id\":69,\"timeout\":\"9s\"," +
        "\"orig-packets\":0,\"orig-bytes\":0,\"orig-fasttrack-packets\":0,\"orig-fasttrack-bytes\":0," +
        "\"repl-packets\":0,\"repl-bytes\":0,\"repl-fasttrack-packets\":0,\"repl-fasttrack-bytes\":0," + NoFlags + "}\n]\n",
        Write(s_ping6));

    [Theory]
    [InlineData(IpProtocol.Tcp)]
    [InlineData(IpProtocol.Udp)]
    [InlineData(IpProtocol.UdpLite)]
    [InlineData(IpProtocol.Sctp)]
    [InlineData(IpProtocol.Dccp)]
    public void Five_protocols_carry_their_port_in_the_IPv4_address(byte protocol)
    {
        JsonElement json = Assert.Single(Parse(s_udp with { Protocol = protocol }).EnumerateArray());
        Assert.Equal("10.5.8.176:5678", json.GetProperty("src-address").GetString());
        Assert.False(json.TryGetProperty("src-port", out _));
    }

    [Fact]
    public void IPv6_ports_are_numbers_beside_bare_addresses()
    {
        var source = IPAddress.Parse("fe80::d6ca:6dff:fe77:3698");
        var destination = IPAddress.Parse("ff02::1");
        JsonElement json = Assert.Single(Parse(s_udp with
        {
            SrcAddress = source,
            DstAddress = destination,
            DstPort = 5679,
            ReplySrcAddress = destination,
            ReplySrcPort = 5679,
            ReplyDstAddress = source,
        }).EnumerateArray());
        Assert.Equal(
            [
                "protocol", "src-address", "src-port", "dst-address", "dst-port", "reply-src-address", "reply-src-port",
                "reply-dst-address", "reply-dst-port", "timeout",
            ],
            json.EnumerateObject().Take(10).Select(property => property.Name));
        Assert.Equal("fe80::d6ca:6dff:fe77:3698", json.GetProperty("src-address").GetString());
        Assert.Equal(5678, json.GetProperty("src-port").GetInt32());
        Assert.Equal(5679, json.GetProperty("dst-port").GetInt32());
        Assert.Equal(5679, json.GetProperty("reply-src-port").GetInt32());
        Assert.Equal(5678, json.GetProperty("reply-dst-port").GetInt32());
    }

    [Fact]
    public void An_unnamed_protocol_is_its_number_as_text() => Assert.Equal(
        "139", Assert.Single(Parse(s_ping6 with { Protocol = 139 }).EnumerateArray()).GetProperty("protocol").GetString());

    [Fact]
    public void The_largest_counters_stay_exact() => Assert.Equal(
        ulong.MaxValue,
        Assert.Single(Parse(s_udp with { OrigBytes = ulong.MaxValue }).EnumerateArray()).GetProperty("orig-bytes").GetUInt64());

    [Fact]
    public void Order_is_kept_and_a_connection_is_a_line()
    {
        string text = Write(s_udp, s_translatedTcp, s_ping6);
        Assert.Equal(["[", "{", "{", "{", "]", ""], text.Split('\n').Select(line => line.Length == 0 ? "" : line[..1]));
        Assert.Equal(["udp", "tcp", "icmpv6"], JsonDocument.Parse(text).RootElement.EnumerateArray().Select(Protocol));

        static string? Protocol(JsonElement connection) => connection.GetProperty("protocol").GetString();
    }

    [Fact]
    public void Nothing_is_an_empty_array() => Assert.Equal("[]\n", Write());

    [Fact]
    public void A_list_longer_than_the_buffer_arrives_whole()
    {
        const int count = 3_000;
        Assert.Equal(count, Parse([.. Enumerable.Repeat(s_translatedTcp, count)]).GetArrayLength());
    }

    static JsonElement Parse(params Connection[] connections) => JsonDocument.Parse(Write(connections)).RootElement;

    static string Write(params Connection[] connections)
    {
        using var stream = new MemoryStream();
        ConnectionListWriter.Write(stream, connections);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
