using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// The address resolution protocol (RFC 826, RFC 5227). An interface answers for its own addresses and for no other of the router's: who asks
/// on one link for an address of another would learn a way past the route that leads there (Linux's arp_ignore=1). It learns who asks for
/// it, and of others only what concerns neighbours it knows.
/// </summary>
static unsafe class Arp
{
    const ulong KindBits = (1ul << 48) - 1;
    const ulong Everybody = (1ul << 48) - 1;

    /// <summary>Whether a frame of something that is not IP is ARP.</summary>
    public static bool Is(Packet* packet) => packet->Family == PacketFamily.NotIp && packet->LinkLength >= EthernetHeader.ByteSize
        && *(ushort*)(packet->Mbuf->Data + packet->LinkLength - sizeof(ushort)) == EtherType.Arp;

    /// <summary>Takes a message, which ends here.</summary>
    public static void Take(Worker worker, RouteImage* routes, Packet* packet)
    {
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, packet->InInterface);
        byte* frame = packet->Mbuf->Data;
        bool isGroup = (frame[0] & 1) != 0;
        if (!isGroup & (port->Flags & InterfaceFlags.AnyMac) == 0 && LinkHeader.DestinationOf(frame) != LinkHeader.OwnMac(port))
        {
            packet->Reason = DropReason.NotAddressed;
            return;
        }

        var arp = (ArpHeader*)(frame + packet->LinkLength);
        if (packet->LinkLength + ArpHeader.ByteSize > packet->Mbuf->DataLength || !IsSound(arp))
        {
            packet->Reason = DropReason.BadArp;
            return;
        }

        byte* sender = stackalloc byte[16];
        Neighbours.Copy(sender, (byte*)&arp->SenderAddress, PacketFamily.Ipv4);
        ulong mac = LinkHeader.MacAt(arp->SenderMac);
        if (port->Arp == ArpMode.Disabled || (arp->SenderAddress != 0 && IsOwn(routes, port, arp->SenderAddress)))
        {
            worker.State->AddressConflicts += port->Arp != ArpMode.Disabled && mac != LinkHeader.OwnMac(port) ? 1u : 0u;
            return;
        }

        if ((routes->Switches & RouterSwitches.LearnSources) != 0 && arp->SenderAddress != 0
            && Neighbours.IsOnLink(routes, packet->InInterface, PacketFamily.Ipv4, sender))
        {
            Neighbours.Hear(worker, routes, packet, PacketFamily.Ipv4, sender, mac, NeighbourNews.Sighting);
        }

        if (arp->Operation == ArpHeader.Reply)
        {
            worker.State->NeighbourAnswers++;
            Neighbours.Hear(worker, routes, packet, PacketFamily.Ipv4, sender, mac, isGroup ? NeighbourNews.Notice : NeighbourNews.Answer);
            return;
        }

        bool answers = Answers(worker, routes, packet, port, arp);
        if (arp->SenderAddress != 0 && port->Arp != ArpMode.ReplyOnly)
        {
            bool greets = answers && arp->SenderAddress != arp->TargetAddress
                && Neighbours.IsOnLink(routes, packet->InInterface, PacketFamily.Ipv4, sender);
            NeighbourNews news = greets ? NeighbourNews.Greeting : NeighbourNews.Notice;
            Neighbours.Hear(worker, routes, packet, PacketFamily.Ipv4, sender, mac, news);
        }

        if (answers)
        {
            Send(worker, packet->InInterface, new Message(ArpHeader.Reply, arp->TargetAddress, mac, arp->SenderAddress, mac), packet);
        }
    }

    /// <summary>Asks for a neighbour's MAC address.</summary>
    public static void Ask(Worker worker, RouteImage* routes, NeighbourEntry* neighbour, ulong mac, Packet* cause)
    {
        byte* source = OwnAddresses.SpeakingTo(routes, neighbour->Interface, PacketFamily.Ipv4, neighbour->Address);
        uint sender = source == null ? 0 : *(uint*)source;
        ulong to = mac == 0 ? Everybody : mac;
        Send(worker, neighbour->Interface, new Message(ArpHeader.Request, sender, mac, *(uint*)neighbour->Address, to), cause);
    }

    /// <summary>Says unasked where an address is: whoever knows it takes note (RFC 5227 3).</summary>
    public static void Announce(Worker worker, ushort number, uint address, Packet* cause) =>
        Send(worker, number, new Message(ArpHeader.Request, address, 0, address, Everybody), cause);

    /// <summary>What is said: operation, the sender's address, the target's MAC address and address, and who gets the frame.</summary>
    readonly record struct Message(ushort Operation, uint Sender, ulong TargetMac, uint Target, ulong To);

    static bool IsSound(ArpHeader* arp)
    {
        byte first = *(byte*)&arp->SenderAddress;
        return (arp->Kind & KindBits) == ArpHeader.EthernetIpv4
            && arp->Operation is ArpHeader.Request or ArpHeader.Reply
            && (arp->SenderMac[0] & 1) == 0 && LinkHeader.MacAt(arp->SenderMac) != 0
            && (arp->SenderAddress == 0 ? arp->Operation == ArpHeader.Request : first is not (0 or 127 or >= 224));
    }

    static bool IsOwn(RouteImage* routes, InterfaceEntry* port, uint address)
    {
        for (uint place = port->FirstAddress; place < port->FirstAddress + port->AddressCount; place++)
        {
            AddressEntry* own = RouteImage.AddressAt(routes, place);
            if (own->Family == PacketFamily.Ipv4 && *(uint*)own->Address == address)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the interface answers a request: as its mode says.</summary>
    static bool Answers(Worker worker, RouteImage* routes, Packet* packet, InterfaceEntry* port, ArpHeader* request)
    {
        switch (port->Arp)
        {
            case ArpMode.Disabled:
                return false;
            case ArpMode.ReplyOnly:
                return IsOwn(routes, port, request->TargetAddress) && IsConfigured(worker, packet, request);
            case ArpMode.Enabled:
                return IsOwn(routes, port, request->TargetAddress);
            default:
                return IsOwn(routes, port, request->TargetAddress) || StandsFor(worker, routes, packet, port, request);
        }
    }

    /// <summary>Whether the sender is a static neighbour.</summary>
    static bool IsConfigured(Worker worker, Packet* packet, ArpHeader* request)
    {
        byte* sender = stackalloc byte[16];
        Neighbours.Copy(sender, (byte*)&request->SenderAddress, PacketFamily.Ipv4);
        ushort slot = NeighbourTable.Find(worker.Neighbours, packet->InInterface, PacketFamily.Ipv4, sender);
        return slot != 0
            && NeighbourTable.WordOf(worker.Neighbours, slot) is ulong word
            && NeighbourEntry.StateOf(word) == NeighbourState.Permanent && NeighbourEntry.MacOf(word) == LinkHeader.MacAt(request->SenderMac);
    }

    /// <summary>
    /// Whether the router stands for another host: of a network that it reaches over another interface, or for hosts that do not hear each
    /// other over this one.
    /// </summary>
    static bool StandsFor(Worker worker, RouteImage* routes, Packet* packet, InterfaceEntry* port, ArpHeader* request)
    {
        // A host that makes sure of its address must not be told that the router has it (RFC 5227 2.1.1).
        if (request->SenderAddress == 0 | request->SenderAddress == request->TargetAddress)
        {
            return false;
        }

        var header = new Ipv4Header { Addresses = request->SenderAddress | ((ulong)request->TargetAddress << 32) };
        Packet asking = default;
        asking.Family = PacketFamily.Ipv4;
        asking.Ip = (byte*)&header;
        RouteQuestions* question = worker.Aside;
        question->Count = 0;
        RouteQuestions.Add(question, &asking);
        RouteQuestions.Ask4(question, RouteImage.TableAt(routes, port->Table));
        NextHop* way = RouteImage.NextHopAt(routes, RouteQuestions.Forth(question, 0));
        return way->Kind is NextHopKind.Connected or NextHopKind.Gateway
            && (way->Interface == packet->InInterface) == (port->Arp == ArpMode.LocalProxyArp);
    }

    static void Send(Worker worker, ushort number, in Message what, Packet* cause)
    {
        Mbuf* frame = OwnFrame.Take(worker, ArpHeader.ByteSize);
        if (frame == null)
        {
            return;
        }

        InterfaceEntry* port = RouteImage.InterfaceAt(worker.Routes, number);
        byte* message = frame->Data + EthernetHeader.ByteSize;
        var arp = (ArpHeader*)message;
        *arp = default;
        arp->Kind = ArpHeader.EthernetIpv4;
        arp->Operation = what.Operation;
        LinkHeader.WriteMac(arp->SenderMac, LinkHeader.OwnMac(port));
        arp->SenderAddress = what.Sender;
        LinkHeader.WriteMac(arp->TargetMac, what.TargetMac);
        arp->TargetAddress = what.Target;
        LinkHeader.Write(worker.Routes, port, frame, message, what.To, EtherType.Arp);
        Stages.Transmit.Leave(worker, number, frame, cause);
    }
}
