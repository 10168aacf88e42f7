using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;
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
        Assert.Equal(CacheLine, sizeof(TableCounters));
        Assert.Equal(9 * CacheLine, sizeof(TableView));
        Assert.Equal(CacheLine, sizeof(FlowLine4));
        Assert.Equal(2 * CacheLine, sizeof(FlowLine6));
        Assert.Equal(CacheLine, sizeof(FlowCacheView));
        Assert.Equal(4, sizeof(TcpMarks));
        Assert.Equal(16, sizeof(TcpWindow));
        Assert.Equal(48, sizeof(TcpFlow));
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
            (8, nameof(FlowState.Edition)), (12, nameof(FlowState.TimeoutSlot)), (14, nameof(FlowState.Neighbour)), (16, nameof(FlowState.SampleTick)),
            (20, nameof(FlowState.RefreshedTick)), (24, nameof(FlowState.Packets)), (28, nameof(FlowState.Bytes)),
            (36, nameof(FlowState.Rewrite)));
        Assert.Equal(FlowState.ByteSize, 36 + sizeof(FlowRewrite4));
        Assert.Equal(76, 36 + sizeof(FlowRewrite6));
    }

    [Fact]
    public void Packet_offsets() => AssertOffsets<Packet>(
        (0, nameof(Packet.Mbuf)), (8, nameof(Packet.Ip)), (16, nameof(Packet.Transport)), (24, nameof(Packet.Bucket)),
        (32, nameof(Packet.Tuple)), (40, nameof(Packet.Ports)), (44, nameof(Packet.Hash)), (48, nameof(Packet.Time)),
        (56, nameof(Packet.Number)), (64, nameof(Packet.Connection)), (72, nameof(Packet.Record)), (76, nameof(Packet.IpLength)),
        (88, nameof(Packet.Marks)), (91, nameof(Packet.Protocol)), (93, nameof(Packet.Direction)), (100, nameof(Packet.Candidate)),
        (104, nameof(Packet.Rule)), (112, nameof(Packet.FlowSet)));

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
        (0, nameof(Extension.PacketsCarry)), (8, nameof(Extension.BytesCarry)),
        (16, nameof(Extension.FastTrackPackets)), (32, nameof(Extension.FastTrackBytes)));

    [Fact]
    public void View_offsets() => AssertOffsets<TableView>(
        (0, nameof(TableView.Index)), (128, nameof(TableView.Records)), (192, nameof(TableView.Deadlines)), (256, nameof(TableView.Eviction)),
        (384, nameof(TableView.Extensions)), (448, nameof(TableView.Counters)), (512, nameof(TableView.MaxEntries)));

    [Fact]
    public void Counter_offsets() => AssertOffsets<TableCounters>(
        (0, nameof(TableCounters.Created)), (8, nameof(TableCounters.Expired)), (16, nameof(TableCounters.Evicted)),
        (24, nameof(TableCounters.Removed)), (32, nameof(TableCounters.RefusedFull)), (40, nameof(TableCounters.RefusedWaiting)),
        (48, nameof(TableCounters.CarriesLost)));

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
