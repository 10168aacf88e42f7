using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary><c>--connections</c>: the manual's property names, kinds of values, and which of them a connection has.</summary>
public sealed class ConnectionListTests : IDisposable
{
    static readonly string[] s_counters =
    [
        "orig-packets", "orig-bytes", "orig-fasttrack-packets", "orig-fasttrack-bytes",
        "repl-packets", "repl-bytes", "repl-fasttrack-packets", "repl-fasttrack-bytes",
    ];

    static readonly string[] s_flags =
        ["expected", "seen-reply", "assured", "confirmed", "dying", "fasttrack", "hw-offload", "srcnat", "dstnat"];

    static readonly string[] s_addresses = ["src-address", "dst-address", "reply-src-address", "reply-dst-address"];

    readonly Scratch _scratch = new();

    [Fact]
    public void A_tcp_connection_reads_so_to_the_letter()
    {
        string capture = _scratch.Capture(
            "in.pcap", EndingAt(10_000, Tcp(false, Syn), Tcp(true, SynAck), Tcp(false, Ack), Tcp(true, Ack, data: 1000)));
        string file = _scratch.PathOf("connections.json");
        Ctrack.Replay("--in", capture, "--until", "1.5", "--connections", file).Succeeded();
        Assert.Equal(
            """
            [
            {"protocol":"tcp","src-address":"192.0.2.1:40000","dst-address":"198.51.100.2:80","reply-src-address":"198.51.100.2:80","reply-dst-address":"192.0.2.1:40000","tcp-state":"established","timeout":"4m58s","orig-packets":2,"orig-bytes":80,"orig-fasttrack-packets":0,"orig-fasttrack-bytes":0,"repl-packets":2,"repl-bytes":1080,"repl-fasttrack-packets":0,"repl-fasttrack-bytes":0,"expected":false,"seen-reply":true,"assured":true,"confirmed":true,"dying":false,"fasttrack":false,"hw-offload":false,"srcnat":false,"dstnat":false}
            ]

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(file));
    }

    public static TheoryData<string, string[], string[]> Kinds => new()
    {
        { "tcp", ["tcp-state"], [Client + ":7", Server + ":8", Server + ":8", Client + ":7"] },
        { "udp", [], [Client + ":7", Server + ":8", Server + ":8", Client + ":7"] },
        { "udp-lite", [], [Client + ":7", Server + ":8", Server + ":8", Client + ":7"] },
        { "sctp", [], [Client + ":7", Server + ":8", Server + ":8", Client + ":7"] },
        { "dccp", [], [Client + ":7", Server + ":8", Server + ":8", Client + ":7"] },
        { "icmp", ["icmp-type", "icmp-code", "icmp-id"], [Client, Server, Server, Client] },
        { "ospf", [], [Client, Server, Server, Client] },
        { "gre", ["gre-version", "gre-protocol"], [Client, Server, Server, Client] },
        { "pptp", ["gre-version", "gre-protocol", "gre-key"], [Client, Server, Server, Client] },
        { "253", [], [Client, Server, Server, Client] },
        { "icmpv6", ["icmp-type", "icmp-code", "icmp-id"], [Client6, Server6, Server6, Client6] },
        { "tcp6", ["tcp-state", "src-port", "dst-port", "reply-src-port", "reply-dst-port"], [Client6, Server6, Server6, Client6] },
        { "udp6", ["src-port", "dst-port", "reply-src-port", "reply-dst-port"], [Client6, Server6, Server6, Client6] },
        { "ospf6", [], [Client6, Server6, Server6, Client6] },
    };

    [Theory, MemberData(nameof(Kinds))]
    public void Each_kind_of_connection_has_its_keys_and_no_others(string kind, string[] own, string[] addresses)
    {
        string capture = _scratch.Capture("in.pcap", (0, FrameOf(kind)));
        JsonElement connection = Assert.Single(_scratch.Connections("--in", capture));
        Assert.Equal([.. s_counters, .. s_flags, .. s_addresses, .. own, "protocol", "timeout"], connection.Keys(), new SameSet());
        Assert.Equal(kind switch { "icmpv6" => kind, "pptp" => "gre", _ => kind.TrimEnd('6') }, connection.Word("protocol"));
        Assert.Equal(addresses, s_addresses.Select(key => connection.Word(key)));
        Assert.All(s_counters, key => Assert.Equal(JsonValueKind.Number, connection.GetProperty(key).ValueKind));
        Assert.All(s_flags, key => Assert.Equal(key == "confirmed", connection.Flag(key)));
        if (own.Contains("src-port"))
        {
            Assert.Equal((7, 8, 8, 7), (connection.Number("src-port"), connection.Number("dst-port"),
                connection.Number("reply-src-port"), connection.Number("reply-dst-port")));
        }

        if (own.Contains("icmp-id"))
        {
            Assert.Equal((kind == "icmp" ? 8 : 128, 0, 4711),
                (connection.Number("icmp-type"), connection.Number("icmp-code"), connection.Number("icmp-id")));
        }
    }

    [Fact]
    public void Gre_shows_what_its_first_packet_said()
    {
        string capture = _scratch.Capture(
            "in.pcap",
            (0, new Frame().Ipv4(Client, Server).Pptp(4711).Data(20)),
            (0, new Frame().Ipv4(Client, "198.51.100.3").Gre(0x6558, key: 77).Data(20)),
            (0, new Frame().Ipv6(Client6, Server6).Gre(0x86dd).Data(20)));
        IReadOnlyList<JsonElement> connections = _scratch.Connections("--in", capture);
        Assert.Equal(["0x880b", "0x6558", "ipv6"], connections.Words("gre-protocol"));
        Assert.Equal([1, 0, 0], connections.Select(connection => connection.Number("gre-version")));
        Assert.Equal([4711, 77], connections.Take(2).Select(connection => connection.Number("gre-key")));
        Assert.DoesNotContain("gre-key", connections[2].Keys());
        Assert.All(connections, connection => Assert.Equal("10m", connection.Word("timeout")));
    }

    /// <summary>The manual's own listing: discovery to everybody, routing to a group. Nobody answers as such.</summary>
    [Theory]
    [InlineData("10.5.8.176", "255.255.255.255")]
    [InlineData("10.5.101.3", "224.0.0.2")]
    [InlineData("10.5.101.3", "239.1.2.3")]
    public void Broadcast_and_multicast_make_entries(string source, string destination)
    {
        string capture = _scratch.Capture("in.pcap", (0, new Frame().Ipv4(source, destination).Udp(5678, 5678).Data(20)));
        JsonElement connection = Assert.Single(_scratch.Connections("--in", capture));
        Assert.Equal((source + ":5678", destination + ":5678"), (connection.Word("src-address"), connection.Word("dst-address")));
        Assert.False(connection.Flag("seen-reply"));
    }

    /// <summary>A connection is its tuple, whatever tags its packets wear.</summary>
    [Fact]
    public void Vlan_tags_are_no_part_of_a_connection()
    {
        string capture = _scratch.Capture(
            "in.pcap",
            (0, new Frame().Vlan(7).Ipv4(Client, Server).Udp(40000, 53).Data(10)),
            (1, new Frame().Vlan(100, 0x88a8).Vlan(8).Ipv4(Server, Client).Udp(53, 40000).Data(10)),
            (2, Udp()));
        JsonElement connection = Assert.Single(_scratch.Connections("--in", capture));
        Assert.Equal((2, 1, true), (connection.Number("orig-packets"), connection.Number("repl-packets"), connection.Flag("seen-reply")));
    }

    [Fact]
    public void Connections_come_in_order_of_creation_both_families_together()
    {
        string capture = _scratch.Capture(
            "in.pcap",
            (0, Udp6(port: 1)), (0, Udp(port: 2)), (1, Tcp(false, Syn, port: 3)), (2, Ping6(identifier: 4)), (3, Udp(port: 5)),
            (4, Udp6(port: 6)), (5, Udp(back: true, port: 2)), (5, Udp6(back: true, port: 1)));
        Assert.Equal(["udp", "udp", "tcp", "icmpv6", "udp", "udp"], _scratch.Connections("--in", capture).Words("protocol"));
        Assert.Equal(
            [Client6, Client + ":2", Client + ":3", Client6, Client + ":5", Client6],
            _scratch.Connections("--in", capture, "--workers", "3").Words("src-address"));
    }

    /// <summary>Units from weeks to seconds, largest first, zeros left out, rounded down.</summary>
    [Theory]
    [InlineData("20w", "0", "20w")]
    [InlineData("20w", "0.000001", "19w6d23h59m59s")]
    [InlineData("1d", "0", "1d")]
    [InlineData("1d1s", "0", "1d1s")]
    [InlineData("5m", "0.5", "4m59s")]
    [InlineData("1h", "0", "1h")]
    [InlineData("1m", "0.999999", "59s")]
    [InlineData("10ms", "0", "0s")]
    public void Timeouts_are_written_in_units(string timeout, string until, string expected)
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()));
        string script = _scratch.Write("settings.rsc", $"/ip firewall connection tracking set udp-timeout={timeout}\n");
        Assert.Equal([expected], _scratch.Connections("--in", capture, "--config", script, "--until", until).Words("timeout"));
    }

    [Fact]
    public void Simultaneous_open_shows_syn_sent()
    {
        string capture = _scratch.Capture("in.pcap", (0, Tcp(false, Syn)), (1, Tcp(true, Syn)));
        JsonElement connection = Assert.Single(_scratch.Connections("--in", capture));
        Assert.Equal("syn-sent", connection.Word("tcp-state"));
        Assert.True(connection.Flag("seen-reply"));
    }

    /// <summary>RFC 5952: the longest run of zeros is shortened, the first of equal ones, none of a single group; lower case.</summary>
    [Theory]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:DB8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("fe80:0:0:0:0:0:0:a", "fe80::a")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    public void Ipv6_addresses_are_written_as_RFC_5952_says(string address, string expected)
    {
        string capture = _scratch.Capture("in.pcap", (0, new Frame().Ipv6(address, Server6).Udp(7, 8)));
        Assert.Equal([expected], _scratch.Connections("--in", capture).Words("src-address"));
    }

    [Fact]
    public void An_empty_list_is_an_empty_array()
    {
        string capture = _scratch.Capture("in.pcap");
        Assert.Empty(_scratch.Connections("--in", capture));
        Assert.Equal("[]\n", Ctrack.Replay("--in", capture, "--connections", "-").Succeeded().Output);
    }

    public void Dispose() => _scratch.Dispose();

    static Frame FrameOf(string kind)
    {
        Frame frame = kind.EndsWith('6') ? new Frame().Ipv6(Client6, Server6) : new Frame().Ipv4(Client, Server);
        return kind switch
        {
            "tcp" or "tcp6" => frame.Tcp(7, 8, Syn),
            "udp" or "udp6" => frame.Udp(7, 8),
            "udp-lite" => frame.UdpLite(7, 8),
            "sctp" => frame.Sctp(7, 8, 0).Data(Frame.InitiateChunk(1, 9)),
            "dccp" => frame.Dccp(7, 8),
            "icmp" => frame.Icmp(8, identifier: 4711),
            "icmpv6" => frame.Icmpv6(128, identifier: 4711),
            "ospf" or "ospf6" => frame.Protocol(89).Data(44),
            "gre" => frame.Gre().Data(20),
            "pptp" => frame.Pptp(4711).Data(20),
            "253" => frame.Protocol(253).Data(20),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    sealed class SameSet : IEqualityComparer<IEnumerable<string>>
    {
        public bool Equals(IEnumerable<string>? x, IEnumerable<string>? y) => x!.Order().SequenceEqual(y!.Order());

        public int GetHashCode(IEnumerable<string> keys) => keys.Count();
    }
}
