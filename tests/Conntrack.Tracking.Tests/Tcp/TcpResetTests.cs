namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>RST and the SYN out of place: what a stranger can send without doing harm, and what two ends send that know better than the entry.</summary>
public class TcpResetTests
{
    const string Exchanges = """
        a RST with the expected number closes
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        < ACK len=100                established  established   SAC  5m  2/2
        > ACK                        established  established   SAC  1d  3/2
        < RST seq=101                established  close         SAC  10s 3/3

        a RST one byte too low is invalid
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        < ACK len=100                established  established   SAC  5m  2/2
        > ACK                        established  established   SAC  1d  3/2
        < RST seq=100                invalid      established   SAC  23h59m59s 3/2

        a RST too high but within the window will be challenged: the state stays, and the timeout waits for the answer
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        < RST seq=2                  established  established   SAC  10s 2/2
        > ACK                        established  established   SAC  5m  3/2
        < RST seq=1                  established  close         SAC  10s 3/3

        a RST far beyond the window is invalid
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        < RST seq=300000             invalid      established   SAC  23h59m59s 2/1

        a RST right behind its own data closes, though the data is not acknowledged yet
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        < ACK len=19                 established  established   SAC  5m  2/2
        < RST seq=20                 established  close         SAC  10s 2/3

        a RST with the ACK flag but without a number is as good as one without
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        < RST,ACK ack=zero           established  close         SAC  10s 2/2

        a RST that acknowledges what was never sent is invalid
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        < RST,ACK ack=2              invalid      established   SAC  23h59m59s 2/1

        closing, any RST will do
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        > FIN,ACK                    established  fin-wait      SAC  10s 3/1
        < RST seq=900000             established  close         SAC  10s 3/2
        > RST seq=-900000            established  close         SAC  10s 4/2

        a RST that answers a SYN has no number of its own
        > SYN                        new          syn-sent      C    5s  1/0
        < RST,ACK seq=zero ack=1     established  -

        a RST that answers another SYN is invalid
        > SYN                        new          syn-sent      C    5s  1/0
        < RST,ACK seq=zero ack=5     invalid      syn-sent      C    4s  1/0

        a SYN from nowhere and the challenge to it change nothing
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        > ACK len=100                established  established   SAC  5m  3/1
        < ACK                        established  established   SAC  1d  3/2
        > SYN seq=700000             established  established   SAC  23h59m59s 3/2
        < ACK ack=101                established  established   SAC  1d  3/3
        > ACK len=100 seq=101        established  established   SAC  5m  4/3

        the client began anew and resets the old connection, which is what the challenge is for
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        < ACK len=100                established  established   SAC  5m  2/2
        > ACK                        established  established   SAC  1d  3/2
        > SYN seq=700000             established  established   SAC  23h59m59s 3/2
        < ACK seq=101 ack=1          established  established   SAC  1d  3/3
        > RST seq=1                  established  close         SAC  10s 4/3
        > SYN seq=700000             new          syn-sent      C    5s  1/0

        both ends began anew: the answer to the SYN that was let through starts the connection afresh
        > SYN scale=7                new          syn-sent      C    5s  1/0
        < SYN,ACK scale=7            established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        > SYN seq=700000 win=500     established  established   SAC  23h59m59s 2/1
        < SYN,ACK seq=800000 ack=700001 win=600  established  syn-received  SAC  5s  2/2
        > ACK seq=700001 ack=800001  established  established   SAC  1d  3/2
        < ACK seq=800001 ack=700001 len=10  established  established   SAC  5m  3/3
        < ACK seq=801600 ack=700001 len=10  established  established   SAC  5m  3/4
        > ACK seq=999999 ack=800001  invalid      established   SAC  4m59s 3/4

        an answer to another SYN than the one let through changes nothing
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        > SYN seq=700000             established  established   SAC  23h59m59s 2/1
        < SYN,ACK seq=800000 ack=700002  established  established   SAC  23h59m58s 2/1

        the server forgot the connection and refuses the SYN that was let through
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        > SYN seq=700000             established  established   SAC  23h59m59s 2/1
        < RST,ACK seq=zero ack=700001  established  close       SAC  10s 2/2

        the challenge to a SYN in last-ack does not acknowledge the FIN
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        < FIN,ACK                    established  fin-wait      SAC  10s 2/2
        > FIN,ACK                    established  last-ack      SAC  10s 3/2
        > SYN seq=700000             established  last-ack      SAC  9s  3/2
        < ACK ack=1                  established  last-ack      SAC  8s  3/2
        < ACK ack=2                  established  time-wait     SAC  10s 3/3

        a half-open connection: the old ACK that answers the SYN, and the RST that clears it away
        > SYN                        new          syn-sent      C    5s  1/0
        < ACK seq=500000 ack=400000  established  syn-sent      SC   4s  1/0
        > RST seq=400000             established  close         SC   10s 2/0

        after the server's RST a SYN passes as established, the entry stays closed
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        < RST                        established  close         SAC  10s 2/2
        > SYN seq=700000             established  close         SAC  9s  2/2
        < SYN,ACK seq=800000 ack=700001  established  syn-received  SAC  5s  2/3
        > ACK seq=700001 ack=800001  established  established   SAC  1d  3/3

        one side's FIN is refused and so is the other's: the entry is out of step and does not linger for a day
        set unacked 4m
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        > FIN,ACK seq=900000         invalid      established   SAC  23h59m59s 2/1
        < FIN,ACK seq=900000         invalid      established   SAC  4m  2/1
        > RST seq=900000             invalid      established   SAC  3m59s 2/1

        one side's FINs alone do not cut it short
        > SYN                        new          syn-sent      C    5s  1/0
        < SYN,ACK                    established  syn-received  SC   5s  1/1
        > ACK                        established  established   SAC  1d  2/1
        > FIN,ACK seq=900000         invalid      established   SAC  23h59m59s 2/1
        > FIN,ACK seq=900000         invalid      established   SAC  23h59m58s 2/1
        """;

    static readonly IReadOnlyList<Exchange> s_exchanges = Exchange.Parse(Exchanges.ReplaceLineEndings("\n"));

    public static TheoryData<string, uint, uint> Plays => Exchange.Plays(s_exchanges);

    [Theory, MemberData(nameof(Plays))]
    public void Each_packet_is_seen_as_the_table_says(string title, uint client, uint server) =>
        s_exchanges.Single(exchange => exchange.Title == title).Play(client, server);
}
