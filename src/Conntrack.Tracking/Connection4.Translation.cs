using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking;

/// <content>IPv4 translated.</content>
public unsafe partial struct Connection4
{
    static bool ITranslatedRecord<Connection4>.HasReplyOf(Connection4* record, Connection4* other)
    {
        Tuple4* sought = &other->Reply;
        bool original = record->Original.Addresses == sought->Addresses & record->Original.Ports == sought->Ports;
        bool reply = record->Reply.Addresses == sought->Addresses & record->Reply.Ports == sought->Ports;
        return (original | reply)
            & record->Connection.Protocol == other->Connection.Protocol
            & record->Connection.Zone == other->Connection.Zone;
    }

    static UInt128 ITranslatedRecord<Connection4>.SrcOf(Connection4* record, int direction) =>
        BinaryPrimitives.ReverseEndianness(TupleOf(record, direction)->Src);

    static UInt128 ITranslatedRecord<Connection4>.DstOf(Connection4* record, int direction) =>
        BinaryPrimitives.ReverseEndianness(TupleOf(record, direction)->Dst);

    static PortPair* ITranslatedRecord<Connection4>.PortsOf(Connection4* record, int direction) =>
        (PortPair*)&TupleOf(record, direction)->Ports;

    static void ITranslatedRecord<Connection4>.AnswerFrom(Connection4* record, UInt128 address) =>
        record->Reply.Src = BinaryPrimitives.ReverseEndianness((uint)address);

    static void ITranslatedRecord<Connection4>.AnswerTo(Connection4* record, UInt128 address) =>
        record->Reply.Dst = BinaryPrimitives.ReverseEndianness((uint)address);

    static uint ITranslatedRecord<Connection4>.SpreadOf(FlowHash* hash, Connection4* record, uint salt) => hash->Hash4(
        new Tuple4 { Src = record->Original.Src, Dst = record->Reply.Dst, Ports = salt }, IpProtocol.Reserved, record->Connection.Protocol);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ITranslatedRecord<Connection4>.RewriteSource(Connection4* record, Packet* packet)
    {
        Tuple4* back = TupleOf(record, 1 - packet->Direction);
        if (!Rewrite4.TrySource(packet, back->Dst, back->DstPort))
        {
            OtherSource(record, packet);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ITranslatedRecord<Connection4>.RewriteDestination(Connection4* record, Packet* packet)
    {
        Tuple4* back = TupleOf(record, 1 - packet->Direction);
        if (!Rewrite4.TryDestination(packet, back->Src, back->SrcPort))
        {
            OtherDestination(record, packet);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void OtherSource(Connection4* record, Packet* packet)
    {
        Tuple4 leaves = TupleThatLeaves(record, packet->Direction);
        PortPair ports = packet->Ports;
        ports.SrcPort = GreFlow.Is(&record->Connection) ? ports.SrcPort : leaves.SrcPort;
        Rewrite4.Source(packet, leaves.Src, ports);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void OtherDestination(Connection4* record, Packet* packet)
    {
        Tuple4 leaves = TupleThatLeaves(record, packet->Direction);
        PortPair ports = packet->Ports;
        if (packet->Protocol == IpProtocol.Icmp)
        {
            // A query has one identifier for both ends.
            ports.SrcPort = leaves.SrcPort;
        }
        else
        {
            ports.DstPort = GreFlow.CallThatLeaves(&record->Connection, packet->Direction, leaves.DstPort);
        }

        Rewrite4.Destination(packet, leaves.Dst, ports);
    }

    static void ITranslatedRecord<Connection4>.RewriteErrorSource(Connection4* record, Packet* error)
    {
        Tuple4* quoted = TupleOf(record, 1 - error->Direction);
        ushort port = record->Connection.Protocol == IpProtocol.Icmp ? quoted->SrcPort : quoted->DstPort;
        QuoteRewrite.Destination4(error, quoted->Dst, port);
        Rewrite4.Source(error, quoted->Dst, error->Ports);
    }

    static void ITranslatedRecord<Connection4>.RewriteErrorDestination(Connection4* record, Packet* error)
    {
        Tuple4* quoted = TupleOf(record, 1 - error->Direction);
        QuoteRewrite.Source4(error, quoted->Src, quoted->SrcPort);
        Rewrite4.Destination(error, quoted->Src, error->Ports);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Tuple4* TupleOf(Connection4* record, int direction) => &record->Original + direction;

    /// <summary>What a packet of a direction looks like when it leaves: what the other direction answers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Tuple4 TupleThatLeaves(Connection4* record, int direction)
    {
        Tuple4* back = TupleOf(record, 1 - direction);
        PortPair ports = *(PortPair*)&back->Ports;
        return new Tuple4 { Src = back->Dst, Dst = back->Src, Ports = IcmpQuery.Mirror4(ports, record->Connection.Protocol).Ports };
    }
}
