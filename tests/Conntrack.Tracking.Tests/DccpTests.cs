using Conntrack.Packets;
using Conntrack.Testing;
using static Conntrack.Packets.ConnectionStateOfPacket;

namespace Conntrack.Tracking.Tests;

/// <summary>DCCP connections (RFC 4340).</summary>
public sealed class DccpTests : IDisposable
{
    const string Letters = "RSDAXQCTYZ";
    const uint ResponseSequence = 0x0a0b_0c0d;

    readonly Conversation _conversation = new();

    /// <summary>R request, S response, D data, A ack, X dataack, Q closereq, C close, T reset, Y sync, Z syncack; the server's in lower case.</summary>
    static readonly Dictionary<string, string> s_ways = new()
    {
        ["Request"] = "R", ["Respond"] = "Rs", ["PartOpen"] = "RsA", ["Open"] = "RsAa", ["CloseRequest"] = "RsAaq", ["Closing"] = "RsAaC",
        ["TimeWait"] = "RsAaCt",
    };

    [Fact]
    public void A_connection_from_request_to_reset()
    {
        Step('R', New, DccpState.Request, 240, ConnectionFlags.Confirmed);
        Step('R', New, DccpState.Request, 240, ConnectionFlags.Confirmed);
        Step('s', Established, DccpState.Respond, 480, ConnectionFlags.Confirmed | ConnectionFlags.SeenReply);
        const ConnectionFlags Assured = ConnectionFlags.Confirmed | ConnectionFlags.SeenReply | ConnectionFlags.Assured;
        Step('A', Established, DccpState.PartOpen, 480, Assured);
        Step('d', Established, DccpState.Open, 43_200, Assured);
        Step('D', Established, DccpState.Open, 43_200, Assured);
        Step('q', Established, DccpState.CloseRequest, 64, Assured);
        Step('C', Established, DccpState.Closing, 64, Assured);
        Step('t', Established, DccpState.TimeWait, 240, Assured);
    }

    /// <summary>Each type from each state: the state after it, - where it passes without effect, ! where it is invalid.</summary>
    [Theory]
    [InlineData("Request", "S! R=Request D! A! X! Q! C! T=end Y- Z- r! s=Respond d! a! x! q! c! t=end y- z-")]
    [InlineData("Respond", "R=Respond S! D! A=PartOpen X=PartOpen Q! C! T=TimeWait Y=Respond Z=Respond r! s=Respond d! a! x! q! c! t=TimeWait y=Respond z=Respond")]
    [InlineData("PartOpen", "R- S! D! A=PartOpen X=PartOpen Q! C=Closing T=TimeWait Y=PartOpen Z=PartOpen r! s- d=Open a=Open x=Open q=CloseRequest c=Closing t=TimeWait y=PartOpen z=PartOpen")]
    [InlineData("Open", "R- S! D=Open A=Open X=Open Q! C=Closing T=TimeWait Y=Open Z=Open r! s- d=Open a=Open x=Open q=CloseRequest c=Closing t=TimeWait y=Open z=Open")]
    [InlineData("CloseRequest", "R- S! D=CloseRequest A=CloseRequest X=CloseRequest Q! C=Closing T=TimeWait Y=CloseRequest Z=CloseRequest r! s- d=CloseRequest a=CloseRequest x=CloseRequest q=CloseRequest c=Closing t=TimeWait y=CloseRequest z=CloseRequest")]
    [InlineData("Closing", "R- S! D=Closing A=Closing X=Closing Q! C=Closing T=TimeWait Y=Closing Z=Closing r! s- d=Closing a=Closing x=Closing q=Closing c=Closing t=TimeWait y=Closing z=Closing")]
    [InlineData("TimeWait", "S! D! A! X! Q! C! T- Y- Z- s! d! a! x! q! c! t- y- z-")]
    public void A_packet_leads_on(string state, string cells)
    {
        foreach (string cell in cells.Split(' ').Where(cell => cell[1] is '=' or '!' or '-'))
        {
            using var test = new DccpTests();
            test.Walk(s_ways[state]);
            ConnectionSnapshot before = test._conversation.Listed()[0];
            test._conversation.Now += Conversation.Second;
            ConnectionStateOfPacket seen = test._conversation.Send(Packet(cell[0]));
            Assert.True((cell[1] == '!') == (seen == Invalid), $"{cell}: {seen}");
            IReadOnlyList<ConnectionSnapshot> after = test._conversation.Listed();
            if (cell.EndsWith("=end", StringComparison.Ordinal))
            {
                Assert.Empty(after);
                continue;
            }

            string expected = cell[1] == '=' ? cell[2..] : state;
            Assert.True(expected == ((DccpState)after[0].State).ToString(), $"{cell}: {(DccpState)after[0].State}");
            bool refreshed = after[0].Timeout != before.Timeout - TimeSpan.FromSeconds(1);
            Assert.True(refreshed == (cell[1] == '='), $"{cell}: {after[0].Timeout}");
        }
    }

    [Theory]
    [InlineData("R", DccpState.Request)]
    [InlineData("D", DccpState.Open)]
    [InlineData("A", DccpState.Open)]
    [InlineData("X", DccpState.Open)]
    public void These_open(string packet, DccpState state)
    {
        Walk(packet);
        Assert.Equal(state, (DccpState)Assert.Single(_conversation.Listed()).State);
    }

    [Theory]
    [InlineData('S')]
    [InlineData('Q')]
    [InlineData('C')]
    [InlineData('T')]
    [InlineData('Y')]
    [InlineData('Z')]
    public void Nothing_else_opens(char packet)
    {
        Assert.Equal(Invalid, _conversation.Send(Packet(packet)));
        Assert.Empty(_conversation.Listed());
    }

    /// <summary>From either side: the new connection has the direction of its own Request.</summary>
    [Theory]
    [InlineData('R', 1)]
    [InlineData('r', 2)]
    public void A_request_after_the_end_begins_another_connection(char packet, int port)
    {
        Walk(s_ways["TimeWait"]);
        Assert.Equal(New, _conversation.Send(Packet(packet)));
        ConnectionSnapshot connection = Assert.Single(_conversation.Listed());
        Assert.Equal((DccpState.Request, port), ((DccpState)connection.State, connection.Original.SrcPort));
    }

    [Fact]
    public void Only_the_acknowledgment_of_the_response_assures()
    {
        Walk("Rs");
        _conversation.Send(Packet('A', acknowledgment: ResponseSequence - 1));
        ConnectionSnapshot connection = Assert.Single(_conversation.Listed());
        Assert.Equal((DccpState.PartOpen, ConnectionFlags.None), ((DccpState)connection.State, connection.Flags & ConnectionFlags.Assured));
    }

    public void Dispose() => _conversation.Dispose();

    void Step(char packet, ConnectionStateOfPacket seen, DccpState state, int timeout, ConnectionFlags flags)
    {
        Assert.Equal(seen, _conversation.Send(Packet(packet)));
        ConnectionSnapshot connection = Assert.Single(_conversation.Listed());
        Assert.Equal((state, TimeSpan.FromSeconds(timeout), flags), ((DccpState)connection.State, connection.Timeout, connection.Flags));
    }

    void Walk(string packets)
    {
        foreach (char packet in packets)
        {
            Assert.NotEqual(Invalid, _conversation.Send(Packet(packet)));
        }
    }

    /// <summary>All but Request and Data acknowledge.</summary>
    static Frame Packet(char letter, uint acknowledgment = ResponseSequence)
    {
        bool back = char.IsLower(letter);
        int type = Letters.IndexOf(char.ToUpperInvariant(letter), StringComparison.Ordinal);
        byte[] number = [0, 0, 0, 0, (byte)(acknowledgment >> 24), (byte)(acknowledgment >> 16), (byte)(acknowledgment >> 8), (byte)acknowledgment];
        Frame ip = back ? new Frame().Ipv4("198.51.100.2", "192.0.2.1") : new Frame().Ipv4("192.0.2.1", "198.51.100.2");
        (int source, int destination) = back ? (2, 1) : (1, 2);
        return ip.Dccp(source, destination, type, headerWords: 6, sequence: type == 1 ? ResponseSequence : 1).Data(number);
    }
}
