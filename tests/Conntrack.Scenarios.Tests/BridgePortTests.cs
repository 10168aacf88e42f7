using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>Matchers of where on a bridge a packet came in and leaves, and of the table that its route was found in.</summary>
public sealed class BridgePortTests : IDisposable
{
    const string Bridge = """
        /interface bridge add name=b
        /interface bridge port add bridge=b interface=ether1
        /interface bridge port add bridge=b interface=ether2
        /interface bridge port add bridge=b interface=ether3
        /interface list add name=guests
        /interface list member add list=guests interface=ether2
        /interface list member add list=guests interface=ether3
        /ip address add address=10.0.1.1/24 interface=b
        /ip firewall raw
        add chain=prerouting in-bridge-port=ether1 action=passthrough
        /ip firewall filter
        add chain=forward in-bridge-port=ether1 action=passthrough
        add chain=forward in-bridge-port=!ether1 action=passthrough
        add chain=forward in-bridge-port-list=guests action=passthrough
        add chain=forward out-bridge-port=ether2 action=passthrough
        add chain=forward out-bridge-port-list=guests action=passthrough
        add chain=forward out-bridge-port-list=!guests action=passthrough
        add chain=input in-bridge-port=ether1 action=passthrough
        add chain=input in-bridge-port-list=guests action=passthrough
        """;

    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_bridged_packet_is_known_by_its_ports()
    {
        string[] told = Replay(
            Bridge + "\n/interface bridge settings set use-ip-firewall=yes\n",
            (2, Host(0x99, 0x98).Ipv4("10.0.1.9", "10.0.1.8").Udp(1, 53)),
            (1, Host(0x98, 0x99).Ipv4("10.0.1.8", "10.0.1.9").Udp(53, 1)),
            (2, Host(0x99, 0x98).Ipv4("10.0.1.9", "10.0.1.8").Udp(1, 53)),
            (1, Host(0x98, 1).Ipv4("10.0.1.8", "10.0.1.1").Udp(2, 53)),
            (3, Host(0x97, 1).Ipv4("10.0.1.7", "10.0.1.1").Udp(2, 53)));
        Assert.Equal(
            [
                "filter forward 1 filter forward 2 filter forward 5", // nobody knows yet where :98 is
                "raw prerouting 0 filter forward 0 filter forward 3 filter forward 4",
                "filter forward 1 filter forward 2 filter forward 5",
                "raw prerouting 0 filter input 0",
                "filter input 1",
            ],
            told);
    }

    [Fact]
    public void Without_the_firewall_of_bridges_there_are_no_ports() => Assert.Equal(
        [""],
        Replay(Bridge + "\n", (1, Host(0x98, 1).Ipv4("10.0.1.8", "10.0.1.1").Udp(2, 53))));

    [Fact]
    public void A_route_is_known_by_its_table()
    {
        string[] told = Replay(
            """
            /routing table add name=isp2 fib
            /ip address add address=10.0.1.1/24 interface=ether1
            /ip address add address=203.0.113.2/24 interface=ether2
            /ip address add address=198.18.0.2/24 interface=ether3
            /ip route add gateway=203.0.113.1
            /ip route add gateway=198.18.0.1 routing-table=isp2
            /ip firewall mangle
            add chain=prerouting protocol=udp dst-port=5060 action=mark-routing new-routing-mark=isp2
            add chain=prerouting routing-table=main action=passthrough
            /ip firewall filter
            add chain=forward routing-table=isp2 action=passthrough
            add chain=forward routing-table=main action=passthrough
            add chain=forward routing-table=!isp2 action=passthrough
            """ + "\n",
            (1, Host(0x99, 1).Ipv4("10.0.1.9", "198.51.100.7").Udp(1, 5060)),
            (1, Host(0x99, 1).Ipv4("10.0.1.9", "198.51.100.7").Udp(1, 53)),
            (1, Host(0x99, 1).Ipv4("10.0.1.9", "198.51.100.7").Udp(1, 53)),
            (1, Host(0x99, 1).Ipv4("10.0.1.9", "198.18.0.77").Udp(1, 5060)));
        Assert.Equal(
            [
                "mangle prerouting 0 filter forward 0", "filter forward 1 filter forward 2", "filter forward 1 filter forward 2",
                "mangle prerouting 0 filter forward 0",
            ],
            told);
    }

    [Fact]
    public void A_rule_routes_by_its_own_gateway_what_is_not_the_routers()
    {
        string script = _scratch.Write("router.rsc", """
            /ip address add address=10.0.1.1/24 interface=ether1
            /ip address add address=203.0.113.2/24 interface=ether2
            /ip address add address=198.18.0.2/24 interface=ether3
            /ip route add gateway=203.0.113.1
            /ip firewall mangle add chain=prerouting protocol=udp dst-port=5060 action=route route-dst=198.18.0.9

            """);
        string capture = _scratch.Capture("in.pcap", Enumerable.Range(0, 3).Select(n => (n * 1000L, n switch
        {
            0 => Host(0x99, 1).Ipv4("10.0.1.9", "198.51.100.7").Udp(1, 5060),
            1 => Host(0x99, 1).Ipv4("10.0.1.9", "198.51.100.7").Udp(1, 53),
            _ => Host(0x99, 1).Ipv4("10.0.1.9", "203.0.113.2").Udp(1, 5060),
        })));
        string[] arguments = ["--config", script, "--in", $"ether1={capture}", "--in", $"ether2={_scratch.Capture("none2.pcap")}", "--in", $"ether3={_scratch.Capture("none3.pcap")}"];
        Assert.Equal(
            [("forward", "ether3"), ("forward", "ether2"), ("local", null)],
            _scratch.Trace(arguments).Select(line => (line.Word("verdict"), line.WordOrNull("out-interface"))));
        Assert.DoesNotContain("route-dst", Ctrack.Replay([.. arguments, "--print", "/ip route print detail"]).Output, StringComparison.Ordinal);
    }

    string[] Replay(string script, params (int Port, Frame Frame)[] frames)
    {
        string[] captures =
        [
            .. Enumerable.Range(1, 3).SelectMany(port => (string[])
            [
                "--in",
                $"ether{port}={_scratch.Capture($"in{port}.pcap", frames.Select((sent, index) => (Time: index * 1000L, sent.Port, sent.Frame)).Where(sent => sent.Port == port).Select(sent => (sent.Time, sent.Frame)))}",
            ]),
        ];
        return [.. _scratch.Trace(["--config", _scratch.Write("router.rsc", script), .. captures]).Select(line => string.Join(' ', line.Names()))];
    }

    static Frame Host(byte host, byte to) => new([2, 0, 0, 0, 0, to], [2, 0, 0, 0, 0, host]);
}
