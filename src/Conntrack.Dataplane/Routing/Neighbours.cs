using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Routing;

/// <summary>What a message tells of a neighbour.</summary>
enum NeighbourNews : byte
{
    /// <summary>What is known of it may be out of date.</summary>
    Doubt,

    /// <summary>It has another address or not: whoever knows it already takes note.</summary>
    Notice,

    /// <summary>It asks for the router, so an answer will have to reach it.</summary>
    Greeting,

    /// <summary>It answers a question: it hears us too.</summary>
    Answer,

    /// <summary>A capture shows it.</summary>
    Sighting,
}

/// <summary>
/// Resolution of next hops, the same for ARP and neighbour discovery (RFC 4861 7.2, 7.3): who is unknown is asked, three times with a second
/// between, and packets wait; who was known stays in use while it is asked again.
/// </summary>
static unsafe class Neighbours
{
    /// <summary>MAX_MULTICAST_SOLICIT and MAX_UNICAST_SOLICIT of RFC 4861 10.</summary>
    public const int MostQuestions = 3;

    /// <summary>RETRANS_TIMER of RFC 4861 10: 1 s.</summary>
    public const uint QuestionTicks = Timestamp.TicksPerSecond;

    /// <summary>
    /// The word that a packet's frame is addressed by, its neighbour's slot with it. 0 when that is not known: then the packet waits, or its
    /// reason says why it does not.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Resolve(Worker worker, RouteImage* routes, Packet* packet)
    {
        NeighbourTable* table = worker.Neighbours;
        byte* address = stackalloc byte[16];
        ushort port = packet->OutInterface;
        if (packet->Neighbour == 0)
        {
            NextHops.AddressOf(routes, packet, address);
        }
        else
        {
            // The slot was given up a moment ago, and says still whom it was.
            Unsafe.CopyBlock(address, NeighbourTable.At(table, packet->Neighbour)->Address, 16);
            packet->Neighbour = 0;
        }

        uint tick = Timestamp.Tick(packet->Time);

        // Where the last one went by this next hop, and nearly always this one too.
        ushort* recent = worker.RecentNeighbours + (packet->NextHop % Worker.RecentNextHops);
        NeighbourEntry* last = NeighbourTable.At(table, *recent);
        ulong usual = Volatile.Read(ref last->Word);
        if (NeighbourEntry.IsUsable(usual) && NeighbourEntry.Is(last, port, packet->Family, address))
        {
            packet->Neighbour = *recent;
            NextHops.Remember(worker, packet);
            NeighbourEntry.Use(last, tick);
            return usual;
        }

        bool mayAsk = MayAsk(routes, port, packet->Family);
        ushort slot = NeighbourTable.Find(table, port, packet->Family, address);
        if (slot == 0 & mayAsk)
        {
            ulong unknown = NeighbourEntry.WordOf(0, NeighbourState.Failed);
            slot = NeighbourTable.Add(table, port, packet->Family, address, unknown, tick, routes->MostNeighbours);
        }

        NeighbourEntry* entry = NeighbourTable.At(table, slot);
        ulong word = slot == 0 ? 0 : NeighbourTable.WordOf(table, slot);
        uint life = entry->Life;
        if (slot != 0 && !NeighbourEntry.Is(entry, port, packet->Family, address))
        {
            // It has just been given up for another one.
            word = 0;
        }

        if (NeighbourEntry.StateOf(word) == NeighbourState.Failed && mayAsk)
        {
            word = Begin(worker, routes, packet, slot, word);
        }

        if (NeighbourEntry.IsUsable(word))
        {
            packet->Neighbour = slot;
            *recent = slot;
            NextHops.Remember(worker, packet);
            NeighbourEntry.Use(entry, tick);
            return word;
        }

        if (NeighbourEntry.StateOf(word) == NeighbourState.Incomplete)
        {
            worker.Waiting.Hold(packet, slot, life);
            return 0;
        }

        packet->Reason = DropReason.NeighbourUnresolved;
        IcmpErrors.Send(worker, packet, IcmpMessages.NeighbourUnreachable);
        return 0;
    }

    /// <summary>Takes note of what a message says.</summary>
    /// <param name="worker">The worker of the burst.</param>
    /// <param name="routes">The image.</param>
    /// <param name="packet">The message.</param>
    /// <param name="family">Of the neighbour.</param>
    /// <param name="address">Its address, 16 bytes.</param>
    /// <param name="mac">Its MAC address, or what is known already.</param>
    /// <param name="news">What is said.</param>
    public static void Hear(
        Worker worker, RouteImage* routes, Packet* packet, PacketFamily family, byte* address, ulong mac, NeighbourNews news)
    {
        NeighbourTable* table = worker.Neighbours;
        uint tick = Timestamp.Tick(packet->Time);
        NeighbourState state = news >= NeighbourNews.Answer ? NeighbourState.Reachable : NeighbourState.Stale;
        ulong after = NeighbourEntry.WordOf(mac, state);
        ushort slot = NeighbourTable.Find(table, packet->InInterface, family, address);
        if (slot == 0)
        {
            // Whoever was not asked takes no room from those that are known.
            if (news is NeighbourNews.Greeting or NeighbourNews.Sighting
                && (news == NeighbourNews.Sighting || Volatile.Read(ref table->Known) < routes->MostNeighbours))
            {
                NeighbourTable.Add(table, packet->InInterface, family, address, after, tick, routes->MostNeighbours);
            }

            return;
        }

        NeighbourEntry* entry = NeighbourTable.At(table, slot);
        ulong before = NeighbourTable.WordOf(table, slot);
        bool wasUsable = NeighbourEntry.IsUsable(before);
        if (NeighbourEntry.StateOf(before) is NeighbourState.None or NeighbourState.Permanent
            || !NeighbourEntry.Is(entry, packet->InInterface, family, address))
        {
            return;
        }

        if (state == NeighbourState.Reachable)
        {
            entry->Confirmed = tick;
            entry->Questions = 0;
        }
        else if (wasUsable & news != NeighbourNews.Doubt && NeighbourEntry.MacOf(before) == mac)
        {
            // It says nothing new, and not that it hears us.
            return;
        }

        if (NeighbourEntry.SameLife(after, before) != before
            && NeighbourTable.Change(table, slot, before, after, tick) && !wasUsable && worker.Waiting.Count != 0)
        {
            worker.Waiting.Release(slot, packet->Number);
        }
    }

    /// <summary>Asks a neighbour: everybody on its link, or where its MAC address is known itself.</summary>
    /// <param name="worker">Who asks.</param>
    /// <param name="routes">The image.</param>
    /// <param name="slot">The neighbour's.</param>
    /// <param name="mac">What is known of it; 0 for nothing.</param>
    /// <param name="cause">The packet that wants to know.</param>
    public static void Ask(Worker worker, RouteImage* routes, ushort slot, ulong mac, Packet* cause)
    {
        NeighbourEntry* entry = NeighbourTable.At(worker.Neighbours, slot);
        entry->Questions++;
        worker.State->NeighbourQuestions++;
        if (entry->Family == PacketFamily.Ipv4)
        {
            Arp.Ask(worker, routes, entry, mac, cause);
        }
        else
        {
            Discovery.Ask(worker, routes, entry, mac, cause);
        }
    }

    /// <summary>Whether a frame's source is a neighbour, and not one of the router's own addresses.</summary>
    public static bool IsOnLink(RouteImage* routes, ushort number, PacketFamily family, byte* address)
    {
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, number);
        bool within = family == PacketFamily.Ipv6 && OwnAddresses.IsLinkLocal(address);
        for (uint place = port->FirstAddress; place < port->FirstAddress + port->AddressCount; place++)
        {
            AddressEntry* own = RouteImage.AddressAt(routes, place);
            if (own->Family != family)
            {
                continue;
            }

            if (OwnAddresses.IsWithin(address, own->Address, family == PacketFamily.Ipv4 ? 32 : 128))
            {
                return false;
            }

            within |= OwnAddresses.IsWithin(address, own->Address, own->Length);
        }

        return within;
    }

    /// <summary>What a capture shows: the source of a packet from its link is there, and where.</summary>
    public static void See(Worker worker, RouteImage* routes, Packet* packet)
    {
        if (packet->Family == PacketFamily.NotIp | packet->Mbuf == null | packet->IpLength == 0 | packet->InInterface == routes->HostInterface
            || RouteImage.InterfaceAt(routes, packet->InInterface)->Role != Abi.PortRole.Routed)
        {
            return;
        }

        byte* source = stackalloc byte[16];
        Copy(source, packet->Ip + (packet->Family == PacketFamily.Ipv4 ? 12 : 8), packet->Family);
        ulong mac = LinkHeader.SourceOf(packet->Mbuf->Data);
        if (!LinkHeader.IsGroup(mac) && IsOnLink(routes, packet->InInterface, packet->Family, source))
        {
            Hear(worker, routes, packet, packet->Family, source, mac, NeighbourNews.Sighting);
        }
    }

    /// <summary>An address as the table wants it.</summary>
    public static void Copy(byte* to, byte* address, PacketFamily family)
    {
        *(ulong*)to = family == PacketFamily.Ipv4 ? *(uint*)address : *(ulong*)address;
        *(ulong*)(to + 8) = family == PacketFamily.Ipv4 ? 0 : *(ulong*)(address + 8);
    }

    /// <summary>The first question. Where captures cannot answer, the answer is there at once.</summary>
    static ulong Begin(Worker worker, RouteImage* routes, Packet* packet, ushort slot, ulong before)
    {
        NeighbourTable* table = worker.Neighbours;
        NeighbourEntry* entry = NeighbourTable.At(table, slot);
        uint tick = Timestamp.Tick(packet->Time);
        if (!NeighbourTable.Change(table, slot, before, NeighbourEntry.WordOf(0, NeighbourState.Incomplete), tick))
        {
            return NeighbourTable.WordOf(table, slot);
        }

        entry->Questions = 0;
        Volatile.Write(ref entry->Asked, packet->Time);
        Ask(worker, routes, slot, 0, packet);
        if ((routes->Switches & RouterSwitches.AnswerNeighbours) != 0)
        {
            // 02:01, then the last four bytes of the address.
            uint last = *(uint*)(entry->Address + (entry->Family == PacketFamily.Ipv4 ? 0 : 12));
            NeighbourTable.Change(
                table, slot, NeighbourTable.WordOf(table, slot), NeighbourEntry.WordOf(0x0102 | ((ulong)last << 16), NeighbourState.Reachable), tick);
        }

        return NeighbourTable.WordOf(table, slot);
    }

    /// <summary>ARP may be silenced on an interface, neighbour discovery may not.</summary>
    public static bool MayAsk(RouteImage* routes, ushort port, PacketFamily family) => family == PacketFamily.Ipv6
        || RouteImage.InterfaceAt(routes, port)->Arp is not (ArpMode.Disabled or ArpMode.ReplyOnly);
}
