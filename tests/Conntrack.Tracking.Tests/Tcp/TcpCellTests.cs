using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>
/// Every segment from every state and either side: RFC 9293's exchanges as somebody in the middle sees them, RFC 5961's challenges,
/// RFC 6191's reuse of ports. Written from those and held against the packets' effect, not against the product's table.
/// </summary>
/// <remarks>
/// A cell is what the connection is afterwards, or: <c>pass</c>, let through uncounted with nothing changed; <c>invalid</c>; <c>gone</c>,
/// the entry ended with this packet; <c>afresh</c>, a new connection began with it; a state with a star, reached uncounted and without any more time.
/// </remarks>
public class TcpCellTests
{
    const string FromClient = """
                      SYN        SYN,ACK       FIN,ACK    ACK          RST    none
        nothing       afresh     established   invalid    established  invalid invalid
        syn-sent      pass       invalid       invalid    invalid      gone   invalid
        syn-sent2     syn-sent2  syn-received  invalid    invalid      close  invalid
        syn-received  pass       syn-received  fin-wait   established  close  invalid
        established   pass       invalid       fin-wait   established  close  invalid
        fin-wait      pass       invalid       last-ack   close-wait   close  invalid
        close-wait    pass       invalid       last-ack   close-wait   close  invalid
        last-ack      pass       invalid       last-ack   time-wait    close  invalid
        time-wait     afresh     invalid       time-wait  time-wait    close  invalid
        client-reset  afresh     invalid       close      close        close  invalid
        server-reset  pass       invalid       close      close        close  invalid
        """;

    const string FromServer = """
                      SYN        SYN,ACK       FIN,ACK    ACK           RST    none
        syn-sent      syn-sent2* syn-received  invalid    pass          gone   invalid
        syn-sent2     syn-sent2  syn-received  invalid    pass          close  invalid
        syn-received  invalid    pass          fin-wait   syn-received  close  invalid
        established   invalid    pass          fin-wait   established   close  invalid
        fin-wait      invalid    pass          last-ack   close-wait    close  invalid
        close-wait    invalid    pass          last-ack   close-wait    close  invalid
        last-ack      invalid    pass          last-ack   time-wait     close  invalid
        time-wait     afresh     pass          time-wait  time-wait     close  invalid
        client-reset  invalid    pass          close      close         close  invalid
        server-reset  invalid    pass          close      close         close  invalid
        """;

    /// <summary>How a connection gets into each state.</summary>
    static readonly Dictionary<string, string[]> s_ways = new()
    {
        ["nothing"] = [],
        ["syn-sent"] = ["> SYN"],
        ["syn-sent2"] = ["> SYN", "< SYN"],
        ["syn-received"] = ["> SYN", "< SYN,ACK"],
        ["established"] = ["> SYN", "< SYN,ACK", "> ACK"],
        ["fin-wait"] = ["> SYN", "< SYN,ACK", "> ACK", "> FIN,ACK"],
        ["close-wait"] = ["> SYN", "< SYN,ACK", "> ACK", "> FIN,ACK", "< ACK"],
        ["last-ack"] = ["> SYN", "< SYN,ACK", "> ACK", "> FIN,ACK", "< ACK", "< FIN,ACK"],
        ["time-wait"] = ["> SYN", "< SYN,ACK", "> ACK", "> FIN,ACK", "< ACK", "< FIN,ACK", "> ACK"],
        ["client-reset"] = ["> SYN", "< SYN,ACK", "> ACK", "> RST"],
        ["server-reset"] = ["> SYN", "< SYN,ACK", "> ACK", "< RST"],
    };

    public static TheoryData<string, string, string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string, string, string>();
            foreach ((string direction, string table) in new[] { (">", FromClient), ("<", FromServer) })
            {
                string[][] rows =
                [
                    .. table.ReplaceLineEndings("\n").Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
                ];
                foreach (string[] row in rows[1..])
                {
                    for (int column = 0; column < rows[0].Length; column++)
                    {
                        cells.Add(row[0], direction, rows[0][column], row[column + 1]);
                    }
                }
            }

            return cells;
        }
    }

    [Theory, MemberData(nameof(Cells))]
    public void A_segment_leads_where_the_table_says(string from, string direction, string flags, string to)
    {
        using var conversation = new Conversation { Now = Conversation.Second };
        var peers = new Peers(1000, 5000);
        GiveEveryStateItsOwnTimeout(conversation);
        foreach (string step in s_ways[from])
        {
            conversation.Send(peers.Next(step[..1], step[2..]));
        }

        ConnectionSnapshot? before = conversation.Listed() is [var only] ? only : null;
        Assert.Equal(from == "nothing", before is null);
        conversation.Now += Conversation.Second;
        ConnectionStateOfPacket state = conversation.Send(peers.Next(direction, flags));
        ConnectionSnapshot? after = conversation.Listed() is [var still] ? still : null;

        bool reply = direction == "<";
        bool answered = reply || (before is { } known && (known.Flags & ConnectionFlags.SeenReply) != 0);
        ConnectionStateOfPacket within = answered ? ConnectionStateOfPacket.Established : ConnectionStateOfPacket.New;
        switch (to)
        {
            case "invalid":
                Assert.Equal(ConnectionStateOfPacket.Invalid, state);
                AssertUntouched(before, after, reply: false);
                break;
            case "pass":
                Assert.Equal(within, state);
                AssertUntouched(before, after, reply);
                break;
            case "gone":
                Assert.Equal(within, state);
                Assert.Null(after);
                break;
            case "afresh":
                Assert.Equal(ConnectionStateOfPacket.New, state);
                AssertMoved(null, after, "syn-sent", reply: false);
                Assert.Equal(reply ? 80 : 40000, after!.Value.Original.SrcPort);
                break;
            case [.. var uncounted, '*']:
                Assert.Equal(within, state);
                Assert.Equal(uncounted, Segments.Word(after!.Value.State));
                AssertUncounted(before, after, reply);
                break;
            default:
                Assert.Equal(within, state);
                AssertMoved(before, after, to, reply);
                break;
        }
    }

    /// <summary>So that a timeout taken from another state cannot look right: state n has 20 + n seconds.</summary>
    static unsafe void GiveEveryStateItsOwnTimeout(Conversation conversation)
    {
        for (int slot = 0; slot < (int)TimeoutSlot.Count; slot++)
        {
            conversation.Parameters->SetTimeout(slot, (uint)(20 + slot) * Timestamp.TicksPerSecond);
        }
    }

    static void AssertUntouched(ConnectionSnapshot? before, ConnectionSnapshot? after, bool reply)
    {
        Assert.Equal(before is null, after is null);
        if (before is { } was && after is { } still)
        {
            Assert.Equal(Segments.Word(was.State), Segments.Word(still.State));
        }

        AssertUncounted(before, after, reply);
    }

    static void AssertUncounted(ConnectionSnapshot? before, ConnectionSnapshot? after, bool reply)
    {
        if (before is { } was && after is { } still)
        {
            Assert.Equal(was.Flags | (reply ? ConnectionFlags.SeenReply : 0), still.Flags);
            Assert.Equal(was.OriginalCounters, still.OriginalCounters);
            Assert.Equal(was.ReplyCounters, still.ReplyCounters);
            Assert.Equal(was.Timeout - TimeSpan.FromSeconds(1), still.Timeout);
        }
    }

    static void AssertMoved(ConnectionSnapshot? before, ConnectionSnapshot? after, string to, bool reply)
    {
        ConnectionSnapshot moved = Assert.NotNull(after);
        Assert.Equal(to, Segments.Word(moved.State));
        Assert.Equal(TimeSpan.FromSeconds(20 + moved.State), moved.Timeout);
        Assert.Equal((before?.OriginalCounters.Packets ?? 0) + (reply ? 0u : 1u), moved.OriginalCounters.Packets);
        Assert.Equal((before?.ReplyCounters.Packets ?? 0) + (reply ? 1u : 0u), moved.ReplyCounters.Packets);
        Assert.Equal(moved.OriginalCounters.Packets * 40, moved.OriginalCounters.Bytes);
        Assert.Equal(moved.ReplyCounters.Packets * 40, moved.ReplyCounters.Bytes);
    }
}
