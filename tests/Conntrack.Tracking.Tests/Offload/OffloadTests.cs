using System.Runtime.InteropServices;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.FastTrack.Offload;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Offload;

/// <summary>What a worker and the control side tell each other of connections that hardware forwards, and what becomes of it in the record.</summary>
public sealed unsafe class OffloadTests : IDisposable
{
    readonly Conversation _conversation = new();
    readonly FlowCache<Connection4> _flows = new(64);
    readonly OffloadExchange* _exchange = (OffloadExchange*)NativeMemory.AlignedAlloc(OffloadExchange.ByteSize, 64);

    public OffloadTests()
    {
        *_exchange = default;
        _conversation.Connections4.Flows = _flows;
        _conversation.Connections4.Offloads = _exchange;
    }

    [Fact]
    public void What_hardware_has_forwarded_is_counted_and_keeps_the_connection()
    {
        uint record = FastTrack();
        Heed(record, NoticeKind.Begun);
        Assert.Equal(ConnectionFlags.HwOffload, Listed().Flags & ConnectionFlags.HwOffload);
        CounterSnapshot before = Listed().ReplyCounters;
        _conversation.Now += 100 * Conversation.Second;
        Heed(record, NoticeKind.Counted, packets: 1000, bytes: 1_400_000);
        ConnectionSnapshot listed = Listed();
        Assert.Equal((before.Packets + 1000, before.Bytes + 1_400_000), (listed.ReplyCounters.Packets, listed.ReplyCounters.Bytes));
        Assert.Equal((1000ul, 1_400_000ul), (listed.ReplyCounters.FastTrackPackets, listed.ReplyCounters.FastTrackBytes));
        Assert.Equal(TimeSpan.FromMinutes(3), listed.Timeout);
        Heed(record, NoticeKind.Over);
        Assert.Equal(ConnectionFlags.FastTrack, Listed().Flags & (ConnectionFlags.FastTrack | ConnectionFlags.HwOffload));
        Assert.False(OffloadExchange.TryTakeOffer(_exchange, out _));
    }

    /// <summary>A gigabyte that nobody has judged lies between two segments; the flow cache had no place for the connection.</summary>
    [Theory]
    [InlineData(false, ConnectionStateOfPacket.Invalid)]
    [InlineData(true, ConnectionStateOfPacket.Established)]
    public void What_hardware_let_past_does_not_make_the_end_invalid(bool offloaded, ConnectionStateOfPacket state)
    {
        _conversation.Send(Segment(1, 0x02, 999, 0));
        _conversation.Send(Segment(2, 0x12, 4999, 1000));
        _conversation.Send(Segment(1, 0x10, 1000, 5000));
        uint record = _conversation.Latest->Record;
        if (offloaded)
        {
            Connection* connection = _conversation.Connections4.ConnectionAt(record);
            connection->Flags |= ConnectionFlags.FastTrack;
            Heed(record, NoticeKind.Begun);
        }

        Assert.Equal(state, _conversation.Send(Segment(1, 0x11, 1_000_001_000, 5000)));

        static Frame Segment(int from, int flags, uint sequence, uint acknowledgment) => from == 1
            ? new Frame().Ipv4("192.0.2.1", "198.51.100.7").Tcp(4000, 80, flags, sequence, acknowledgment)
            : new Frame().Ipv4("198.51.100.7", "192.0.2.1").Tcp(80, 4000, flags, sequence, acknowledgment);
    }

    [Fact]
    public void Nothing_is_counted_for_a_connection_that_has_the_record_now()
    {
        uint record = FastTrack();
        OffloadNotice notice = Notice(record, NoticeKind.Counted, 5, 500);
        notice.Generation += 2;
        _conversation.Connections4.Heed(&notice, _conversation.Clock, _conversation.Parameters);
        Assert.Equal(1ul, Listed().ReplyCounters.Packets);
        notice.Record = 900;
        _conversation.Connections4.Heed(&notice, _conversation.Clock, _conversation.Parameters);
        Assert.Equal(1ul, Listed().ReplyCounters.Packets);
    }

    [Fact]
    public void The_control_side_hears_of_an_end_once()
    {
        uint record = FastTrack();
        ushort generation = _conversation.Connections4.ConnectionAt(record)->Generation;
        Heed(record, NoticeKind.Begun);
        Tracker.LeaveFastTrack(_conversation.Connections4, record, _conversation.Connections4.ConnectionAt(record));
        Assert.True(OffloadExchange.TryTakeOffer(_exchange, out OffloadOffer over));
        Assert.Equal((OfferKind.Over, record, generation, (byte)0), (over.Kind, over.Record, over.Generation, over.IsIpv6));

        // Word of hardware that comes after it is answered with the same: whoever made the rule meanwhile removes it.
        Heed(record, NoticeKind.Begun);
        Assert.True(OffloadExchange.TryTakeOffer(_exchange, out over));
        Assert.Equal(OfferKind.Over, over.Kind);
        _conversation.Connections4.Remove(record, ConnectionEnd.Deleted);
        Assert.False(OffloadExchange.TryTakeOffer(_exchange, out _));
    }

    [Fact]
    public void A_deleted_connection_is_over()
    {
        uint record = FastTrack();
        Heed(record, NoticeKind.Begun);
        _conversation.Connections4.Remove(record, ConnectionEnd.Deleted);
        Assert.True(OffloadExchange.TryTakeOffer(_exchange, out OffloadOffer over));
        Assert.Equal((OfferKind.Over, record), (over.Kind, over.Record));
    }

    [Fact]
    public void Full_rings_lose_offers_and_refuse_notices()
    {
        for (uint n = 0; n < OffloadExchange.Offers + 3; n++)
        {
            OffloadExchange.TellOver(_exchange, n, 1, isIpv6: true);
        }

        Assert.Equal(3u, _exchange->OffersLost);
        for (uint n = 0; n < OffloadExchange.Offers; n++)
        {
            Assert.True(OffloadExchange.TryTakeOffer(_exchange, out OffloadOffer offer));
            Assert.Equal((n, (byte)1), (offer.Record, offer.IsIpv6));
        }

        Assert.False(OffloadExchange.TryTakeOffer(_exchange, out _));
        for (uint n = 0; n < OffloadExchange.Notices; n++)
        {
            Assert.True(OffloadExchange.TryTell(_exchange, new OffloadNotice { Record = n }));
        }

        Assert.False(OffloadExchange.TryTell(_exchange, default));
        for (uint n = 0; n < OffloadExchange.Notices; n++)
        {
            Assert.Equal(n, OffloadExchange.NextNotice(_exchange)->Record);
            OffloadExchange.ReleaseNotice(_exchange);
        }

        Assert.True(OffloadExchange.NextNotice(_exchange) == null);
        Assert.Equal(OffloadExchange.Notices, _exchange->Room);
    }

    /// <summary>Each direction comes with its own tuple and leaves with the other one's, the other way round.</summary>
    [Theory]
    [InlineData(0, "192.0.2.1:4000 198.51.100.7:53", "203.0.113.9:6000 10.0.0.8:5353")]
    [InlineData(1, "10.0.0.8:5353 203.0.113.9:6000", "198.51.100.7:53 192.0.2.1:4000")]
    public void An_offer_says_what_a_translation_does(int direction, string comes, string leaves)
    {
        uint record = FastTrack();
        Connection4* connection = _conversation.Connections4.At(record);
        connection->Reply = new Tuple4 { Src = Address(10, 0, 0, 8), Dst = Address(203, 0, 113, 9), SrcPort = Port(5353), DstPort = Port(6000) };
        OffloadOffer offer = default;
        OffloadOffer.SetTuples(&offer, connection, direction);
        Assert.Equal(comes, $"{Text(offer.Src, offer.SrcPort)} {Text(offer.Dst, offer.DstPort)}");
        Assert.Equal(leaves, $"{Text(offer.NewSrc, offer.NewSrcPort)} {Text(offer.NewDst, offer.NewDstPort)}");
        connection->Reply = new Tuple4 { Src = connection->Original.Dst, Dst = connection->Original.Src, SrcPort = Port(53), DstPort = Port(4000) };

        static string Text(byte* address, ushort port) => $"{address[0]}.{address[1]}.{address[2]}.{address[3]}:{Port(port)}";
    }

    public void Dispose()
    {
        _conversation.Dispose();
        _flows.Dispose();
        NativeMemory.AlignedFree(_exchange);
    }

    uint FastTrack()
    {
        _conversation.Send(new Frame().Ipv4("192.0.2.1", "198.51.100.7").Udp(4000, 53));
        _conversation.Send(new Frame().Ipv4("198.51.100.7", "192.0.2.1").Udp(53, 4000));
        uint record = _conversation.Latest->Record;
        _flows.Install(_conversation.Connections4, record, default, (byte)TimeoutSlot.UdpStream, 18_000, 1, 1, _conversation.Latest->Time);
        return record;
    }

    void Heed(uint record, NoticeKind kind, uint packets = 0, ulong bytes = 0)
    {
        OffloadNotice notice = Notice(record, kind, packets, bytes);
        _conversation.Connections4.Heed(&notice, _conversation.Clock, _conversation.Parameters);
    }

    OffloadNotice Notice(uint record, NoticeKind kind, uint packets, ulong bytes) => new()
    {
        Kind = kind,
        Record = record,
        Generation = _conversation.Connections4.ConnectionAt(record)->Generation,
        Direction = 1,
        TimeoutSlot = (ushort)TimeoutSlot.UdpStream,
        Packets = packets,
        Bytes = bytes,
    };

    ConnectionSnapshot Listed() => Assert.Single(_conversation.Listed());

    static uint Address(byte a, byte b, byte c, byte d) => (uint)(a | (b << 8) | (c << 16) | (d << 24));

    static ushort Port(ushort port) => (ushort)((port >> 8) | (port << 8));
}
