using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// Answers to echo requests (RFC 792, RFC 4443 4.2): the request itself, sent back with its addresses exchanged. Options and extension headers
/// stay behind.
/// </summary>
static unsafe class Echo
{
    const byte Request4 = 8, Reply4 = 0, Request6 = 128, Reply6 = 129;

    /// <summary>Whether a packet is a request that can be answered.</summary>
    public static bool IsRequest(Packet* packet)
    {
        const PacketMarks Bad = PacketMarks.TransportMalformed | PacketMarks.TransportChecksumBad | PacketMarks.Fragment;
        return packet->Transport != null & (packet->Marks & Bad) == 0
            && (packet->Protocol == IpProtocol.Icmp
                ? packet->Family == PacketFamily.Ipv4 & packet->Transport[0] == Request4
                : packet->Protocol == IpProtocol.Icmpv6 & packet->Family == PacketFamily.Ipv6 && packet->Transport[0] == Request6);
    }

    /// <summary>Sends it back. The packet's buffer goes with the answer.</summary>
    public static void Answer(Worker worker, Packet* packet)
    {
        InterfaceEntry* from = RouteImage.InterfaceAt(worker.Routes, packet->InInterface);
        Mbuf* mbuf = packet->Mbuf;
        bool isIpv6 = packet->Family == PacketFamily.Ipv6;
        ushort outInterface = isIpv6 && OwnAddresses.IsLinkLocal(packet->Ip + 8) ? packet->InInterface : Packet.NoInterface;
        if (!OwnPackets.Say(worker, packet, mbuf, outInterface, from->Table))
        {
            return;
        }

        packet->Mbuf = null;
        if (isIpv6)
        {
            Exchange6(packet);
        }
        else
        {
            Exchange4(packet);
        }

        var icmp = (IcmpHeader*)packet->Transport;
        ushort before = icmp->TypeAndCode;
        icmp->Type = isIpv6 ? Reply6 : Reply4;
        icmp->Checksum = ChecksumUpdate.Apply(icmp->Checksum, ChecksumUpdate.Delta16(before, icmp->TypeAndCode));
        byte* frame = packet->Transport - (isIpv6 ? Ipv6Header.ByteSize : Ipv4Header.ByteSize) - EthernetHeader.ByteSize;
        int longer = (int)(mbuf->Data - frame);
        mbuf->DataOffset = (ushort)(mbuf->DataOffset - longer);
        mbuf->DataLength = (ushort)(mbuf->DataLength + longer);
        mbuf->PacketLength = (uint)(mbuf->PacketLength + longer);
        OwnFrame.WriteType(mbuf, packet->Family);
    }

    static void Exchange4(Packet* packet)
    {
        ulong addresses = ((Ipv4Header*)packet->Ip)->Addresses;
        byte trafficClass = ((Ipv4Header*)packet->Ip)->TypeOfService;
        OwnFrame.WriteIpv4(
            packet, packet->Transport - Ipv4Header.ByteSize, (addresses >> 32) | (addresses << 32), IpProtocol.Icmp,
            Ipv4Header.ByteSize + packet->TransportLength, trafficClass);
    }

    static void Exchange6(Packet* packet)
    {
        Addresses6 addresses = ((Ipv6Header*)packet->Ip)->Addresses;
        byte trafficClass = (byte)((packet->Ip[0] << 4) | (packet->Ip[1] >> 4));
        byte* ip = packet->Transport - Ipv6Header.ByteSize;
        ((Ipv6Header*)ip)->Addresses = new Addresses6 { Src = addresses.Dst, Dst = addresses.Src };
        OwnFrame.WriteIpv6(ip, IpProtocol.Icmpv6, packet->TransportLength, trafficClass);
    }
}
