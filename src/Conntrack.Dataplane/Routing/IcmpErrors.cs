using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// ICMP and ICMPv6 errors about packets: built from as much of the packet as the standards let in, sent like anything else that the router
/// says. Never about an error, about what was meant for many, or to somebody who is not one host (RFC 1812 4.3.2.7, RFC 4443 2.4 e).
/// </summary>
static unsafe class IcmpErrors
{
    /// <summary>RFC 1812 4.3.2.3 and RFC 4443 2.4 c: an error is no larger than what every host takes.</summary>
    const uint Most4 = 576, Most6 = 1280;

    /// <summary>Internetwork control (RFC 1812 4.3.2.5).</summary>
    const byte Precedence = 0xc0;

    /// <summary>Tells a packet's sender why it goes no further; the packet itself is the caller's to drop.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Send(Worker worker, Packet* packet, IcmpMessages message)
    {
        RouteImage* routes = worker.Routes;
        if (!MayBeTold(worker, packet))
        {
            return;
        }

        bool isIpv6 = packet->Family == PacketFamily.Ipv6;
        byte* target = packet->Ip + (isIpv6 ? 8 : 12);
        uint tick = Timestamp.Tick(packet->Time);
        if (message.IsLimited && !IcmpLimiter.Allows(worker.IcmpLimiter, HashOf(worker, target, isIpv6), tick, routes->IcmpIntervalTicks))
        {
            return;
        }

        byte* source = OwnAddresses.SpeakingTo(routes, packet->InInterface, packet->Family, target);
        if (source == null)
        {
            return;
        }

        Mbuf* mbuf = isIpv6 ? Build6(worker, packet, message, source, target) : Build4(worker, packet, message, source, target);
        if (mbuf == null)
        {
            return;
        }

        InterfaceEntry* from = RouteImage.InterfaceAt(routes, packet->InInterface);
        ushort outInterface = isIpv6 && OwnAddresses.IsLinkLocal(target) ? packet->InInterface : Packet.NoInterface;
        if (!OwnPackets.Say(worker, packet, mbuf, outInterface, from->Table, OwnPackets.AboutOf(packet)))
        {
            Mbufs.FreeBulk(&mbuf, 1);
        }
    }

    /// <summary>
    /// Tells a neighbour of a shorter way: the next hop is on its own link (RFC 1812 5.2.7.2). IPv4 alone; hosts of IPv6 learn it from
    /// neighbour discovery.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Redirect(Worker worker, RouteImage* routes, Packet* packet)
    {
        const byte RedirectHost = 5;
        if (packet->Family != PacketFamily.Ipv4 || packet->Neighbour == 0 && packet->NextHop == 0)
        {
            return;
        }

        byte* gateway = stackalloc byte[16];
        if (packet->Neighbour != 0)
        {
            Unsafe.CopyBlock(gateway, NeighbourTable.At(worker.Neighbours, packet->Neighbour)->Address, 16);
        }
        else
        {
            NextHops.AddressOf(routes, packet, gateway);
        }

        // The sender has to be a neighbour of that next hop, or it could not follow the advice.
        byte* ours = OwnAddresses.SpeakingTo(routes, packet->InInterface, PacketFamily.Ipv4, gateway);
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, packet->InInterface);
        for (uint place = port->FirstAddress; place < port->FirstAddress + port->AddressCount; place++)
        {
            AddressEntry* address = RouteImage.AddressAt(routes, place);
            if (address->Family == PacketFamily.Ipv4 && address->Address == ours
                && OwnAddresses.IsWithin(packet->Ip + 12, ours, address->Length) && OwnAddresses.IsWithin(gateway, ours, address->Length))
            {
                Send(worker, packet, new IcmpMessages(RedirectHost, 1, 0, 0, BinaryPrimitives.ReverseEndianness(*(uint*)gateway)));
                return;
            }
        }
    }

    static bool MayBeTold(Worker worker, Packet* packet)
    {
        const PacketMarks Silent = PacketMarks.IcmpError | PacketMarks.LaterFragment | PacketMarks.NeighbourDiscovery;
        return (packet->Marks & Silent) == 0 && IsFromAndToOneHost(worker, packet);
    }

    /// <summary>Whether anything may be answered: what one host said to one host, and the router did not say itself.</summary>
    public static bool IsFromAndToOneHost(Worker worker, Packet* packet)
    {
        if (packet >= worker.Packets + Worker.MaxBurst || (packet->Mbuf->Data[0] & 1) != 0)
        {
            return false;
        }

        if (packet->Family == PacketFamily.Ipv4)
        {
            byte source = packet->Ip[12];
            return source is not (0 or 127 or >= 224) && packet->Ip[16] < 224;
        }

        ulong high = *(ulong*)(packet->Ip + 8), low = *(ulong*)(packet->Ip + 16);
        return packet->Ip[8] != 0xff && packet->Ip[24] != 0xff && (high != 0 || (low != 0 && low != 1ul << 56));
    }

    static uint HashOf(Worker worker, byte* target, bool isIpv6)
    {
        if (!isIpv6)
        {
            return worker.Hash->Hash4(*(uint*)target, 0, IpProtocol.Icmp, 0);
        }

        Addresses6 one = default;
        Unsafe.CopyBlock(&one, target, 16);
        return worker.Hash->Hash6(&one, default, IpProtocol.Icmpv6, 0);
    }

    static Mbuf* Build4(Worker worker, Packet* packet, IcmpMessages message, byte* source, byte* target)
    {
        const uint Headers = Ipv4Header.ByteSize + IcmpHeader.ByteSize;
        uint quoted = Math.Min(packet->IpLength, Most4 - Headers);
        Mbuf* mbuf = OwnFrame.Take(worker, Headers + quoted);
        if (mbuf == null)
        {
            return null;
        }

        byte* ip = mbuf->Data + EthernetHeader.ByteSize;
        OwnFrame.WriteType(mbuf, PacketFamily.Ipv4);
        byte trafficClass = (byte)((((Ipv4Header*)packet->Ip)->TypeOfService & 0x1e) | Precedence);
        OwnFrame.WriteIpv4(
            packet, ip, *(uint*)source | ((ulong)*(uint*)target << 32), IpProtocol.Icmp, Headers + quoted, trafficClass);
        byte* icmp = ip + Ipv4Header.ByteSize;
        WriteMessage(icmp, message.Type4, message.Code4, message.Word, packet, quoted);
        ((IcmpHeader*)icmp)->Checksum = Checksum.Finish(Checksum.Sum(icmp, IcmpHeader.ByteSize + quoted));
        return mbuf;
    }

    static Mbuf* Build6(Worker worker, Packet* packet, IcmpMessages message, byte* source, byte* target)
    {
        const uint Headers = Ipv6Header.ByteSize + IcmpHeader.ByteSize;
        uint quoted = Math.Min(packet->IpLength, Most6 - Headers);
        Mbuf* mbuf = OwnFrame.Take(worker, Headers + quoted);
        if (mbuf == null)
        {
            return null;
        }

        byte* ip = mbuf->Data + EthernetHeader.ByteSize;
        OwnFrame.WriteType(mbuf, PacketFamily.Ipv6);
        Unsafe.CopyBlock(ip + 8, source, 16);
        Unsafe.CopyBlock(ip + 24, target, 16);
        uint length = IcmpHeader.ByteSize + quoted;
        OwnFrame.WriteIpv6(ip, IpProtocol.Icmpv6, length, 0);
        byte* icmp = ip + Ipv6Header.ByteSize;
        WriteMessage(icmp, message.Type6, message.Code6, message.Word, packet, quoted);
        ((IcmpHeader*)icmp)->Checksum = Checksum.Finish(
            Checksum.Sum(icmp, length) + Checksum.PseudoHeader6(&((Ipv6Header*)ip)->Addresses, IpProtocol.Icmpv6, length));
        return mbuf;
    }

    static void WriteMessage(byte* icmp, byte type, byte code, uint word, Packet* packet, uint quoted)
    {
        icmp[0] = type;
        icmp[1] = code;
        *(ushort*)(icmp + 2) = 0;
        *(uint*)(icmp + 4) = BinaryPrimitives.ReverseEndianness(word);
        byte* quote = icmp + IcmpHeader.ByteSize;
        byte* there = Mbufs.Read(packet->Mbuf, (uint)(packet->Ip - packet->Mbuf->Data), quoted, quote);
        if (there != quote)
        {
            Unsafe.CopyBlock(quote, there, quoted);
        }
    }
}
