using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Forwards packets of fasttracked connections from the flow cache, past tracking, rules and routing.
/// </summary>
/// <remarks>
/// The slow path is taken by: other protocols than TCP and UDP; TCP SYN, FIN and RST; fragments, IP options, bad checksums; the first
/// packet of a connection after a rule change; and a sample, the first packet of each direction after an interval. Where a packet of a
/// burst takes the slow path, later ones of its connection in that burst follow it, so that none overtakes what may end its line.
/// </remarks>
static unsafe class FastTrack
{
    const byte NewsFlags = 1 | 2 | 4;

    /// <summary>Whether any connection is fasttracked: if none is, no packet is asked about.</summary>
    public static bool IsActive(Worker worker) => !(worker.Flows4.IsEmpty & worker.Flows6.IsEmpty);

    /// <summary>Asks for the lines of a packet that may be forwarded from the flow cache. False for any other packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Ask(Worker worker, Packet* packet)
    {
        if (!IsEligible(packet))
        {
            return false;
        }

        if (packet->Family == PacketFamily.Ipv4)
        {
            packet->FlowSet = worker.Flows4.SetOf(packet);
            Prefetch.Line(packet->FlowSet);
            Prefetch.Line(packet->FlowSet + FlowLine4.ByteSize);
        }
        else
        {
            packet->FlowSet = worker.Flows6.SetOf(packet);
            Prefetch.Line(packet->FlowSet);
            Prefetch.Line(packet->FlowSet + 64);
            Prefetch.Line(packet->FlowSet + FlowLine6.ByteSize);
            Prefetch.Line(packet->FlowSet + FlowLine6.ByteSize + 64);
        }

        return true;
    }

    /// <summary>Returns how many packets are left for the slow path.</summary>
    public static int Forward(Worker worker, int count)
    {
        if (!IsActive(worker))
        {
            return count;
        }

        Packet* packet = worker.Packets;
        Pending* slow = worker.Slow;
        slow->Count = 0;

        // Nobody knows yet what connection a fragment belongs to: behind one, no packet of the burst may overtake it.
        bool behindFragment = false;
        for (Packet* end = packet + count; packet < end; packet++)
        {
            bool forwarded = packet->FlowSet != null
                && !behindFragment
                && (slow->Count == 0 || !slow->Contains(packet->Hash))
                && (packet->Family == PacketFamily.Ipv4
                    ? Forward(worker, worker.Flows4, worker.Connections4, packet)
                    : Forward(worker, worker.Flows6, worker.Connections6, packet));
            if (forwarded)
            {
                continue;
            }

            behindFragment |= (packet->Marks & PacketMarks.Fragment) != 0;
            slow->Add(packet->Hash);
            if (packet->FlowSet != null)
            {
                packet->Bucket = packet->Family == PacketFamily.Ipv4
                    ? worker.Connections4.BucketOf(packet->Hash)
                    : worker.Connections6.BucketOf(packet->Hash);
                Prefetch.Line(packet->Bucket);
            }
        }

        return slow->Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsEligible(Packet* packet) =>
        packet->Reason == DropReason.None
        & (packet->Marks & ~PacketMarks.Bridged) == PacketMarks.None
        & (packet->Protocol == IpProtocol.Udp | (packet->Protocol == IpProtocol.Tcp & (packet->TcpFlags & NewsFlags) == 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool Forward<TRecord>(Worker worker, FlowCache<TRecord> flows, ConnectionTable<TRecord> table, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        byte* line = FlowCache<TRecord>.LineIn(packet->FlowSet, packet);
        FlowState* state = TRecord.StateOf(line);
        uint tick = Timestamp.Tick(packet->Time);
        uint timeout = worker.Tracking->Timeouts[state->TimeoutSlot];

        // The line does not know the deadline, only when it wrote it last: beyond that the table has to look whether the connection lives.
        bool mayHaveEnded = tick - state->RefreshedTick >= timeout;
        bool sample = (int)(tick - state->SampleTick) >= 0;
        if (!TRecord.LineMatches(line, packet) | sample | mayHaveEnded | state->Edition != worker.Edition | !worker.Tracking->Tracks(packet->Family))
        {
            return false;
        }

        if (state->Neighbour != 0 && !CanRoute(worker, state, packet))
        {
            return false;
        }

        state->Packets++;
        state->Bytes += packet->IpLength;
        flows.View->Packets++;
        flows.View->Bytes += packet->IpLength;
        if (worker.Feed != null)
        {
            table.Refresh(state->Record, table.ConnectionAt(state->Record), packet->Time, timeout);
        }
        else if (state->RefreshedTick != tick)
        {
            table.Extend(state->Record, tick, timeout);
        }

        state->RefreshedTick = tick;
        packet->OutInterface = state->OutInterface;
        packet->Neighbour = state->Neighbour;
        packet->Direction = state->Direction;
        packet->State = ConnectionStateOfPacket.Established;
        packet->Path = 1;
        packet->Verdict = Verdict.Forward;
        return true;
    }

    /// <summary>A packet that would have to be cut, or whose time ends here, is the slow path's; any other loses one hop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool CanRoute(Worker worker, FlowState* state, Packet* packet)
    {
        byte* hops = Hops.At(packet);
        if (*hops <= 1 | packet->IpLength > RouteImage.InterfaceAt(worker.Routes, state->OutInterface)->Mtu)
        {
            return false;
        }

        Hops.Take(packet);
        return true;
    }
}
