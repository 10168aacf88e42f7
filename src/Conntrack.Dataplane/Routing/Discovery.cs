using System.Runtime.CompilerServices;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// Neighbour discovery of IPv6 (RFC 4861): solicitations and advertisements. Router solicitations and advertisements have arrived and that is
/// all; redirects are for hosts.
/// </summary>
/// <remarks><code>
///  0 type   1 code   2 checksum (2)   4 flags (4)   8 target (16)   24 options: type, length in units of eight bytes, value
/// </code></remarks>
static unsafe class Discovery
{
    const byte Solicitation = 135, Advertisement = 136;
    const byte SourceMac = 1, TargetMac = 2;
    const uint MessageSize = 24, OptionSize = 8;
    const byte MostHops = 255;

    /// <summary>Flags of an advertisement, in the first byte.</summary>
    const byte IsRouter = 0x80, IsSolicited = 0x40, Overrides = 0x20;

    /// <summary>All nodes of the link, ff02::1, and the network of solicited-node addresses, ff02::1:ff00:0/104; as loaded.</summary>
    const ulong LinkGroup = 0x02ff, AllNodesLow = 1ul << 56, SolicitedLow = 0xff_0100_0000ul;

    /// <summary>Takes a message that has come to the router itself, which ends here.</summary>
    public static void Take(Worker worker, RouteImage* routes, Packet* packet)
    {
        byte* message = packet->Transport;
        if (message == null || packet->Protocol != IpProtocol.Icmpv6 || message[0] is not (Solicitation or Advertisement))
        {
            return;
        }

        byte* mac = null;
        if (!IsSound(packet, message) || !ReadOptions(message, packet->TransportLength, &mac))
        {
            packet->Reason = DropReason.BadDiscovery;
            return;
        }

        if (message[0] == Advertisement)
        {
            HearAdvertisement(worker, routes, packet, message, mac);
        }
        else
        {
            HearSolicitation(worker, routes, packet, message, mac);
        }
    }

    /// <summary>Asks for a neighbour's MAC address.</summary>
    public static void Ask(Worker worker, RouteImage* routes, NeighbourEntry* neighbour, ulong mac, Packet* cause)
    {
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, neighbour->Interface);
        byte* source = (port->Flags & InterfaceFlags.Ipv6) != 0
            ? port->LinkLocal : OwnAddresses.SpeakingTo(routes, neighbour->Interface, PacketFamily.Ipv6, neighbour->Address);
        if (source == null)
        {
            return;
        }

        byte* to = stackalloc byte[16];
        Unsafe.CopyBlock(to, neighbour->Address, 16);
        if (mac == 0)
        {
            *(ulong*)to = LinkGroup;
            *(ulong*)(to + 8) = SolicitedLow | (*(ulong*)(to + 8) & 0xffff_ff00_0000_0000ul);
        }

        var what = new Message(Solicitation, 0, SourceMac, mac == 0 ? GroupMac(to) : mac);
        Send(worker, neighbour->Interface, what, source, to, neighbour->Address, cause);
    }

    /// <summary>Says unasked where an address is (RFC 4861 7.2.6).</summary>
    public static void Announce(Worker worker, ushort number, byte* address, Packet* cause)
    {
        byte* everybody = stackalloc byte[16];
        AllNodes(everybody);
        byte flags = (byte)(Overrides | RouterFlag(worker.Routes));
        Send(worker, number, new Message(Advertisement, flags, TargetMac, GroupMac(everybody)), address, everybody, address, cause);
    }

    /// <summary>What is said: type, flags, the option that names the interface's MAC address, and who gets the frame.</summary>
    readonly record struct Message(byte Type, byte Flags, byte Option, ulong To);

    /// <summary>RFC 4861 7.1.1 and 7.1.2.</summary>
    static bool IsSound(Packet* packet, byte* message)
    {
        Mbuf* mbuf = packet->Mbuf;
        byte* ip = packet->Ip;
        bool isWhole = packet->TransportLength >= MessageSize && message + packet->TransportLength <= mbuf->Data + mbuf->DataLength;
        if (!isWhole || (packet->Marks & (PacketMarks.TransportChecksumBad | PacketMarks.Fragment)) != 0
            || ((Ipv6Header*)ip)->HopLimit != MostHops || message[1] != 0 || message[8] == 0xff)
        {
            return false;
        }

        if (message[0] == Advertisement)
        {
            return ip[24] != 0xff || (message[4] & IsSolicited) == 0;
        }

        return !IsUnspecified(ip + 8) || (*(ulong*)(ip + 24) == LinkGroup && (*(ulong*)(ip + 32) & 0xff_ffff_ffff) == SolicitedLow);
    }

    /// <summary>The MAC address among the options, of a solicitation its sender's, of an advertisement its target's.</summary>
    static bool ReadOptions(byte* message, uint length, byte** mac)
    {
        byte wanted = message[0] == Solicitation ? SourceMac : TargetMac;
        for (uint at = MessageSize; at < length;)
        {
            uint size = at + 1 < length ? message[at + 1] * OptionSize : 0;
            if (size == 0 || at + size > length)
            {
                return false;
            }

            if (message[at] == wanted)
            {
                *mac = message + at + 2;
            }

            at += size;
        }

        return true;
    }

    static void HearSolicitation(Worker worker, RouteImage* routes, Packet* packet, byte* message, byte* mac)
    {
        byte* source = packet->Ip + 8;
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, packet->InInterface);
        bool isProbe = IsUnspecified(source);
        if (isProbe & mac != null)
        {
            packet->Reason = DropReason.BadDiscovery;
            return;
        }

        byte* target = message + 8;
        bool isOwn = IsOwn(routes, port, target);
        if (!isOwn && !IsAnycast(routes, port, target))
        {
            return;
        }

        byte* to = stackalloc byte[16];
        Unsafe.CopyBlock(to, source, 16);
        ulong toMac = mac != null ? LinkHeader.MacAt(mac) : LinkHeader.SourceOf(packet->Mbuf->Data);
        if (isProbe)
        {
            AllNodes(to);
            toMac = GroupMac(to);
        }
        else if (LinkHeader.IsGroup(toMac))
        {
            packet->Reason = DropReason.BadDiscovery;
            return;
        }
        else if (mac != null && Neighbours.IsOnLink(routes, packet->InInterface, PacketFamily.Ipv6, to))
        {
            Neighbours.Hear(worker, routes, packet, PacketFamily.Ipv6, to, toMac, NeighbourNews.Greeting);
        }

        byte flags = (byte)(RouterFlag(routes) | (isProbe ? 0 : IsSolicited) | (isOwn ? Overrides : 0));
        byte* speaker = isOwn || (port->Flags & InterfaceFlags.Ipv6) == 0 ? target : port->LinkLocal;
        Send(worker, packet->InInterface, new Message(Advertisement, flags, TargetMac, toMac), speaker, to, target, packet);
    }

    /// <summary>RFC 4861 7.2.5.</summary>
    static void HearAdvertisement(Worker worker, RouteImage* routes, Packet* packet, byte* message, byte* option)
    {
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, packet->InInterface);
        byte* target = stackalloc byte[16];
        Unsafe.CopyBlock(target, message + 8, 16);
        worker.State->NeighbourAnswers++;
        if (IsOwn(routes, port, target))
        {
            worker.State->AddressConflicts += option == null || LinkHeader.MacAt(option) != LinkHeader.OwnMac(port) ? 1u : 0u;
            return;
        }

        NeighbourTable* table = worker.Neighbours;
        ushort slot = NeighbourTable.Find(table, packet->InInterface, PacketFamily.Ipv6, target);
        ulong word = slot == 0 ? 0 : NeighbourTable.WordOf(table, slot);
        bool isKnown = NeighbourEntry.IsUsable(word);
        ulong mac = option != null ? LinkHeader.MacAt(option) : NeighbourEntry.MacOf(word);
        bool sees = (routes->Switches & RouterSwitches.LearnSources) != 0;
        if ((slot == 0 & !sees) || LinkHeader.IsGroup(mac))
        {
            return;
        }

        bool solicited = (message[4] & IsSolicited) != 0, overrides = (message[4] & Overrides) != 0;
        if (isKnown & !overrides & mac != NeighbourEntry.MacOf(word))
        {
            // Another one stands in for it: what is known may be out of date, and is not given up for that.
            if (NeighbourEntry.StateOf(word) == NeighbourState.Reachable)
            {
                Neighbours.Hear(worker, routes, packet, PacketFamily.Ipv6, target, NeighbourEntry.MacOf(word), NeighbourNews.Doubt);
            }

            return;
        }

        if (slot != 0)
        {
            NeighbourTable.At(table, slot)->IsRouter = (byte)(message[4] >> 7);
        }

        NeighbourNews news = sees && Neighbours.IsOnLink(routes, packet->InInterface, PacketFamily.Ipv6, target) ? NeighbourNews.Sighting
            : solicited ? NeighbourNews.Answer : NeighbourNews.Notice;
        Neighbours.Hear(worker, routes, packet, PacketFamily.Ipv6, target, mac, news);
    }

    static bool IsOwn(RouteImage* routes, InterfaceEntry* port, byte* address)
    {
        for (uint place = port->FirstAddress; place < port->FirstAddress + port->AddressCount; place++)
        {
            AddressEntry* own = RouteImage.AddressAt(routes, place);
            if (own->Family == PacketFamily.Ipv6 && OwnAddresses.IsWithin(address, own->Address, 128))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The subnet-router anycast address of one of the interface's networks (RFC 4291 2.6.1).</summary>
    static bool IsAnycast(RouteImage* routes, InterfaceEntry* port, byte* address)
    {
        for (uint place = port->FirstAddress; place < port->FirstAddress + port->AddressCount; place++)
        {
            AddressEntry* own = RouteImage.AddressAt(routes, place);
            if (own->Family == PacketFamily.Ipv6 && own->Length < 127 && OwnAddresses.IsWithin(address, own->Address, own->Length)
                && IsZeroBehind(address, own->Length))
            {
                return true;
            }
        }

        return false;
    }

    static bool IsZeroBehind(byte* address, int length)
    {
        for (int bit = length; bit < 128; bit++)
        {
            if ((address[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                return false;
            }
        }

        return true;
    }

    static byte RouterFlag(RouteImage* routes) => (routes->Switches & RouterSwitches.Forward6) != 0 ? IsRouter : (byte)0;

    static bool IsUnspecified(byte* address) => (*(ulong*)address | *(ulong*)(address + 8)) == 0;

    static void AllNodes(byte* address)
    {
        *(ulong*)address = LinkGroup;
        *(ulong*)(address + 8) = AllNodesLow;
    }

    /// <summary>33:33 and the last four bytes of the address (RFC 2464 7).</summary>
    static ulong GroupMac(byte* address) => 0x3333 | ((ulong)*(uint*)(address + 12) << 16);

    static void Send(Worker worker, ushort number, in Message what, byte* from, byte* to, byte* target, Packet* cause)
    {
        const uint Length = MessageSize + OptionSize;
        Mbuf* frame = OwnFrame.Take(worker, Ipv6Header.ByteSize + Length);
        if (frame == null)
        {
            return;
        }

        InterfaceEntry* port = RouteImage.InterfaceAt(worker.Routes, number);
        byte* ip = frame->Data + EthernetHeader.ByteSize;
        byte* message = ip + Ipv6Header.ByteSize;
        Unsafe.CopyBlock(ip + 8, from, 16);
        Unsafe.CopyBlock(ip + 24, to, 16);
        OwnFrame.WriteIpv6(ip, IpProtocol.Icmpv6, Length, 0, MostHops);
        message[0] = what.Type;
        message[1] = 0;
        *(ushort*)(message + 2) = 0;
        *(uint*)(message + 4) = what.Flags;
        Unsafe.CopyBlock(message + 8, target, 16);
        byte* option = message + MessageSize;
        option[0] = what.Option;
        option[1] = 1;
        LinkHeader.WriteMac(option + 2, LinkHeader.OwnMac(port));
        ((IcmpHeader*)message)->Checksum = Checksum.Finish(
            Checksum.Sum(message, Length) + Checksum.PseudoHeader6(&((Ipv6Header*)ip)->Addresses, IpProtocol.Icmpv6, Length));
        LinkHeader.Write(worker.Routes, port, frame, ip, what.To, EtherType.Ipv6);
        Stages.Transmit.Leave(worker, number, frame, cause);
    }
}
