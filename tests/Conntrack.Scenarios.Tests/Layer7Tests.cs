using System.Text;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>layer7-protocol: what of a connection is looked at, and until when.</summary>
public sealed class Layer7Tests : IDisposable
{
    const string Script = """
        /ip firewall layer7-protocol
        add name=http regexp="^(get|post) [ -~]* http/1\\.[01]"
        add name=answer regexp="200 ok.*length: 5\\x0d\\x0a"
        add name=short regexp="^ab\$"
        add name=none
        add name=late regexp=needle
        /ip firewall mangle
        add chain=prerouting layer7-protocol=late action=passthrough
        /ip firewall filter
        add chain=forward layer7-protocol=http action=passthrough
        add chain=forward layer7-protocol=answer action=passthrough
        add chain=forward layer7-protocol=short action=passthrough
        add chain=forward layer7-protocol=none action=passthrough
        add chain=forward layer7-protocol=late action=passthrough
        add chain=forward layer7-protocol=!late action=passthrough
        """;

    const string Not = "filter forward 5", Late = "mangle prerouting 0 filter forward 4";

    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_pattern_goes_over_packets_and_directions_and_what_was_found_stays() => Check(
        [Not, Not, $"filter forward 0 {Not}", $"filter forward 0 {Not}", $"filter forward 0 filter forward 1 {Not}", $"filter forward 0 filter forward 1 {Not}"],
        Tcp(false, Syn), Back(Tcp(true, SynAck, acknowledgment: 2)), Says("GET /index HTTP/1.1", 2, 2), Back(Answers("HTTP/1.1 200 OK\r\nCont", 2, 21)),
        Back(Answers("ent-Length: 5\r\n\r\n", 23, 21)), Says("x", 21, 40));

    [Fact]
    public void The_end_is_that_of_what_has_come() => Check(
        [Not, $"filter forward 2 {Not}", $"filter forward 2 {Not}"], U("a"), U("b"), U("c"));

    [Fact]
    public void What_comes_behind_the_beginning_is_none() => Check([Not, Not], U("ba"), U("b"));

    [Fact]
    public void Zeros_are_left_out() => Check([Late], U("n\0e\0e\0\0dle"));

    [Fact]
    public void The_tenth_packet_is_looked_at_and_the_eleventh_is_not()
    {
        Frame[] nine = [.. Enumerable.Range(0, 9).Select(_ => U("hay"))];
        Check([.. Enumerable.Repeat(Not, 9), Late, Late], [.. nine.Select(Forth), U("needle"), U("hay")]);
        Check([.. Enumerable.Repeat(Not, 11)], [.. nine.Select(Forth), U("hay"), U("needle")]);
    }

    [Fact]
    public void Two_thousand_and_forty_eight_bytes_are_looked_at()
    {
        Check([Not, Late], U(new string('.', 1024)), U(new string('.', 1018) + "needle"));
        Check([Not, Not], U(new string('.', 1024)), U(new string('.', 1019) + "needle"));
    }

    [Fact]
    public void What_no_connection_knows_is_not_looked_at() => Check(
        [Not], "/ip firewall raw add chain=prerouting action=notrack\n", U("needle"));

    [Fact]
    public void Many_patterns_are_looked_for_at_once_and_too_many_are_refused()
    {
        string Rules(int count) => "/ip firewall layer7-protocol\n"
            + string.Concat(Enumerable.Range(0, count).Select(n => $"add name=p{n} regexp=\"^.*word{n}x\"\n"))
            + "/ip firewall filter\n"
            + string.Concat(Enumerable.Range(0, count).Select(n => $"add chain=forward layer7-protocol=p{n} action=passthrough\n"));
        string capture = _scratch.Capture("in.pcap", Enumerable.Range(0, 64).Select(n => (n * 1000L, new Frame().Ipv4(Client, Server).Udp(1000 + n, 53).Data(Encoding.ASCII.GetBytes($"a word{n}x")))));
        IReadOnlyList<System.Text.Json.JsonElement> trace = _scratch.Trace("--config", _scratch.Write("many.rsc", Rules(64)), "--in", capture);
        Assert.Equal(Enumerable.Range(0, 64).Select(n => $"filter forward {n}"), trace.Select(line => Assert.Single(line.Names())));
        Run refused = Ctrack.Replay("--config", _scratch.Write("more.rsc", Rules(65)), "--in", capture);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("65 patterns", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_expression_is_refused_where_it_is_wrong()
    {
        Run refused = Ctrack.Start(Ctrack.Executable, ["check", _scratch.Write("wrong.rsc", "/ip firewall layer7-protocol add name=x regexp=\"ab(cd\"\n")]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("wrong.rsc:1:", refused.Output + refused.Error, StringComparison.Ordinal);
        Assert.Contains("opens a group that is not closed", refused.Output + refused.Error, StringComparison.Ordinal);
    }

    void Check(string[] expected, params Sent[] frames) => Check(expected, "", frames);

    void Check(string[] expected, string before, params Sent[] frames)
    {
        string rules = _scratch.Write("rules.rsc", before + Script + "\n");
        string[] captures =
        [
            .. Enumerable.Range(1, 2).SelectMany(port => (string[])
            [
                "--in",
                $"ether{port}={_scratch.Capture($"in{port}.pcap", frames.Select((sent, index) => (index * 1000L, sent)).Where(sent => sent.sent.Port == port).Select(sent => (sent.Item1, sent.sent.Frame)))}",
            ]),
        ];
        foreach (string how in (string[])["", "--burst 32", "--workers 4 --burst 7"])
        {
            IEnumerable<string> found = _scratch.Trace(["--config", rules, .. captures, .. how.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
                .Select(line => string.Join(' ', line.Names().Where(name => name != "raw prerouting 0")));
            Assert.Equal(expected, found);
        }
    }

    static Frame U(string text) => new Frame().Ipv4(Client, Server).Udp(40000, 53).Data(Encoding.ASCII.GetBytes(text));

    static Frame Says(string text, uint sequence, uint acknowledgment) =>
        new Frame().Ipv4(Client, Server).Tcp(40000, 80, 0x18, sequence, acknowledgment).Data(Encoding.ASCII.GetBytes(text));

    static Frame Answers(string text, uint sequence, uint acknowledgment) =>
        new Frame().Ipv4(Server, Client).Tcp(80, 40000, 0x18, sequence, acknowledgment).Data(Encoding.ASCII.GetBytes(text));

    static Sent Forth(Frame frame) => frame;

    static Sent Back(Frame frame) => new(frame, 2);

    readonly record struct Sent(Frame Frame, int Port)
    {
        public static implicit operator Sent(Frame frame) => new(frame, 1);
    }
}
