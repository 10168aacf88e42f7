using Conntrack.Memory;
using Conntrack.Tracking.FastTrack;

namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>
/// A stretch of packets that tracking has not seen, because the flow cache forwarded them, and what comes after: nothing legal may be invalid,
/// wherever the numbers are by then.
/// </summary>
public sealed unsafe class TcpFastTrackTests : IDisposable
{
    readonly Conversation _conversation = new();
    readonly FlowCache<Connection4> _flows = new(4);
    readonly Peers _peers = new(uint.MaxValue - 10, 5000);

    public TcpFastTrackTests()
    {
        _conversation.Connections4.Flows = _flows;
        Send(">", "SYN", "scale=7", "sack-permitted");
        Send("<", "SYN,ACK", "scale=7", "sack-permitted");
        Send(">", "ACK");
    }

    public static TheoryData<string, string, string> Ends => new()
    {
        { ">", "FIN,ACK", "fin-wait" },
        { "<", "FIN,ACK", "fin-wait" },
        { ">", "RST", "close" },
        { "<", "RST", "close" },
        { "<", "RST,ACK", "close" },
        { ">", "ACK", "established" },
        { "<", "ACK", "established" },
    };

    [Theory, MemberData(nameof(Ends))]
    public void What_comes_after_a_stretch_is_part_of_the_connection(string direction, string flags, string state)
    {
        FastTrack();
        Unseen(">", 4_000_000);
        Unseen("<", 900_000_000);
        Assert.Equal("established", Send(direction, flags));
        Assert.Equal(state, Segments.Word(Only.State));
    }

    /// <summary>The sample was an old retransmission, after which the other side acknowledges all that tracking has not seen.</summary>
    [Fact]
    public void An_old_segment_after_a_stretch_does_not_make_the_other_sides_news_invalid()
    {
        FastTrack();
        Unseen(">", 4_000_000);
        Assert.Equal("established", Send(">", "ACK", "seq=1", "len=100"));
        Assert.Equal("established", Send("<", "FIN,ACK"));
        Assert.Equal("established", Send(">", "FIN,ACK"));
        Assert.Equal("established", Send("<", "ACK"));
        Assert.Equal("time-wait", Segments.Word(Only.State));
    }

    /// <summary>Before, the same RST would be challenged or refused: the number it must have was known.</summary>
    [Fact]
    public void A_connection_that_was_never_fasttracked_still_measures_a_reset()
    {
        Assert.Equal("established", Send("<", "RST", "seq=2"));
        Assert.Equal("established", Segments.Word(Only.State));
        Assert.Equal("invalid", Send("<", "RST", "seq=0"));
    }

    [Fact]
    public void Packets_no_line_has_counted_yet_do_not_matter_either()
    {
        FastTrack();
        Assert.Equal("established", Send("<", "RST", "seq=2"));
        Assert.Equal("close", Segments.Word(Only.State));
    }

    public void Dispose()
    {
        _conversation.Dispose();
        _flows.Dispose();
    }

    ConnectionSnapshot Only => Assert.Single(_conversation.Listed());

    string Send(string direction, string flags, params string[] details) =>
        _conversation.Send(_peers.Next(direction, flags, details)).ToString().ToLowerInvariant();

    void FastTrack()
    {
        ulong now = Timestamp.FromMicroseconds((ulong)_conversation.Now);
        _flows.Install(_conversation.Connections4, Only.Record, default, (byte)TcpState.Established, 86_400 * Timestamp.TicksPerSecond, 0, 0, now);
    }

    /// <summary>Both ends went on, and so did the line's counter.</summary>
    void Unseen(string direction, int bytes)
    {
        _peers.Skip(direction, (uint)bytes);
        Connection* connection = _conversation.Connections4.ConnectionAt(Only.Record);
        Assert.NotEqual(ConnectionFlags.None, connection->Flags & ConnectionFlags.FlowLines);
        uint pair = _conversation.Connections4.ExtensionOf(connection)->FlowPair;
        FlowState* state = &((FlowLine4*)_flows.View->Slab.At(pair, direction == ">" ? 0 : 1))->State;
        Assert.Equal(Only.Record, state->Record);
        state->Packets += (uint)(bytes / 1000);
        state->Bytes += (uint)bytes;
    }
}
