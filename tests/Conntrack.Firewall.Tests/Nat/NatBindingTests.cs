using Conntrack.Firewall.Nat;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;
using static Conntrack.Firewall.Tests.Nat.NatRules;

namespace Conntrack.Firewall.Tests.Nat;

/// <summary>What a new connection gets from a rule of the nat table, one sentence at a time.</summary>
public sealed unsafe class NatBindingTests
{
    const string A = "192.168.1.2", B = "192.168.1.3", Server = "203.0.113.9", Other = "203.0.113.10", Wan = "198.51.100.1";

    [Fact]
    public void Masquerade_keeps_the_clients_port_when_it_is_free()
    {
        using NatRun<Connection4> run = new(64, Masquerade());
        Bound bound = run.Open(A, 5000, Server, 80);
        Assert.Equal((NatOutcome.Translated, Wan, 5000, Server, 80), (bound.Outcome, bound.From, bound.FromPort, bound.To, bound.ToPort));
        Assert.Equal(ConnectionFlags.SrcNat | ConnectionFlags.Masqueraded, bound.Flags);
    }

    [Theory]
    [InlineData(22, 1, 511)]
    [InlineData(511, 1, 511)]
    [InlineData(512, 600, 1023)]
    [InlineData(1023, 600, 1023)]
    [InlineData(1024, 1024, 65535)]
    [InlineData(65535, 1024, 65535)]
    public void A_taken_port_is_replaced_by_one_of_its_class(int port, int first, int last)
    {
        using NatRun<Connection4> run = new(64, Masquerade());
        Assert.Equal(port, run.Open(A, port, Server, 80).FromPort);
        Bound second = run.Open(B, port, Server, 80);
        Assert.NotEqual(port, second.FromPort);
        Assert.InRange(second.FromPort, first, last);
    }

    /// <summary>A port serves as often as there are destinations: another server, another of its ports, another protocol.</summary>
    [Fact]
    public void A_port_is_taken_for_one_destination_only()
    {
        using NatRun<Connection4> run = new(64, Masquerade());
        run.Open(A, 5000, Server, 80);
        Assert.Equal(5000, run.Open(B, 5000, Other, 80).FromPort);
        Assert.Equal(5000, run.Open(B, 5000, Server, 81).FromPort);
        Assert.Equal(5000, run.Open(B, 5000, Server, 80, IpProtocol.Tcp).FromPort);
        Assert.NotEqual(5000, run.Open(B, 5000, Server, 80).FromPort);
    }

    [Fact]
    public void A_client_whose_port_is_taken_everywhere_gets_one_and_the_same_instead()
    {
        using NatRun<Connection4> run = new(64, Masquerade());
        HashSet<int> ports = [];
        foreach (string server in new[] { Server, Other, "203.0.113.11" })
        {
            run.Open(A, 5000, server, 80);
            ports.Add(run.Open(B, 5000, server, 80).FromPort);
        }

        Assert.Single(ports);
    }

    [Fact]
    public void An_ended_connection_gives_its_port_back()
    {
        using NatRun<Connection4> run = new(64, Masquerade()) { Timeout = 10 };
        run.Open(A, 5000, Server, 80);
        run.Now += 10_000_000;
        Assert.Equal(5000, run.Open(B, 5000, Server, 80).FromPort);
    }

    [Theory]
    [InlineData(IpProtocol.Tcp), InlineData(IpProtocol.Udp), InlineData(IpProtocol.UdpLite), InlineData(IpProtocol.Sctp), InlineData(IpProtocol.Dccp)]
    public void Every_protocol_with_ports(byte protocol)
    {
        using NatRun<Connection4> run = new(64, Masquerade());
        Assert.Equal(5000, run.Open(A, 5000, Server, 80, protocol).FromPort);
        Assert.InRange(run.Open(B, 5000, Server, 80, protocol).FromPort, 1024, 65535);
    }

    /// <summary>Echo request, type 8, code 0; the identifier in the place of the source port.</summary>
    [Fact]
    public void Identifiers_of_queries()
    {
        using NatRun<Connection4> run = new(64, SrcNat(Wan, ports: (7000, 7001)));
        Assert.Equal((NatOutcome.Translated, 77), (run.Open(A, 77, Server, 0x0800, IpProtocol.Icmp) is var first ? (first.Outcome, first.FromPort) : default));
        Bound second = run.Open(B, 77, Server, 0x0800, IpProtocol.Icmp);
        Assert.Equal((NatOutcome.Translated, Wan), (second.Outcome, second.From));
        Assert.NotEqual(77, second.FromPort);
    }

    /// <summary>Nothing tells two clients of such a protocol apart: the second one cannot leave, and is told so.</summary>
    [Theory]
    [InlineData(IpProtocol.EncapsulatingSecurity), InlineData(IpProtocol.Gre), InlineData(89)]
    public void Protocols_without_ports_have_room_for_one(byte protocol)
    {
        using NatRun<Connection4> run = new(64, Masquerade());
        Bound first = run.Open(A, 0, Server, 0, protocol);
        Assert.Equal((NatOutcome.Translated, Wan, Server), (first.Outcome, first.From, first.To));
        Bound second = run.Open(B, 0, Server, 0, protocol);
        Assert.Equal((NatOutcome.Exhausted, DropReason.NatExhausted), (second.Outcome, NatOutcomes.ReasonOf(second.Outcome)));
        Assert.Equal(NatOutcome.Translated, run.Open(B, 0, Other, 0, protocol).Outcome);
    }

    [Fact]
    public void An_interface_without_an_address_ends_the_packet()
    {
        using NatRun<Connection4> run = new(64, Masquerade()) { OwnAddress = 0 };
        Assert.Equal(NatOutcome.NoAddress, run.Open(A, 1, Server, 80).Outcome);
        using NatRun<Connection4> back = new(64, Redirect()) { OwnAddress = 0 };
        Assert.Equal(NatOutcome.NoAddress, back.Open(A, 1, Server, 80).Outcome);
        Assert.Equal(0u, run.Table.View->Records.Count + run.Table.View->Index.Entries);
    }

    /// <summary>Every port of a small range is found, whoever holds the others; then there is none.</summary>
    [Theory]
    [InlineData(6000, 6000)]
    [InlineData(6000, 6009)]
    [InlineData(6000, 6127)]
    public void A_range_of_ports_is_used_to_its_last(int first, int last)
    {
        using NatRun<Connection4> run = new(512, SrcNat(Wan, ports: (first, last)));
        HashSet<int> ports = [];
        for (int client = first; client <= last; client++)
        {
            Bound bound = run.Open(A, 1000 + client, Server, 80);
            Assert.Equal(NatOutcome.Translated, bound.Outcome);
            Assert.InRange(bound.FromPort, first, last);
            Assert.True(ports.Add(bound.FromPort));
        }

        uint entries = run.Table.View->Index.Entries;
        Assert.Equal(NatOutcome.Exhausted, run.Open(A, 999, Server, 80).Outcome);
        Assert.Equal(entries, run.Table.View->Index.Entries);
        Assert.Equal(NatOutcome.Translated, run.Open(A, 999, Other, 80).Outcome);
    }

    [Fact]
    public void A_clients_port_within_the_range_is_kept()
    {
        using NatRun<Connection4> run = new(64, SrcNat(Wan, ports: (6000, 6999)));
        Assert.Equal(6500, run.Open(A, 6500, Server, 80).FromPort);
        Assert.InRange(run.Open(A, 7000, Server, 80).FromPort, 6000, 6999);
    }

    [Fact]
    public void When_an_address_is_used_up_the_next_one_serves()
    {
        using NatRun<Connection4> run = new(512, SrcNat("198.51.100.1-198.51.100.4", ports: (6000, 6003)));
        var froms = Enumerable.Range(0, 16).Select(n => run.Open(A, 100 + n, Server, 80)).ToList();
        Assert.All(froms, bound => Assert.Equal(NatOutcome.Translated, bound.Outcome));
        Assert.Equal(16, froms.Select(bound => (bound.From, bound.FromPort)).Distinct().Count());
        Assert.Equal(NatOutcome.Exhausted, run.Open(A, 999, Server, 80).Outcome);
    }

    /// <summary>A client has one address as long as that has ports.</summary>
    [Fact]
    public void A_client_keeps_its_address_towards_a_server()
    {
        using NatRun<Connection4> run = new(512, SrcNat("198.51.100.1-198.51.100.200"));
        Assert.Single(Enumerable.Range(0, 50).Select(n => run.Open(A, 2000 + n, Server, 80).From).Distinct());
        Assert.True(Enumerable.Range(0, 50).Select(n => run.Open($"192.168.2.{n}", 2000, Server, 80).From).Distinct().Count() > 30);
    }

    [Fact]
    public void A_source_that_is_one_of_the_addresses_stays()
    {
        using NatRun<Connection4> run = new(64, SrcNat("192.168.1.0-192.168.1.255"));
        Bound bound = run.Open(A, 5000, Server, 80);
        Assert.Equal((NatOutcome.Unchanged, A, 5000, ConnectionFlags.None), (bound.Outcome, bound.From, bound.FromPort, bound.Flags));
    }

    [Fact]
    public void Ports_without_addresses_change_ports_only()
    {
        using NatRun<Connection4> run = new(64, SrcNat(null, ports: (6000, 6009)), DstNat(null, ports: (8080, 8080)));
        Bound bound = run.Open(A, 5000, Server, 80);
        Assert.Equal((A, Server, 8080), (bound.From, bound.To, bound.ToPort));
        Assert.InRange(bound.FromPort, 6000, 6009);
        Assert.Equal(ConnectionFlags.SrcNat | ConnectionFlags.DstNat, bound.Flags);
    }

    [Fact]
    public void Random_ports_are_not_the_clients_and_not_in_a_row()
    {
        using NatRun<Connection4> run = new(4096, SrcNat(Wan, random: true));
        List<int> ports = [.. Enumerable.Range(0, 500).Select(n => run.Open(A, 5000 + n, Server, 80).FromPort)];
        Assert.Equal(500, ports.Distinct().Count());
        Assert.InRange(ports.Where((port, n) => port == 5000 + n).Count(), 0, 3);
        Assert.InRange(ports.Zip(ports.Skip(1)).Count(pair => Math.Abs(pair.First - pair.Second) < 16), 0, 5);
        Assert.All(ports, port => Assert.InRange(port, 1024, 65535));
    }

    [Fact]
    public void Dst_nat_to_an_address_and_a_port()
    {
        using NatRun<Connection4> run = new(64, DstNat("10.0.0.8", ports: (8080, 8080)));
        Bound bound = run.Open(Server, 5000, Wan, 80);
        Assert.Equal((NatOutcome.Translated, Server, 5000, "10.0.0.8", 8080), (bound.Outcome, bound.From, bound.FromPort, bound.To, bound.ToPort));
        Assert.Equal(ConnectionFlags.DstNat, bound.Flags);
    }

    [Fact]
    public void Dst_nat_to_a_range_of_ports_keeps_the_one_asked_for()
    {
        using NatRun<Connection4> run = new(64, DstNat("10.0.0.8", ports: (5000, 5009)));
        Assert.Equal(5005, run.Open(Server, 1, Wan, 5005).ToPort);
        Assert.Equal(5000, run.Open(Server, 2, Wan, 80).ToPort);
    }

    /// <summary>A client that talks to the server beside the translation too: its second connection gets another port, which nobody asked for.</summary>
    [Fact]
    public void A_clash_changes_the_source_of_a_connection_that_no_rule_would()
    {
        using NatRun<Connection4> run = new(64, DstNat("10.0.0.8") with { DstAddress = RuleMatch.Addresses(NatRun<Connection4>.Number(Wan), NatRun<Connection4>.Number(Wan)) });
        Bound direct = run.Open(Server, 5000, "10.0.0.8", 80);
        Assert.Equal((NatOutcome.Unchanged, 5000, ConnectionFlags.None), (direct.Outcome, direct.FromPort, direct.Flags));
        Bound translated = run.Open(Server, 5000, Wan, 80);
        Assert.Equal((Server, "10.0.0.8", 80), (translated.From, translated.To, translated.ToPort));
        Assert.InRange(translated.FromPort, 1024, 65535);
        Assert.NotEqual(5000, translated.FromPort);
        Assert.Equal(ConnectionFlags.SrcNat | ConnectionFlags.DstNat, translated.Flags);
    }

    [Fact]
    public void Redirect_goes_to_the_router_itself()
    {
        using NatRun<Connection4> run = new(64, Redirect(ports: (3128, 3128)));
        Bound bound = run.Open(A, 5000, Server, 80);
        Assert.Equal((Wan, 3128, ConnectionFlags.DstNat), (bound.To, bound.ToPort, bound.Flags));
    }

    [Fact]
    public void Netmap_changes_the_network_and_keeps_the_host()
    {
        using NatRun<Connection4> run = new(
            64, Netmap(RuleChain.NatSrcnat4, "198.51.100.0-198.51.100.255"), Netmap(RuleChain.NatDstnat4, "10.1.2.0-10.1.2.255"));
        Bound bound = run.Open(A, 5000, Server, 80);
        Assert.Equal(("198.51.100.2", 5000, "10.1.2.9", 80), (bound.From, bound.FromPort, bound.To, bound.ToPort));
    }

    [Fact]
    public void Same_gives_a_client_one_address()
    {
        using NatRun<Connection4> byBoth = new(512, Same("198.51.100.1-198.51.100.9", notByDst: false));
        using NatRun<Connection4> byClient = new(512, Same("198.51.100.1-198.51.100.9", notByDst: true));
        string[] servers = [.. Enumerable.Range(1, 30).Select(n => $"203.0.113.{n}")];
        Assert.Equal(9, servers.Select(server => byBoth.Open(A, 5000, server, 80).From).Distinct().Count());
        Assert.Single(servers.Select(server => byClient.Open(A, 5000, server, 80).From).Distinct());

        // 192.168.1.2 is 3232235778, which leaves 6 when divided by 9.
        Assert.Equal("198.51.100.7", byClient.Open(A, 5001, Server, 80).From);
    }

    /// <summary>The router's outside address asked for from inside: both translations on one connection.</summary>
    [Fact]
    public void Hairpin()
    {
        using NatRun<Connection4> run = new(64, DstNat(B, ports: (8080, 8080)), Masquerade()) { OwnAddress = NatRun<Connection4>.Number("192.168.1.1") };
        Bound bound = run.Open(A, 5000, Wan, 80);
        Assert.Equal(("192.168.1.1", 5000, B, 8080), (bound.From, bound.FromPort, bound.To, bound.ToPort));
        Assert.Equal(ConnectionFlags.SrcNat | ConnectionFlags.DstNat | ConnectionFlags.Masqueraded, bound.Flags);
    }

    [Fact]
    public void Ipv6()
    {
        using NatRun<Connection6> run = new(64, Masquerade().Ipv6(), DstNat("fd00::8-fd00::8", ports: (8080, 8080)).Ipv6())
        {
            OwnAddress = NatRun<Connection4>.Number("2001:db8::1"),
        };
        Bound bound = run.Open("fd00::2", 5000, "2001:db8:5::9", 80);
        Assert.Equal(("2001:db8::1", 5000, "fd00::8", 8080), (bound.From, bound.FromPort, bound.To, bound.ToPort));
        Assert.InRange(run.Open("fd00::3", 5000, "2001:db8:5::9", 80).FromPort, 1024, 65535);
        Assert.Equal(("2001:db8::1", 9), (run.Open("fd00::3", 9, "2001:db8:5::9", 0x8000, IpProtocol.Icmpv6) is var query ? (query.From, query.FromPort) : default));
    }

    /// <summary>Two connections of one burst: the first has claimed its reply before it is confirmed, and nobody finds it by it.</summary>
    [Fact]
    public void Connections_of_one_burst_do_not_get_the_same_reply()
    {
        using NatRun<Connection4> run = new(64, Masquerade());
        uint first = run.Allocate(NatRun<Connection4>.Number(A), 5000, NatRun<Connection4>.Number(Server), 80, IpProtocol.Udp);
        Assert.Equal(5000, run.Describe(first, run.Bind(first)).FromPort);
        uint second = run.Allocate(NatRun<Connection4>.Number(B), 5000, NatRun<Connection4>.Number(Server), 80, IpProtocol.Udp);
        Assert.NotEqual(5000, run.Describe(second, run.Bind(second)).FromPort);
        run.Table.Remove(first, ConnectionEnd.Closed);
        Assert.True(run.Table.Confirm(second));
        Assert.Equal(5000, run.Open("192.168.1.4", 5000, Server, 80).FromPort);
        Assert.Equal(4u, run.Table.View->Index.Entries);
    }

    /// <summary>Ports that are chosen come from the worker's own part; those that clients bring along may be anyone's.</summary>
    [Fact]
    public void Workers_never_choose_the_same_port()
    {
        HashSet<int> chosen = [];
        for (int worker = 0; worker < 3; worker++)
        {
            using NatRun<Connection4> run = new(512, SrcNat(Wan, ports: (6000, 6090))) { Partition = new PortPartition(worker, 3) };
            Bound bound = default;
            for (int n = 0; bound.Outcome != NatOutcome.Exhausted; n++)
            {
                bound = run.Open(A, 100 + n, Server, 80);
                Assert.True(bound.Outcome == NatOutcome.Exhausted || chosen.Add(bound.FromPort));
            }

            Assert.Equal(6050, run.Open(A, 6050, Other, 80).FromPort);
        }

        Assert.Equal(Enumerable.Range(6000, 91), chosen.Order());
    }
}
