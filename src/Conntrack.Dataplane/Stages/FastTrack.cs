using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Forwards packets of fasttracked connections from the flow cache, past tracking, rules and routing.
/// </summary>
/// <remarks>
/// The slow path is taken by: other protocols than TCP and UDP; TCP SYN, FIN and RST; fragments, IP options, bad checksums; the first
/// packet of a connection after a rule change; and a sample, the first packet of each direction after an interval. Where a packet of a
/// burst takes the slow path, later ones of its connection in that burst follow it, so that none overtakes what may end its line.
/// </remarks>
static unsafe partial class FastTrack
{
    const byte NewsFlags = 1 | 2 | 4;

    /// <summary>Packets between the one that is forwarded and the one whose deadline is asked for.</summary>
    const int DeadlineAhead = 6;

    /// <summary>Whether any connection is fasttracked: if none is, no packet is asked about.</summary>
    static bool IsActive(Worker worker) => !(worker.Flows4.IsEmpty & worker.Flows6.IsEmpty);

    /// <summary>Whose packets are to be asked about.</summary>
    public static TrackedFamilies Families(Worker worker) => IsActive(worker) ? worker.Tracking->Enabled : TrackedFamilies.None;

    /// <summary>Asks for the bucket of a packet that may be forwarded from the flow cache. False for any other packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Ask(Worker worker, TrackedFamilies families, Packet* packet)
    {
        if (((int)families >> (int)packet->Family & 1) == 0 || !IsEligible(packet))
        {
            return false;
        }

        if (packet->Family == PacketFamily.Ipv4)
        {
            byte* bucket = worker.Flows4.BucketOf(packet);
            packet->Flow = bucket;
            Prefetch.Line(bucket);
        }
        else
        {
            Ask6(worker, packet);
        }

        return true;
    }

    /// <summary>
    /// Forwards what it may. Most of that leaves the burst at once; what needs more than its line to leave goes on with the rest, past
    /// everything up to Neighbour.
    /// </summary>
    /// <param name="worker">The worker.</param>
    /// <param name="count">Packets of the burst; afterwards those that are left of it.</param>
    /// <returns>How many packets are left for the slow path.</returns>
    public static int Forward(Worker worker, ref int count)
    {
        if (!IsActive(worker))
        {
            return count;
        }

        SlowPackets* slow = worker.Slow;
        SlowPackets.Clear(slow);
        Packet* end = worker.Packets + count;
        for (Packet* packet = worker.Packets; packet < end; packet++)
        {
            Seek(worker, packet);
        }

        for (Packet* packet = worker.Packets; packet < end; packet++)
        {
            SeekDeadline(worker, packet + DeadlineAhead, end);
            if (packet->Flow == null
                || (SlowPackets.MayHold(slow, packet->Hash) && SlowPackets.Holds(slow, packet->Hash))
                || !(packet->Family == PacketFamily.Ipv4 ? Hit(worker, worker.Flows4, worker.Connections4, packet) : Hit6(worker, packet)))
            {
                Leave(worker, packet);
            }
        }

        int left = slow->Count + slow->Staying;
        if (left != 0 & left != count)
        {
            CloseUp(worker, count);
        }

        count = left;
        return slow->Count;
    }

    /// <summary>Asks for the line that the packet's bucket leads to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Seek(Worker worker, Packet* packet)
    {
        if (packet->Flow == null)
        {
            return;
        }

        if (packet->Family == PacketFamily.Ipv4)
        {
            byte* line = worker.Flows4.LineOf(packet->Flow, packet);
            packet->Flow = line;
            Prefetch.Line(line);
        }
        else
        {
            Seek6(worker, packet);
        }
    }

    /// <summary>
    /// Asks for the deadline of a packet whose line has had time to arrive: a hit writes it, and a store that has to wait for its line holds up all
    /// stores behind it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void SeekDeadline(Worker worker, Packet* packet, Packet* end)
    {
        if (packet < end && packet->Flow != null && packet->Family == PacketFamily.Ipv4)
        {
            worker.Connections4.PrefetchDeadline(((FlowLine4*)packet->Flow)->State.Record);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Seek6(Worker worker, Packet* packet)
    {
        byte* line = worker.Flows6.LineOf(packet->Flow, packet);
        packet->Flow = line;
        Prefetch.Pair(line);
    }

    /// <summary>A packet for the slow path: later ones of its connection will follow it, and it needs its index bucket.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Leave(Worker worker, Packet* packet)
    {
        SlowPackets* slow = worker.Slow;
        uint other = packet->Hash;
        bool known = packet->Flow != null && (packet->Family == PacketFamily.Ipv4
            ? TryOther<Connection4>(worker, packet, ref other)
            : TryOther<Connection6>(worker, packet, ref other));
        SlowPackets.Add(slow, packet->Hash, other, known);

        // Nobody knows yet what connection a fragment belongs to: behind one, no packet of the burst may overtake it.
        slow->HoldsAll |= (packet->Marks & PacketMarks.Fragment) != 0;

        // In replay everything comes in order; and what may bring news of neighbours comes before what is sent to them.
        slow->KeepsOrder |= worker.Feed != null | packet->Family == PacketFamily.NotIp | (packet->Marks & PacketMarks.NeighbourDiscovery) != 0;
        if (packet->Flow != null)
        {
            packet->Flow = null;
            packet->Bucket = packet->Family == PacketFamily.Ipv4
                ? worker.Connections4.BucketOf(packet->Hash)
                : worker.Connections6.BucketOf(packet->Hash);
            Prefetch.Line(packet->Bucket);
        }
    }

    /// <summary>The hash of the other direction, of a packet whose line is there.</summary>
    static bool TryOther<TRecord>(Worker worker, Packet* packet, ref uint other)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (!TRecord.LineMatches(packet->Flow, packet))
        {
            return false;
        }

        other = FlowCache<TRecord>.HashOfOther(worker.Hash, packet->Flow, packet);
        return true;
    }

    /// <summary>The burst without what has left it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void CloseUp(Worker worker, int count)
    {
        if (worker.Handover != null)
        {
            worker.Handover.CloseUp(count);
            return;
        }

        Packet* kept = worker.Packets;
        for (Packet* packet = kept, end = kept + count; packet < end; packet++)
        {
            if (packet->Path != Packet.GonePath)
            {
                *kept++ = *packet;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Ask6(Worker worker, Packet* packet)
    {
        byte* bucket = worker.Flows6.BucketOf(packet);
        packet->Flow = bucket;
        Prefetch.Line(bucket);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsEligible(Packet* packet) =>
        (packet->Marks & ~PacketMarks.Bridged) == PacketMarks.None
        && (packet->Protocol == IpProtocol.Udp || (packet->Protocol == IpProtocol.Tcp && (packet->TcpFlags & NewsFlags) == 0))
        && packet->Path == 0
        && packet->Reason == DropReason.None;
}
