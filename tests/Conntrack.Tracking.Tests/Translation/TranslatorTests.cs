using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking.Tests.Translation;

/// <summary>
/// Packets of translated connections, both ways: each leaves as the frame its receiver expects, which is written out beside it with checksums of
/// its own.
/// </summary>
public sealed unsafe class TranslatorTests : IDisposable
{
    static readonly string[] s_transports = ["tcp", "udp", "udp-lite", "sctp", "echo", "ospf"];

    readonly Conversation _conversation = new();

    /// <summary>Kind of translation, transport, family.</summary>
    public static TheoryData<string, string, bool> Cases => new(
        from kind in Translated.Kinds
        from transport in s_transports
        from ipv6 in Translated.Families
        select (kind, transport, ipv6));

    [Theory, MemberData(nameof(Cases))]
    public void Both_directions(string kind, string transport, bool ipv6)
    {
        var nat = Translated.Of(kind, ipv6);
        Open(nat, transport);
        Assert.Equal(nat.QuestionBehind(transport).ToBytes(), Translate());
        Assert.Equal(ConnectionStateOfPacket.Established, _conversation.Send(nat.Answer(transport)));
        Assert.Equal(nat.AnswerBehind(transport).ToBytes(), Translate());
        Assert.Equal(ConnectionStateOfPacket.Established, _conversation.Send(nat.Question(transport)));
        Assert.Equal(nat.QuestionBehind(transport).ToBytes(), Translate());
    }

    /// <summary>What rules see between the halves: the server it goes to, the client it comes from.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Between_the_halves_the_destination_is_the_real_one(bool ipv6)
    {
        var nat = Translated.Hairpin(ipv6);
        Open(nat, "udp");
        Translate(source: false);
        Packet* packet = _conversation.Latest;
        Assert.Equal(nat.Ip(nat.Client, nat.Server).Udp(nat.ClientPort, nat.ServerPort).Data("question"u8.ToArray()).ToBytes(), Bytes());
        Assert.Equal(Port(nat.ServerPort), packet->Ports.DstPort);
        _conversation.Send(nat.Answer("udp"));
        Translate(source: false);
        Assert.Equal(nat.Ip(nat.Server, nat.Client).Udp(nat.ServerPort, nat.ClientPort).Data("answer!"u8.ToArray()).ToBytes(), Bytes());
    }

    /// <summary>The mirror of what the client sent reaches nobody: answers to a translated connection come to its translation.</summary>
    [Theory]
    [InlineData("src-nat", false)]
    [InlineData("dst-nat", true)]
    [InlineData("hairpin", false)]
    public void A_mirror_of_the_original_is_another_connection(string kind, bool ipv6)
    {
        var nat = Translated.Of(kind, ipv6);
        Open(nat, "udp");
        Assert.Equal(ConnectionStateOfPacket.New, _conversation.Send(nat.AnswerBehind("udp")));
        Assert.Equal(2, _conversation.Listed().Count);
    }

    [Theory]
    [InlineData("src-nat", ConnectionFlags.SrcNat)]
    [InlineData("dst-nat", ConnectionFlags.DstNat)]
    [InlineData("hairpin", ConnectionFlags.SrcNat | ConnectionFlags.DstNat)]
    public void The_list_shows_flags_and_reply(string kind, ConnectionFlags flags)
    {
        foreach (bool ipv6 in Translated.Families)
        {
            var nat = Translated.Of(kind, ipv6);
            Open(nat, "udp");
            ConnectionSnapshot listed = _conversation.Listed()[^1];
            Assert.Equal(ConnectionFlags.Confirmed | flags, listed.Flags);
            Assert.Equal((nat.Server, nat.Seen), (listed.Reply.SrcAddress(ipv6).ToString(), listed.Reply.DstAddress(ipv6).ToString()));
            Assert.Equal((nat.ServerPort, nat.SeenPort), (listed.Reply.SrcPort, listed.Reply.DstPort));
            Assert.Equal((nat.Client, nat.Asked), (listed.Original.SrcAddress(ipv6).ToString(), listed.Original.DstAddress(ipv6).ToString()));
        }
    }

    [Fact]
    public void The_table_knows_whether_it_holds_any()
    {
        _conversation.Send(new Frame().Ipv4("192.168.1.9", "203.0.113.3").Udp(1, 2));
        Assert.False(_conversation.Connections4.HoldsTranslated);
        uint first = Open(Translated.SrcNat(false), "udp"), second = Open(Translated.DstNat(false), "tcp");
        Assert.True(_conversation.Connections4.HoldsTranslated);
        _conversation.Connections4.Remove(first, ConnectionEnd.Closed);
        Assert.True(_conversation.Connections4.HoldsTranslated);
        _conversation.Connections4.Remove(second, ConnectionEnd.Closed);
        Assert.False(_conversation.Connections4.HoldsTranslated);
    }

    /// <summary>An untranslated packet passes both halves as it came.</summary>
    [Fact]
    public void Nothing_to_do()
    {
        byte[] frame = Translated.SrcNat(false).Question("udp").ToBytes();
        _conversation.Send(frame);
        Assert.Equal(frame, Translate());
    }

    /// <summary>
    /// About the client's packet, from a router behind the translation or from the server itself: it comes to the client from where the client
    /// asked, about the packet the client sent.
    /// </summary>
    [Theory, MemberData(nameof(Cases))]
    public void An_error_about_the_question(string kind, string transport, bool ipv6)
    {
        var nat = Translated.Of(kind, ipv6);
        Open(nat, transport);
        string router = ipv6 ? "2001:db8:7::7" : "203.0.113.70";
        byte[] quoted = nat.QuestionBehind(transport).ToPacket();
        Frame error = nat.Error(router, nat.Seen, quoted);
        Assert.Equal(ConnectionStateOfPacket.Related, _conversation.Send(error));
        Assert.Equal(1, _conversation.LastDirection);

        // Only a source that the connection hides is hidden: whoever answers for a dst-natted server seems to be what was asked for.
        Frame expected = nat.Error(nat.ChangesDestination ? nat.Asked : router, nat.Client, Expected(transport, nat.Question(transport), quoted));
        Assert.Equal(expected.ToBytes(), Translate());
    }

    /// <summary>About the server's packet, from the client or a router before it: the server sees the address it was talking to.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void An_error_about_the_answer(string kind, string transport, bool ipv6)
    {
        var nat = Translated.Of(kind, ipv6);
        Open(nat, transport);
        string router = ipv6 ? "fd00::77" : "192.168.1.77";
        byte[] quoted = nat.AnswerBehind(transport).ToPacket();
        Assert.Equal(ConnectionStateOfPacket.Related, _conversation.Send(nat.Error(router, nat.Asked, quoted)));
        Assert.Equal(0, _conversation.LastDirection);
        Frame expected = nat.Error(nat.ChangesSource ? nat.Seen : router, nat.Server, Expected(transport, nat.Answer(transport), quoted));
        Assert.Equal(expected.ToBytes(), Translate());
    }

    /// <summary>An error about what was never sent that way is nobody's: the quotation is the client's own packet, not the translated one.</summary>
    [Fact]
    public void An_error_that_quotes_the_other_side_is_invalid()
    {
        var nat = Translated.SrcNat(false);
        Open(nat, "udp");
        Assert.Equal(
            ConnectionStateOfPacket.Invalid, _conversation.Send(nat.Error("203.0.113.70", nat.Client, nat.Question("udp").ToPacket())));
    }

    [Fact]
    public void A_redirect_about_a_translated_connection_may_not_pass()
    {
        var nat = Translated.SrcNat(false);
        Open(nat, "udp");
        byte[] quoted = nat.QuestionBehind("udp").ToPacket();
        _conversation.Send(nat.Ip("198.51.100.254", nat.Seen).Icmp(5, 1).Data(quoted));
        Assert.Equal(ConnectionStateOfPacket.Related, _conversation.Latest->State);
        Assert.False(Translator.MayPass((Connection*)_conversation.Latest->Connection, _conversation.Latest));
        _conversation.Send(nat.Error("198.51.100.254", nat.Seen, quoted));
        Assert.True(Translator.MayPass((Connection*)_conversation.Latest->Connection, _conversation.Latest));
        _conversation.Send(new Frame().Ipv4("192.168.1.9", "203.0.113.3").Udp(1, 2));
        byte[] other = new Frame().Ipv4("192.168.1.9", "203.0.113.3").Udp(1, 2).ToPacket();
        _conversation.Send(new Frame().Ipv4("192.168.1.1", "192.168.1.9").Icmp(5, 1).Data(other));
        Assert.True(Translator.MayPass((Connection*)_conversation.Latest->Connection, _conversation.Latest));
    }

    /// <summary>Masqueraded connections go with their address and no others do, in slices of any size.</summary>
    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(1000u)]
    public void Masqueraded_connections_end_with_their_address(uint slice)
    {
        for (int host = 2; host < 7; host++)
        {
            Translated nat = Translated.SrcNat(false) with { Client = $"192.168.1.{host}", SeenPort = 61000 + host, Seen = host == 6 ? "198.51.100.2" : "198.51.100.1" };
            uint record = Open(nat, "udp");
            if (host != 3)
            {
                _conversation.Connections4.ConnectionAt(record)->Flags |= ConnectionFlags.Masqueraded;
            }
        }

        int ended = 0;
        for (uint from = 1; from != 0;)
        {
            ended += _conversation.Connections4.RemoveMasqueraded(Translated.Number("198.51.100.1"), ref from, slice);
        }

        Assert.Equal(3, ended);
        Assert.Equal(["192.168.1.3", "192.168.1.6"], _conversation.Listed().Select(listed => listed.Original.SrcAddress(false).ToString()));
        Assert.True(_conversation.Listed()[1].Flags.HasFlag(ConnectionFlags.Masqueraded));
        Assert.Equal(4u, _conversation.Connections4.View->Index.Entries);
    }

    public void Dispose() => _conversation.Dispose();

    uint Open(Translated nat, string transport)
    {
        _conversation.Binding = record =>
        {
            if (nat.IsIpv6)
            {
                nat.Bind(_conversation.Connections6, record);
            }
            else
            {
                nat.Bind(_conversation.Connections4, record);
            }
        };
        Assert.Equal(ConnectionStateOfPacket.New, _conversation.Send(nat.Question(transport)));
        _conversation.Binding = null;
        return _conversation.Latest->Record;
    }

    /// <summary>The packet sent last, through both halves or the first one only.</summary>
    byte[] Translate(bool source = true)
    {
        Packet* packet = _conversation.Latest;
        if (packet->Family == PacketFamily.Ipv4)
        {
            Halves(_conversation.Connections4, packet, source);
        }
        else
        {
            Halves(_conversation.Connections6, packet, source);
        }

        return Bytes();
    }

    static void Halves<TRecord>(ConnectionTable<TRecord> table, Packet* packet, bool source)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        Translator.Destination(table.At(packet->Record), packet);
        if (source)
        {
            Translator.Source(table.At(packet->Record), packet);
        }
    }

    byte[] Bytes() => new ReadOnlySpan<byte>(_conversation.Latest->Mbuf->Data, _conversation.Latest->Mbuf->DataLength).ToArray();

    /// <summary>A quoted CRC of SCTP stays as it was quoted.</summary>
    static byte[] Expected(string transport, Frame quoted, byte[] asQuoted)
    {
        byte[] expected = quoted.ToPacket();
        if (transport == "sctp")
        {
            int field = (expected[0] >> 4 == 6 ? 40 : 20) + 8;
            asQuoted.AsSpan(field, 4).CopyTo(expected.AsSpan(field));
        }

        return expected;
    }

    static ushort Port(int port) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((ushort)port);
}
