using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Finds every packet's connection in three passes, so that no pass waits for memory the previous one asked for: buckets, records,
/// judgement. The third goes packet by packet in order of arrival.
/// </summary>
/// <remarks>
/// A connection opened in this burst is not in the index yet, because its first packet may still be dropped. A later packet of the same
/// key must know: the burst is cut before it, the packets so far go on to their end, and the rest is looked up again.
/// </remarks>
static unsafe class Track
{
    /// <summary>Tracks packets from <paramref name="first"/> on. Returns the end of what may go on together, at most <paramref name="end"/>.</summary>
    public static int Burst(Worker worker, int first, int end)
    {
        Packet* packets = worker.Packets;
        ConnectionTable<Connection4> table4 = worker.Connections4;
        ConnectionTable<Connection6> table6 = worker.Connections6;
        TrackingParameters* parameters = worker.Tracking;
        Pending* pending = worker.Pending;
        pending->Count = 0;

        for (int i = first; i < end; i++)
        {
            Packet* packet = packets + i;
            packet->Bucket = packet->Family == PacketFamily.Ipv6 ? table6.PrefetchBucket(packet->Hash) : table4.PrefetchBucket(packet->Hash);
        }

        for (int i = first; i < end; i++)
        {
            Packet* packet = packets + i;
            if (packet->Family == PacketFamily.Ipv6)
            {
                packet->Candidate = table6.Candidate(packet->Bucket, packet->Hash);
                table6.PrefetchRecord(packet->Candidate);
            }
            else
            {
                packet->Candidate = table4.Candidate(packet->Bucket, packet->Hash);
                table4.PrefetchRecord(packet->Candidate);
            }
        }

        for (int i = first; i < end; i++)
        {
            Packet* packet = packets + i;
            if (packet->Reason != DropReason.None | packet->Family == PacketFamily.NotIp || Tracker.Exempt(packet, parameters))
            {
                continue;
            }

            bool judged = packet->Family == PacketFamily.Ipv4
                ? Judge(table4, packet, parameters, pending)
                : Judge(table6, packet, parameters, pending);
            if (!judged)
            {
                return i;
            }
        }

        return end;
    }

    /// <summary>False when the packet has to wait for an earlier one of its key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool Judge<TRecord>(ConnectionTable<TRecord> table, Packet* packet, TrackingParameters* parameters, Pending* pending)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (Tracker.Continue(table, packet, parameters))
        {
            return true;
        }

        if (pending->Contains(packet->Hash))
        {
            return false;
        }

        Tracker.Open(table, packet, parameters);
        if (packet->Connection != null)
        {
            pending->Add(packet->Hash);
        }

        return true;
    }
}
