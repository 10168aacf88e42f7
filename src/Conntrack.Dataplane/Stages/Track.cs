using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
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
/// next packet on windows are not measured any more; after an echo request, whose answer by the router itself is the connection's next packet; and
/// where rules ask for a connection's mark or bytes. What translations ask besides is in Track.Translated.cs. What the lookup pass found stays good:
/// a candidate is a hint, and <c>Find</c> asks the index again when it misleads.
/// </remarks>
static unsafe partial class Track
{
    /// <summary>Whether any packet's connection is looked for. If not, packets have no bucket.</summary>
    public static bool Looks(Worker worker) => worker.Tracking->Enabled != TrackedFamilies.None || worker.Handover != null;

    /// <summary>The first pass, over the whole burst.</summary>
    public static void Lookup(Worker worker, int first, int end)
    {
        if (!Looks(worker))
        {
            return;
        }

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
        ConnectionTable<Connection4> table4 = worker.Connections4;
        ConnectionTable<Connection6> table6 = worker.Connections6;
        worker.Pending->Count = 0;
        worker.Unsettled = false;
        bool fastTracks = worker.Rules->FastTracks != 0;

        // What only counts changes nothing that a later packet of the burst could ask for, unless rules ask for the connection itself.
        bool passes = (worker.Rules->Dependence & RuleDependence.OfConnection) == 0;
        PacketFamily four = passes & parameters->Tracks(PacketFamily.Ipv4) ? PacketFamily.Ipv4 : None;
        PacketFamily six = passes & parameters->Tracks(PacketFamily.Ipv6) ? PacketFamily.Ipv6 : None;
        Packet* last = packets + end;
        for (Packet* packet = packets + first; packet < last; packet++)
        {
            if (packet->ReasonAndPath != 0)
            {
                continue;
            }

            if ((packet->Marks & Tracker.Odd) == 0
                && ((packet->Family == four && Tracker.TryPass(table4, packet, parameters))
                    || (packet->Family == six && Tracker.TryPass(table6, packet, parameters))))
            {
                if (!fastTracks || packet->Protocol != IpProtocol.Tcp || !IsFollowed(worker, packet, last))
                {
                    continue;
                }

                return (int)(packet - packets) + 1;
            }

            if (!parameters->Tracks(packet->Family))
            {
                packet->State = packet->Family == PacketFamily.NotIp ? ConnectionStateOfPacket.None : ConnectionStateOfPacket.Untracked;
                continue;
            }

            // Nothing has entered the index since the bucket was looked into, unless packets of this burst have left already.
            bool isNew = first == 0 & packet->Candidate == 0;
            int judged = JudgeOne(worker, packet, last, isNew);
            if (judged != Further)
            {
                return (int)(packet - packets) + judged;
            }
        }

        return end;
    }

    /// <summary>Answers of <see cref="JudgeOne"/>: the burst is cut in front of the packet, behind it, or not.</summary>
    const int Before = 0, Behind = 1, Further = 2;

    /// <summary>A family that no packet has.</summary>
    const PacketFamily None = (PacketFamily)byte.MaxValue;

    /// <summary>Any packet of IP; with <paramref name="isNew"/> one that has no connection in the table.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static int JudgeOne(Worker worker, Packet* packet, Packet* last, bool isNew)
    {
        TrackingParameters* parameters = worker.Tracking;
        Pending* pending = worker.Pending;
        if (Tracker.Exempt(packet, parameters))
        {
            return packet->State == ConnectionStateOfPacket.None && !JudgeError(worker, packet, pending) ? Before : Further;
        }

        bool judged = packet->Family == PacketFamily.Ipv4
            ? Judge(worker, worker.Connections4, packet, parameters, pending, isNew)
            : Judge(worker, worker.Connections6, packet, parameters, pending, isNew);
        if (!judged)
        {
            return Before;
        }

        worker.Unsettled = true;
        if (UsesHelper(packet))
        {
            // What it announces is expected before the next packet is looked at.
            return Behind;
        }

        bool fastTracks = worker.Rules->FastTracks != 0;
        bool asks = (worker.Rules->Dependence & RuleDependence.OfConnection) != 0;
        bool answers = worker.Routes->AddressCount != 0;
        return ((fastTracks && MayEnterFastTrack(packet)) | (answers & IsRequest(packet)) | asks) && IsFollowed(worker, packet, last) ? Behind : Further;
    }

    /// <summary>False when the packet has to wait for the fate of an earlier one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool Judge<TRecord>(
        Worker worker, ConnectionTable<TRecord> table, Packet* packet, TrackingParameters* parameters, Pending* pending, bool isNew)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        bool translates = worker.Translates;
        if (!isNew)
        {
            if (translates & pending->Count != 0 && MayEnd(table, packet))
            {
                return false;
            }

            if (Tracker.Continue(table, packet, parameters))
            {
                return true;
            }
        }

        if (pending->Count != 0 && (table.MayEvict || pending->Contains(packet->Hash) || (translates && MayMeet(worker, packet, pending))))
        {
            return false;
        }

        if (table.IsPressed && OwnConnections.Begins(worker, packet))
        {
            packet->Marks |= PacketMarks.Own;
        }

        Tracker.Open(table, packet, parameters);
        if (packet->Connection != null)
        {
            // Expected after this burst began, by a packet of it or on another worker: it may be translated, and what answers a call does not mirror it.
            bool expected = (((Connection*)packet->Connection)->Flags & ConnectionFlags.Expected) != 0;
            worker.Translates |= expected;
            pending->Add(packet->Hash);
            if (translates | expected)
            {
                AddEnds(packet, pending);
            }
        }

        return true;
    }

    /// <summary>The router may answer it itself, and its answer is the connection's next packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsRequest(Packet* packet) =>
        (packet->Marks & (PacketMarks.IcmpQuery | PacketMarks.IcmpReply)) == PacketMarks.IcmpQuery;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool UsesHelper(Packet* packet)
    {
        var connection = (Connection*)packet->Connection;
        return connection != null && (connection->Flags & ConnectionFlags.UsesHelper) != 0;
    }

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
    static bool IsFollowed(Worker worker, Packet* packet, Packet* end)
    {
        uint other = HashOfOther(worker, packet);
        for (Packet* later = packet + 1; later < end; later++)
        {
            if (later->Hash == packet->Hash | later->Hash == other)
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
        if (OwnPackets.TryRelate(worker, packet))
        {
            return true;
        }

        QuotedPacket quoted;
        if (!QuotedPacket.TryRead(packet, worker.Hash, &quoted))
        {
            packet->State = ConnectionStateOfPacket.Invalid;
            return true;
        }

        bool found = packet->Family == PacketFamily.Ipv4
            ? ErrorTracking.Relate(worker.Connections4, packet, &quoted.Answer)
            : ErrorTracking.Relate(worker.Connections6, packet, &quoted.Answer);
        return found || !(pending->Contains(quoted.Answer.Hash) || (worker.Translates & pending->Count != 0));
    }
}
