using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.FastTrack.Offload;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Talkers;
using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking.Tests.Layout;

/// <summary>What the comments above the structs draw. The other runtime, the C twin and the cache lines rely on it.</summary>
public sealed unsafe class LayoutTests
{
    const int CacheLine = 64;

    [Fact]
    public void Sizes()
    {
        Assert.Equal(12, sizeof(Tuple4));
        Assert.Equal(32, sizeof(Addresses6));
        Assert.Equal(4, sizeof(PortPair));
        Assert.Equal(2 * CacheLine, sizeof(Packet));
        Assert.Equal(104, sizeof(Connection));
        Assert.Equal(2 * CacheLine, sizeof(Connection4));
        Assert.Equal(3 * CacheLine, sizeof(Connection6));
        Assert.Equal(CacheLine, sizeof(Bucket));
        Assert.Equal(CacheLine, sizeof(Extension));
        Assert.Equal(32, sizeof(ReservedRegion));
        Assert.Equal(2 * CacheLine, sizeof(ConnectionIndex));
        Assert.Equal(CacheLine, sizeof(RecordSlab));
        Assert.Equal(CacheLine, sizeof(DeadlineArray));
        Assert.Equal(2 * CacheLine, sizeof(EvictionMap));
        Assert.Equal(CacheLine, sizeof(ExtensionSlab));
        Assert.Equal(3 * CacheLine, sizeof(TableCounters));
        Assert.Equal(11 * CacheLine, sizeof(TableView));
        Assert.Equal(5 * CacheLine, sizeof(SharedRoom));
        Assert.Equal(CacheLine, sizeof(FlowLine4));
        Assert.Equal(2 * CacheLine, sizeof(FlowLine6));
        Assert.Equal(4 * CacheLine, sizeof(FlowCacheView));
        Assert.Equal(CacheLine, sizeof(FlowSlab));
        Assert.Equal(2 * CacheLine, sizeof(OffloadOffer));
        Assert.Equal(CacheLine / 2, sizeof(OffloadNotice));
        Assert.Equal(261 * CacheLine, sizeof(OffloadExchange));
        Assert.Equal(4, sizeof(TcpMarks));
        Assert.Equal(16, sizeof(TcpWindow));
        Assert.Equal(48, sizeof(TcpFlow));
    }

    [Fact]
    public void What_goes_between_worker_and_hardware_is_where_both_runtimes_look_for_it()
    {
        AssertOffsets<OffloadOffer>(
            (0, nameof(OffloadOffer.Kind)), (1, nameof(OffloadOffer.IsIpv6)), (2, nameof(OffloadOffer.Generation)), (4, nameof(OffloadOffer.Record)),
            (8, nameof(OffloadOffer.Edition)), (12, nameof(OffloadOffer.Direction)), (13, nameof(OffloadOffer.Protocol)), (14, nameof(OffloadOffer.Hops)),
            (16, nameof(OffloadOffer.InPort)), (18, nameof(OffloadOffer.InInterface)), (20, nameof(OffloadOffer.OutInterface)),
            (22, nameof(OffloadOffer.Neighbour)), (24, nameof(OffloadOffer.TimeoutSlot)), (26, nameof(OffloadOffer.LinkBytes)),
            (32, nameof(OffloadOffer.Src)), (48, nameof(OffloadOffer.Dst)), (64, nameof(OffloadOffer.NewSrc)), (80, nameof(OffloadOffer.NewDst)),
            (96, nameof(OffloadOffer.SrcPort)), (98, nameof(OffloadOffer.DstPort)), (100, nameof(OffloadOffer.NewSrcPort)),
            (102, nameof(OffloadOffer.NewDstPort)));
        AssertOffsets<OffloadNotice>(
            (0, nameof(OffloadNotice.Kind)), (1, nameof(OffloadNotice.IsIpv6)), (2, nameof(OffloadNotice.Generation)), (4, nameof(OffloadNotice.Record)),
            (8, nameof(OffloadNotice.Direction)), (10, nameof(OffloadNotice.TimeoutSlot)), (12, nameof(OffloadNotice.Packets)),
            (16, nameof(OffloadNotice.Bytes)));
        AssertOffsets<OffloadExchange>((256, nameof(OffloadExchange.PacketsBeforeOffer)));
    }

    [Fact]
    public void Tcp_flow_begins_in_the_line_of_the_tuples_and_ends_where_the_counters_begin()
    {
        AssertOffsets<TcpFlow>(
            (0, nameof(TcpFlow.Marks)), (4, nameof(TcpFlow.Original)), (20, nameof(TcpFlow.Reply)), (36, nameof(TcpFlow.LastAcknowledgment)),
            (40, nameof(TcpFlow.LastEnd)), (44, nameof(TcpFlow.LastLengthAndWindow)), (46, nameof(TcpFlow.LastWindow)));
        AssertOffsets<TcpWindow>(
            (0, nameof(TcpWindow.End)), (4, nameof(TcpWindow.Limit)), (8, nameof(TcpWindow.Size)), (12, nameof(TcpWindow.Acknowledged)));
        Assert.Equal(Connection.FlowOffset, TcpFlow.OffsetInConnection + 4);
        Assert.Equal(TcpFlow.OffsetInConnection + TcpFlow.ByteSize, Offset<Connection>(nameof(Connection.Packets)));
    }

    [Fact]
    public void Flow_line_offsets()
    {
        AssertOffsets<FlowLine4>((0, nameof(FlowLine4.Tuple)), (12, nameof(FlowLine4.State)));
        AssertOffsets<FlowLine6>((0, nameof(FlowLine6.Addresses)), (32, nameof(FlowLine6.Ports)), (36, nameof(FlowLine6.Rewrite)),
            (76, nameof(FlowLine6.State)));
        AssertOffsets<FlowState>(
            (0, nameof(FlowState.Protocol)), (1, nameof(FlowState.Direction)), (2, nameof(FlowState.OutInterface)), (4, nameof(FlowState.Record)),
            (8, nameof(FlowState.Edition)), (12, nameof(FlowState.TimeoutSlot)), (13, nameof(FlowState.HasNews)), (14, nameof(FlowState.Neighbour)), (16, nameof(FlowState.SampleTick)),
            (20, nameof(FlowState.RefreshedTick)), (24, nameof(FlowState.Packets)), (28, nameof(FlowState.Bytes)),
            (36, nameof(FlowState.Rewrite)));
        Assert.Equal(FlowState.ByteSize, 36 + sizeof(FlowRewrite4));
        Assert.Equal(76, 36 + sizeof(FlowRewrite6));
    }

    [Fact]
    public void Flow_cache_offsets() => AssertOffsets<FlowCacheView>(
        (0, nameof(FlowCacheView.Index)), (128, nameof(FlowCacheView.Slab)), (192, nameof(FlowCacheView.Installed)),
        (200, nameof(FlowCacheView.Displaced)), (208, nameof(FlowCacheView.Forgotten)), (216, nameof(FlowCacheView.Packets)),
        (224, nameof(FlowCacheView.Bytes)), (232, nameof(FlowCacheView.Samples)));

    [Fact]
    public void Packet_offsets() => AssertOffsets<Packet>(
        (0, nameof(Packet.Mbuf)), (8, nameof(Packet.Ip)), (16, nameof(Packet.Transport)), (24, nameof(Packet.Bucket)),
        (32, nameof(Packet.Tuple)), (40, nameof(Packet.Ports)), (44, nameof(Packet.Hash)), (48, nameof(Packet.Time)),
        (56, nameof(Packet.Number)), (64, nameof(Packet.Connection)), (72, nameof(Packet.Record)), (76, nameof(Packet.IpLength)),
        (88, nameof(Packet.Marks)), (91, nameof(Packet.Protocol)), (93, nameof(Packet.Direction)), (100, nameof(Packet.Candidate)),
        (104, nameof(Packet.Rule)), (112, nameof(Packet.Flow)), (118, nameof(Packet.RouteTable)));

    [Fact]
    public void Tuple_offsets() => AssertOffsets<Tuple4>(
        (0, nameof(Tuple4.Src)), (4, nameof(Tuple4.Dst)), (8, nameof(Tuple4.SrcPort)), (10, nameof(Tuple4.DstPort)),
        (0, nameof(Tuple4.Addresses)), (8, nameof(Tuple4.Ports)));

    [Fact]
    public void Connection_offsets() => AssertOffsets<Connection>(
        (0, nameof(Connection.Protocol)), (1, nameof(Connection.State)), (2, nameof(Connection.Zone)), (4, nameof(Connection.Flags)),
        (6, nameof(Connection.Mark)), (8, nameof(Connection.Generation)), (10, nameof(Connection.RefreshPhase)),
        (12, nameof(Connection.Edition)), (16, nameof(Connection.Path)), (20, nameof(Connection.NextHop)),
        (24, nameof(Connection.Extension)), (28, nameof(Connection.StartTick)), (32, nameof(Connection.Creation)),
        (84, nameof(Connection.Packets)));

    /// <summary>Every protocol's own bytes end before the counters.</summary>
    [Fact]
    public void Protocols_share_the_place_of_the_tcp_flow()
    {
        Assert.All([sizeof(TcpFlow), sizeof(SctpFlow), sizeof(DccpFlow), sizeof(GreFlow)], size => Assert.Equal(48, size));
        Assert.Equal((int)Marshal.OffsetOf<Connection>(nameof(Connection.Packets)), TcpFlow.OffsetInConnection + sizeof(TcpFlow));
        AssertOffsets<SctpFlow>((1, nameof(SctpFlow.StrangeHeartbeat)), (4, nameof(SctpFlow.Tags)));
        AssertOffsets<DccpFlow>((4, nameof(DccpFlow.Response)));
        AssertOffsets<GreFlow>(
            (0, nameof(GreFlow.Version)), (1, nameof(GreFlow.HasKey)), (2, nameof(GreFlow.Protocol)), (4, nameof(GreFlow.Key)));
    }

    [Fact]
    public void Record_offsets()
    {
        AssertOffsets<Connection4>((0, nameof(Connection4.Original)), (12, nameof(Connection4.Reply)), (24, nameof(Connection4.Connection)));
        AssertOffsets<Connection6>(
            (0, nameof(Connection6.Original)), (32, nameof(Connection6.Reply)), (64, nameof(Connection6.OriginalPorts)),
            (68, nameof(Connection6.ReplyPorts)), (88, nameof(Connection6.Connection)));
    }

    [Fact]
    public void Second_half_of_a_connection_is_a_cache_line_in_both_families()
    {
        Assert.Equal(0, (Offset<Connection4>(nameof(Connection4.Connection)) + Connection.FlowOffset) % CacheLine);
        Assert.Equal(0, (Offset<Connection6>(nameof(Connection6.Connection)) + Connection.FlowOffset) % CacheLine);
        Assert.Equal(CacheLine, sizeof(Connection) - Connection.FlowOffset);
    }

    [Fact]
    public void Counters_of_both_directions_end_with_the_connection_and_do_not_touch()
    {
        Connection connection = default;
        Connection.Count(&connection, 0, 0x1122);
        Connection.Count(&connection, 1, 0x334455);
        byte* bytes = (byte*)&connection;
        Assert.Equal(0x1122, *(ushort*)(bytes + 92));
        Assert.Equal(0x334455u, *(uint*)(bytes + 98));
        Assert.Equal(1u, *(uint*)(bytes + 84));
        Assert.Equal(1u, *(uint*)(bytes + 88));
        Assert.Equal(0x1122ul, Connection.Bytes(&connection, 0));
        Assert.Equal(0x334455ul, Connection.Bytes(&connection, 1));
    }

    [Fact]
    public void Bucket_offsets() => AssertOffsets<Bucket>(
        (0, nameof(Bucket.Hash)), (28, nameof(Bucket.Meta)), (32, nameof(Bucket.Record)), (60, nameof(Bucket.Overflow)));

    [Fact]
    public void Extension_offsets() => AssertOffsets<Extension>(
        (0, nameof(Extension.PacketsCarry)), (4, nameof(Extension.BytesCarry)), (8, nameof(Extension.Counted)), (12, nameof(Extension.Layer7)),
        (28, nameof(Extension.FlowPair)), (32, nameof(Extension.FastTrackBytes)),
        (48, nameof(Extension.RateSince)), (52, nameof(Extension.RateFrom)), (56, nameof(Extension.Rate)));

    /// <summary>What rules keep of a connection lies in places of the size of an extension.</summary>
    [Fact]
    public void Places_of_rules_are_extensions()
    {
        Assert.Equal((Extension.ByteSize, Extension.ByteSize), (sizeof(CountedPlaces), sizeof(Layer7State)));
        AssertOffsets<CountedPlaces>((0, nameof(CountedPlaces.Next)), (4, nameof(CountedPlaces.Count)), (8, nameof(CountedPlaces.Places)));
        AssertOffsets<Layer7State>(
            (0, nameof(Layer7State.Packet)), (4, nameof(Layer7State.Edition)), (8, nameof(Layer7State.Found)), (16, nameof(Layer7State.Bytes)),
            (20, nameof(Layer7State.More)), (32, nameof(Layer7State.States)));
    }

    [Fact]
    public void Helpers_offsets()
    {
        Assert.Equal((Extension.ByteSize, 12, 176, 48), (sizeof(HelperState), sizeof(SequenceShift), sizeof(HelperPorts), sizeof(HelperCounters)));
        Assert.Equal((Extension.ByteSize, Extension.ByteSize, 8 * 48), (sizeof(SipDialog), sizeof(H323Call), sizeof(HelperCounterTable)));
        Assert.Equal((2 * CacheLine, 4 * CacheLine), (sizeof(Expectation), sizeof(TrackingParameters)));
        Assert.Equal(80, Offset<TrackingParameters>(nameof(TrackingParameters.Helpers)));
        AssertOffsets<HelperState>(
            (24, nameof(HelperState.Next)), (32, nameof(HelperState.Start)), (40, nameof(HelperState.Text)), (52, nameof(HelperState.Announced)),
            (60, nameof(HelperState.Held)));
        AssertOffsets<Expectation>(
            (4, nameof(Expectation.Deadline)), (12, nameof(Expectation.SrcPort)), (16, nameof(Expectation.Src)), (32, nameof(Expectation.Dst)),
            (48, nameof(Expectation.LeavesSrc)), (64, nameof(Expectation.LeavesDst)), (80, nameof(Expectation.LeavesDstPort)));
    }

    [Fact]
    public void View_offsets() => AssertOffsets<TableView>(
        (0, nameof(TableView.Index)), (128, nameof(TableView.Records)), (192, nameof(TableView.Deadlines)), (256, nameof(TableView.Eviction)),
        (384, nameof(TableView.Extensions)), (448, nameof(TableView.Counters)), (640, nameof(TableView.MaxEntries)),
        (648, nameof(TableView.Talkers)), (656, nameof(TableView.Events)));

    [Fact]
    public void What_is_observed_has_its_places()
    {
        Assert.Equal((5 * CacheLine, 2 * CacheLine), (sizeof(ConnectionEvent), sizeof(EventRing)));
        AssertOffsets<ConnectionEvent>(
            (8, nameof(ConnectionEvent.LostBefore)), (16, nameof(ConnectionEvent.Record)), (20, nameof(ConnectionEvent.Deadline)),
            (24, nameof(ConnectionEvent.Kind)), (64, nameof(ConnectionEvent.Extension)), (128, nameof(ConnectionEvent.Ipv4)),
            (128, nameof(ConnectionEvent.Ipv6)));
        AssertOffsets<EventRing>((16, nameof(EventRing.Now)), (24, nameof(EventRing.Lines)));
        Assert.Equal((32, 16_448, 131_648), (sizeof(TalkerCounts.Counter), sizeof(TalkerCounts), sizeof(TalkerSketch)));
    }

    [Fact]
    public void Counter_offsets() => AssertOffsets<TableCounters>(
        (0, nameof(TableCounters.Created)), (8, nameof(TableCounters.RefusedFull)), (16, nameof(TableCounters.RefusedWaiting)),
        (24, nameof(TableCounters.CarriesLost)), (64, nameof(TableCounters.Ended)));

    [Fact]
    public void Room_offsets() => AssertOffsets<SharedRoom>(
        (0, nameof(SharedRoom.MaxEntries)), (4, nameof(SharedRoom.Workers)), (8, nameof(SharedRoom.BeginOfPressure)), (128, nameof(SharedRoom.Free)),
        (192, nameof(SharedRoom.FreeOfReserve)), (256, nameof(SharedRoom.Wanting)));

    static void AssertOffsets<T>(params (int Offset, string Field)[] fields)
        where T : unmanaged
    {
        Assert.All(fields, field => Assert.Equal(field.Offset, Offset<T>(field.Field)));
    }

    /// <summary>Offset by the attribute, and by the marshaller where the struct has a marshalled layout at all.</summary>
    static int Offset<T>(string field)
        where T : unmanaged
    {
        Assert.True(typeof(T).IsExplicitLayout);
        System.Reflection.FieldInfo info = typeof(T).GetField(field)!;
        int offset = ((FieldOffsetAttribute)Attribute.GetCustomAttribute(info, typeof(FieldOffsetAttribute))!).Value;
        Assert.InRange(offset, 0, Unsafe.SizeOf<T>() - 1);
        return offset;
    }
}
