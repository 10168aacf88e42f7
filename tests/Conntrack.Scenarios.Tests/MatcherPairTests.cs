using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>
/// Every matcher with a packet that it holds for and one that differs from it in just that. All rows are rules of one replay over a wire, ten
/// seconds apart, so that no row sees another one's connections.
/// </summary>
public sealed class MatcherPairTests(MatcherPairTests.Replayed replayed) : IClassFixture<MatcherPairTests.Replayed>
{
    const string Script = """
        /ip firewall connection tracking
        set udp-timeout=2s udp-stream-timeout=1s icmp-timeout=1s generic-timeout=1s tcp-syn-sent-timeout=1s tcp-syn-received-timeout=1s
        set tcp-established-timeout=1s tcp-close-timeout=1s
        /interface list add name=inside
        /interface list member add list=inside interface=ether1
        /routing table add name=isp2 fib
        /ip firewall address-list
        add list=static address=192.0.2.64/26
        add list=timed address=192.0.2.200 timeout=2m
        /ip firewall layer7-protocol add name=needle regexp="^hay.*(needle|pin)"
        /ip firewall mangle
        add chain=prerouting protocol=udp dst-port=1111 action=mark-packet new-packet-mark=red
        add chain=prerouting protocol=udp dst-port=1112 action=mark-routing new-routing-mark=isp2
        add chain=prerouting protocol=udp dst-port=1113 action=mark-connection new-connection-mark=blue
        add chain=prerouting protocol=udp dst-port=1114 action=set-priority new-priority=5
        /ip firewall nat
        add chain=dstnat protocol=udp dst-port=1115 action=dst-nat to-addresses=198.51.100.3
        add chain=srcnat protocol=udp dst-port=1116 action=src-nat to-addresses=198.51.100.9

        """;

    static readonly byte[] s_hello = TlsClientHello("www.example.net"), s_otherHello = TlsClientHello("www.example.org");

    /// <summary>The order matters to the first row only, which is about the capture's own time.</summary>
    static readonly Row[] s_rows =
    [
        new("time=3h4m5s-3h4m6s,fri", [U()], [U()]),
        new("time=!3h4m5s-3h5m,fri", [At(60_000, U())], [U()]) { Gap = -60_000 },
        new("dst-address-list=timed", [Back(new Frame().Ipv4(Server, "192.0.2.200").Udp(53, 9))], [Back(new Frame().Ipv4(Server, "192.0.2.201").Udp(53, 9))]),
        new("connection-state=established", [U(), Back(U(back: true))], [U()]),
        new("connection-state=!new", [U(), Back(U(back: true))], [U()]),
        new("connection-state=untracked", [new Frame().Ipv6(Client6, "ff02::1").Icmpv6(135).Data(20)], [Ping6()]) { Chain = "ipv6 filter forward" },
        new("connection-nat-state=dstnat", [To(1115)], [To(1117)]),
        new("connection-nat-state=srcnat", [To(1116), Back(new Frame().Ipv4(Server, "198.51.100.9").Udp(1116, 40000).Data(9))], [U(), Back(U(back: true))]),
        new("connection-mark=blue", [To(1113)], [To(1117)]),
        new("connection-mark=no-mark protocol=udp", [To(1117)], [To(1113)]),
        new("connection-bytes=100-0 protocol=udp", [U(60), U(60)], [U(60)]),
        new("src-address=192.0.2.207 connection-limit=1,32", [Opens("192.0.2.207", 1), Opens("192.0.2.207", 2)], [Opens("192.0.2.207", 1), Opens("192.0.2.207", 1)]),
        new("src-address=192.0.2.208 connection-limit=!1,32", [Opens("192.0.2.208", 1)], [Opens("192.0.2.208", 1), Opens("192.0.2.208", 2)]),
        new("src-address=192.0.2.210-192.0.2.219 connection-limit=1,30", [From("192.0.2.212"), From("192.0.2.215")], [From("192.0.2.211"), From("192.0.2.212")]),
        new("src-address=2001:db8::/32 connection-limit=1,64", [Opens6("2001:db8::5"), Opens6("2001:db8::6")], [Opens6("2001:db8:0:1::5"), Opens6("2001:db8:0:2::5")]) { Chain = "ipv6 filter forward" },
        new("connection-rate=7k-80k protocol=udp", [U(972), At(1100, U(972))], [U(172), At(1100, U(172))]) { Gap = 6000 },
        new("connection-rate=!7k-80k protocol=udp", [U(172), At(1100, U(172))], [U(972), At(1100, U(972))]) { Gap = 6000 },
        new("protocol=tcp", [T()], [U()]),
        new("protocol=!tcp", [U()], [T()]),
        new("src-address=192.0.2.0/25", [From("192.0.2.127")], [From("192.0.2.128")]),
        new("src-address=192.0.2.10-192.0.2.19", [From("192.0.2.19")], [From("192.0.2.20")]),
        new("dst-address=!198.51.100.2", [Dst("198.51.100.3")], [Dst("198.51.100.2")]),
        new("src-address-list=static", [From("192.0.2.64")], [From("192.0.2.63")]),
        new("src-address-list=!static", [From("192.0.2.128")], [From("192.0.2.127")]),
        new("dst-address-list=static", [Back(new Frame().Ipv4(Server, "192.0.2.100").Udp(53, 9))], [Back(new Frame().Ipv4(Server, "192.0.2.10").Udp(53, 9))]),
        new("src-address-type=multicast", [From("224.0.0.9")], [From("192.0.2.9")]) { Chain = "raw prerouting" },
        new("dst-address-type=broadcast", [Dst("255.255.255.255")], [Dst("255.255.255.254")]) { Chain = "raw prerouting" },
        new("dst-address-type=multicast", [Dst("224.0.0.5")], [Dst("198.51.100.5")]),
        new("dst-address-type=!unicast", [Dst("127.0.0.1")], [Dst("126.0.0.1")]) { Chain = "raw prerouting" },
        new("protocol=udp src-port=40001-40010", [Port(40010, 53)], [Port(40011, 53)]),
        new("protocol=udp dst-port=500,4500", [To(4500)], [To(4501)]),
        new("protocol=udp port=2000", [Port(2000, 3000)], [Port(2001, 3000)]),
        new("protocol=udp port=!2000", [Port(2001, 3000)], [Port(3000, 2000)]),
        new("in-interface=ether1", [U()], [Back(U(back: true))]),
        new("out-interface=ether2", [U()], [Back(U(back: true))]),
        new("in-interface-list=inside", [U()], [Back(U(back: true))]),
        new("out-interface-list=!inside", [U()], [Back(U(back: true))]),
        new("src-mac-address=02:00:00:00:00:AA", [U()], [new Frame([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 0xab]).Ipv4(Client, Server).Udp(40000, 53).Data(10)]),
        new("src-mac-address=!02:00:00:00:00:AA", [new Frame([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 0xab]).Ipv4(Client, Server).Udp(40000, 53).Data(10)], [U()]),
        new("protocol=tcp tcp-flags=syn,!ack", [T()], [T(flags: SynAck)]),
        new("protocol=tcp tcp-mss=1400-1500", [T(options: [2, 4, 0x05, 0xb4])], [T(options: [2, 4, 0x05, 0x77])]),
        new("protocol=tcp tcp-mss=!1400-1500", [T(options: [2, 4, 0x05, 0x77])], [T(options: [2, 4, 0x05, 0xb4])]),
        new("packet-size=100-200", [U(72)], [U(71)]),
        new("packet-size=!100-200", [U(173)], [U(172)]),
        new("ttl=equal:5", [Ttl(5)], [Ttl(6)]),
        new("ttl=not-equal:5", [Ttl(6)], [Ttl(5)]),
        new("ttl=less-than:5", [Ttl(4)], [Ttl(5)]),
        new("ttl=greater-than:5", [Ttl(6)], [Ttl(5)]),
        new("dscp=46", [Service(46 << 2)], [Service(45 << 2)]),
        new("dscp=!46", [Service(45 << 2)], [Service((46 << 2) | 1)]),
        new("fragment=yes", [Piece(8)], [Piece(0)]) { Chain = "raw prerouting" },
        new("fragment=no", [Piece(0)], [Piece(8)]) { Chain = "raw prerouting" },
        new("ipv4-options=router-alert", [Options(148, 4, 0, 0)], [Options(1, 1, 1, 0)]),
        new("ipv4-options=record-route", [Options(7, 3, 4, 0)], [Options(68, 4, 5, 0)]),
        new("ipv4-options=timestamp", [Options(68, 4, 5, 0)], [Options(7, 3, 4, 0)]),
        new("ipv4-options=any", [Options(1, 1, 1, 0)], [U()]),
        new("ipv4-options=none", [U()], [Options(1, 1, 1, 0)]),
        new("protocol=icmp icmp-options=8:0", [Ping()], [new Frame().Ipv4(Client, Server).Icmp(13, 0, 7, 1).Data(12)]),
        new("protocol=icmp icmp-options=!8:0-255", [new Frame().Ipv4(Client, Server).Icmp(13, 0, 7, 1).Data(12)], [Ping()]),
        new("packet-mark=red", [To(1111)], [To(1117)]),
        new("packet-mark=no-mark protocol=udp", [To(1117)], [To(1111)]),
        new("routing-mark=isp2", [To(1112)], [To(1117)]),
        new("routing-mark=!isp2", [To(1117)], [To(1112)]),
        new("priority=5", [To(1114)], [To(1117)]),
        new("ingress-priority=3", [Tagged(3)], [Tagged(2)]),
        new("priority=!3", [Tagged(2)], [Tagged(3)]),
        new("content=needle", [Says("a needle in it")], [Says("a noodle in it")]),
        new("content=!needle", [Says("a noodle in it")], [Says("a needle in it")]),
        new("layer7-protocol=needle", [Says("hay and"), Back(Says("NEEDLE", back: true))], [Says("hay and"), Back(Says("noodle", back: true))]),
        new("layer7-protocol=!needle", [Says("hey and"), Back(Says("needle", back: true))], [Says("hay and"), Back(Says("needle", back: true))]),
        new("protocol=tcp tls-host=*.example.net", [.. Hello(s_hello)], [.. Hello(s_otherHello)]),
        new("protocol=tcp tls-host=!*.example.net", [.. Hello(s_otherHello)], [.. Hello(s_hello)]),
        new("src-address=192.0.2.201 limit=1/1m,1:packet", [From("192.0.2.201")], [From("192.0.2.201")]),
        new("src-address=192.0.2.202 limit=!1/1m,1:packet", [From("192.0.2.202"), From("192.0.2.202")], [From("192.0.2.202")]) { Gap = -10 },
        new("src-address=192.0.2.203 dst-limit=1/1m,1,dst-address/1m", [From("192.0.2.203"), From("192.0.2.203", "198.51.100.3")], [From("192.0.2.203")]),
        new("src-address=192.0.2.204 nth=2,1", [From("192.0.2.204")], [From("192.0.2.204")]),
        new("src-address=192.0.2.205 nth=2,2", [From("192.0.2.205"), From("192.0.2.205")], [From("192.0.2.205")]),
        new("src-address=192.0.2.206 protocol=tcp psd=21,3s,3,1", [.. Scan("192.0.2.206", 7)], [At(5000, Scan("192.0.2.206", 1)[0])]),
        new("hop-limit=equal:5", [Hops(5)], [Hops(6)]) { Chain = "ipv6 filter forward" },
        new("headers=hop:contains", [Hop6(true)], [Hop6(false)]) { Chain = "ipv6 filter forward" },
        new("headers=hop,proto:exact", [Hop6(true)], [Hop6(true, true)]) { Chain = "ipv6 filter forward" },
        new("src-address=2001:db8::1/128", [Udp6()], [Udp6(back: true)]) { Chain = "ipv6 filter forward" },
        new("protocol=icmpv6 icmp-options=128:0", [Ping6()], [Ping6(back: true)]) { Chain = "ipv6 raw prerouting" },
    ];

    public static TheoryData<string> Rows => [.. s_rows.Select((row, index) => $"{index} {row.Chain} {row.Matcher}")];

    [Theory]
    [MemberData(nameof(Rows))]
    public void One_packet_matches_and_the_other_does_not(string row)
    {
        int index = int.Parse(row.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((true, false), replayed.Judgements[index]);
    }

    [Fact]
    public void An_address_of_a_script_is_listed_for_its_time()
    {
        using Scratch scratch = new();
        Assert.Equal(["drop", "drop", "forward"], scratch.Trace(
            "--config", scratch.Write("list.rsc", Script + "/ip firewall filter add chain=forward src-address-list=timed action=drop\n"),
            "--in", scratch.Capture("in.pcap", (0, From("192.0.2.200")), (119_999_999, From("192.0.2.200")), (120_000_000, From("192.0.2.200")))).Words("verdict"));
    }

    [Fact]
    public void A_classifier_divides_all_and_chance_about_half()
    {
        using Scratch scratch = new();
        Results results = scratch.Replay(
            "--config", scratch.Write("divide.rsc", """
                /ip firewall layer7-protocol add name=blank
                /ip firewall filter
                add chain=forward per-connection-classifier=src-address:2/0 action=passthrough
                add chain=forward per-connection-classifier=src-address:2/1 action=passthrough
                add chain=forward per-connection-classifier=!src-address:2/1 action=passthrough
                add chain=forward random=50 action=passthrough
                add chain=forward ipsec-policy=in,none action=passthrough
                add chain=forward ipsec-policy=in,ipsec action=passthrough
                add chain=forward connection-type=ftp action=passthrough
                add chain=forward connection-type=!ftp action=passthrough
                add chain=forward layer7-protocol=blank action=passthrough
                """),
            "--in", scratch.Capture("in.pcap", Enumerable.Range(0, 200).Select(n => (n * 1000L, From($"192.0.2.{n + 1}")))));
        long[] counts = [.. results.Stats.GetProperty("rules").EnumerateArray().Select(rule => rule.Number("packets"))];
        Assert.Equal(200, counts[0] + counts[1]);
        Assert.Equal(counts[0], counts[2]);
        Assert.InRange(counts[0], 60, 140);
        Assert.InRange(counts[3], 60, 140);
        Assert.Equal([200, 0, 200, 0], counts[4..]);
        Assert.All(results.Trace, line => Assert.Single(line.Names().Intersect(["filter forward 0", "filter forward 1"])));
    }

    static Frame U(bool back = false) => Udp(back);

    static Frame U(int data) => Udp(data: data);

    static Frame T(int flags = Syn, byte[]? options = null) => new Frame().Ipv4(Client, Server).Tcp(40000, 80, flags, options: options);

    static Frame To(int port) => Port(40000, port);

    static Frame Port(int source, int destination) => new Frame().Ipv4(Client, Server).Udp(source, destination).Data(10);

    static Frame From(string source, string destination = Server) => new Frame().Ipv4(source, destination).Udp(40000, 53).Data(10);

    static Frame Dst(string destination) => new Frame().Ipv4(Client, destination).Udp(40000, 53).Data(10);

    static Frame Ttl(int hops) => new Frame().Ipv4(Client, Server, timeToLive: hops).Udp(40000, 53).Data(10);

    static Frame Service(int service) => new Frame().Ipv4(Client, Server, service: service).Udp(40000, 53).Data(10);

    static Frame Options(params byte[] options) => new Frame().Ipv4(Client, Server, options).Udp(40000, 53).Data(10);

    static Frame Piece(int offset) => new Frame().Ipv4(Client, Server, fragmentOffset: offset, moreFragments: true, protocol: 17).Protocol(17).Data(16);

    static Frame Tagged(int priority) => new Frame().Vlan(5, priority: priority).Ipv4(Client, Server).Udp(40000, 53).Data(10);

    static Frame Opens(string source, int port) => new Frame().Ipv4(source, Server).Udp(port, 53).Data(10);

    static Frame Opens6(string source) => new Frame().Ipv6(source, Server6).Udp(1, 53).Data(10);

    static Frame Says(string text, bool back = false) =>
        (back ? new Frame().Ipv4(Server, Client).Udp(53, 40000) : new Frame().Ipv4(Client, Server).Udp(40000, 53)).Data(System.Text.Encoding.ASCII.GetBytes(text));

    static Frame Hops(int hops) => new Frame().Ipv6(Client6, Server6, hops).Udp(40000, 53).Data(10);

    static Frame Hop6(bool hop, bool more = false)
    {
        Frame frame = new Frame().Ipv6(Client6, Server6);
        frame = hop ? frame.HopByHop(1, 4, 0, 0, 0, 0) : frame;
        return (more ? frame.DestinationOptions(1, 4, 0, 0, 0, 0) : frame).Udp(40000, 53).Data(10);
    }

    static Frame[] Scan(string source, int ports) =>
        [.. Enumerable.Range(1, ports).Select(port => new Frame().Ipv4(source, Server).Tcp(40000, port, Syn))];

    static IEnumerable<Sent> Hello(byte[] hello) =>
    [
        Tcp(false, Syn), Back(Tcp(true, SynAck, acknowledgment: 2)), Tcp(false, Ack, sequence: 2, acknowledgment: 2),
        new Frame().Ipv4(Client, Server).Tcp(40000, 80, 0x18, 2, 2).Data(hello),
    ];

    /// <summary>RFC 8446 4.1.2, with nothing in it but a server name (RFC 6066 3).</summary>
    static byte[] TlsClientHello(string host)
    {
        byte[] name = System.Text.Encoding.ASCII.GetBytes(host);
        byte[] extension = [0, 0, .. Big16(name.Length + 5), .. Big16(name.Length + 3), 0, .. Big16(name.Length), .. name];
        byte[] body = [3, 3, .. new byte[32], 0, 0, 2, 0x13, 0x01, 1, 0, .. Big16(extension.Length), .. extension];
        byte[] message = [1, 0, .. Big16(body.Length), .. body];
        return [22, 3, 1, .. Big16(message.Length), .. message];
    }

    static byte[] Big16(int value) => [(byte)(value >> 8), (byte)value];

    static Sent Back(Frame frame) => new(frame, 2);

    static Sent At(int after, Frame frame) => new(frame, 1, after);

    readonly record struct Sent(Frame Frame, int Port = 1, int After = 1)
    {
        public static implicit operator Sent(Frame frame) => new(frame);
    }

    /// <param name="Matcher">Of a rule that counts.</param>
    /// <param name="Matching">Packets, the last of which it holds for.</param>
    /// <param name="Other">Packets, the last of which it does not hold for.</param>
    sealed record Row(string Matcher, Sent[] Matching, Sent[] Other)
    {
        public string Chain { get; init; } = "filter forward";

        /// <summary>Milliseconds to the others; below zero they come first, that much earlier.</summary>
        public int Gap { get; init; } = 3000;
    }

    /// <summary>The one replay that all rows are of.</summary>
    public sealed class Replayed : IDisposable
    {
        readonly Scratch _scratch = new();
        readonly List<(long Microseconds, int Port, Frame Frame, int Row, bool Matches)> _frames = [];

        public Replayed()
        {
            List<string> script = [Script];
            Dictionary<string, int> positions = [];
            string[] names = new string[s_rows.Length];
            long begin = 0;
            for (int i = 0; i < s_rows.Length; i++)
            {
                Row row = s_rows[i];
                int position = positions.GetValueOrDefault(row.Chain);
                positions[row.Chain] = position + 1;
                names[i] = $"{row.Chain} {position}";
                string[] path = row.Chain.Split(' ');
                script.Add($"/{(path.Length == 3 ? "ipv6" : "ip")} firewall {path[^2]} add chain={path[^1]} action=passthrough {row.Matcher}");
                long first = begin + (row.Gap < 0 ? 0 : row.Gap), matching = row.Gap < 0 ? begin - row.Gap : begin;
                Send(row.Matching, matching, i, true);
                Send(row.Other, first, i, false);
                begin += 10_000 + Math.Abs(row.Gap);
            }

            List<string> arguments = ["--config", _scratch.Write("rows.rsc", string.Join('\n', script) + "\n")];
            var sorted = _frames.OrderBy(frame => frame.Microseconds).ToList();
            foreach (int port in (int[])[1, 2])
            {
                arguments.AddRange(["--in", $"ether{port}={_scratch.Capture($"in{port}.pcap", sorted.Where(frame => frame.Port == port).Select(frame => (frame.Microseconds, frame.Frame)))}"]);
            }

            Results results = _scratch.Replay(arguments);
            Judgements = new (bool, bool)[s_rows.Length];

            // Of a fragment that is held the line comes when its fate is known: lines are known by interface and number.
            var sent = sorted.ToLookup(frame => $"ether{frame.Port}");
            foreach (JsonElement line in results.Trace)
            {
                (long _, int _, Frame _, int row, bool matches) = sent[line.Word("in-interface")].ElementAt((int)line.Number("number") - 1);
                bool matched = line.Names().Contains(names[row]);
                Judgements[row] = matches ? (matched, Judgements[row].Other) : (Judgements[row].Matching, matched);
            }
        }

        /// <summary>Of every row, whether the rule counted the last packet of each kind.</summary>
        internal (bool Matching, bool Other)[] Judgements { get; }

        public void Dispose() => _scratch.Dispose();

        void Send(Sent[] sent, long milliseconds, int row, bool matches)
        {
            foreach (Sent one in sent)
            {
                milliseconds += one.After;
                _frames.Add((milliseconds * 1000, one.Port, one.Frame, row, matches));
            }
        }
    }
}
