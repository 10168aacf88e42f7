using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Stages;

/// <content>
/// A router's way with a packet: whether it is for the router at all, then the route: remembered by its connection, or looked up for all that
/// ask with one call.
/// </content>
static unsafe partial class Route
{
    const byte Group = 1, Loopback = 127, MulticastOfIpv4 = 0xe0, MulticastOfIpv6 = 0xff;

    /// <summary>True when the packet asks for a route; otherwise its fate is known.</summary>
    static bool Admit(Worker worker, RouteImage* routes, Packet* packet, InterfaceEntry* from)
    {
        if (packet->Family == PacketFamily.NotIp)
        {
            packet->Verdict = Verdict.Consume;
            return false;
        }

        bool own = packet->InInterface == routes->HostInterface;
        if (own && packet->OutInterface != Packet.NoInterface)
        {
            packet->NextHop = Packet.OnLink;
            packet->Verdict = Verdict.Forward;
            return false;
        }

        if (own && IsLoopback(packet))
        {
            // Redirected by the output chain: it has arrived where it came from.
            packet->Verdict = Verdict.Consume;
            return false;
        }

        bool isGroup = !own && (packet->Mbuf->Data[0] & Group) != 0;
        packet->Reason = own ? DropReason.None : Refusal(packet, from, isGroup);
        if (packet->Reason != DropReason.None)
        {
            return false;
        }

        if (packet->Family == PacketFamily.Ipv6 && IsLinkLocal(packet->Ip + 24))
        {
            ToLinkLocal(packet, from);
            return false;
        }

        uint table = own ? OwnPackets.TableOf(worker, packet) : from->Table;
        if (packet->RoutingMark != 0 & packet->RoutingMark < routes->TableCount)
        {
            FollowMark(worker, routes, packet, table);
            return false;
        }

        ushort neighbour = table == 0 & !isGroup ? NextHops.Remembered(worker, packet) : (ushort)0;
        if (neighbour != 0)
        {
            Resume(worker, routes, packet, from, neighbour);
            return false;
        }

        if (table != 0)
        {
            RouteQuestions* alone = worker.Aside;
            alone->Count = 0;
            RouteQuestions.Add(alone, packet);
            Ask(alone, routes, table, packet->Family);
            Decide(worker, routes, packet, RouteQuestions.Forth(alone, 0), RouteQuestions.Back(alone, 0), table);
            return false;
        }

        RouteQuestions.Add(packet->Family == PacketFamily.Ipv4 ? worker.Questions4 : worker.Questions6, packet);
        return true;
    }

    /// <summary>
    /// A packet that a rule told which table to go by: what is the router's own stays so, and what that table does not know goes as without a
    /// mark.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void FollowMark(Worker worker, RouteImage* routes, Packet* packet, uint table)
    {
        RouteQuestions* alone = worker.Aside;
        alone->Count = 0;
        RouteQuestions.Add(alone, packet);
        Ask(alone, routes, table, packet->Family);
        ushort forth = RouteQuestions.Forth(alone, 0), back = RouteQuestions.Back(alone, 0);
        NextHopKind kind = forth == 0 ? NextHopKind.None : RouteImage.NextHopAt(routes, forth)->Kind;
        if (kind is not (NextHopKind.Local or NextHopKind.LocalGroup))
        {
            Ask(alone, routes, packet->RoutingMark, packet->Family);
            ushort marked = RouteQuestions.Forth(alone, 0);
            table = marked == 0 ? table : packet->RoutingMark;
            forth = marked == 0 ? forth : marked;
        }

        Decide(worker, routes, packet, forth, back, table);
    }

    /// <summary>The main table answers all that asked.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Answer(Worker worker, RouteImage* routes)
    {
        Answer(worker, routes, worker.Questions4, PacketFamily.Ipv4);
        Answer(worker, routes, worker.Questions6, PacketFamily.Ipv6);
    }

    static void Answer(Worker worker, RouteImage* routes, RouteQuestions* questions, PacketFamily family)
    {
        if (questions->Count == 0)
        {
            return;
        }

        Ask(questions, routes, 0, family);
        for (int i = 0; i < questions->Count; i++)
        {
            Decide(
                worker, routes, RouteQuestions.PacketAt(questions, i), RouteQuestions.Forth(questions, i), RouteQuestions.Back(questions, i), 0);
        }

        questions->Count = 0;
    }

    static void Ask(RouteQuestions* questions, RouteImage* routes, uint table, PacketFamily family)
    {
        if (family == PacketFamily.Ipv4)
        {
            RouteQuestions.Ask4(questions, RouteImage.TableAt(routes, table));
        }
        else
        {
            RouteQuestions.Ask6(questions, RouteImage.TableAt(routes, table));
        }
    }

    /// <summary>Why a packet that came over a link is none of the router's business, or none of anybody's.</summary>
    static DropReason Refusal(Packet* packet, InterfaceEntry* from, bool isGroup)
    {
        byte* frame = packet->Mbuf->Data;
        if (!isGroup && (from->Flags & InterfaceFlags.AnyMac) == 0
            && (*(uint*)frame != *(uint*)from->Mac || *(ushort*)(frame + 4) != *(ushort*)(from->Mac + 4)))
        {
            return DropReason.NotAddressed;
        }

        return packet->Family == PacketFamily.Ipv4 ? Refusal4(packet->Ip) : Refusal6(packet->Ip);
    }

    static DropReason Refusal4(byte* ip)
    {
        byte source = ip[12], destination = ip[16];
        bool toGroup = (destination & 0xf0) == MulticastOfIpv4 || ((Ipv4Header*)ip)->Destination == uint.MaxValue;

        // A host that has no address yet asks everybody (RFC 1122 3.2.1.3).
        bool unspecified = ((Ipv4Header*)ip)->Source == 0 & toGroup;
        if (source >= MulticastOfIpv4 | source == Loopback | (source == 0 & !unspecified))
        {
            return DropReason.BadSource;
        }

        return destination == Loopback | destination == 0 ? DropReason.BadDestination : DropReason.None;
    }

    static DropReason Refusal6(byte* ip)
    {
        byte* source = ip + 8;
        byte* destination = ip + 24;
        bool toGroup = destination[0] == MulticastOfIpv6;

        // A host that makes sure of its address asks without one (RFC 4862 5.4).
        if (source[0] == MulticastOfIpv6 || IsBelowTwo(source, !toGroup))
        {
            return DropReason.BadSource;
        }

        return IsBelowTwo(destination, true) ? DropReason.BadDestination : DropReason.None;
    }

    /// <summary>The loopback address, and with <paramref name="unspecified"/> that of nobody.</summary>
    static bool IsBelowTwo(byte* address, bool unspecified)
    {
        ulong low = *(ulong*)(address + 8);
        return *(ulong*)address == 0 && (low == 1ul << 56 || (low == 0 && unspecified));
    }

    /// <summary>
    /// A unicast packet in a frame to many: every router of the link would forward it. Broadcast itself (255.255.255.255) is nobody's unicast
    /// address, and whose broadcast address another one is the route knows.
    /// </summary>
    static bool IsUnicastInGroupFrame(Packet* packet)
    {
        if ((packet->Mbuf->Data[0] & Group) == 0)
        {
            return false;
        }

        return packet->Family == PacketFamily.Ipv6
            ? packet->Ip[24] != MulticastOfIpv6
            : (packet->Ip[16] & 0xf0) != MulticastOfIpv4 && ((Ipv4Header*)packet->Ip)->Destination != uint.MaxValue;
    }

    static bool IsLoopback(Packet* packet) => packet->Family == PacketFamily.Ipv4
        ? packet->Ip[16] == Loopback
        : *(ulong*)(packet->Ip + 24) == 0 && *(ulong*)(packet->Ip + 32) == 1ul << 56;

    static bool IsLinkLocal(byte* address) => address[0] == 0xfe & (address[1] & 0xc0) == 0x80;

    /// <summary>An address of one link: the router's own on this one, or it stays where it is (RFC 4291 2.5.6).</summary>
    static void ToLinkLocal(Packet* packet, InterfaceEntry* from)
    {
        byte* destination = packet->Ip + 24;
        bool ours = *(ulong*)destination == *(ulong*)from->LinkLocal && *(ulong*)(destination + 8) == *(ulong*)(from->LinkLocal + 8);
        packet->Verdict = ours ? Verdict.Local : Verdict.None;
        packet->Reason = ours ? DropReason.None : DropReason.BeyondScope;
    }
}
