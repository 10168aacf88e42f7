namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>What shortens the life of an established connection: data without an answer, segments over and over, a window that stays shut.</summary>
public class TcpTimeoutTests
{
    const string Exchanges = """
        data nobody acknowledges holds the entry for tcp-unacked-timeout, the acknowledgment restores the day
        set unacked 4m
        set max-retrans 3m
        > SYN                  new          syn-sent      C    5s  1/0
        < SYN,ACK              established  syn-received  SC   5s  1/1
        > ACK                  established  established   SAC  1d  2/1
        > ACK len=100          established  established   SAC  4m  3/1
        > ACK len=100          established  established   SAC  4m  4/1
        < ACK ack=101          established  established   SAC  4m  4/2
        < ACK ack=201          established  established   SAC  1d  4/3

        data in both directions is acknowledged only when both are
        set unacked 4m
        > SYN                  new          syn-sent      C    5s  1/0
        < SYN,ACK              established  syn-received  SC   5s  1/1
        > ACK                  established  established   SAC  1d  2/1
        > ACK len=100          established  established   SAC  4m  3/1
        < ACK len=200          established  established   SAC  4m  3/2
        > ACK ack=201          established  established   SAC  1d  4/2

        an unacknowledged byte ends with the entry
        set unacked 4m
        > SYN                  new          syn-sent      C    5s  1/0
        < SYN,ACK              established  syn-received  SC   5s  1/1
        > ACK                  established  established   SAC  1d  2/1
        > ACK len=1            established  established   SAC  4m  3/1
        wait 240s
        set loose no
        < ACK                  invalid      -

        the third repetition of a segment holds the entry for tcp-max-retrans-timeout only
        set unacked 4m
        set max-retrans 3m
        > SYN                  new          syn-sent      C    5s  1/0
        < SYN,ACK              established  syn-received  SC   5s  1/1
        > ACK                  established  established   SAC  1d  2/1
        > ACK seq=1 len=100    established  established   SAC  4m  3/1
        > ACK seq=1 len=100    established  established   SAC  4m  4/1
        > ACK seq=1 len=100    established  established   SAC  4m  5/1
        > ACK seq=1 len=100    established  established   SAC  3m  6/1
        > ACK seq=1 len=100    established  established   SAC  3m  7/1
        > ACK seq=1 len=100    established  established   SAC  3m  8/1
        < ACK                  established  established   SAC  1d  8/2

        anything else between begins the count again
        set unacked 4m
        set max-retrans 3m
        > SYN                  new          syn-sent      C    5s  1/0
        < SYN,ACK              established  syn-received  SC   5s  1/1
        > ACK                  established  established   SAC  1d  2/1
        > ACK seq=1 len=100    established  established   SAC  4m  3/1
        > ACK seq=1 len=100    established  established   SAC  4m  4/1
        > ACK seq=1 len=100    established  established   SAC  4m  5/1
        > ACK seq=1 len=99     established  established   SAC  4m  6/1
        > ACK seq=1 len=100    established  established   SAC  4m  7/1
        > ACK seq=1 len=100    established  established   SAC  4m  8/1
        > ACK seq=1 len=100    established  established   SAC  4m  9/1
        > ACK seq=1 len=100 win=5  established  established   SAC  4m  10/1

        empty acknowledgments repeat too
        set max-retrans 3m
        > SYN                  new          syn-sent      C    5s  1/0
        < SYN,ACK              established  syn-received  SC   5s  1/1
        > ACK                  established  established   SAC  1d  2/1
        > ACK                  established  established   SAC  1d  3/1
        > ACK                  established  established   SAC  1d  4/1
        > ACK                  established  established   SAC  3m  5/1

        a window of zero holds the entry for tcp-max-retrans-timeout only
        set unacked 4m
        set max-retrans 3m
        > SYN                  new          syn-sent      C    5s  1/0
        < SYN,ACK              established  syn-received  SC   5s  1/1
        > ACK                  established  established   SAC  1d  2/1
        < ACK win=0            established  established   SAC  3m  2/2
        > ACK seq=0            established  established   SAC  1d  3/2
        < ACK win=0            established  established   SAC  3m  3/3
        < ACK win=1            established  established   SAC  1d  3/4

        a probe of one byte fits into a window of zero
        set unacked 4m
        set max-retrans 3m
        > SYN                  new          syn-sent      C    5s  1/0
        < SYN,ACK win=10       established  syn-received  SC   5s  1/1
        > ACK                  established  established   SAC  1d  2/1
        > ACK len=10           established  established   SAC  4m  3/1
        < ACK win=0            established  established   SAC  3m  3/2
        > ACK len=1            established  established   SAC  4m  4/2

        longer exceptions than the rule do not lengthen it
        set established 2m
        > SYN                  new          syn-sent      C    5s  1/0
        < SYN,ACK              established  syn-received  SC   5s  1/1
        > ACK                  established  established   SAC  2m  2/1
        > ACK len=100          established  established   SAC  2m  3/1
        < ACK win=0            established  established   SAC  2m  3/2

        a change of a timeout reaches a live connection with its next packet
        > SYN                  new          syn-sent      C    5s  1/0
        < SYN,ACK              established  syn-received  SC   5s  1/1
        > ACK                  established  established   SAC  1d  2/1
        > ACK len=100          established  established   SAC  5m  3/1
        set unacked 4m
        > ACK len=100          established  established   SAC  4m  4/1
        set established 3m
        < ACK                  established  established   SAC  3m  4/2
        """;

    static readonly IReadOnlyList<Exchange> s_exchanges = Exchange.Parse(Exchanges.ReplaceLineEndings("\n"));

    public static TheoryData<string, uint, uint> Plays => Exchange.Plays(s_exchanges);

    [Theory, MemberData(nameof(Plays))]
    public void Each_packet_is_seen_as_the_table_says(string title, uint client, uint server) =>
        s_exchanges.Single(exchange => exchange.Title == title).Play(client, server);
}
