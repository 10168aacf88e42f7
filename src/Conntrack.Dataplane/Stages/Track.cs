using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Packets.Parsing;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Finds every packet's connection in two passes, so that neither waits for memory it asked for itself: the bucket that Parse asked for
/// names the record, whose lines are asked for; then the judgement, packet by packet in order of arrival.
/// </summary>
/// <remarks>
/// A connection opened in this burst is not in the index yet, because its first packet may still be dropped. A later packet that needs to
/// know cuts the burst: one with the same key, an ICMP error about a packet with that key, and one that would have to evict somebody to make room. The packets so far go on to
/// their end first. So they do after a TCP packet whose connection a rule may put into the flow cache, if the burst holds more of it: from the
/// next packet on windows are not measured any more; and after an echo request, whose answer by the router itself is the connection's next packet. What the lookup pass found stays good: a candidate is a hint, and <c>Find</c> asks the index again when it misleads.
/// </remarks>
static unsafe class Track
{
    /// <summary>The first pass, over the whole burst.</summary>
    public static void Lookup(Worker worker, int first, int end)
    {
        ConnectionTable<Connection4> table4 = worker.Connections4;
        ConnectionTable<Connection6> table6 = worker.Connections6;
        Packet* last = worker.Packets + end;
        for (Packet* packet = worker.Packets + first; packet < last; packet++)
        {
            if (packet->Path != 0)
            {
                continue;
            }

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
    }

    /// <summary>The second pass from <paramref name="first"/> on. Returns the end of what may go on together, at most <paramref name="end"/>.</summary>
    public static int Judge(Worker worker, int first, int end)
    {
        Packet* packets = worker.Packets;
        TrackingParameters* parameters = worker.Tracking;
        Pending* pending = worker.Pending;
        pending->Count = 0;
        bool fastTracks = worker.Rules->FastTracks != 0;
        bool answers = worker.Routes->AddressCount != 0;
        for (int i = first; i < end; i++)
        {
            Packet* packet = packets + i;
            if (packet->Reason != DropReason.None | packet->Path != 0 | packet->Family == PacketFamily.NotIp)
            {
                continue;
            }

            if (Tracker.Exempt(packet, parameters))
            {
                if (packet->State == ConnectionStateOfPacket.None && !JudgeError(worker, packet, pending))
                {
                    return i;
                }

                continue;
            }

            bool judged = packet->Family == PacketFamily.Ipv4
                ? Judge(worker.Connections4, packet, parameters, pending)
                : Judge(worker.Connections6, packet, parameters, pending);
            if (!judged)
            {
                return i;
            }

            if (((fastTracks && MayEnterFastTrack(packet)) | (answers & IsRequest(packet))) && IsFollowed(packet, packets + end))
            {
                return i + 1;
            }
        }

        return end;
    }

    /// <summary>False when the packet has to wait for the fate of an earlier one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool Judge<TRecord>(ConnectionTable<TRecord> table, Packet* packet, TrackingParameters* parameters, Pending* pending)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (Tracker.Continue(table, packet, parameters))
        {
            return true;
        }

        if (pending->Count != 0 && (pending->Contains(packet->Hash) || table.IsFull))
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

    /// <summary>The router may answer it itself, and its answer is the connection's next packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsRequest(Packet* packet) =>
        (packet->Marks & (PacketMarks.IcmpQuery | PacketMarks.IcmpReply)) == PacketMarks.IcmpQuery;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool MayEnterFastTrack(Packet* packet)
    {
        var connection = (Connection*)packet->Connection;
        return connection != null
            && packet->Protocol == IpProtocol.Tcp
            && (connection->Flags & ConnectionFlags.FastTrack) == 0
            && Tracker.CanFastTrack(connection);
    }

    /// <summary>Whether there is a later packet of the same connection, or one whose hash is the same by chance.</summary>
    static bool IsFollowed(Packet* packet, Packet* end)
    {
        for (Packet* later = packet + 1; later < end; later++)
        {
            if (later->Hash == packet->Hash)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An ICMP error. False when it is about a connection opened in this burst, whose fate decides the error's.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool JudgeError(Worker worker, Packet* packet, Pending* pending)
    {
        QuotedPacket quoted;
        if (!QuotedPacket.TryRead(packet, worker.Hash, &quoted))
        {
            packet->State = ConnectionStateOfPacket.Invalid;
            return true;
        }

        bool found = packet->Family == PacketFamily.Ipv4
            ? ErrorTracking.Relate(worker.Connections4, packet, &quoted.Answer)
            : ErrorTracking.Relate(worker.Connections6, packet, &quoted.Answer);
        return found || !pending->Contains(quoted.Answer.Hash);
    }
}
