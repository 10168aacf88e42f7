using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>connection-limit: which connections count, and for how long. The same for every burst and every number of workers.</summary>
public sealed class ConnectionLimitTests : IDisposable
{
    const string Script = """
        /ip firewall connection tracking set udp-timeout=2s
        /ip firewall filter
        add chain=forward connection-state=new connection-limit=2,32 action=drop
        add chain=forward dst-address=198.51.100.99 action=drop
        """;

    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_source_has_so_many_at_once_and_another_its_own() => Check(
        "forward forward drop forward forward drop",
        (0, Open(1)), (1, Open(2)), (2, Open(3)), (3, Open(1)), (4, Open(4, "192.0.2.2")), (5, Open(5)));

    [Fact]
    public void What_was_dropped_never_counted() => Check(
        "drop drop drop forward forward drop",
        (0, Open(1, to: "198.51.100.99")), (1, Open(2, to: "198.51.100.99")), (2, Open(3, to: "198.51.100.99")), (3, Open(4)), (4, Open(5)), (5, Open(6)));

    [Fact]
    public void What_has_timed_out_counts_no_more_from_that_instant_on() => Check(
        "forward forward drop forward drop",
        (0, Open(1)), (1000, Open(2)), (1999, Open(3)), (2000, Open(4)), (2999, Open(5)));

    [Fact]
    public void Tcp_counts_until_it_is_closed_by_both_sides_or_by_force() => Check(
        "forward forward forward forward drop forward forward forward drop forward forward",
        (0, T(1, Syn)), (1, T(1, SynAck, back: true, ack: 2)), (2, T(1, Ack, seq: 2, ack: 2)), (3, T(2, Syn)), (4, T(3, Syn)),
        (5, T(1, Fin, seq: 2, ack: 2)), (6, T(1, Fin, back: true, seq: 2, ack: 3)), (7, T(1, Ack, seq: 3, ack: 3)) /* time-wait, and one is left */,
        (7, T(4, Syn, to: "198.51.100.99")), (8, T(5, Syn)), (9, T(2, 0x14, back: true, ack: 2)));

    [Fact]
    public void A_connection_that_is_closed_makes_room_for_one() => Check(
        "forward forward drop forward forward drop",
        (0, T(1, Syn)), (1, T(2, Syn)), (2, T(3, Syn)), (3, T(2, 0x14, back: true, ack: 2)), (4, T(4, Syn)), (5, T(5, Syn)));

    [Fact]
    public void Each_rule_counts_what_it_was_asked_for()
    {
        const string Two = """
            /ip firewall filter
            add chain=forward protocol=udp dst-port=53 connection-limit=1,32 action=drop
            add chain=forward protocol=udp connection-limit=2,32 action=drop
            """;
        Check("forward forward drop forward drop", Two, (0, Open(1)), (1, Open(2, port: 54)), (2, Open(3)), (3, Open(2, port: 54)), (4, Open(4, port: 55)));
    }

    void Check(string expected, params (long Milliseconds, Frame Frame)[] frames) => Check(expected, Script, frames);

    void Check(string expected, string script, params (long Milliseconds, Frame Frame)[] frames)
    {
        string rules = _scratch.Write("rules.rsc", script + "\n");
        string capture = _scratch.Capture("in.pcap", frames.Select(frame => (frame.Milliseconds * 1000, frame.Frame)));
        foreach (string how in (string[])["", "--burst 32", "--workers 4 --burst 7"])
        {
            IEnumerable<string?> verdicts = _scratch.Trace(["--config", rules, "--in", capture, .. how.Split(' ', StringSplitOptions.RemoveEmptyEntries)]).Words("verdict");
            Assert.Equal((how, expected), (how, string.Join(' ', verdicts)));
        }
    }

    static Frame Open(int from, string source = Client, string to = Server, int port = 53) => new Frame().Ipv4(source, to).Udp(from, port).Data(10);

    static Frame T(int port, int flags, bool back = false, uint seq = 1, uint ack = 0, string to = Server) => back
        ? new Frame().Ipv4(to, Client).Tcp(80, port, flags, seq, ack)
        : new Frame().Ipv4(Client, to).Tcp(port, 80, flags, seq, ack);
}
