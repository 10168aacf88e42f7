using System.Buffers.Binary;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;

namespace Conntrack.Firewall.Matching;

/// <summary>Whether conditions hold for a packet.</summary>
static unsafe class Conditions
{
    const ulong MicrosecondsPerSecond = 1_000_000, SecondsPerDay = 86_400;

    /// <summary>1 January 1970 was a Thursday.</summary>
    const ulong DayOfEpoch = 4;

    /// <summary>Whether one condition holds, negation included.</summary>
    /// <param name="passage">Packet, image and memory.</param>
    /// <param name="condition">In the image.</param>
    /// <param name="slot">The rule's counter slot.</param>
    public static bool Holds(Passage* passage, Condition* condition, uint slot)
    {
        Packet* packet = passage->Packet;
        bool negated = (condition->Flags & Condition.Negated) != 0;
        switch (condition->Kind)
        {
            case ConditionKind.SrcMac:
                return packet->LinkLength >= EthernetHeader.ByteSize && (MacOf(packet) == condition->FirstValue) != negated;
            case ConditionKind.InBridgePort:
                return IsAmong(passage, condition, packet->InPort) != negated;
            case ConditionKind.OutBridgePort:
                return ((packet->Marks & PacketMarks.Bridged) != 0 && IsAmong(passage, condition, packet->OutPort)) != negated;
            case ConditionKind.SrcAddressType:
                return ((AddressKind.Of(passage->Memory, packet, isSource: true) & (AddressTypes)condition->Small) != 0) != negated;
            case ConditionKind.DstAddressType:
                return ((AddressKind.Of(passage->Memory, packet, isSource: false) & (AddressTypes)condition->Small) != 0) != negated;
            case ConditionKind.SrcAddressList:
                return ListMembership.HasSource(passage, condition->Small) != negated;
            case ConditionKind.DstAddressList:
                return ListMembership.HasDestination(passage, condition->Small) != negated;
            case ConditionKind.Ttl:
                return IsWithin(condition, passage->IsIpv6 ? packet->Ip[7] : packet->Ip[8]) != negated;
            case ConditionKind.Dscp:
                return IsWithin(condition, (uint)(passage->IsIpv6 ? ((packet->Ip[0] & 0xf) << 2) | (packet->Ip[1] >> 6) : packet->Ip[1] >> 2)) != negated;
            case ConditionKind.PacketSize:
                return IsWithin(condition, packet->IpLength) != negated;
            case ConditionKind.TlsHost:
                return TlsHello.HasHost(packet, passage->Image + condition->Text, (int)condition->Middle) != negated;
            case ConditionKind.Ipv4Options:
                return !passage->IsIpv6 && Ipv4OptionList.Has(packet, (Ipv4Option)condition->Small) != negated;
            case ConditionKind.Ipv6Headers:
                return passage->IsIpv6 && Ipv6HeaderList.Has(packet, (Ipv6ExtensionHeaders)condition->Small, condition->Middle != 0) != negated;
            case ConditionKind.Fragment:
                return ((packet->Marks & PacketMarks.LaterFragment) != 0) != negated;
            case ConditionKind.Port:
                return RuleImage.HasPorts(packet) && HasPort(passage, condition) != negated;
            case ConditionKind.TcpFlags:
                return HasTcp(packet) && (packet->TcpFlags & (byte)condition->Small) == condition->Small >> 8 != negated;
            case ConditionKind.TcpMss:
                return HasTcp(packet) && IsWithin(condition, TcpOptions.MssOf(packet, out _)) != negated;
            case ConditionKind.IcmpOptions:
                return IsIcmp(packet) && (packet->Transport[0] == condition->Small && IsWithin(condition, packet->Transport[1])) != negated;
            case ConditionKind.Priority:
                return IsWithin(condition, PriorityOf(packet)) != negated;
            case ConditionKind.IngressPriority:
                return IsWithin(condition, IngressPriorityOf(packet)) != negated;
            case ConditionKind.PacketMark:
                return packet->PacketMark == condition->Small != negated;
            case ConditionKind.RoutingMark:
                return packet->RoutingMark == condition->Small != negated;
            case ConditionKind.RoutingTable:
                return packet->RouteTable == condition->Small + 1 != negated;
            case ConditionKind.Time:
                return IsTime(passage, condition) != negated;
            case ConditionKind.ConnectionMark:
                return (packet->Connection == null ? 0 : ((Connection*)packet->Connection)->Mark) == condition->Small != negated;
            case ConditionKind.ConnectionBytes:
                return packet->Connection != null && IsWithin(condition, BytesOf((Connection*)packet->Connection)) != negated;
            case ConditionKind.ConnectionLimit:
                return ConnectionLimits.IsExceeded(passage, condition) != negated;
            case ConditionKind.ConnectionRate:
                return packet->Connection != null && (packet->Protocol is IpProtocol.Tcp or IpProtocol.Udp)
                    && IsWithin(condition, ConnectionRates.BitsOf(passage->Memory, packet)) != negated;
            case ConditionKind.ConnectionType:
                return ((ushort)ConnectionTypes.Of(passage->Memory, packet) == condition->Small) != negated;
            case ConditionKind.MappedState:
                return (NatStatesOf((Connection*)packet->Connection) & (RuleNatStates)condition->Small) != 0 != negated;
            case ConditionKind.Mapped:
                return (packet->Marks & PacketMarks.Unmapped) == 0;
            case ConditionKind.Content:
                return Contains(packet, passage->Image + condition->Text, (int)condition->Middle) != negated;
            case ConditionKind.Psd:
                return IsScan(passage, condition, slot) != negated;
            case ConditionKind.Layer7:
                return Layer7Search.Finds(passage, condition->Small) != negated;
            case ConditionKind.Random:
                return IsChosen(passage, condition, slot) != negated;
            case ConditionKind.Nth:
                ulong before = Interlocked.Increment(ref (passage->Memory->States + slot)->Nth) - 1;
                return before % condition->FirstValue == condition->LastValue - 1 != negated;
            case ConditionKind.PerConnectionClassifier:
                return FieldsHash(packet, (PacketFields)condition->Small, 0, 0) % condition->FirstValue == condition->LastValue != negated;
            case ConditionKind.Limit:
                ulong size = condition->Small == 0 ? 1 : packet->IpLength;
                return Rate.Take(
                    ref (passage->Memory->States + slot)->Limit, packet->Time, condition->FirstValue, condition->Middle, condition->LastValue, size) != negated;
            case ConditionKind.DstLimit:
                ulong key = FieldsHash(packet, (PacketFields)condition->Small, passage->Memory->HashKey, slot + 1);
                return KeyedRates.Take(passage->Memory->Rates, key, packet->Time, condition) != negated;
            default:
                return negated;
        }
    }

    /// <summary>Whether there is a whole TCP header.</summary>
    public static bool HasTcp(Packet* packet) =>
        packet->Protocol == IpProtocol.Tcp & packet->Transport != null
        && (packet->Marks & (PacketMarks.LaterFragment | PacketMarks.TransportMalformed)) == 0;

    /// <summary>Bytes of the IP packet that lie in its first buffer.</summary>
    public static uint Reachable(Packet* packet) => packet->Mbuf == null
        ? packet->IpLength
        : Math.Min(packet->IpLength, packet->Mbuf->DataLength - (uint)(packet->Ip - packet->Mbuf->Data));

    /// <summary>The priority of the VLAN tag it came with.</summary>
    public static uint IngressPriorityOf(Packet* packet) =>
        packet->LinkLength >= EthernetHeader.ByteSize + 4 ? (uint)(packet->Ip - packet->LinkLength)[EthernetHeader.ByteSize] >> 5 : 0;

    static uint PriorityOf(Packet* packet) => packet->Priority == 0 ? IngressPriorityOf(packet) : packet->Priority - 1u;

    static bool IsWithin(Condition* condition, ulong value) => value >= condition->FirstValue && value <= condition->LastValue;

    static ulong MacOf(Packet* packet)
    {
        byte* frame = packet->Ip - packet->LinkLength;
        return *(uint*)(frame + 6) | ((ulong)*(ushort*)(frame + 10) << 32);
    }

    /// <summary>Whether type and code of an ICMP message are there.</summary>
    public static bool IsIcmp(Packet* packet) =>
        (packet->Protocol == IpProtocol.Icmp | packet->Protocol == IpProtocol.Icmpv6) && packet->Transport != null
        && packet->TransportLength >= 2 && (packet->Marks & PacketMarks.LaterFragment) == 0;

    static bool IsAmong(Passage* passage, Condition* condition, ushort number) =>
        new ReadOnlySpan<ushort>(passage->Image + condition->Text, (int)(condition->Middle / sizeof(ushort))).Contains(number);

    static bool HasPort(Passage* passage, Condition* condition)
    {
        ushort source = BinaryPrimitives.ReverseEndianness(passage->Packet->Ports.SrcPort);
        ushort destination = BinaryPrimitives.ReverseEndianness(passage->Packet->Ports.DstPort);
        ushort* ranges = (ushort*)(passage->Image + condition->Text);
        for (ushort* range = ranges; range < ranges + (condition->Middle / sizeof(ushort)); range += 2)
        {
            if ((source >= range[0] & source <= range[1]) | (destination >= range[0] & destination <= range[1]))
            {
                return true;
            }
        }

        return false;
    }

    static RuleNatStates NatStatesOf(Connection* connection)
    {
        if (connection == null)
        {
            return RuleNatStates.None;
        }

        MappedEnds mapped = UdpFlow.MappedOf(connection);
        return ((connection->Flags & ConnectionFlags.SrcNat) != 0 ? RuleNatStates.SrcNat : 0)
            | ((connection->Flags & ConnectionFlags.DstNat) != 0 ? RuleNatStates.DstNat : 0)
            | ((mapped & MappedEnds.Source) != 0 ? RuleNatStates.MappedSource : 0)
            | ((mapped & MappedEnds.Destination) != 0 ? RuleNatStates.MappedDestination : 0);
    }

    /// <summary>Bytes of both directions.</summary>
    public static ulong BytesOf(Connection* connection) => Connection.Bytes(connection, 0) + Connection.Bytes(connection, 1);

    static bool IsTime(Passage* passage, Condition* condition)
    {
        ulong seconds = (passage->Memory->Epoch + Timestamp.ToMicroseconds(passage->Packet->Time)) / MicrosecondsPerSecond;
        (ulong days, ulong second) = Math.DivRem(seconds, SecondsPerDay);
        bool within = condition->FirstValue <= condition->LastValue
            ? IsWithin(condition, second)
            : second >= condition->FirstValue || second <= condition->LastValue;
        return within && (condition->Small >> (int)((days + DayOfEpoch) % 7) & 1) != 0;
    }

    static bool Contains(Packet* packet, byte* text, int length) =>
        new ReadOnlySpan<byte>(packet->Ip, (int)Reachable(packet)).IndexOf(new ReadOnlySpan<byte>(text, length)) >= 0;

    static bool IsChosen(Passage* passage, Condition* condition, uint slot)
    {
        ulong hash = KeyedHash.Of(passage->Memory->RandomKey ^ slot, passage->Packet->Number, passage->Packet->Time, condition->Small);
        return (uint)(((hash >> 32) * 100) >> 32) < condition->Small;
    }

    static bool IsScan(Passage* passage, Condition* condition, uint slot)
    {
        Packet* packet = passage->Packet;
        if (packet->Protocol is not (IpProtocol.Tcp or IpProtocol.Udp) || !RuleImage.HasPorts(packet))
        {
            return false;
        }

        ulong key = FieldsHash(packet, PacketFields.SrcAddress, passage->Memory->HashKey, slot + 1);
        return PortScans.Asks(passage->Memory->Scans, key, BinaryPrimitives.ReverseEndianness(packet->Ports.DstPort), packet->Time, condition);
    }

    /// <summary>A hash of some of a packet's fields; ports count where it has some.</summary>
    static ulong FieldsHash(Packet* packet, PacketFields fields, ulong key, ulong salt)
    {
        bool isIpv6 = packet->Family == PacketFamily.Ipv6;
        ulong source = 0, destination = 0;
        if ((fields & PacketFields.SrcAddress) != 0)
        {
            source = isIpv6 ? KeyedHash.Of(key, *(ulong*)(packet->Ip + 8), *(ulong*)(packet->Ip + 16), 1) : packet->Tuple.Src;
        }

        if ((fields & PacketFields.DstAddress) != 0)
        {
            destination = isIpv6 ? KeyedHash.Of(key, *(ulong*)(packet->Ip + 24), *(ulong*)(packet->Ip + 32), 2) : packet->Tuple.Dst;
        }

        ulong ports = 0;
        if (RuleImage.HasPorts(packet))
        {
            ports = (fields & PacketFields.SrcPort) != 0 ? packet->Ports.SrcPort : 0ul;
            ports |= (fields & PacketFields.DstPort) != 0 ? (ulong)packet->Ports.DstPort << 16 : 0;
        }

        return KeyedHash.Of(key, source, destination, ports | (salt << 32));
    }
}
