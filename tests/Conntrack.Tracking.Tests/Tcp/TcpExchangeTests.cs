namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>Whole conversations as a table of packets: what a reader of the connection list would see after each.</summary>
public class TcpExchangeTests
{
    const string Exchanges = """
        opened and closed by the client
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > PSH,ACK  established  established   SAC  1d  3/1
        < ACK      established  established   SAC  1d  3/2
        > FIN,ACK  established  fin-wait      SAC  10s 4/2
        < ACK      established  close-wait    SAC  10s 4/3
        < FIN,ACK  established  last-ack      SAC  10s 4/4
        > ACK      established  time-wait     SAC  10s 5/4

        closed by the server
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        < FIN,ACK  established  fin-wait      SAC  10s 2/2
        > ACK      established  close-wait    SAC  10s 3/2
        > FIN,ACK  established  last-ack      SAC  10s 4/2
        < ACK      established  time-wait     SAC  10s 4/3

        half-close: the server goes on sending after the client's FIN
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > FIN,ACK  established  fin-wait      SAC  10s 3/1
        < ACK      established  close-wait    SAC  10s 3/2
        < PSH,ACK  established  close-wait    SAC  10s 3/3
        > ACK      established  close-wait    SAC  10s 4/3
        < PSH,ACK  established  close-wait    SAC  10s 4/4
        < FIN,ACK  established  last-ack      SAC  10s 4/5
        > ACK      established  time-wait     SAC  10s 5/5

        both sides close at once
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > FIN,ACK  established  fin-wait      SAC  10s 3/1
        < FIN,ACK  established  last-ack      SAC  10s 3/2
        > ACK      established  time-wait     SAC  10s 4/2
        < ACK      established  time-wait     SAC  10s 4/3

        the last ACK is lost, so the server's FIN comes again
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > FIN,ACK  established  fin-wait      SAC  10s 3/1
        < FIN,ACK  established  last-ack      SAC  10s 3/2
        < FIN,ACK  established  last-ack      SAC  10s 3/3
        > ACK      established  time-wait     SAC  10s 4/3
        < FIN,ACK  established  time-wait     SAC  10s 4/4
        > ACK      established  time-wait     SAC  10s 5/4

        simultaneous open: the second SYN passes uncounted, assured with the first ACK after an answer
        > SYN      new          syn-sent      C    5s  1/0
        < SYN      established  syn-sent2     SC   4s  1/0
        > SYN,ACK  established  syn-received  SC   5s  2/0
        < SYN,ACK  established  syn-received  SC   4s  2/0
        > ACK      established  established   SAC  1d  3/0

        simultaneous open, the server's answer first
        > SYN      new          syn-sent      C    5s  1/0
        < SYN      established  syn-sent2     SC   4s  1/0
        > SYN      established  syn-sent2     SC   5s  2/0
        < SYN,ACK  established  syn-received  SC   5s  2/1
        > SYN,ACK  established  syn-received  SC   5s  3/1
        < ACK      established  established   SAC  1d  3/2
        > ACK      established  established   SAC  1d  4/2

        an unanswered SYN stays new however often it comes, and has no more time for it
        > SYN      new          syn-sent      C    5s  1/0
        > SYN      new          syn-sent      C    4s  1/0
        > SYN      new          syn-sent      C    3s  1/0

        explicit congestion notification and PSH say nothing to the machine
        > SYN,ECE,CWR  new          syn-sent      C    5s  1/0
        < SYN,ACK,ECE  established  syn-received  SC   5s  1/1
        > ACK          established  established   SAC  1d  2/1
        > PSH,ACK,CWR  established  established   SAC  1d  3/1
        > ACK,URG      established  established   SAC  1d  4/1

        refused: the RST that answers a SYN leaves nothing behind
        > SYN      new          syn-sent      C    5s  1/0
        < RST,ACK  established  -
        > SYN      new          syn-sent      C    5s  1/0
        < RST,ACK  established  -

        the client gives up before any answer
        > SYN      new          syn-sent      C    5s  1/0
        > RST      new          -

        the client refuses the answer
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > RST      established  close         SC   10s 2/1

        aborted by the client
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > RST,ACK  established  close         SAC  10s 3/1
        < PSH,ACK  established  close         SAC  10s 3/2
        < FIN,ACK  established  close         SAC  10s 3/3
        > RST      established  close         SAC  10s 4/3

        aborted by the server
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        < RST      established  close         SAC  10s 2/2
        > ACK      established  close         SAC  10s 3/2

        RST after FIN
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > FIN,ACK  established  fin-wait      SAC  10s 3/1
        < RST      established  close         SAC  10s 3/2

        RST in time-wait
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > FIN,ACK  established  fin-wait      SAC  10s 3/1
        < FIN,ACK  established  last-ack      SAC  10s 3/2
        > ACK      established  time-wait     SAC  10s 4/2
        < RST      established  close         SAC  10s 4/3

        the same ports again in time-wait, from the side that opened
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > FIN,ACK  established  fin-wait      SAC  10s 3/1
        < FIN,ACK  established  last-ack      SAC  10s 3/2
        > ACK      established  time-wait     SAC  10s 4/2
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1

        the same ports again in time-wait, from the other side: it is the original direction now
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > FIN,ACK  established  fin-wait      SAC  10s 3/1
        < FIN,ACK  established  last-ack      SAC  10s 3/2
        > ACK      established  time-wait     SAC  10s 4/2
        < SYN      new          syn-sent      C    5s  1/0
        < SYN      new          syn-sent      C    4s  1/0
        > SYN,ACK  established  syn-received  SC   5s  1/1
        < ACK      established  established   SAC  1d  2/1

        the same ports again after one's own RST
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > RST      established  close         SAC  10s 3/1
        > SYN      new          syn-sent      C    5s  1/0

        the same ports again after the server's RST: the SYN passes, the entry stays closed
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        < RST      established  close         SAC  10s 2/2
        > SYN      established  close         SAC  9s  2/2

        the same ports again after FIN and the server's RST
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > FIN,ACK  established  fin-wait      SAC  10s 3/1
        < RST      established  close         SAC  10s 3/2
        > SYN      new          syn-sent      C    5s  1/0

        a SYN within an established connection passes, counts for nothing and changes nothing
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > SYN      established  established   SAC  23h59m59s 2/1
        < ACK      established  established   SAC  1d  2/2

        a SYN of the server within an established connection is invalid
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        < SYN      invalid      established   SAC  23h59m59s 2/1

        a repeated SYN,ACK passes uncounted
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        < SYN,ACK  established  syn-received  SC   4s  1/1
        > ACK      established  established   SAC  1d  2/1
        < SYN,ACK  established  established   SAC  23h59m59s 2/1

        data before the handshake's third part was seen does not establish
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        < PSH,ACK  established  syn-received  SC   5s  1/2
        > ACK      established  established   SAC  1d  2/2

        an ACK of an older incarnation answers the SYN, and the client resets it
        > SYN      new          syn-sent      C    5s  1/0
        < ACK      established  syn-sent      SC   4s  1/0
        > RST      established  close         SC   10s 2/0

        segments that belong to nothing
        > FIN,ACK  invalid  -
        > RST      invalid  -
        < RST,ACK  invalid  -
        > none     invalid  -
        > SYN,FIN  invalid  -
        > SYN,RST  invalid  -
        > FIN      invalid  -
        > PSH,URG  invalid  -
        > FIN,PSH,URG  invalid  -

        illegal flags within a connection change nothing
        > SYN      new          syn-sent      C    5s  1/0
        > SYN,FIN  invalid      syn-sent      C    4s  1/0
        < SYN,RST  invalid      syn-sent      C    3s  1/0
        < none     invalid      syn-sent      C    2s  1/0
        > ACK      invalid      syn-sent      C    1s  1/0

        picked up midstream with data: assured with the first packet after an answer
        > PSH,ACK  new          established   C    5m  1/0
        > ACK      new          established   C    5m  2/0
        < ACK      established  established   SC   5m  2/1
        > ACK      established  established   SAC  1d  3/1

        picked up midstream with the handshake's second part
        < SYN,ACK  new          established   C    5m  1/0
        > ACK      established  established   SC   5m  1/1
        < PSH,ACK  established  established   SAC  1d  2/1

        picked up midstream and reset
        > ACK      new          established   C    5m  1/0
        < RST      established  -

        picked up midstream just before the end
        > ACK      new          established   C    5m  1/0
        > FIN,ACK  new          fin-wait      C    10s 2/0
        < FIN,ACK  established  last-ack      SC   10s 2/1
        > ACK      established  time-wait     SC   10s 3/1

        nothing is picked up midstream without loose tracking
        set loose no
        > ACK      invalid  -
        > PSH,ACK  invalid  -
        < SYN,ACK  invalid  -
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1

        an unanswered SYN ends after five seconds to the microsecond
        > SYN      new          syn-sent      C    5s  1/0
        wait 4.999999s
        > SYN      new          syn-sent      C    0.000001s  1/0
        wait 0.000001s
        > SYN      new          syn-sent      C    5s  1/0

        time-wait ends ten seconds after the last packet
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        > FIN,ACK  established  fin-wait      SAC  10s 3/1
        < FIN,ACK  established  last-ack      SAC  10s 3/2
        > ACK      established  time-wait     SAC  10s 4/2
        wait 9.999999s
        > ACK      established  time-wait     SAC  10s 5/2
        wait 10s
        > FIN,ACK  invalid  -

        an established connection lives for a day and ends
        > SYN      new          syn-sent      C    5s  1/0
        < SYN,ACK  established  syn-received  SC   5s  1/1
        > ACK      established  established   SAC  1d  2/1
        wait 86399.999999s
        < ACK      established  established   SAC  1d  2/2
        set loose no
        wait 86400s
        < ACK      invalid  -
        """;

    static readonly IReadOnlyList<Exchange> s_exchanges = Exchange.Parse(Exchanges.ReplaceLineEndings("\n"));

    public static TheoryData<string, uint, uint> Plays => Exchange.Plays(s_exchanges);

    [Theory, MemberData(nameof(Plays))]
    public void Each_packet_is_seen_as_the_table_says(string title, uint client, uint server) =>
        s_exchanges.Single(exchange => exchange.Title == title).Play(client, server);
}
