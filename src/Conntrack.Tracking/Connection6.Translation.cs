using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Conntrack.Packets;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking;

/// <content>IPv6 translated.</content>
public unsafe partial struct Connection6
{
    static bool ITranslatedRecord<Connection6>.HasReplyOf(Connection6* record, Connection6* other)
    {
        Vector256<byte> sought = Vector256.Load((byte*)&other->Reply);
        uint ports = other->ReplyPorts.Ports;
        bool original = Vector256.Load((byte*)&record->Original) == sought & record->OriginalPorts.Ports == ports;
        bool reply = Vector256.Load((byte*)&record->Reply) == sought & record->ReplyPorts.Ports == ports;
        return (original | reply)
            & record->Connection.Protocol == other->Connection.Protocol
            & record->Connection.Zone == other->Connection.Zone;
    }

    static UInt128 ITranslatedRecord<Connection6>.SrcOf(Connection6* record, int direction) => Number(AddressesOf(record, direction)->Src);

    static UInt128 ITranslatedRecord<Connection6>.DstOf(Connection6* record, int direction) => Number(AddressesOf(record, direction)->Dst);

    static PortPair* ITranslatedRecord<Connection6>.PortsOf(Connection6* record, int direction) => PortsOf(record, direction);

    static void ITranslatedRecord<Connection6>.AnswerFrom(Connection6* record, UInt128 address) => record->Reply.Src = Vector(address);

    static void ITranslatedRecord<Connection6>.AnswerTo(Connection6* record, UInt128 address) => record->Reply.Dst = Vector(address);

    static uint ITranslatedRecord<Connection6>.SpreadOf(FlowHash* hash, Connection6* record, uint salt)
    {
        Addresses6 addresses = new() { Src = record->Original.Src, Dst = record->Reply.Dst };
        return hash->Hash6(&addresses, new PortPair { Ports = salt }, IpProtocol.Reserved, record->Connection.Protocol);
    }

    static void ITranslatedRecord<Connection6>.RewriteSource(Connection6* record, Packet* packet)
    {
        PortPair ports = packet->Ports;
        ports.SrcPort = GreFlow.Is(&record->Connection) ? ports.SrcPort : PortsThatLeave(record, packet->Direction).SrcPort;
        Rewrite6.Source(packet, AddressesOf(record, 1 - packet->Direction)->Dst, ports);
    }

    static void ITranslatedRecord<Connection6>.RewriteDestination(Connection6* record, Packet* packet)
    {
        PortPair leave = PortsThatLeave(record, packet->Direction);
        PortPair ports = packet->Ports;
        if (packet->Protocol == IpProtocol.Icmpv6)
        {
            ports.SrcPort = leave.SrcPort;
        }
        else
        {
            ports.DstPort = GreFlow.CallThatLeaves(&record->Connection, packet->Direction, leave.DstPort);
        }

        Rewrite6.Destination(packet, AddressesOf(record, 1 - packet->Direction)->Src, ports);
    }

    static void ITranslatedRecord<Connection6>.RewriteErrorSource(Connection6* record, Packet* error)
    {
        int quoted = 1 - error->Direction;
        Vector128<byte> address = AddressesOf(record, quoted)->Dst;
        PortPair* ports = PortsOf(record, quoted);
        QuoteRewrite.Destination6(error, address, record->Connection.Protocol == IpProtocol.Icmpv6 ? ports->SrcPort : ports->DstPort);
        Rewrite6.Source(error, address, error->Ports);
    }

    static void ITranslatedRecord<Connection6>.RewriteErrorDestination(Connection6* record, Packet* error)
    {
        int quoted = 1 - error->Direction;
        Vector128<byte> address = AddressesOf(record, quoted)->Src;
        QuoteRewrite.Source6(error, address, PortsOf(record, quoted)->SrcPort);
        Rewrite6.Destination(error, address, error->Ports);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Addresses6* AddressesOf(Connection6* record, int direction) => &record->Original + direction;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static PortPair* PortsOf(Connection6* record, int direction) => &record->OriginalPorts + direction;

    static PortPair PortsThatLeave(Connection6* record, int direction) =>
        IcmpQuery.Mirror6(*PortsOf(record, 1 - direction), record->Connection.Protocol);

    static UInt128 Number(Vector128<byte> address) => BinaryPrimitives.ReadUInt128BigEndian(new ReadOnlySpan<byte>(&address, 16));

    static Vector128<byte> Vector(UInt128 number)
    {
        Vector128<byte> address;
        BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(&address, 16), number);
        return address;
    }
}
