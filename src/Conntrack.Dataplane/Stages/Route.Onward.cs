using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Stages;

/// <content>What a route means for a packet: it is the router's own, goes on with one hop less, or goes nowhere and its sender is told.</content>
static unsafe partial class Route
{
    /// <summary>A packet whose connection knows the way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Resume(Worker worker, RouteImage* routes, Packet* packet, InterfaceEntry* from, ushort neighbour)
    {
        packet->Neighbour = neighbour;
        packet->RouteTable = 1;
        packet->OutInterface = NeighbourTable.At(worker.Neighbours, neighbour)->Interface;
        if (from->RpFilter == RpFilter.Strict && packet->Family == PacketFamily.Ipv4 && !CameBackwards(worker, packet))
        {
            packet->Reason = DropReason.RpFilter;
            return;
        }

        Onward(worker, routes, packet, from);
    }

    /// <summary>The other direction of the connection leaves by where this packet came in, or nobody knows yet.</summary>
    static bool CameBackwards(Worker worker, Packet* packet)
    {
        ushort back = ((Connection*)packet->Connection)->NextHop[1 - packet->Direction];
        return back == 0 || NeighbourTable.At(worker.Neighbours, back)->Interface == packet->InInterface;
    }

    /// <summary>A packet whose destination and source have been looked up.</summary>
    static void Decide(Worker worker, RouteImage* routes, Packet* packet, ushort forth, ushort back, uint table)
    {
        bool own = packet->InInterface == routes->HostInterface;
        InterfaceEntry* from = RouteImage.InterfaceAt(routes, packet->InInterface);
        if (!own)
        {
            packet->Reason = Suspicion(routes, packet, from, back);
            if (packet->Reason != DropReason.None)
            {
                return;
            }
        }

        forth = Way(worker, routes, packet, forth, table);
        packet->RouteTable = (ushort)(table + 1);
        NextHop* hop = RouteImage.NextHopAt(routes, forth);
        NextHopKind kind = forth == 0 ? NextHopKind.None : hop->Kind;
        if (!own & kind != NextHopKind.LocalGroup && IsUnicastInGroupFrame(packet))
        {
            packet->Reason = DropReason.LinkBroadcast;
            return;
        }

        switch (kind)
        {
            case NextHopKind.Connected or NextHopKind.Gateway:
                packet->NextHop = forth;
                packet->OutInterface = hop->Interface;
                Onward(worker, routes, packet, from);
                break;
            case NextHopKind.Local or NextHopKind.LocalGroup:
                // What the router says to itself has arrived.
                packet->Verdict = own ? Verdict.Consume : Verdict.Local;
                packet->NextHop = forth;
                break;
            case NextHopKind.Blackhole:
                packet->Reason = DropReason.Blackhole;
                break;
            case NextHopKind.Unreachable:
                Refuse(worker, packet, DropReason.Unreachable, IcmpMessages.HostUnreachable);
                break;
            case NextHopKind.Prohibit:
                Refuse(worker, packet, DropReason.Prohibited, IcmpMessages.Prohibited);
                break;
            default:
                Refuse(worker, packet, DropReason.NoRoute, IcmpMessages.NoRoute);
                break;
        }
    }

    /// <summary>One of several ways, the same for all packets of a connection; and a way that another table knows.</summary>
    static ushort Way(Worker worker, RouteImage* routes, Packet* packet, ushort number, uint table)
    {
        for (int step = 0; step < 3; step++)
        {
            NextHop* hop = RouteImage.NextHopAt(routes, number);
            if (number != 0 && hop->Kind == NextHopKind.Multipath)
            {
                number = hop->Ways[(uint)(((ulong)packet->Hash * hop->WayCount) >> 32)];
            }
            else if (number != 0 && hop->Kind == NextHopKind.OtherTable && hop->Table != table)
            {
                table = hop->Table;
                RouteQuestions* again = worker.Aside;
                again->Count = 0;
                RouteQuestions.Add(again, packet);
                Ask(again, routes, table, packet->Family);
                number = RouteQuestions.Forth(again, 0);
            }
            else
            {
                return number;
            }
        }

        return 0;
    }

    /// <summary>A source that is the router's own, or that the reverse-path filter does not let in.</summary>
    static DropReason Suspicion(RouteImage* routes, Packet* packet, InterfaceEntry* from, ushort back)
    {
        NextHop* hop = RouteImage.NextHopAt(routes, back);
        NextHopKind kind = back == 0 ? NextHopKind.None : hop->Kind;
        if (kind is NextHopKind.Local or NextHopKind.LocalGroup)
        {
            return DropReason.BadSource;
        }

        // A setting of /ip settings: IPv6 has none in RouterOS, nor in Linux.
        if (from->RpFilter == RpFilter.No || packet->Family != PacketFamily.Ipv4 || IsFromNowhere(packet))
        {
            return DropReason.None;
        }

        bool reached = kind is NextHopKind.Connected or NextHopKind.Gateway
            ? from->RpFilter == RpFilter.Loose || hop->Interface == packet->InInterface
            : kind == NextHopKind.Multipath && (from->RpFilter == RpFilter.Loose || LeadsTo(routes, hop, packet->InInterface));
        return reached ? DropReason.None : DropReason.RpFilter;
    }

    static bool LeadsTo(RouteImage* routes, NextHop* hop, ushort port)
    {
        for (int way = 0; way < hop->WayCount; way++)
        {
            if (RouteImage.NextHopAt(routes, hop->Ways[way])->Interface == port)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A host that has no address yet, or speaks from its link: no route leads back to it, and none needs to.</summary>
    static bool IsFromNowhere(Packet* packet) => packet->Family == PacketFamily.Ipv4
        ? ((Ipv4Header*)packet->Ip)->Source == 0
        : IsLinkLocal(packet->Ip + 8) || IsBelowTwo(packet->Ip + 8, true);

    /// <summary>On to the next hop, unless its time or its size forbids (RFC 1812 5.3.1, 4.2.2.7; RFC 8200 4.5).</summary>
    static void Onward(Worker worker, RouteImage* routes, Packet* packet, InterfaceEntry* from)
    {
        InterfaceEntry* to = RouteImage.InterfaceAt(routes, packet->OutInterface);
        packet->Verdict = Verdict.Forward;
        if ((to->Flags & InterfaceFlags.Running) == 0)
        {
            packet->Reason = DropReason.InterfaceDisabled;
            return;
        }

        bool own = packet->InInterface == routes->HostInterface;
        if (!own)
        {
            RouterSwitches forwards = packet->Family == PacketFamily.Ipv4 ? RouterSwitches.Forward4 : RouterSwitches.Forward6;
            if ((routes->Switches & forwards) == 0)
            {
                packet->Reason = DropReason.ForwardingDisabled;
                return;
            }

            if (packet->Family == PacketFamily.Ipv6 && IsLinkLocal(packet->Ip + 8))
            {
                Refuse(worker, packet, DropReason.BeyondScope, IcmpMessages.BeyondScope);
                return;
            }

            if (*Hops.At(packet) <= 1)
            {
                Refuse(worker, packet, DropReason.TtlExpired, IcmpMessages.TimeExceeded);
                return;
            }
        }

        if (packet->IpLength > to->Mtu && !MayBeCut(worker, packet, to->Mtu, own))
        {
            Refuse(worker, packet, DropReason.TooBig, IcmpMessages.TooBig(to->Mtu));
            return;
        }

        if (!own)
        {
            Hops.Take(packet);
            if (packet->OutInterface == packet->InInterface && (routes->Switches & RouterSwitches.SendRedirects) != 0)
            {
                IcmpErrors.Redirect(worker, routes, packet);
            }
        }
    }

    /// <summary>
    /// A packet larger than the link: cut when it leaves, if it may be. A datagram that came in fragments leaves in them, and only one of them
    /// that is larger still needs to be cut.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool MayBeCut(Worker worker, Packet* packet, uint mtu, bool own)
    {
        if (packet->Datagram != 0 && worker.Fragments.LargestOf(packet->Datagram) <= mtu)
        {
            return true;
        }

        // Only its sender cuts a packet of IPv6, and here the sender is the router itself.
        bool may = packet->Family == PacketFamily.Ipv4 ? (((Ipv4Header*)packet->Ip)->Fragment & Ipv4Header.DontFragment) == 0 : own;
        packet->Marks |= may ? PacketMarks.Oversize : PacketMarks.None;
        return may;
    }

    static void Refuse(Worker worker, Packet* packet, DropReason reason, IcmpMessages message)
    {
        packet->Reason = reason;
        IcmpErrors.Send(worker, packet, message);
    }
}
