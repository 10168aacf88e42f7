using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Stages;

/// <content>
/// One packet and its line. A hit leaves the burst here, with all that Neighbour and Transmit would do, where nothing has to be asked, waited
/// for or copied.
/// </content>
static unsafe partial class FastTrack
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool Hit6(Worker worker, Packet* packet) => Hit(worker, worker.Flows6, worker.Connections6, packet);

    /// <summary>False for a packet that is left for the slow path: nothing has been done with it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool Hit<TRecord>(Worker worker, FlowCache<TRecord> flows, ConnectionTable<TRecord> table, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        byte* line = packet->Flow;
        FlowState* state = TRecord.StateOf(line);
        uint tick = Timestamp.Tick(packet->Time);

        // The line does not know the deadline, only when it wrote it last: beyond that the table has to look whether the connection lives.
        if (!TRecord.LineMatches(line, packet)
            || ((int)(tick - state->SampleTick) >= 0 && flows.Samples(state))
            || tick - state->RefreshedTick >= worker.Tracking->Timeouts[state->TimeoutSlot]
            || state->Edition != worker.Edition)
        {
            return false;
        }

        // Behind a packet on the slow path none of its connection may overtake it; of a translated one the two directions have a hash each.
        if (worker.Slow->HoldsUnknown && IsBehindOther<TRecord>(worker, line, packet))
        {
            return false;
        }

        // A packet that would have to be cut, or whose time ends here, is the slow path's; any other loses one hop.
        byte* ip = packet->Ip;
        InterfaceEntry* exit = state->OutInterface == Packet.NoInterface ? null : RouteImage.InterfaceAt(worker.Routes, state->OutInterface);
        uint length = packet->IpLength;
        if (state->Neighbour != 0 && (ip[TRecord.HopsOffset] <= 1 || length > exit->Mtu))
        {
            return false;
        }

        state->Packets++;
        state->Bytes += length;
        FlowCacheView* view = flows.View;
        view->Packets++;
        view->Bytes += length;
        if (worker.Feed != null)
        {
            table.Refresh(state->Record, table.ConnectionAt(state->Record), packet->Time, worker.Tracking->Timeouts[state->TimeoutSlot]);
        }
        else if (state->RefreshedTick != tick)
        {
            table.Extend(state->Record, tick, worker.Tracking->Timeouts[state->TimeoutSlot]);
        }

        state->RefreshedTick = tick;
        if (TRecord.IsTranslated(line))
        {
            DstNat.DistrustChecksum(worker, packet);
            TRecord.Rewrite(line, packet);
        }

        // Of a worker that polls devices. What is only observed goes nowhere.
        if (exit == null || worker.Feed != null || worker.Slow->KeepsOrder)
        {
            Exit(worker, state, exit, packet, TRecord.HopsOffset);
            return true;
        }

        ushort port = exit->Port;
        if (state->Neighbour != 0)
        {
            NeighbourEntry* entry = NeighbourTable.At(worker.Neighbours, state->Neighbour);
            ulong word = Volatile.Read(ref entry->Word);
            if (!NeighbourEntry.IsUsable(word)
                || (port == Packet.NoInterface && !Bridging.IsHeard(worker, packet, state->OutInterface, word, tick, out port)))
            {
                Exit(worker, state, exit, packet, TRecord.HopsOffset);
                return true;
            }

            NeighbourEntry.Use(entry, tick);
            Hops.Take(ip, TRecord.HopsOffset);
            ushort etherType = TRecord.HopsOffset == Hops.OffsetIpv4 ? EtherType.Ipv4 : EtherType.Ipv6;
            LinkHeader.Write(worker.Routes, exit, packet->Mbuf, ip, word, etherType);
        }
        else if (port == Packet.NoInterface)
        {
            Exit(worker, state, exit, packet, TRecord.HopsOffset);
            return true;
        }

        Transmit.Put(worker, port, packet->Mbuf);
        packet->Path = Packet.GonePath;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool IsBehindOther<TRecord>(Worker worker, byte* line, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        SlowPackets* slow = worker.Slow;
        if (slow->HoldsAll | !TRecord.IsTranslated(line))
        {
            return slow->HoldsAll;
        }

        uint other = FlowCache<TRecord>.HashOfOther(worker.Hash, line, packet);
        return SlowPackets.MayHold(slow, other) && SlowPackets.Holds(slow, other);
    }

    /// <summary>Whatever is not as simple: it leaves from here all the same, or goes on to Neighbour, which begins with it anew.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Exit(Worker worker, FlowState* state, InterfaceEntry* exit, Packet* packet, int hopsOffset)
    {
        packet->OutInterface = state->OutInterface;
        packet->Neighbour = state->Neighbour;
        packet->Direction = state->Direction;
        packet->State = ConnectionStateOfPacket.Established;
        packet->Path = 1;
        packet->Verdict = Verdict.Forward;
        ulong word = 0;
        bool usable = true;
        if (state->Neighbour != 0)
        {
            NeighbourEntry* entry = NeighbourTable.At(worker.Neighbours, state->Neighbour);
            word = Volatile.Read(ref entry->Word);
            usable = NeighbourEntry.IsUsable(word);
            Hops.Take(packet->Ip, hopsOffset);
            if (usable)
            {
                NeighbourEntry.Use(entry, Timestamp.Tick(packet->Time));
            }
        }

        SlowPackets* slow = worker.Slow;
        if (exit == null | !usable | slow->KeepsOrder)
        {
            slow->Staying++;
            return;
        }

        RouteImage* routes = worker.Routes;
        packet->OutPort = exit->Port;
        if (exit->Port == Packet.NoInterface)
        {
            Bridging.Leave(worker, packet);
            if (packet->Reason != DropReason.None | packet->OutPort == Packet.EveryPort)
            {
                slow->Staying++;
                return;
            }
        }

        if ((routes->Switches & RouterSwitches.LearnSources) != 0)
        {
            Neighbours.See(worker, routes, packet);
        }

        if (state->Neighbour != 0)
        {
            LinkHeader.Write(routes, exit, packet->Mbuf, packet->Ip, word, LinkHeader.TypeOf(packet->Family));
        }

        Transmit.Send(worker, packet);
        packet->Path = Packet.GonePath;
    }
}
