using Conntrack.Packets;
using Conntrack.Testing;
using static Conntrack.Packets.ConnectionStateOfPacket;
using static Conntrack.Tracking.SctpState;

namespace Conntrack.Tracking.Tests;

/// <summary>SCTP associations, chunk by chunk. What is expected here was seen in Linux 6.18, but for what the last test says.</summary>
public sealed class SctpTests : IDisposable
{
    const uint TagA = 0x1111_1111, TagB = 0x2222_2222, Strange = 0x3333_3333;

    const int Data = 0, Init = 1, InitAck = 2, Sack = 3, Heartbeat = 4, HeartbeatAck = 5, Abort = 6, Shutdown = 7, ShutdownAck = 8;
    const int Error = 9, CookieEcho = 10, CookieAck = 11, ShutdownComplete = 14;

    const ConnectionStateOfPacket Belongs = ConnectionStateOfPacket.Established;

    const ConnectionFlags Answered = ConnectionFlags.Confirmed | ConnectionFlags.SeenReply;

    static readonly int[] s_everything =
    [
        Data, Init, InitAck, Sack, Heartbeat, HeartbeatAck, Abort, Shutdown, ShutdownAck, Error, CookieEcho, CookieAck, ShutdownComplete, 15,
    ];

    /// <summary>How to get there: chunks with the side that sends them.</summary>
    static readonly Dictionary<string, (int Side, int Chunk)[]> s_ways = Ways();

    readonly Conversation _conversation = new();

    public SctpTests()
    {
        unsafe
        {
            _conversation.Parameters->IgnoreChecksums = 1;
        }
    }

    [Fact]
    public void An_association_from_init_to_shutdown_complete()
    {
        Step(0, Init, New, Closed, 10, ConnectionFlags.Confirmed);
        Step(1, InitAck, Belongs, CookieWait, 3, Answered);
        Step(0, CookieEcho, Belongs, CookieEchoed, 3, Answered);
        Step(1, CookieAck, Belongs, SctpState.Established, 210, Answered | ConnectionFlags.Assured);
        Step(0, Data, Belongs, SctpState.Established, 210, Answered | ConnectionFlags.Assured);
        Step(1, Sack, Belongs, SctpState.Established, 210, Answered | ConnectionFlags.Assured);
        Step(1, Shutdown, Belongs, ShutdownReceived, 3, Answered | ConnectionFlags.Assured);
        Step(0, ShutdownAck, Belongs, ShutdownAckSent, 3, Answered | ConnectionFlags.Assured);
        Step(1, ShutdownComplete, Belongs, Closed, 10, Answered | ConnectionFlags.Assured);
    }

    [Fact]
    public void A_path_of_a_multihomed_association_shows_heartbeats_alone()
    {
        Step(0, Heartbeat, New, HeartbeatSent, 30, ConnectionFlags.Confirmed);
        Step(0, Heartbeat, New, HeartbeatSent, 30, ConnectionFlags.Confirmed);
        Step(1, HeartbeatAck, Belongs, SctpState.Established, 210, Answered | ConnectionFlags.Assured);
        Step(1, Data, Belongs, SctpState.Established, 210, Answered | ConnectionFlags.Assured);
    }

    /// <summary>Chunks that do something, by state and side; every other one leaves the state as it is.</summary>
    [Theory]
    [InlineData("closed", 0, "")]
    [InlineData("closed", 1, "2=CookieWait")]
    [InlineData("cookie-wait", 0, "6=Closed 10=CookieEchoed")]
    [InlineData("cookie-wait", 1, "6=Closed 10=CookieEchoed")]
    [InlineData("cookie-echoed", 0, "6=Closed 11=Established")]
    [InlineData("cookie-echoed", 1, "6=Closed 9=Closed 11=Established")]
    [InlineData("established", 0, "6=Closed 7=ShutdownSent")]
    [InlineData("established", 1, "6=Closed 7=ShutdownReceived")]
    [InlineData("shutdown-sent", 0, "1=Closed 6=Closed 8=ShutdownAckSent")]
    [InlineData("shutdown-sent", 1, "6=Closed 8=ShutdownAckSent")]
    [InlineData("shutdown-received", 0, "1=Closed 6=Closed 8=ShutdownAckSent")]
    [InlineData("shutdown-received", 1, "6=Closed 8=ShutdownAckSent")]
    [InlineData("shutdown-ack-sent", 0, "6=Closed 14=Closed")]
    [InlineData("shutdown-ack-sent", 1, "6=Closed 14=Closed")]
    [InlineData("ended", 0, "")]
    [InlineData("ended", 1, "2=CookieWait")]
    [InlineData("probed", 0, "1=CookieWait 2=Closed 6=Closed 7=Closed 8=ShutdownAckSent 9=Closed 10=Closed 11=Closed 14=Closed")]
    [InlineData("probed", 1, "1=! 2=! 5=Established 6=! 7=! 8=! 9=! 10=! 11=! 14=!")]
    public void A_chunk_leads_on(string state, int side, string effects)
    {
        var expected = effects.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(effect => effect.Split('='))
            .ToDictionary(effect => int.Parse(effect[0], System.Globalization.CultureInfo.InvariantCulture), effect => effect[1]);
        foreach (int chunk in s_everything)
        {
            // Until the answer has told it, the opener knows no tag to send.
            if (state == "closed" && side == 0 && chunk is not (Init or Heartbeat or HeartbeatAck or ShutdownAck))
            {
                continue;
            }

            using var test = new SctpTests();
            SctpState before = test.Walk(s_ways[state]);
            ConnectionStateOfPacket seen = test._conversation.Send(Packet(side, chunk));
            string next = expected.GetValueOrDefault(chunk, before.ToString());
            Assert.True((next == "!") == (seen == Invalid), $"chunk {chunk}: {seen}");
            Assert.True((next == "!" ? before.ToString() : next) == test.State.ToString(), $"chunk {chunk}: {test.State}");
        }
    }

    [Theory]
    [InlineData(Init, Closed)]
    [InlineData(ShutdownAck, ShutdownAckSent)]
    [InlineData(Heartbeat, HeartbeatSent)]
    [InlineData(HeartbeatAck, Closed)]
    public void These_open(int chunk, SctpState state)
    {
        Assert.Equal(New, _conversation.Send(Packet(0, chunk)));
        Assert.Equal(state, State);
    }

    [Theory]
    [InlineData(Data)]
    [InlineData(InitAck)]
    [InlineData(Sack)]
    [InlineData(Abort)]
    [InlineData(Shutdown)]
    [InlineData(Error)]
    [InlineData(CookieEcho)]
    [InlineData(CookieAck)]
    [InlineData(ShutdownComplete)]
    [InlineData(63)]
    public void Nothing_else_opens(int chunk)
    {
        Assert.Equal(Invalid, _conversation.Send(Packet(0, chunk)));
        Assert.Empty(_conversation.Listed());
    }

    [Fact]
    public void Each_side_carries_the_tag_the_other_has_chosen()
    {
        Walk(s_ways["established"]);
        Assert.Equal(Invalid, _conversation.Send(Packet(0, Data, TagA)));
        Assert.Equal(Invalid, _conversation.Send(Packet(1, Data, TagB)));
        Assert.Equal(Invalid, _conversation.Send(Packet(0, Shutdown, Strange)));
        Assert.Equal(Invalid, _conversation.Send(Packet(0, Data, 0)));
        Assert.Equal(Invalid, _conversation.Send(Packet(0, Init, TagB)));
        Assert.Equal(SctpState.Established, State);
    }

    /// <summary>The T bit says that an end which knows no tag sends back the one it got.</summary>
    [Theory]
    [InlineData(Abort, false, TagB, true)]
    [InlineData(Abort, false, TagA, false)]
    [InlineData(Abort, true, TagA, true)]
    [InlineData(Abort, true, TagB, false)]
    [InlineData(ShutdownComplete, false, TagB, true)]
    [InlineData(ShutdownComplete, true, TagA, true)]
    [InlineData(ShutdownComplete, true, TagB, false)]
    [InlineData(Abort, true, Strange, false)]
    public void Abort_and_shutdown_complete_may_reflect_the_tag(int chunk, bool reflected, uint tag, bool fits)
    {
        Walk(s_ways["shutdown-ack-sent"]);
        byte[] bytes = Frame.Chunk(chunk);
        bytes[1] = reflected ? (byte)1 : (byte)0;
        Assert.Equal(fits ? Belongs : Invalid, _conversation.Send(Packet(0, tag, bytes)));
        Assert.Equal(fits ? Closed : ShutdownAckSent, State);
    }

    /// <summary>A restarted peer probes with a new tag; once that is acknowledged it counts.</summary>
    [Fact]
    public void Heartbeats_teach_new_tags()
    {
        Walk(s_ways["established"]);
        _conversation.Now += Conversation.Second;
        Assert.Equal(Belongs, _conversation.Send(Packet(0, Heartbeat, Strange)));
        Assert.Equal(TimeSpan.FromSeconds(209), Assert.Single(_conversation.Listed()).Timeout);
        Assert.Equal(Invalid, _conversation.Send(Packet(0, Data, Strange)));
        Assert.Equal(Belongs, _conversation.Send(Packet(1, HeartbeatAck, 0x4444_4444)));
        Assert.Equal(Belongs, _conversation.Send(Packet(0, Heartbeat, Strange)));
        Assert.Equal(Belongs, _conversation.Send(Packet(0, Data, Strange)));
        Assert.Equal(Belongs, _conversation.Send(Packet(1, Data, 0x4444_4444)));
        Assert.Equal(Invalid, _conversation.Send(Packet(1, Data, TagA)));
    }

    [Fact]
    public void A_strange_heartbeat_brings_no_data_along()
    {
        Walk(s_ways["established"]);
        Assert.Equal(Invalid, _conversation.Send(Packet(0, Strange, [.. Frame.Chunk(Heartbeat), .. Frame.Chunk(Data)])));
        Assert.Equal(Invalid, _conversation.Send(Packet(1, HeartbeatAck, Strange)));
    }

    /// <summary>RFC 9260 5.2.1: both sides keep to the tags of their own INITs.</summary>
    [Fact]
    public void Inits_collide()
    {
        Assert.Equal(New, _conversation.Send(Packet(0, Init)));
        Assert.Equal(Belongs, _conversation.Send(Packet(1, Init)));
        Assert.Equal(Invalid, _conversation.Send(Packet(1, TagA, Frame.InitiateChunk(InitAck, Strange))));
        Assert.Equal(Belongs, _conversation.Send(Packet(1, TagA, Frame.InitiateChunk(InitAck, TagB))));
        Assert.Equal(Invalid, _conversation.Send(Packet(0, TagB, Frame.InitiateChunk(InitAck, Strange))));
        Assert.Equal(Belongs, _conversation.Send(Packet(0, TagB, Frame.InitiateChunk(InitAck, TagA))));
        Assert.Equal(CookieWait, State);
    }

    [Fact]
    public void An_endpoint_restarts()
    {
        Walk(s_ways["established"]);
        Assert.Equal(Invalid, _conversation.Send(Packet(1, TagA, Frame.InitiateChunk(InitAck, Strange))));
        Assert.Equal(Belongs, _conversation.Send(Packet(0, 0, Frame.InitiateChunk(Init, 0x44))));
        Assert.Equal(Belongs, _conversation.Send(Packet(1, 0x44, Frame.InitiateChunk(InitAck, Strange))));
        Assert.Equal(Belongs, _conversation.Send(Packet(0, Data, Strange)));
        Assert.Equal(Invalid, _conversation.Send(Packet(0, Data, TagB)));
    }

    [Fact]
    public void An_init_sent_again_does_not_keep_the_entry_alive()
    {
        _conversation.Send(Packet(0, Init));
        _conversation.Now += 9 * Conversation.Second;
        Assert.Equal(New, _conversation.Send(Packet(0, Init)));
        ConnectionSnapshot connection = Assert.Single(_conversation.Listed());
        Assert.Equal((TimeSpan.FromSeconds(1), 1ul), (connection.Timeout, connection.OriginalCounters.Packets));
    }

    public static TheoryData<string, uint, byte[]> Unsound => new()
    {
        { "init beside another", 0, [.. Frame.InitiateChunk(Init, TagA), .. Frame.Chunk(Data)] },
        { "another beside init", 0, [.. Frame.Chunk(Data), .. Frame.InitiateChunk(Init, TagA)] },
        { "init ack beside another", TagB, [.. Frame.InitiateChunk(InitAck, TagA), .. Frame.Chunk(Sack)] },
        { "shutdown complete beside another", TagB, [.. Frame.Chunk(ShutdownComplete), .. Frame.Chunk(Sack)] },
        { "cookie echo not first", TagB, [.. Frame.Chunk(Sack), .. Frame.Chunk(CookieEcho)] },
        { "cookie ack not first", TagB, [.. Frame.Chunk(Error), .. Frame.Chunk(CookieAck)] },
        { "a chunk without length", TagB, Frame.Chunk(Data, length: 0) },
        { "init cut off", 0, Frame.InitiateChunk(Init, TagA)[..19] },
    };

    [Theory, MemberData(nameof(Unsound))]
    public void Chunks_that_may_not_stand_together_are_invalid(string why, uint tag, byte[] chunks)
    {
        Walk(s_ways["established"]);
        Assert.True(_conversation.Send(Packet(0, tag, chunks)) == Invalid, why);
        Assert.Equal(SctpState.Established, State);
    }

    /// <summary>Lengths lie: below a chunk header, beyond the packet. The walk ends with the packet.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(65535)]
    public void A_chunks_length_is_not_believed(int length)
    {
        Walk(s_ways["established"]);
        Assert.Equal(Belongs, _conversation.Send(Packet(0, TagB, Frame.Chunk(Data, length: length))));
    }

    /// <summary>Linux lets a heartbeat's leniency cover its neighbours: with a strange tag this packet would shut the association down.</summary>
    [Fact]
    public void Each_chunk_of_a_packet_needs_the_right_tag()
    {
        Walk(s_ways["established"]);
        Assert.Equal(Invalid, _conversation.Send(Packet(0, Strange, [.. Frame.Chunk(Heartbeat), .. Frame.Chunk(Shutdown)])));
        Assert.Equal(Invalid, _conversation.Send(Packet(0, Strange, [.. Frame.Chunk(Shutdown), .. Frame.Chunk(ShutdownAck)])));
        Assert.Equal(SctpState.Established, State);
    }

    public void Dispose() => _conversation.Dispose();

    SctpState State => (SctpState)Assert.Single(_conversation.Listed()).State;

    static Dictionary<string, (int, int)[]> Ways()
    {
        (int, int)[] wait = [(0, Init), (1, InitAck)];
        (int, int)[] echoed = [.. wait, (0, CookieEcho)];
        (int, int)[] established = [.. echoed, (1, CookieAck)];
        return new()
        {
            ["closed"] = [(0, Init)],
            ["cookie-wait"] = wait,
            ["cookie-echoed"] = echoed,
            ["established"] = established,
            ["shutdown-sent"] = [.. established, (0, Shutdown)],
            ["shutdown-received"] = [.. established, (1, Shutdown)],
            ["shutdown-ack-sent"] = [.. established, (0, Shutdown), (1, ShutdownAck)],
            ["ended"] = [.. established, (0, Shutdown), (1, ShutdownAck), (0, ShutdownComplete)],
            ["probed"] = [(0, Heartbeat), (1, Heartbeat)],
        };
    }

    SctpState Walk((int Side, int Chunk)[] way)
    {
        foreach ((int side, int chunk) in way)
        {
            Assert.NotEqual(Invalid, _conversation.Send(Packet(side, chunk)));
        }

        return State;
    }

    void Step(int side, int chunk, ConnectionStateOfPacket seen, SctpState state, int timeout, ConnectionFlags flags)
    {
        Assert.Equal(seen, _conversation.Send(Packet(side, chunk)));
        ConnectionSnapshot connection = Assert.Single(_conversation.Listed());
        Assert.Equal((state, TimeSpan.FromSeconds(timeout), flags), ((SctpState)connection.State, connection.Timeout, connection.Flags));
    }

    /// <summary>A single chunk with the tag it should have.</summary>
    static Frame Packet(int side, int chunk, uint? tag = null) => Packet(
        side,
        tag ?? (chunk == Init ? 0 : side == 0 ? TagB : TagA),
        chunk is Init or InitAck ? Frame.InitiateChunk(chunk, side == 0 ? TagA : TagB) : Frame.Chunk(chunk, new byte[12]));

    static Frame Packet(int side, uint tag, byte[] chunks) => side == 0
        ? new Frame().Ipv4("192.0.2.1", "198.51.100.2").Sctp(5000, 6000, tag).Data(chunks)
        : new Frame().Ipv4("198.51.100.2", "192.0.2.1").Sctp(6000, 5000, tag).Data(chunks);
}
