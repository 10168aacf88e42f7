using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Translation;

/// <summary>Translated connections in the flow cache: each direction has a line under its own tuple, which says how its packets leave.</summary>
public sealed unsafe class TranslatedFlowTests : IDisposable
{
    static readonly string[] s_transports = ["tcp", "udp"];

    readonly Conversation _conversation = new();
    readonly FlowCache<Connection4> _flows4 = new(64);
    readonly FlowCache<Connection6> _flows6 = new(64);

    public TranslatedFlowTests()
    {
        _conversation.Connections4.Flows = _flows4;
        _conversation.Connections6.Flows = _flows6;
    }

    public static TheoryData<string, string, bool> Cases => new(
        from kind in Translated.Kinds
        from transport in s_transports
        from ipv6 in Translated.Families
        select (kind, transport, ipv6));

    [Theory, MemberData(nameof(Cases))]
    public void A_line_translates_its_direction(string kind, string transport, bool ipv6)
    {
        var nat = Translated.Of(kind, ipv6);
        if (ipv6)
        {
            Check(_conversation.Connections6, _flows6, nat, transport);
        }
        else
        {
            Check(_conversation.Connections4, _flows4, nat, transport);
        }
    }

    void Check<TRecord>(ConnectionTable<TRecord> table, FlowCache<TRecord> flows, Translated nat, string transport)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        _conversation.Binding = record => nat.Bind(table, record);
        _conversation.Send(nat.Question(transport));
        uint number = _conversation.Latest->Record;
        _conversation.Binding = null;
        flows.Install(table, number, default, (byte)TimeoutSlot.UdpStream, 18_000, 1, 0, _conversation.Latest->Time);
        Assert.Equal(2ul, flows.View->Installed);
        Assert.Equal(nat.QuestionBehind(transport).ToBytes(), Forward(nat.Question(transport)));
        Assert.Equal(nat.AnswerBehind(transport).ToBytes(), Forward(nat.Answer(transport)));
        Assert.Null(Forward(nat.AnswerBehind(transport)));
        Assert.Equal(HashOf(nat.Answer(transport)), OtherHash(nat.Question(transport)));
        Assert.Equal(HashOf(nat.Question(transport)), OtherHash(nat.Answer(transport)));
        table.Remove(number, ConnectionEnd.Closed);
        Assert.True(flows.IsEmpty);
        Assert.Null(Forward(nat.Answer(transport)));

        uint HashOf(Frame frame) => _conversation.Parse(frame.ToBytes())->Hash;

        uint OtherHash(Frame frame)
        {
            Packet* packet = _conversation.Parse(frame.ToBytes());
            return FlowCache<TRecord>.HashOfOther(_conversation.Hash, flows.LineOf(flows.BucketOf(packet), packet), packet);
        }

        byte[]? Forward(Frame frame)
        {
            Packet* packet = _conversation.Parse(frame.ToBytes());
            byte* line = flows.LineOf(flows.BucketOf(packet), packet);
            if (!TRecord.LineMatches(line, packet))
            {
                return null;
            }

            FlowCache<TRecord>.Translate(line, packet);
            return new ReadOnlySpan<byte>(packet->Mbuf->Data, packet->Mbuf->DataLength).ToArray();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_line_without_a_translation_leaves_packets_alone(bool ipv6)
    {
        Frame question = Translated.SrcNat(ipv6).Question("udp");
        _conversation.Send(question);
        uint record = _conversation.Latest->Record;
        if (ipv6)
        {
            _flows6.Install(_conversation.Connections6, record, default, (byte)TimeoutSlot.UdpStream, 18_000, 1, 0, _conversation.Latest->Time);
        }
        else
        {
            _flows4.Install(_conversation.Connections4, record, default, (byte)TimeoutSlot.UdpStream, 18_000, 1, 0, _conversation.Latest->Time);
        }

        Packet* packet = _conversation.Parse(question.ToBytes());
        if (ipv6)
        {
            FlowCache<Connection6>.Translate(_flows6.LineOf(_flows6.BucketOf(packet), packet), packet);
        }
        else
        {
            FlowCache<Connection4>.Translate(_flows4.LineOf(_flows4.BucketOf(packet), packet), packet);
        }

        Assert.Equal(question.ToBytes(), new ReadOnlySpan<byte>(packet->Mbuf->Data, packet->Mbuf->DataLength));
    }

    public void Dispose()
    {
        _conversation.Dispose();
        _flows4.Dispose();
        _flows6.Dispose();
    }
}
