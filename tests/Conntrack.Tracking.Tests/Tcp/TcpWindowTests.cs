namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>What either side may send and acknowledge, to the byte: with and without window scaling, with SACK, and after a late start.</summary>
public class TcpWindowTests
{
    const string Exchanges = """
        data may begin up to the edge of the receiver's window
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK win=1000                  established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        > ACK seq=1001 len=100              established  established   SAC  5m  3/1

        data a little beyond the window passes uncounted, and its acknowledgment is right
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK win=1000                  established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        > ACK seq=1002 len=998              established  established   SAC  23h59m59s 2/1
        < ACK ack=2000                      established  established   SAC  1d  2/2

        data more than a window beyond the window is invalid, and so is its acknowledgment
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK win=1000                  established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        > ACK seq=1002 len=999              invalid      established   SAC  23h59m59s 2/1
        < ACK ack=2001                      invalid      established   SAC  23h59m58s 2/1

        every acknowledgment moves the window on
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK win=1000                  established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        > ACK seq=1 len=1000                established  established   SAC  5m  3/1
        < ACK ack=1001 win=1000             established  established   SAC  1d  3/2
        > ACK seq=1001 len=1000             established  established   SAC  5m  4/2
        < ACK ack=2001 win=10               established  established   SAC  1d  4/3
        > ACK seq=2011 len=1                established  established   SAC  5m  5/3
        > ACK seq=3013 len=1                invalid      established   SAC  4m59s 5/3

        a window does not shrink behind what it was
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK win=1000                  established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        < ACK ack=1 win=10                  established  established   SAC  1d  2/2
        > ACK seq=1001 len=1                established  established   SAC  5m  3/2

        data sent again within a window behind the highest counts, farther behind it passes uncounted
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK win=1000                  established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        > ACK seq=1 len=1000                established  established   SAC  5m  3/1
        < ACK ack=1001 win=1000             established  established   SAC  1d  3/2
        > ACK seq=1001 len=1000             established  established   SAC  5m  4/2
        < ACK ack=2001 win=1000             established  established   SAC  1d  4/3
        > ACK seq=901 len=100               established  established   SAC  1d  5/3
        > ACK seq=900 len=100               established  established   SAC  23h59m59s 5/3
        > ACK seq=1 len=100                 established  established   SAC  23h59m58s 5/3

        what was never sent cannot be acknowledged
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK                           established  syn-received  SC   5s  1/1
        > ACK ack=2                         invalid      syn-received  SC   4s  1/1
        > ACK ack=1                         established  established   SAC  1d  2/1
        < ACK len=100                       established  established   SAC  5m  2/2
        > ACK ack=102                       invalid      established   SAC  4m59s 2/2
        > ACK ack=101                       established  established   SAC  1d  3/2

        a SYN,ACK must acknowledge the SYN
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK ack=2                     invalid      syn-sent      C    4s  1/0
        < SYN,ACK ack=1                     established  syn-received  SC   5s  1/1

        an acknowledgment of 66000 bytes ago counts, an older one passes uncounted
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK                           established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        < ACK len=64000                     established  established   SAC  5m  2/2
        > ACK ack=64001                     established  established   SAC  1d  3/2
        < ACK len=64000                     established  established   SAC  5m  3/3
        > ACK ack=128001                    established  established   SAC  1d  4/3
        > ACK ack=62001                     established  established   SAC  1d  5/3
        > ACK ack=62000                     established  established   SAC  23h59m59s 5/3

        scaled windows count in their units, that of a SYN in bytes
        > SYN scale=7 win=100               new          syn-sent      C    5s  1/0
        < SYN,ACK scale=2 win=1000          established  syn-received  SC   5s  1/1
        > ACK win=10                        established  established   SAC  1d  2/1
        > ACK seq=1001 len=1 win=10         established  established   SAC  5m  3/1
        < ACK seq=1281 len=1 ack=1 win=1000 established  established   SAC  5m  3/2
        < ACK seq=2561 len=1 ack=1 win=1000 invalid      established   SAC  4m59s 3/2
        < ACK seq=1 ack=1002 win=1000       established  established   SAC  5m  3/3
        > ACK seq=5002 ack=1282 len=1       established  established   SAC  5m  4/3
        > ACK seq=9002 ack=1282 len=1       invalid      established   SAC  4m59s 4/3

        window scaling counts only if both sides offer it
        > SYN scale=7                       new          syn-sent      C    5s  1/0
        < SYN,ACK win=1000                  established  syn-received  SC   5s  1/1
        > ACK win=10                        established  established   SAC  1d  2/1
        < ACK seq=65536 len=1               invalid      established   SAC  23h59m59s 2/1

        a scale above 14 is 14
        > SYN scale=200                     new          syn-sent      C    5s  1/0
        < SYN,ACK scale=0                   established  syn-received  SC   5s  1/1
        > ACK win=2                         established  established   SAC  1d  2/1
        < ACK seq=32769 len=1               established  established   SAC  5m  2/2
        < ACK seq=131080 len=1              invalid      established   SAC  4m59s 2/2

        the SYN that comes again is the offer that counts, if its number is higher
        > SYN scale=7                       new          syn-sent      C    5s  1/0
        > SYN seq=10                        new          syn-sent      C    4s  1/0
        < SYN,ACK scale=7 ack=11            established  syn-received  SC   5s  1/1
        > ACK seq=11 win=10                 established  established   SAC  1d  2/1
        < ACK seq=65536 len=1               invalid      established   SAC  23h59m59s 2/1

        the highest SACK edge counts as acknowledged
        > SYN sack-permitted                new          syn-sent      C    5s  1/0
        < SYN,ACK sack-permitted win=1000   established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        > ACK seq=101 len=800               established  established   SAC  5m  3/1
        < ACK ack=1 sack=901 win=1000       established  established   SAC  5m  3/2
        > ACK seq=1901 len=100              established  established   SAC  5m  4/2
        < ACK ack=1 sack=500,2002 win=1000  invalid      established   SAC  4m59s 4/2
        < ACK ack=1 sack=2001,500 win=1000  established  established   SAC  5m  4/3

        SACK blocks mean nothing where they are not permitted
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK sack-permitted            established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        < ACK ack=1 sack=9999               established  established   SAC  1d  2/2
        > ACK ack=1 sack=9999               invalid      established   SAC  23h59m59s 2/2

        options that contradict themselves end the reading, and nothing after them counts
        > SYN options=0303FF04 sack-permitted             new          syn-sent      C    5s  1/0
        < SYN,ACK sack-permitted                          established  syn-received  SC   5s  1/1
        > ACK sack=2                                      invalid      syn-received  SC   4s  1/1
        > ACK options=000000FF sack=2                     established  established   SAC  1d  2/1
        > ACK options=2200FFFF sack=2 win=1               established  established   SAC  1d  3/1
        > ACK options=2201FFFF sack=2 win=2               established  established   SAC  1d  4/1
        > ACK options=22FFFFFF sack=2 win=3               established  established   SAC  1d  5/1
        > ACK options=2204FFFF sack=2 win=4               invalid      established   SAC  23h59m59s 5/1
        > ACK options=01010105 win=5                      established  established   SAC  1d  6/1
        > ACK options=050A0000 win=6                      established  established   SAC  1d  7/1
        > ACK options=050900010001000100010101 win=7      established  established   SAC  1d  8/1
        < ACK sack=999                                    established  established   SAC  1d  8/2

        timestamps alone hold no SACK, timestamps and blocks do
        > SYN                                             new          syn-sent      C    5s  1/0
        < SYN,ACK sack-permitted                          established  syn-received  SC   5s  1/1
        > ACK options=0101080A0000000100000002            established  established   SAC  1d  2/1
        > ACK options=0101080A0000000100000002 sack=2     invalid      established   SAC  23h59m59s 2/1

        picked up midstream nothing is outside the window, for its scale is not known
        > ACK seq=1 ack=1                   new          established   C    5m  1/0
        < ACK seq=1 ack=1                   established  established   SC   5m  1/1
        > ACK seq=500001 len=100            established  established   SAC  1d  2/1
        < ACK seq=700001 len=100            established  established   SAC  1d  2/2
        < ACK ack=900001                    established  established   SAC  1d  2/3

        liberal tracking takes everything but a RST outside the window
        set liberal yes
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK win=1000                  established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        > ACK seq=900001 len=100            established  established   SAC  1d  3/1
        < ACK ack=800001                    established  established   SAC  1d  3/2
        > RST seq=0                         invalid      established   SAC  23h59m59s 3/2
        > FIN,ACK seq=900001                established  fin-wait      SAC  10s 4/2

        strict again with the very next packet
        set liberal yes
        > SYN                               new          syn-sent      C    5s  1/0
        < SYN,ACK win=1000                  established  syn-received  SC   5s  1/1
        > ACK                               established  established   SAC  1d  2/1
        > ACK seq=900001 len=100            established  established   SAC  1d  3/1
        set liberal no
        > ACK seq=900001 len=100            invalid      established   SAC  23h59m59s 3/1
        > ACK seq=1 len=100                 established  established   SAC  5m  4/1
        """;

    static readonly IReadOnlyList<Exchange> s_exchanges = Exchange.Parse(Exchanges.ReplaceLineEndings("\n"));

    public static TheoryData<string, uint, uint> Plays => Exchange.Plays(s_exchanges);

    [Theory, MemberData(nameof(Plays))]
    public void Each_packet_is_seen_as_the_table_says(string title, uint client, uint server) =>
        s_exchanges.Single(exchange => exchange.Title == title).Play(client, server);
}
